"""What a run may ask of a server it may ask once, however many workers it has."""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from tests.cli.command import negdata
from tests.engines.corpus import write_captions
from tests.servers.null_server import negate

pytest.importorskip("ray", reason="Ray isn't installed")


class Counted(ThreadingHTTPServer):
    """A stand-in for a model that keeps when it was asked, and how often at once."""

    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Answers)
        self.times: list[float] = []
        self.most = 0
        self.now = 0
        self.lock = threading.Lock()


class _Answers(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server: Counted

    def do_GET(self) -> None:
        self._send({"object": "list", "data": [{"id": "null", "object": "model"}]})

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"]))
        with self.server.lock:
            self.server.times.append(time.monotonic())
            self.server.now += 1
            self.server.most = max(self.server.most, self.server.now)
        time.sleep(0.2)
        with self.server.lock:
            self.server.now -= 1
        message = {"role": "assistant", "content": negate(body)}
        choice = {"index": 0, "finish_reason": "stop", "message": message}
        self._send({"id": "x", "object": "chat.completion", "created": 0, "model": "null", "choices": [choice]})

    def _send(self, said: object) -> None:
        content = json.dumps(said).encode()
        self.send_response(200)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)

    def log_message(self, *_: object) -> None:
        """Nothing."""


@contextmanager
def counted() -> Iterator[Counted]:
    with Counted() as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield server
        server.shutdown()


@pytest.mark.slow
def test_two_workers_share_rate_and_requests_in_flight(tmp_path: Path) -> None:
    write_captions(tmp_path / "captions.jsonl", 200)
    with counted() as server:
        address = f"http://127.0.0.1:{server.server_port}/v1"
        asked = ("--backend", "openai", "--base-url", address, "--propose", "cooccurrence", "--max-failures", "1")
        pace = ("--rpm", "600", "--concurrency", "6", "--engine", "ray", "--workers", "2")
        done = negdata("caption", "captions.jsonl", "-o", "out", *asked, *pace, "--json", folder=tmp_path, timeout=180)
    requests = json.loads(done.stdout)["requests"]
    assert requests == len(server.times)
    assert requests > 150, "all but captions that no object fits"
    # Ten at once, then ten a second: of two workers that counted by themselves it would be twice as many.
    assert server.times[-1] - server.times[0] > (requests - 10) / 10.5
    assert server.most <= 6
    with counted() as server:
        address = f"http://127.0.0.1:{server.server_port}/v1"
        refused = negdata(
            *("caption", "captions.jsonl", "-o", "other", "--backend", "openai", "--base-url", address),
            *("--concurrency", "2", "--engine", "ray", "--workers", "3"),
            folder=tmp_path,
            code=2,
            timeout=120,
        )
    assert "3 workers can't share 2 requests in flight" in refused.stderr
