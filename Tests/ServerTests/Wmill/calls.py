"""Calls the package wmill, unmodified, and prints what it gave back as one JSON object."""

import json
import os
import sys

import wmill

results = {}


def call(name, function):
    try:
        results[name] = function()
    except Exception as error:  # what the package raises is part of what is tested
        results[name] = {"raised": type(error).__name__, "text": str(error)}


lake = wmill.ducklake()

call("execute", lambda: lake.query("CREATE TABLE friend (id BIGINT, name TEXT, born DATE, share DECIMAL(9, 2))").execute())
call("insert", lambda: lake.query(
    "INSERT INTO friend VALUES ($id, $name, $born::DATE, $share::DECIMAL(9, 2))",
    id=1, name="Ann's ☃", born="1990-02-03", share="1.50").fetch())
call("insert2", lambda: lake.query("INSERT INTO friend VALUES (2, 'Bob', NULL, NULL)").fetch())
call("fetch", lambda: lake.query("SELECT * FROM friend ORDER BY id").fetch())
call("fetch_one", lambda: lake.query("SELECT name FROM friend WHERE id = $id", id=2).fetch_one())
call("fetch_none", lambda: lake.query("SELECT name FROM friend WHERE id = $id", id=9).fetch_one())
call("fetch_scalar", lambda: lake.query("SELECT count(*) FROM friend").fetch_one_scalar())
call("fetch_empty", lambda: lake.query("SELECT * FROM friend WHERE id = 9").fetch())
call("arguments", lambda: lake.query(
    "SELECT $id AS id, $name AS name, $ok AS ok, $f AS f, $n AS n, json_extract($tags, '$[1]')::INT AS second, $o ->> 'k' AS k",
    id=3, name="a", ok=True, f=1.5, n=None, tags=[1, 2], o={"k": 1}).fetch_one())
call("all_statements", lambda: lake.query("SELECT 1 AS a; SELECT 2 AS b").fetch(
    result_collection="all_statements_first_row"))
call("wrong", lambda: lake.query("SELECT * FROM nowhere").fetch())
call("unknown_lake", lambda: wmill.ducklake("nothing").query("SELECT 1").fetch())

call("no_variable", lambda: wmill.get_variable("u/admin/nothing"))
call("set_variable", lambda: wmill.set_variable("u/admin/word", "one"))
call("set_variable_again", lambda: wmill.set_variable("u/admin/word", "two"))
call("get_variable", lambda: wmill.get_variable("u/admin/word"))
call("set_resource", lambda: wmill.set_resource(
    "u/admin/db", {"host": "h", "password": "$var:u/admin/word"}, "postgresql"))
call("get_resource", lambda: wmill.get_resource("u/admin/db"))
call("no_resource", lambda: wmill.get_resource("u/admin/none", none_if_undefined=True))
call("state_before", lambda: wmill.get_state())
call("set_state", lambda: wmill.set_state({"cursor": 5}))
call("state", lambda: wmill.get_state())

call("run_script", lambda: wmill.run_script_by_path("u/admin/double", {"n": 21}))
call("run_failing", lambda: wmill.run_script_by_path("u/admin/failing", {}))
identifier = wmill.run_script_by_path_async("u/admin/double", {"n": 4})
while wmill.get_job_status(identifier) != "COMPLETED":
    pass
call("get_result", lambda: wmill.get_result(identifier))
call("progress", lambda: (wmill.set_progress(40, identifier), wmill.get_progress(identifier))[1])
call("cancel_running", lambda: wmill.cancel_running())
call("root_job", lambda: wmill.get_root_job_id(identifier) == identifier)
call("version", lambda: wmill.get_version().startswith("Tarn"))
call("whoami", lambda: wmill.whoami()["username"])

json.dump(results, sys.stdout, default=str)
