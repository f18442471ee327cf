"""A web server of the tests' own, on a free port: Python's, which gives no part of a file."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread
from typing import Any


@dataclass
class Web:
    """A server.

    Attributes:
        address: ``http://127.0.0.1:…``.
        asked: what it was asked for: ``GET /captions.json`` …
    """

    address: str = ""
    asked: list[str] = field(default_factory=list)


@contextlib.contextmanager
def serving(folder: Path) -> Iterator[Web]:
    """Serves a folder."""
    web = Web()

    class Handler(SimpleHTTPRequestHandler):
        def log_message(self, format: str, *args: Any) -> None:
            web.asked.append(self.requestline.rsplit(" ", 1)[0])

    server = ThreadingHTTPServer(("127.0.0.1", 0), partial(Handler, directory=str(folder)))
    thread = Thread(target=server.serve_forever, daemon=True)
    thread.start()
    web.address = f"http://127.0.0.1:{server.server_port}"
    try:
        yield web
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
