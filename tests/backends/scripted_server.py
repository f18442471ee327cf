"""A server on a real socket that answers as a test says and keeps what it was sent."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

Answer = tuple[int, dict[str, str], Any]


@dataclass
class Sent:
    """A request as it came in."""

    path: str
    headers: dict[str, str]
    body: Any


@dataclass
class ScriptedServer:
    """Where it listens, and what it was sent."""

    url: str
    sent: list[Sent] = field(default_factory=list)

    @property
    def chats(self) -> list[Sent]:
        """The requests that ask for a reply."""
        return [s for s in self.sent if "chat" in s.path]


@contextmanager
def scripted_server(respond: Callable[[Sent], Answer]) -> Iterator[ScriptedServer]:
    """Serves until the block ends; ``respond`` gives status, headers and JSON (or bytes) for a request."""

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_GET(self) -> None:
            self._answer(None)

        def do_POST(self) -> None:
            self._answer(json.loads(self.rfile.read(int(self.headers.get("content-length", 0))) or b"null"))

        def _answer(self, body: Any) -> None:
            sent = Sent(self.path, {k.lower(): v for k, v in self.headers.items()}, body)
            server.sent.append(sent)
            status, headers, content = respond(sent)
            encoded = content if isinstance(content, bytes) else json.dumps(content).encode()
            self.send_response(status)
            for name, value in {"content-type": "application/json", **headers}.items():
                self.send_header(name, value)
            self.send_header("content-length", str(len(encoded)))
            self.end_headers()
            self.wfile.write(encoded)

        def log_message(self, format: str, *args: Any) -> None:
            """Nothing on the terminal."""

    listener = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server = ScriptedServer(f"http://127.0.0.1:{listener.server_address[1]}")
    thread = threading.Thread(target=listener.serve_forever, daemon=True)
    thread.start()
    try:
        yield server
    finally:
        listener.shutdown()
        listener.server_close()
