"""Before a Radicale: makes CONFIRMED of TENTATIVE in what is written, and can hold an answer."""

from __future__ import annotations

import http.client
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

PATIENCE_S = 120.0
"""For an answer of Radicale's, or for a test that holds one."""


class ConfirmingProxy(ThreadingHTTPServer):
    """Passes requests on to a port of loopback."""

    daemon_threads = True

    def __init__(self, target: int) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.target = target
        self.holds = False
        """a GET of what was written since this was set waits for let_go"""
        self.written: set[str] = set()
        """paths that were written since"""
        self.held, self.let_go = threading.Event(), threading.Event()
        self.confirmed = 0
        """requests that it has confirmed"""
        threading.Thread(target=self.serve_forever, daemon=True).start()

    @property
    def port(self) -> int:
        return int(self.server_address[1])

    def stop(self) -> None:
        self.let_go.set()
        self.shutdown()
        self.server_close()


class _Handler(BaseHTTPRequestHandler):
    server: ConfirmingProxy

    def do(self) -> None:
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        proxy = self.server
        request = self.command == "PUT" and b"STATUS:TENTATIVE" in body
        body = body.replace(b"STATUS:TENTATIVE", b"STATUS:CONFIRMED")
        if self.command == "PUT" and proxy.holds:
            proxy.written.add(self.path)
        if self.command == "GET" and self.path in proxy.written:
            proxy.held.set()
            proxy.let_go.wait(PATIENCE_S)
        skipped = ("content-length", "connection", "host", "accept-encoding")
        headers = {k: v for k, v in self.headers.items() if k.lower() not in skipped}
        behind = http.client.HTTPConnection("127.0.0.1", proxy.target, timeout=PATIENCE_S)
        try:
            behind.request(self.command, self.path, body, headers)
            answer = behind.getresponse()
            data = answer.read()
            proxy.confirmed += request
            self.send_response(answer.status)
            for name, value in answer.getheaders():
                if name.lower() not in ("content-length", "connection", "transfer-encoding"):
                    self.send_header(name, value)
            self.send_header("Content-Length", str(len(data)))
            self.end_headers()
            self.wfile.write(data)
        except OSError:  # the bridge, or Radicale, has gone meanwhile
            self.close_connection = True
        finally:
            behind.close()

    do_PROPFIND = do_GET = do_PUT = do_DELETE = do_OPTIONS = do_REPORT = do

    def log_message(self, *_: object) -> None:
        pass
