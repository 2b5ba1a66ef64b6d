"""What the real dlt makes of generated documents: many tables in few runs, since each run takes its time.

One JSON request on standard input, one JSON answer on standard output. Where dlt fails or loses a value, it is made to do what
Tarn is documented to do: whole numbers of more than 63 bits are given to it as Wei, and what fits no column of its type
gets a column beside.
"""

import contextlib
import json
import sys

import dlt
from dlt.common.data_types import type_helpers
from dlt.common.wei import Wei
from dlt.destinations import ducklake
from dlt.destinations.impl.ducklake.configuration import DuckLakeCredentials
from dlt.pipeline.exceptions import PipelineStepFailed

SMALLEST, LARGEST = -(2**63), 2**63 - 1


def refusing(target, source, fits):
    """Makes a value that dlt fails with later on one that does not fit its column: docs/loader-and-dlt.md lists them."""
    coercion = type_helpers._COERCE_DISPATCH[target, source]

    def coerce(value):
        try:
            result = coercion(value)
        except OSError as error:
            raise ValueError(value) from error
        if not fits(result):
            raise ValueError(value)
        return result

    type_helpers._COERCE_DISPATCH[target, source] = coerce


def is_whole(number):
    return number.is_finite() and number == number.to_integral_value() and abs(number) < 10**38


for source in ("text", "wei", "decimal", "double"):
    refusing("bigint", source, lambda number: SMALLEST <= number <= LARGEST)
for source in ("text", "bigint", "decimal", "double"):
    refusing("wei", source, is_whole)
for source in ("text", "bigint", "double"):
    refusing("timestamp", source, lambda _: True)


def whole(text):
    number = int(text)
    return number if SMALLEST <= number <= LARGEST else Wei(text)


def resource(load):
    with open(load["file"], encoding="utf-8") as lines:
        rows = [json.loads(line, parse_int=whole) for line in lines]
    hints = {key: load[key] for key in ("write_disposition", "primary_key", "max_table_nesting", "columns") if key in load}
    return dlt.resource(rows, name=load["table"], **hints)


def run(pipeline, loads):
    """Loads all, and says which of them dlt refuses: it is a row's fault when one does not get through normalization."""
    try:
        pipeline.run([resource(load) for load in loads])
        return {}
    except PipelineStepFailed as error:
        if error.step not in ("extract", "normalize"):
            raise
        pipeline.drop_pending_packages()
        if len(loads) == 1:
            return {loads[0]["table"]: str(error.__cause__ or error)}
        half = len(loads) // 2
        return {**run(pipeline, loads[:half]), **run(pipeline, loads[half:])}


def perform(request):
    pipeline = dlt.pipeline(
        pipeline_name="ds",
        pipelines_dir=request["working_folder"],
        destination=ducklake(
            credentials=DuckLakeCredentials(
                ducklake_name="peer", catalog=request["catalog"], storage=request["storage"]
            ),
            override_data_path=True,
        ),
        dataset_name="ds",
    )
    refused = []
    for number, loads in enumerate(request["rounds"]):
        fine = [load for load in loads if load["table"] not in {table for table, _, _ in refused}]
        if fine:
            refused += [[table, number, reason] for table, reason in run(pipeline, fine).items()]
    return {"refused": refused}


with contextlib.redirect_stdout(sys.stderr):
    result = perform(json.load(sys.stdin))
json.dump(result, sys.stdout)
