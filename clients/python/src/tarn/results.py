"""A query that runs when its rows are asked for, in the form in which they are wanted."""

from __future__ import annotations

import json
import re
import tempfile
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from tarn.transport import Answer, TarnError, Transport
from tarn.values import parameter, typed

if TYPE_CHECKING:
    import pandas
    import polars
    import pyarrow

Row = dict[str, Any]
PARQUET = "application/vnd.apache.parquet"
NDJSON = "application/x-ndjson"


class Query:
    """A statement with its parameters. Each of its functions runs it."""

    def __init__(self, transport: Transport, prologue: str, text: str, parameters: dict[str, Any]):
        self._transport = transport
        self._prologue = prologue
        self._text = text
        self._declarations = ""
        self._arguments: dict[str, Any] = {}
        for name, value in parameters.items():
            kind, plain = parameter(name, value)
            self._declarations += f"-- ${name} ({kind})\n"
            self._arguments[name] = plain

    def rows(self) -> list[Row]:
        """All rows, with dates, times, decimals, UUIDs and bytes as Python has them."""
        if not self._is_one_query:
            return self._run("last_statement_all_rows", self._text)
        # The names and types come with the rows.
        *_, columns, rows = self._run("all_statements_all_rows", f"DESCRIBE {self._text}\n;\n{self._text}")
        return typed(rows, {column["column_name"]: column["column_type"] for column in columns})

    def one(self) -> Row | None:
        """The first row; None when there is none."""
        rows = self.rows()
        return rows[0] if rows else None

    def scalar(self) -> Any:
        """The first value of the first row; None when there is none."""
        row = self.one()
        return next(iter(row.values()), None) if row else None

    def execute(self) -> None:
        """For what it does alone."""
        self._run("last_statement_first_row", self._text)

    def __iter__(self) -> Iterator[Row]:
        """Rows as they come, however many there are, with values as JSON has them."""
        with self._stream(NDJSON) as answer:
            for line in answer.lines():
                yield json.loads(line)

    def batches(self, size: int = 65_536) -> Iterator[pyarrow.RecordBatch]:
        """Batches of Arrow, however many rows there are."""
        import pyarrow.parquet

        with self._file() as file:
            yield from pyarrow.parquet.ParquetFile(file).iter_batches(batch_size=size)

    def arrow(self) -> pyarrow.Table:
        """All rows as a table of Arrow."""
        import pyarrow.parquet

        with self._file() as file:
            return pyarrow.parquet.read_table(file)

    def pandas(self, **options: Any) -> pandas.DataFrame:
        """All rows as a data frame of pandas. `options` are those of pyarrow's `to_pandas`."""
        return self.arrow().to_pandas(**options)

    def polars(self) -> polars.DataFrame:
        """All rows as a data frame of Polars."""
        import polars

        with self._file() as file:
            return polars.read_parquet(file)

    # How it runs

    @property
    def _is_one_query(self) -> bool:
        text = re.sub(r"(?s)^(\s|--[^\n]*\n|/\*.*?\*/)*", "", self._text)
        # A semicolon in a text is taken for two statements: then values come as JSON has them.
        return ";" not in text and re.match(r"(?i)(select|from|with|values|table|pivot|unpivot)\b", text) is not None

    def _body(self, directive: str | None, text: str) -> bytes:
        head = f"-- result_collection={directive}\n" if directive else ""
        content = head + self._declarations + self._prologue + text
        body = {"content": content, "language": "duckdb", "args": self._arguments}
        return json.dumps(body, ensure_ascii=False).encode()

    @property
    def _path(self) -> str:
        return "jobs/run_inline/preview" if self._transport.is_near else "jobs/run_wait_result/preview"

    def _run(self, directive: str, text: str) -> Any:
        with self._transport.send("POST", self._path, self._body(directive, text)) as answer:
            return json.loads(b"".join(answer.pieces()) or b"null")

    def _stream(self, kind: str) -> Answer:
        answer = self._transport.send("POST", self._path, self._body(None, self._text), accept=kind)
        if answer.kind != kind:
            found = answer.kind
            answer.close()
            raise TarnError(f"the server answers {found or 'nothing'} where {kind} was asked for; is it older than this client?")
        return answer

    def _file(self) -> Any:
        """The result as a file of Parquet that is gone when it is closed: nothing of it is held in memory."""
        file = tempfile.TemporaryFile()
        try:
            with self._stream(PARQUET) as answer:
                for piece in answer.pieces():
                    file.write(piece)
            file.seek(0)
        except BaseException:
            file.close()
            raise
        return file
