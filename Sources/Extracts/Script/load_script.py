"""Runs the function of a script and writes the rows that it yields into files, for the program that started this."""

import collections.abc
import dataclasses
import datetime
import decimal
import enum
import inspect
import json
import math
import os
import signal
import sys
import threading
import time
import traceback
import uuid


class Wrong(Exception):
    """What the script does that cannot be loaded, or how it was called; told without its stack."""


def watch_lifeline():
    """Ends all that belongs to the script when the program that started it is gone: the pipe at the input closes then."""
    lifeline = os.dup(0)
    nothing = os.open(os.devnull, os.O_RDONLY)
    os.dup2(nothing, 0)
    os.close(nothing)

    def wait():
        while os.read(lifeline, 1):
            pass
        os.killpg(os.getpgrp(), signal.SIGKILL)

    threading.Thread(target=wait, daemon=True).start()


# Values


def plain(value):
    """A value that JSON has no form for, as dlt writes it."""
    if isinstance(value, (datetime.datetime, datetime.date, datetime.time)):
        return None if value != value else value.isoformat()
    if isinstance(value, decimal.Decimal):
        return format(value, "f") if value.is_finite() else None
    if isinstance(value, (bytes, bytearray, memoryview)):
        import base64

        return base64.b64encode(bytes(value)).decode()
    if isinstance(value, uuid.UUID):
        return str(value)
    if isinstance(value, enum.Enum):
        return value.value
    if isinstance(value, (set, frozenset)):
        return list(value)
    row = as_row(value)
    if row is not None:
        return row
    if hasattr(value, "item") and getattr(value, "shape", None) == ():
        return value.item()
    raise Wrong(f"a value of type {type(value).__name__} cannot be loaded: {str(value)[:60]}")


def finite(value):
    """A value without numbers that are none, which JSON cannot tell."""
    if isinstance(value, float):
        return value if math.isfinite(value) else None
    if isinstance(value, dict):
        return {key: finite(child) for key, child in value.items()}
    if isinstance(value, (list, tuple)):
        return [finite(child) for child in value]
    if value is None or isinstance(value, (str, int)):
        return value
    return finite(plain(value))


KINDS = (
    (datetime.datetime, {"data_type": "timestamp"}),
    (datetime.date, {"data_type": "date"}),
    (datetime.time, {"data_type": "time"}),
    (decimal.Decimal, {"data_type": "decimal"}),
    ((bytes, bytearray, memoryview), {"data_type": "binary"}),
)


def hint(value):
    """What a value's text does not tell of its type; None when it does."""
    return next((hint for kind, hint in KINDS if isinstance(value, kind)), None)


def as_row(value):
    """An object as the columns of a row; None when it is none."""
    if isinstance(value, dict):
        return value
    if isinstance(value, collections.abc.Mapping):
        return dict(value)
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        return {field.name: getattr(value, field.name) for field in dataclasses.fields(value)}
    if isinstance(value, tuple) and hasattr(value, "_asdict"):
        return value._asdict()
    if hasattr(value, "model_dump"):
        return value.model_dump()
    return None


# Tables


class Rows:
    """A table of rows that are objects: one JSON text a line."""

    kind = "rows"

    def __init__(self, path):
        self.path, self.files, self.count = path + ".jsonl", [os.path.basename(path) + ".jsonl"], 0
        self.file = open(self.path, "w", encoding="utf-8")
        self.encode = json.JSONEncoder(
            ensure_ascii=False, separators=(",", ":"), default=plain, allow_nan=False
        ).encode
        # The hint of each column, by its first value; and whether values below columns need any.
        self.hints, self.lines, self.size = {}, [], 0

    def add(self, row):
        if not row.keys() <= self.hints.keys():
            self.learn(row, "")
        elif "" in self.hints:
            self.learn(row, "")
        try:
            line = self.encode(row)
        except ValueError:
            line = self.encode(finite(row))
        except TypeError as error:
            raise Wrong(f"a row cannot be loaded: {error}") from None
        self.lines.append(line)
        self.size += len(line)
        self.count += 1
        if self.size > 1 << 20:
            self.flush()

    def learn(self, row, before):
        for key, value in row.items():
            if not isinstance(key, str):
                continue
            if isinstance(value, dict):
                # Keys below may come with any row.
                self.hints[""] = None
                self.hints.setdefault(before + key, None)
                self.learn(value, before + key + "__")
            elif value is not None and before + key not in self.hints:
                self.hints[before + key] = hint(value) or {}

    def flush(self):
        if self.lines:
            self.file.write("\n".join(self.lines) + "\n")
            self.lines, self.size = [], 0

    def close(self):
        self.flush()
        self.file.close()

    def columns(self):
        return {name: hint for name, hint in self.hints.items() if hint}

    bytes = property(lambda self: self.file.tell() if not self.file.closed else os.path.getsize(self.path))


class Frames:
    """A table of Arrow tables and data frames: Parquet, a file for each run of frames with the same columns."""

    kind = "frames"

    def __init__(self, path):
        self.path, self.files, self.count, self.writer, self.schema = path, [], 0, None, None

    def add(self, frame):
        if type(frame).__module__.split(".")[0] == "polars":
            if hasattr(frame, "collect"):
                frame = frame.collect()
            # Polars writes Parquet itself, with or without pyarrow.
            self.close()
            frame.write_parquet(self.next())
            self.count += frame.height
            return
        import pyarrow
        import pyarrow.parquet

        if type(frame).__module__.split(".")[0] == "pandas":
            frame = pyarrow.Table.from_pandas(frame, preserve_index=False)
        reader = frame if isinstance(frame, pyarrow.RecordBatchReader) else None
        if reader is None and not isinstance(frame, (pyarrow.Table, pyarrow.RecordBatch)):
            reader = pyarrow.RecordBatchReader.from_stream(frame)
        for part in reader or [frame]:
            if self.writer is None or part.schema != self.schema:
                self.close()
                self.schema = part.schema
                self.writer = pyarrow.parquet.ParquetWriter(self.next(), part.schema)
            self.writer.write(part)
            self.count += part.num_rows

    def next(self):
        path = f"{self.path}-{len(self.files) + 1}.parquet"
        self.files.append(os.path.basename(path))
        return path

    def close(self):
        if self.writer is not None:
            self.writer.close()
            self.writer = None

    def columns(self):
        return {}

    @property
    def bytes(self):
        folder = os.path.dirname(self.path)
        return sum(os.path.getsize(os.path.join(folder, name)) for name in self.files)


def is_frame(value):
    module = type(value).__module__.split(".")[0]
    if module == "pandas" and type(value).__name__ == "Series" or module == "polars" and type(value).__name__ == "Series":
        raise Wrong(f"a {module} Series has no columns; yield a DataFrame")
    return hasattr(value, "__arrow_c_stream__") or hasattr(value, "__arrow_c_array__") or (
        module in ("pandas", "polars") and type(value).__name__ in ("DataFrame", "LazyFrame")
    )


class Output:
    def __init__(self, folder, table):
        self.folder, self.standard, self.tables, self.told = folder, table, {}, 0.0

    def take(self, item, table):
        """Takes what a script yields: a row, a frame, a name with either, or many of them."""
        if item is None:
            return
        row = as_row(item)
        if row is not None:
            self.add(Rows, row, table)
        elif is_frame(item):
            self.add(Frames, item, table)
        elif isinstance(item, tuple) and len(item) == 2 and isinstance(item[0], str):
            self.take(item[1], item[0])
        elif hasattr(item, "meta") and hasattr(item, "data"):
            # dlt.mark.with_table_name
            self.take(item.data, getattr(item.meta, "table_name", None) or table)
        elif hasattr(item, "resources") and hasattr(item, "selected_resources"):
            # A source of dlt.
            for name, resource in item.selected_resources.items():
                self.take(resource, name)
        elif inspect.isasyncgen(item):
            import asyncio

            async def all_of():
                async for part in item:
                    self.take(part, table)

            asyncio.run(all_of())
        elif isinstance(item, collections.abc.Iterable) and not isinstance(item, (str, bytes, bytearray)):
            for part in item:
                self.take(part, table)
        else:
            self.add(Rows, {"value": item}, table)

    def add(self, kind, item, table):
        name = table or self.standard
        if name not in self.tables:
            self.tables[name] = kind(os.path.join(self.folder, f"{len(self.tables) + 1:03}"))
        written = self.tables[name]
        if not isinstance(written, kind):
            raise Wrong(f"table '{name}' gets both rows and data frames; yield one of them, or name another table")
        written.add(item)
        if written.count & 1023 == 0 or kind is Frames:
            self.tell(name, written)

    def tell(self, name, table):
        now = time.monotonic()
        if now - self.told > 0.3:
            self.told = now
            write_json(self.folder, "progress.json", {"table": name, "rows": table.count, "bytes": table.bytes})

    def close(self):
        for table in self.tables.values():
            table.close()
        return [
            {
                "name": name,
                "files": table.files,
                "format": "jsonl" if table.kind == "rows" else "parquet",
                "rows": table.count,
                "columns": table.columns(),
            }
            for name, table in self.tables.items()
        ]


# The call


def converted(text, parameter):
    """An argument as the function takes it: by its annotation, by its default, or as text."""
    if not isinstance(text, str):
        return text
    kind = parameter.annotation
    if kind is inspect.Parameter.empty:
        kind = type(parameter.default) if parameter.default not in (None, inspect.Parameter.empty) else str
    kind = {"int": int, "float": float, "bool": bool, "str": str, "list": list, "dict": dict}.get(kind, kind)
    name = parameter.name
    try:
        if kind is bool:
            return {"true": True, "1": True, "yes": True, "false": False, "0": False, "no": False}[text.lower()]
        if kind in (int, float, decimal.Decimal):
            return kind(text)
        if kind is datetime.datetime or kind is datetime.date:
            return kind.fromisoformat(text)
        if kind in (list, dict):
            value = json.loads(text)
            if isinstance(value, kind):
                return value
            raise ValueError
    except (ValueError, KeyError, ArithmeticError):
        raise Wrong(f"argument {name} must be of type {kind.__name__}, not '{text}'") from None
    return text


def called(function, call):
    parameters = inspect.signature(function).parameters
    takes_any = any(each.kind is each.VAR_KEYWORD for each in parameters.values())
    known = [each.name for each in parameters.values() if each.kind not in (each.VAR_KEYWORD, each.VAR_POSITIONAL)]
    given = {}
    for name, text in call["arguments"].items():
        if name in known:
            given[name] = converted(text, parameters[name])
        elif takes_any:
            given[name] = text
        else:
            has = ", ".join(known) or "no arguments"
            raise Wrong(f"{call['function']} has no argument '{name}'. It has: {has}")
    if "last_value" in known and "last_value" not in given and call.get("last_value") is not None:
        given["last_value"] = call["last_value"]
    for name in known:
        if name not in given and parameters[name].default is inspect.Parameter.empty:
            raise Wrong(f"{call['function']} needs an argument '{name}'. Say --arg {name}=VALUE")
    return function(**given)


def load(path):
    """The script as a module, so that `if __name__ == "__main__"` does not run."""
    import importlib.machinery
    import importlib.util

    sys.path[0] = os.path.dirname(path)
    loader = importlib.machinery.SourceFileLoader("tarn_script", path)
    spec = importlib.util.spec_from_file_location("tarn_script", path, loader=loader)
    module = importlib.util.module_from_spec(spec)
    sys.modules["tarn_script"] = module
    sys.dont_write_bytecode = True
    loader.exec_module(module)
    return module


def run(call, folder):
    module = load(call["script"])
    function = getattr(module, call["function"], None)
    if not callable(function):
        raise Wrong(f"there is no function '{call['function']}' in it. Write def {call['function']}(): … yield rows")
    output = Output(folder, call["table"])
    result = called(function, call)
    if inspect.iscoroutine(result):
        import asyncio

        result = asyncio.run(result)
    output.take(result, None)
    write_json(folder, "result.json", {"tables": output.close()})


def write_json(folder, name, value):
    path = os.path.join(folder, name)
    with open(path + ".new", "w", encoding="utf-8") as file:
        json.dump(value, file)
    os.replace(path + ".new", path)


def failure(error, script):
    """What went wrong, and the last line of the script that did it."""
    text = str(error) if isinstance(error, Wrong) else "".join(traceback.format_exception_only(type(error), error)).strip()
    line = error.lineno if isinstance(error, SyntaxError) and error.filename == script else None
    if isinstance(error, SyntaxError):
        text = f"SyntaxError: {error.msg}"
    elif not isinstance(error, Wrong):
        frames = [frame for frame in traceback.extract_tb(error.__traceback__) if frame.filename == script]
        line = frames[-1].lineno if frames else None
    return {
        "message": text,
        "line": line,
        "missing": getattr(error, "name", None) if isinstance(error, ModuleNotFoundError) else None,
    }


def carry_out(path):
    """Runs what a call says; whether that went well."""
    with open(path, encoding="utf-8") as file:
        call = json.load(file)
    folder = call["folder"]
    try:
        run(call, folder)
    except BaseException as error:
        if isinstance(error, SystemExit) and error.code in (None, 0):
            error = Wrong("the script ended itself before it yielded its rows")
        write_json(folder, "error.json", failure(error, call["script"]))
        return False
    finally:
        sys.stdout.flush()
    return True


def main():
    watch_lifeline()
    if not carry_out(sys.argv[1]):
        os._exit(1)


if __name__ == "__main__":
    main()
