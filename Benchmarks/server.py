"""Scripts and queries on a server, beside bare DuckDB, Prefect and Dagster. Called by `make bench BENCH=server`.

server.py tarn URL TOKEN           with a Python that has wmill
server.py bare FOLDER EXTENSIONS   with a Python that has duckdb
server.py prefect | dagster        with a Python that has them

Prints one JSON object: what was measured, in seconds.
"""

import asyncio
import json
import os
import re
import statistics
import sys
import time
import urllib.parse

QUERIES = 200
TASKS = 40
CLIENTS = 200
SECONDS = 10

IN_A_JOB = """
import time, wmill

def main(queries):
    lake = wmill.ducklake()
    def one(i):
        return lake.query("SELECT * FROM friend WHERE id = $id", id=i).fetch_one()
    for i in range(20):
        one(i)
    times = []
    for i in range(queries):
        begin = time.perf_counter()
        row = one(i)
        times.append(time.perf_counter() - begin)
        assert row == {"id": i, "name": f"n{i}"}, row
    return times
"""

FRIENDS = "CREATE TABLE IF NOT EXISTS friend AS SELECT range AS id, 'n' || range AS name FROM range(1000)"


def fibo(n):
    return n if n < 2 else fibo(n - 1) + fibo(n - 2)


def timed(work, count):
    begin = time.perf_counter()
    for number in range(count):
        work(number)
    return time.perf_counter() - begin


def tarn(url, token):
    import httpx

    client = httpx.Client(base_url=f"{url}/api/w/main", headers={"Authorization": f"Bearer {token}"}, timeout=120)

    def run(language, content, args):
        answer = client.post("/jobs/run_wait_result/preview", json={"language": language, "content": content, "args": args})
        assert answer.status_code == 200, answer.text
        return answer.json()

    run("duckdb", FRIENDS, {})
    times = run("python3", IN_A_JOB, {"queries": QUERIES})
    script = "def fibo(n):\n    return n if n < 2 else fibo(n - 1) + fibo(n - 2)\n\ndef main(n):\n    return fibo(n)\n"
    run("python3", script, {"n": 10})
    python = timed(lambda _: run("python3", script, {"n": 10}), TASKS)
    sql = timed(lambda number: run("duckdb", "SELECT $n + 1 AS n", {"n": number}), TASKS)
    clients = asyncio.run(many(url, token))
    return {
        "query": statistics.median(times), "query_p99": sorted(times)[int(len(times) * 0.99) - 1], "python": python,
        "sql": sql, **clients,
    }


async def many(url, token):
    """As many clients as ask one after another, over plain sockets: with 200 connections httpx takes more time than the server."""
    address = urllib.parse.urlsplit(url)
    body = json.dumps({"language": "duckdb", "content": "SELECT 1 AS one", "args": {}})
    request = (
        f"POST /api/w/main/jobs/run_wait_result/preview HTTP/1.1\r\nHost: {address.netloc}\r\nAuthorization: Bearer {token}\r\n"
        f"Content-Type: application/json\r\nContent-Length: {len(body)}\r\n\r\n{body}").encode()
    times = []
    end = time.perf_counter() + SECONDS

    async def ask():
        reader, writer = await asyncio.open_connection(address.hostname, address.port)
        while time.perf_counter() < end:
            begin = time.perf_counter()
            writer.write(request)
            head = await reader.readuntil(b"\r\n\r\n")
            length = int(re.search(rb"content-length: (\d+)", head, re.IGNORECASE)[1])
            answer = await reader.readexactly(length)
            assert head.startswith(b"HTTP/1.1 200 ") and answer == b'[{"one":1}]', head + answer
            times.append(time.perf_counter() - begin)
        writer.close()

    begin = time.perf_counter()
    await asyncio.gather(*(ask() for _ in range(CLIENTS)))
    took = time.perf_counter() - begin
    return {"clients_rate": len(times) / took, "clients_p99": sorted(times)[int(len(times) * 0.99) - 1]}


def bare(folder, extensions):
    import duckdb

    def connect():
        connection = duckdb.connect()
        for name in ("httpfs", "azure", "ducklake", "sqlite_scanner"):
            connection.execute(f"LOAD '{extensions}/{name}.duckdb_extension'")
        connection.execute(f"ATTACH 'ducklake:sqlite:{folder}/catalog.sqlite' AS dl (DATA_PATH '{folder}/data/')")
        connection.execute("USE dl")
        return connection

    connection = connect()
    connection.execute(FRIENDS)
    query = "SELECT * FROM friend WHERE id = $id"

    def one(number):
        assert connection.cursor().execute("USE dl").execute(query, {"id": number}).fetchone() == (number, f"n{number}")

    for number in range(20):
        one(number)
    warm = []
    for number in range(QUERIES):
        begin = time.perf_counter()
        one(number)
        warm.append(time.perf_counter() - begin)
    connection.close()
    cold = []
    for number in range(20):
        begin = time.perf_counter()
        connection = connect()
        connection.execute(query, {"id": number}).fetchone()
        connection.close()
        cold.append(time.perf_counter() - begin)
    return {"warm": statistics.median(warm), "cold": statistics.median(cold)}


def prefect():
    from prefect import flow, task

    @task
    def fibonacci(n):
        return fibo(n)

    @flow
    def forty():
        begin = time.perf_counter()
        for _ in range(TASKS):
            fibonacci(10)
        return time.perf_counter() - begin

    forty()
    return {"python": forty()}


def dagster():
    from dagster import job, op

    @op
    def first():
        return 10

    @op
    def fibonacci(n):
        fibo(10)
        return n

    @job
    def forty():
        value = first()
        for number in range(TASKS):
            value = fibonacci.alias(f"fibonacci_{number}")(value)

    forty.execute_in_process()
    begin = time.perf_counter()
    assert forty.execute_in_process().success
    return {"python": time.perf_counter() - begin}


if __name__ == "__main__":
    result = {"tarn": tarn, "bare": bare, "prefect": prefect, "dagster": dagster}[sys.argv[1]](*sys.argv[2:])
    # What libraries print to standard output is not the result.
    print("\n" + json.dumps(result))
