"""What the real dlt does with a lake: one JSON request on standard input, one JSON answer on standard output.

Run by the tests with dlt's own package; HOME holds DuckDB's extensions.
"""

import contextlib
import json
import sys

import dlt
from dlt.destinations import ducklake
from dlt.destinations.impl.ducklake.configuration import DuckLakeCredentials


def pipeline(request):
    credentials = DuckLakeCredentials(
        ducklake_name="peer", catalog=request["catalog"], storage=request["storage"]
    )
    return dlt.pipeline(
        pipeline_name=request["pipeline"],
        pipelines_dir=request["working_folder"],
        destination=ducklake(credentials=credentials, override_data_path=True),
        dataset_name=request["dataset"],
    )


def resource(request, step):
    hints = {key: step[key] for key in ("write_disposition", "primary_key", "merge_key", "columns") if key in step}
    cursor = step.get("incremental")
    if cursor is None:
        return dlt.resource(step["rows"], name=step["table"], **hints)

    def rows(seen=dlt.sources.incremental(cursor)):
        yield step["rows"]

    return dlt.resource(rows, name=step["table"], **hints)


def perform(request):
    done = pipeline(request)
    answer = {}
    for step in request["steps"]:
        if step["do"] == "load":
            done.run(resource(request, step))
        elif step["do"] == "sync":
            done.sync_destination()
        elif step["do"] == "read":
            with done.sql_client() as client:
                with client.execute_query(step["sql"]) as cursor:
                    answer[step["as"]] = [[None if cell is None else str(cell) for cell in row] for row in cursor.fetchall()]
        elif step["do"] == "dataset":
            answer[step["as"]] = sorted(
                [str(cell) for cell in row] for row in done.dataset()[step["table"]].select(*step["columns"]).fetchall()
            )
        elif step["do"] == "schema":
            schema = done.default_schema
            answer[step["as"]] = {"version": schema.version, "hash": schema.stored_version_hash, "tables": sorted(schema.tables)}
        elif step["do"] == "state":
            answer[step["as"]] = done.state.get("sources", {})
    return answer


with contextlib.redirect_stdout(sys.stderr):
    result = perform(json.load(sys.stdin))
json.dump(result, sys.stdout, default=str)
