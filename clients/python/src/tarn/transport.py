"""How requests reach the server: Python's own http.client, a connection for each request."""

from __future__ import annotations

import http.client
import json
import os
import urllib.parse
from collections.abc import Iterator
from typing import Any


class TarnError(Exception):
    """What the server says no to, in its own words.

    `status` is that of HTTP; None when the server could not be reached or did not answer as it should.
    """

    def __init__(self, message: str, status: int | None = None):
        super().__init__(message)
        self.status = status


class Answer:
    """An answer whose body is read as it is wanted. Close it, or use it in `with`."""

    def __init__(self, connection: http.client.HTTPConnection, response: http.client.HTTPResponse):
        self._connection = connection
        self._response = response

    @property
    def kind(self) -> str:
        return (self._response.getheader("Content-Type") or "").partition(";")[0].strip().lower()

    def __enter__(self) -> Answer:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        self._connection.close()

    def pieces(self, size: int = 1 << 20) -> Iterator[bytes]:
        while piece := self._read(size):
            yield piece

    def lines(self) -> Iterator[bytes]:
        rest = b""
        for piece in self.pieces(1 << 16):
            *whole, rest = (rest + piece).split(b"\n")
            yield from (line for line in whole if line)
        if rest:
            yield rest

    def _read(self, size: int) -> bytes:
        try:
            return self._response.read1(size)
        except (OSError, http.client.HTTPException) as error:
            raise TarnError(f"the answer was cut off: {error}") from error


class Transport:
    """An address, a token, a workspace."""

    def __init__(self, url: str | None, token: str | None, workspace: str | None, timeout: float):
        environment = os.environ.get
        url = url or environment("BASE_INTERNAL_URL") or environment("TARN_URL") or environment("WM_BASE_URL")
        if not url:
            raise TarnError("which server? Set TARN_URL, or give its address: tarn.connect('http://127.0.0.1:8900')")
        parts = urllib.parse.urlsplit(url)
        if parts.scheme not in ("http", "https") or not parts.hostname:
            raise TarnError(f"'{url}' is no address of a server, such as http://127.0.0.1:8900")
        self._parts = parts
        self._token = token or environment("TARN_TOKEN") or environment("WM_TOKEN") or ""
        self.workspace = workspace or environment("TARN_WORKSPACE") or environment("WM_WORKSPACE") or "main"
        self._timeout = timeout

    @property
    def is_near(self) -> bool:
        """Whether a worker on this machine may answer."""
        return self._parts.hostname in ("127.0.0.1", "localhost")

    def send(
        self, method: str, path: str, body: bytes | None = None, *, query: dict[str, Any] | None = None,
        kind: str = "application/json", accept: str = "application/json",
    ) -> Answer:
        """Sends a request below `/api/w/{workspace}/`. Raises TarnError for an answer that says no."""
        secure = self._parts.scheme == "https"
        make = http.client.HTTPSConnection if secure else http.client.HTTPConnection
        host = self._parts.hostname or ""
        connection = make(host, self._parts.port or (443 if secure else 80), timeout=self._timeout)
        text = urllib.parse.urlencode({key: value for key, value in (query or {}).items() if value is not None})
        base = self._parts.path.rstrip("/").removesuffix("/api")
        target = f"{base}/api/w/{urllib.parse.quote(self.workspace)}/{path}" + (f"?{text}" if text else "")
        headers = {"Authorization": f"Bearer {self._token}", "Accept": accept}
        if body is not None:
            headers["Content-Type"] = kind
        try:
            connection.request(method, target, body, headers)
            response = connection.getresponse()
            if response.status >= 400:
                message = response.read(1 << 20).decode("utf-8", "replace").strip()
                connection.close()
                raise TarnError(message or response.reason, response.status)
        except (OSError, http.client.HTTPException) as error:
            connection.close()
            raise TarnError(f"the server at {self._parts.scheme}://{self._parts.netloc} cannot be reached: {error}") from error
        return Answer(connection, response)

    def json(self, method: str, path: str, body: Any = None, **options: Any) -> Any:
        data = None if body is None else json.dumps(body, ensure_ascii=False, allow_nan=False).encode()
        with self.send(method, path, data, **options) as answer:
            return json.loads(b"".join(answer.pieces()) or b"null")
