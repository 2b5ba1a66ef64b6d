"""Values on their way into SQL's parameters, and out of results."""

from __future__ import annotations

import base64
import datetime
import decimal
import math
import re
import uuid
from collections.abc import Callable, Mapping
from typing import Any


def parameter(name: str, value: Any) -> tuple[str, Any]:
    """The type of SQL that a parameter has, and its value as JSON."""
    if value is None:
        return "TEXT", None
    if isinstance(value, bool):
        return "BOOLEAN", value
    if isinstance(value, int):
        if -(2**63) <= value < 2**63:
            return "BIGINT", value
        if -(2**127) <= value < 2**127:
            return "HUGEINT", str(value)
        raise ValueError(f"{name}: {value} has more than 128 bits")
    if isinstance(value, float):
        if not math.isfinite(value):
            return "DOUBLE", str(value)
        return "DOUBLE", value
    if isinstance(value, decimal.Decimal):
        return _decimal(name, value)
    if isinstance(value, datetime.datetime):
        return ("TIMESTAMP" if value.tzinfo is None else "TIMESTAMPTZ"), value.isoformat()
    if isinstance(value, datetime.date):
        return "DATE", value.isoformat()
    if isinstance(value, datetime.time):
        return "TIME", value.isoformat()
    if isinstance(value, uuid.UUID):
        return "UUID", str(value)
    if isinstance(value, (bytes, bytearray, memoryview)):
        return "BLOB", "".join(f"\\x{byte:02X}" for byte in bytes(value))
    if isinstance(value, str):
        return "TEXT", value
    if isinstance(value, (Mapping, list, tuple)):
        return "JSON", plain(value)
    if hasattr(value, "item"):  # a number of NumPy
        return parameter(name, value.item())
    raise TypeError(f"{name}: a value of {type(value).__name__} cannot be a parameter")


def _decimal(name: str, value: decimal.Decimal) -> tuple[str, Any]:
    if not value.is_finite():
        raise ValueError(f"{name}: {value} is no decimal of SQL")
    exponent = value.as_tuple().exponent
    scale = max(0, -exponent) if isinstance(exponent, int) else 0
    width = max(len(f"{abs(value):f}".replace(".", "").lstrip("0")), scale, 1)
    if width > 38:
        raise ValueError(f"{name}: {value} has more than 38 digits")
    return f"DECIMAL({width},{scale})", f"{value:f}"


def plain(value: Any) -> Any:
    """A value within JSON: what JSON has no word for becomes text."""
    if value is None or isinstance(value, (str, bool, int)):
        return value
    if isinstance(value, float):
        return value if math.isfinite(value) else None
    if isinstance(value, Mapping):
        return {str(key): plain(item) for key, item in value.items()}
    if isinstance(value, (list, tuple, set, frozenset)):
        return [plain(item) for item in value]
    if isinstance(value, (datetime.datetime, datetime.date, datetime.time)):
        return value.isoformat()
    if isinstance(value, decimal.Decimal):
        return f"{value:f}"
    if isinstance(value, uuid.UUID):
        return str(value)
    if isinstance(value, (bytes, bytearray, memoryview)):
        return base64.b64encode(bytes(value)).decode()
    if hasattr(value, "item"):
        return plain(value.item())
    raise TypeError(f"a value of {type(value).__name__} has no place in JSON")


def _moment(value: str) -> datetime.datetime:
    # Digits beyond microseconds are cut; Python has no place for them.
    text = re.sub(r"(\.\d{6})\d+", r"\1", value).replace("Z", "+00:00")
    return datetime.datetime.fromisoformat(re.sub(r"\.(\d{1,5})(?!\d)", lambda m: "." + m[1].ljust(6, "0"), text))


def _moment_in_utc(value: str) -> datetime.datetime:
    moment = _moment(value)
    return moment if moment.tzinfo else moment.replace(tzinfo=datetime.timezone.utc)


_READERS: dict[str, Callable[[Any], Any]] = {
    "DATE": datetime.date.fromisoformat, "TIMESTAMP": _moment, "TIMESTAMP WITH TIME ZONE": _moment_in_utc,
    "TIMESTAMP_S": _moment, "TIMESTAMP_MS": _moment, "TIMESTAMP_NS": _moment,
    "TIME": lambda value: _moment("2000-01-01T" + value).time(), "UUID": uuid.UUID, "BLOB": bytes,
    "HUGEINT": int, "UHUGEINT": int,
}


def reader(kind: str) -> Callable[[Any], Any] | None:
    """What makes a value of Python of one of a result; None where it stays as JSON has it."""
    if kind.endswith("[]"):
        element = reader(kind[:-2])
        return None if element is None else lambda values: [None if item is None else element(item) for item in values]
    if kind.startswith("DECIMAL"):
        return decimal.Decimal
    return _READERS.get(kind)


def typed(rows: list[dict[str, Any]], kinds: dict[str, str]) -> list[dict[str, Any]]:
    """Rows with values of Python's own types in the places of text."""
    for name, kind in kinds.items():
        read = reader(kind)
        if read is None:
            continue
        for row in rows:
            if row.get(name) is None:
                continue
            try:
                row[name] = read(row[name])
            except (ValueError, TypeError, decimal.InvalidOperation):
                pass  # a day or a moment that Python has no place for, such as one before year 1, stays text
    return rows
