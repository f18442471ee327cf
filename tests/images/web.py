"""A web server of the test's own that serves a folder; it gives ranges of files, or doesn't, as the test says."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path


class _Ranges(SimpleHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    asked: list[str]

    def log_message(self, format: str, *args: object) -> None:
        return

    def do_GET(self) -> None:
        self.asked.append(self.path)
        wanted = self.headers.get("Range", "")
        path = Path(self.translate_path(self.path))
        if not wanted.startswith("bytes=") or not path.is_file():
            return super().do_GET()
        content = path.read_bytes()
        first, _, last = wanted.removeprefix("bytes=").partition("-")
        start, end = int(first), min(int(last or len(content)), len(content) - 1)
        if start >= len(content):
            self.send_error(416)
            return None
        self.send_response(206)
        self.send_header("Content-Range", f"bytes {start}-{end}/{len(content)}")
        self.send_header("Content-Length", str(end + 1 - start))
        self.end_headers()
        self.wfile.write(content[start : end + 1])
        return None


class _Whole(_Ranges):
    """As Python's own server: whatever is asked for, the whole is given."""

    def do_GET(self) -> None:
        self.asked.append(self.path)
        SimpleHTTPRequestHandler.do_GET(self)


@contextmanager
def web_server(folder: Path, *, ranges: bool = True) -> Iterator[tuple[str, list[str]]]:
    """The address of the folder, and the paths that were asked for so far."""
    asked: list[str] = []
    handler = type("Handler", (_Ranges if ranges else _Whole,), {"asked": asked})
    server = ThreadingHTTPServer(("127.0.0.1", 0), partial(handler, directory=str(folder)))
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_address[1]}", asked
    finally:
        server.shutdown()
        server.server_close()
