"""A web server on this machine for the tests: serves bytes, and breaks off where it is told to."""

from __future__ import annotations

import re
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any


class FileServer:
    """What is served, and what was asked."""

    def __init__(self, port: int) -> None:
        self.address = f"http://127.0.0.1:{port}"
        self.files: dict[str, bytes] = {}
        self.etag = '"one"'
        self.cuts: list[int] = []
        """For each coming request: send only this many bytes, then close; empty: send all."""
        self.hold_after: int | None = None
        """Send this many bytes and then nothing more until `let_go` is set."""
        self.let_go = threading.Event()
        self.requests: list[tuple[str, str | None]] = []
        """Path and Range of each request."""


@contextmanager
def file_server() -> Iterator[FileServer]:
    """Run one for the length of a test."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            asked = self.headers.get("Range")
            state.requests.append((self.path, asked))
            body = state.files.get(self.path)
            if body is None:
                self.send_error(404)
                return
            span = re.fullmatch(r"bytes=(\d+)-", asked or "")
            fresh = self.headers.get("If-Range") in (None, state.etag)
            start = int(span[1]) if span and fresh else 0
            self.send_response(206 if span and fresh else 200)
            if span and fresh:
                self.send_header("Content-Range", f"bytes {start}-{len(body) - 1}/{len(body)}")
            self.send_header("Content-Length", str(len(body) - start))
            self.send_header("ETag", state.etag)
            self.end_headers()
            end = start + state.cuts.pop(0) if state.cuts else len(body)
            if state.hold_after is not None:
                self.wfile.write(body[start : state.hold_after])
                self.wfile.flush()
                state.let_go.wait(30)
                return
            self.wfile.write(body[start:end])

        def log_message(self, format: str, *args: Any) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    state = FileServer(server.server_address[1])
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield state
    finally:
        state.let_go.set()
        server.shutdown()
        server.server_close()
