"""One load, or several, by dlt: dlt_load.py WORK LOADS HOME append|merge TABLE FILE"""

import json
import sys

import dlt
from dlt.destinations import ducklake
from dlt.destinations.impl.ducklake.configuration import DuckLakeCredentials


def rows(file):
    with open(file, encoding="utf-8") as lines:
        for line in lines:
            yield json.loads(line)


def main():
    work, loads, home, disposition, table, file = sys.argv[1:]
    if file.endswith((".csv", ".parquet")):
        import pyarrow.csv
        import pyarrow.parquet

        read = pyarrow.csv.read_csv if file.endswith(".csv") else pyarrow.parquet.read_table
        source = lambda: (row for batch in read(file).to_batches(5000) for row in batch.to_pylist())
    else:
        source = lambda: rows(file)
    pipeline = dlt.pipeline(
        pipeline_name="bench",
        pipelines_dir=home + "/pipelines",
        destination=ducklake(
            credentials=DuckLakeCredentials(
                ducklake_name="bench", catalog=f"sqlite:///{home}/catalog.sqlite", storage=home + "/data"
            )
        ),
        dataset_name="ds",
    )
    for _ in range(int(loads)):
        hints = {"write_disposition": "append"}
        if disposition == "merge":
            hints = {"write_disposition": {"disposition": "merge", "strategy": "upsert"}, "primary_key": "id"}
        pipeline.run(dlt.resource(source, name=table, **hints))


main()
