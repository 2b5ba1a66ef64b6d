"""The server, its lakes, and what is done with them."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Mapping
from typing import Any

from tarn.results import PARQUET, Query
from tarn.transport import TarnError, Transport
from tarn.values import plain


def connect(
    url: str | None = None, token: str | None = None, workspace: str | None = None, *, timeout: float = 900
) -> Client:
    """A client of a server.

    Address, token and workspace come from the environment where they are not given: TARN_URL, TARN_TOKEN, TARN_WORKSPACE, or what a
    job has. Nothing is sent yet. `timeout` is how long an answer may be silent, in seconds.
    """
    return Client(Transport(url, token, workspace, timeout))


class Client:
    """A server's workspace."""

    def __init__(self, transport: Transport):
        self._transport = transport

    def lake(self, name: str = "main", *, branch: str | None = None) -> Lake:
        """A lake by its name, or a branch of it."""
        return Lake(self._transport, name, branch)

    def run(self, path: str, **arguments: Any) -> Any:
        """Runs a script that the server keeps, and gives its result."""
        return self._transport.json("POST", f"jobs/run_wait_result/p/{path}", plain(arguments))

    def variable(self, path: str) -> str:
        """A variable's or a secret's value."""
        return self._transport.json("GET", f"variables/get_value/{path}")

    def resource(self, path: str) -> Any:
        """A resource's value."""
        return self._transport.json("GET", f"resources/get_value_interpolated/{path}")


class Lake:
    """A lake, or a branch of one."""

    def __init__(self, transport: Transport, name: str, branch: str | None):
        for part in (name, branch):
            if part is not None and not re.fullmatch(r"[A-Za-z0-9_-]+", part):
                raise TarnError(f"'{part}' is no name of a lake or a branch: letters, digits, '-' and '_'")
        self._transport = transport
        self.name = name if branch is None else f"{name}@{branch}"

    def branch(self, name: str) -> Lake:
        """A branch of this lake."""
        if "@" in self.name:
            raise TarnError(f"{self.name} is a branch itself")
        return Lake(self._transport, self.name, name)

    def query(self, text: str, /, **parameters: Any) -> Query:
        """SQL on the lake. `$name` in it is a parameter, which is bound, never put into the text.

        Dates, moments (with or without a zone), times, decimals, UUIDs and bytes keep their types.
        """
        return Query(self._transport, f"ATTACH 'ducklake://{self.name}' AS dl;USE dl;\n", text.strip().removesuffix(";"), parameters)

    def table(self, name: str, *, at: int | str | None = None) -> Query:
        """A table's rows; as they were at a snapshot (a number) or at a moment (ISO text), when `at` says one."""
        table = ".".join('"' + part.replace('"', '""') + '"' for part in name.split("."))
        if at is None:
            return self.query(f"SELECT * FROM {table}")
        if isinstance(at, int):
            return self.query(f"SELECT * FROM {table} AT (VERSION => {at})")
        moment = str(at.isoformat() if hasattr(at, "isoformat") else at).replace("'", "''")
        return self.query(f"SELECT * FROM {table} AT (TIMESTAMP => TIMESTAMP '{moment}')")

    def append(self, table: str, rows: Any, *, key: str | None = None) -> dict[str, Any]:
        """Appends rows to a table, which is made when there is none.

        `table` is `schema.table`, or a table of the schema `main`. `rows` are mappings, or a table of Arrow, a data frame of pandas
        or Polars. With a key, rows that are sent again under it within 30 days are not written again.

        Returns what the server says of the load: its rows and its snapshot.
        """
        schema, _, name = table.rpartition(".")
        body, kind = _encoded(rows)
        query = {"into": f"{self.name}/{schema or 'main'}", "table": name, "write_disposition": "append", "key": key}
        with self._transport.send("POST", "load", body, query=query, kind=kind) as answer:
            return json.loads(b"".join(answer.pieces()))

    def __repr__(self) -> str:
        return f"<lake {self.name}>"


def _encoded(rows: Any) -> tuple[bytes, str]:
    if hasattr(rows, "write_parquet"):  # Polars
        import io

        buffer = io.BytesIO()
        rows.write_parquet(buffer)
        return buffer.getvalue(), PARQUET
    if type(rows).__module__.partition(".")[0] == "pandas":
        import pyarrow

        rows = pyarrow.Table.from_pandas(rows, preserve_index=False)
    if type(rows).__module__.partition(".")[0] == "pyarrow":
        import pyarrow
        import pyarrow.parquet

        if isinstance(rows, pyarrow.RecordBatch):
            rows = pyarrow.Table.from_batches([rows])
        sink = pyarrow.BufferOutputStream()
        pyarrow.parquet.write_table(rows, sink)
        return sink.getvalue().to_pybytes(), PARQUET
    if isinstance(rows, Mapping) or not isinstance(rows, Iterable):
        raise TypeError("rows are a list of mappings, or a data frame")
    lines = (json.dumps(plain(row), ensure_ascii=False, allow_nan=False) for row in rows)
    return "\n".join(lines).encode(), "application/x-ndjson"
