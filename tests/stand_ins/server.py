"""A server of the files of a folder, which hangs up where it is told to."""

from __future__ import annotations

import contextlib
import re
import threading
from collections.abc import Iterator
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

PIECE = 2**16


@dataclass(frozen=True)
class Request:
    """What the server was asked."""

    method: str
    path: str
    start: int
    """The first byte that was asked for."""


class FileServer(ThreadingHTTPServer):
    """Serves the files under ``root``, or the rest of one from a byte on.

    Attributes:
        cuts: by the end of a path, at which byte of the file to hang up, answer by answer.
        requests: all that it was asked for, in order.
    """

    daemon_threads = True

    def __init__(self, root: Path) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.root = root
        self.cuts: dict[str, list[int]] = {}
        self.requests: list[Request] = []

    @property
    def address(self) -> str:
        """What BEATGANS_MIRROR is set to."""
        return f"http://127.0.0.1:{self.server_port}/mirror"

    def fetched(self, name: str) -> list[int]:
        """The first bytes of all answers with the file of that name, in order."""
        return [
            request.start for request in self.requests if request.method == "GET" and request.path.endswith(f"/{name}")
        ]


class _Handler(BaseHTTPRequestHandler):
    server: FileServer

    def do_HEAD(self) -> None:
        self._begin()

    def do_GET(self) -> None:
        body = self._begin()
        if body is None:
            return
        path, start, size = body
        end = next((cuts.pop(0) for name, cuts in self.server.cuts.items() if self.path.endswith(name) and cuts), size)
        with path.open("rb") as file, contextlib.suppress(ConnectionError):
            file.seek(start)
            left = min(size, end) - start
            while left > 0 and (piece := file.read(min(PIECE, left))):
                self.wfile.write(piece)
                left -= len(piece)
        self.close_connection = True

    def _begin(self) -> tuple[Path, int, int] | None:
        """Sends the head of the answer; gives the file, the first byte to send, and the file's size."""
        path = self.server.root / self.path.removeprefix("/mirror/")
        asked = re.fullmatch(r"bytes=(\d+)-", self.headers.get("Range", ""))
        start = int(asked[1]) if asked else 0
        self.server.requests.append(Request(self.command, self.path, start))
        if not path.is_file():
            self.send_error(404, "Not Found")
            return None
        size, tag = path.stat().st_size, f'"{path.stat().st_mtime_ns}"'
        if start and self.headers.get("If-Range") != tag:
            start = 0
        self.send_response(206 if start else 200)
        if start:
            self.send_header("Content-Range", f"bytes {start}-{size - 1}/{size}")
        self.send_header("Content-Length", str(size - start))
        self.send_header("ETag", tag)
        self.end_headers()
        return path, start, size

    def log_message(self, *_: object) -> None:
        """Says nothing."""


@contextlib.contextmanager
def serving(root: Path) -> Iterator[FileServer]:
    """A server of a folder, for as long as the body takes."""
    server = FileServer(root)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    try:
        yield server
    finally:
        server.shutdown()
        server.server_close()
        thread.join(timeout=10)
