"""A server of OpenAI's chat protocol on a real socket that fails as it is told to.

In a test it runs in a thread of its own (``with FaultServer(plan) as server``); as a process of its own it outlives
the clients that a test kills: ``python -m tests.faults.server --log FILE`` prints its port.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import socket
import struct
import sys
import threading
import time
from collections import Counter
from collections.abc import Callable, Coroutine, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from types import MappingProxyType, TracebackType
from typing import Any, Literal, Self

Kind = Literal["answer", "status", "reset", "close", "stall", "cut", "malformed", "empty", "wrong-schema"]


@dataclass(frozen=True)
class Fault:
    """What the server does with a request; ``seconds`` is how long it takes first."""

    kind: Kind = "answer"
    status: int = 200
    headers: Mapping[str, str] = field(default_factory=dict)
    seconds: float = 0.0


ANSWER = Fault()
_MODELS = b'{"object": "list", "data": [{"id": "fault", "object": "model", "created": 0, "owned_by": "x"}]}'


@dataclass(frozen=True)
class Call:
    """A request as it came in; ``nth`` counts those with the same last message, from 0."""

    text: str
    seed: int
    nth: int
    number: int
    at: float


Plan = Callable[[Call], Fault]


def answer_to(text: str) -> str:
    """What the server answers: it follows from the last message alone."""
    return json.dumps({"caption": f"{text} with no dog"})


class FaultServer:
    """The server, in a thread of its own.

    Attributes:
        calls: every request that came in.
        most_in_flight: how many it had at once, at most.
    """

    def __init__(
        self,
        plan: Plan = lambda _call: ANSWER,
        log: Path | None = None,
        answer: Callable[[str], str] = answer_to,
    ) -> None:
        self.calls: list[Call] = []
        self.most_in_flight = 0
        self.port = 0
        self._plan = plan
        self._answer = answer
        self._log = log
        self._seen: Counter[str] = Counter()
        self._busy: set[asyncio.StreamReader] = set()
        self._connections: set[asyncio.StreamWriter] = set()
        self._server: asyncio.Server | None = None
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, daemon=True)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}/v1"

    def up(self) -> None:
        """Listens, on the same port as before."""
        self._run(self._listen())

    def down(self) -> None:
        """Dies: connections are reset, new ones refused."""
        self._run(self._die())

    def down_for(self, seconds: float) -> None:
        """Dies, and comes back after a while."""
        self.down()
        self._loop.call_soon_threadsafe(lambda: self._loop.call_later(seconds, self._come_back))

    def __enter__(self) -> Self:
        self._thread.start()
        self.up()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self.down()
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join(5)

    def _come_back(self) -> None:
        self._task = self._loop.create_task(self._listen())

    def _run(self, work: Coroutine[Any, Any, None]) -> None:
        asyncio.run_coroutine_threadsafe(work, self._loop).result(10)

    async def _listen(self) -> None:
        self._server = await asyncio.start_server(self._serve, "127.0.0.1", self.port)
        self.port = self._server.sockets[0].getsockname()[1]

    async def _die(self) -> None:
        if self._server is not None:
            self._server.close()
            self._server = None
        for writer in list(self._connections):
            _reset(writer)

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._connections.add(writer)
        try:
            while (body := await _read_request(reader)) is not None:
                if not body:
                    writer.write(_response(200, _MODELS))
                    continue
                call = self._note(body)
                self._busy.add(reader)
                # Whoever hung up asks for nothing any more.
                in_flight = sum(not busy.at_eof() for busy in self._busy)
                self.most_in_flight = max(self.most_in_flight, in_flight)
                try:
                    if not await self._respond(call, reader, writer):
                        return
                finally:
                    self._busy.discard(reader)
        except (ConnectionError, asyncio.IncompleteReadError):
            pass
        finally:
            self._connections.discard(writer)
            writer.close()

    def _note(self, body: Mapping[str, Any]) -> Call:
        content = body["messages"][-1]["content"]
        text = content if isinstance(content, str) else next(part["text"] for part in content if "text" in part)
        call = Call(text, body.get("seed", 0), self._seen[text], len(self.calls), time.monotonic())
        self._seen[text] += 1
        self.calls.append(call)
        if self._log is not None:
            with self._log.open("a") as log:
                log.write(f"{call.text}\n")
        return call

    async def _respond(self, call: Call, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> bool:
        """Does what the plan says; whether the connection is still good."""
        fault = self._plan(call)
        until = time.monotonic() + fault.seconds
        while (left := until - time.monotonic()) > 0 and not reader.at_eof():
            await asyncio.sleep(min(left, 0.1))
        if fault.kind in ("reset", "close", "stall"):
            if fault.kind == "reset":
                _reset(writer)
            return False
        content = {"empty": "", "wrong-schema": json.dumps({"dog": 3})}.get(fault.kind, self._answer(call.text))
        payload = _completion(content) if fault.status == 200 else b'{"error": {"message": "as told"}}'
        if fault.kind == "malformed":
            payload = payload[: len(payload) // 2]
        response = _response(fault.status, payload, fault.headers)
        writer.write(response[: -len(payload) // 2] if fault.kind == "cut" else response)
        await writer.drain()
        return fault.kind != "cut"


async def _read_request(reader: asyncio.StreamReader) -> dict[str, Any] | None:
    try:
        head = await reader.readuntil(b"\r\n\r\n")
    except asyncio.IncompleteReadError:
        return None
    if head.startswith(b"GET "):
        return {}
    length = next(
        int(line.split(b":")[1]) for line in head.split(b"\r\n") if line.lower().startswith(b"content-length:")
    )
    body: dict[str, Any] = json.loads(await reader.readexactly(length))
    return body


def _response(status: int, payload: bytes, headers: Mapping[str, str] = MappingProxyType({})) -> bytes:
    headers = {"Content-Type": "application/json", "Content-Length": str(len(payload)), **headers}
    lines = [f"HTTP/1.1 {status} as told", *(f"{name}: {value}" for name, value in headers.items()), "", ""]
    return "\r\n".join(lines).encode() + payload


def _completion(content: str) -> bytes:
    return json.dumps(
        {
            "id": "x",
            "object": "chat.completion",
            "created": 0,
            "model": "fault",
            "choices": [
                {"index": 0, "finish_reason": "stop", "message": {"role": "assistant", "content": content}},
            ],
            "usage": {"prompt_tokens": 20, "completion_tokens": 5, "total_tokens": 25},
        }
    ).encode()


def _reset(writer: asyncio.StreamWriter) -> None:
    """Closes a connection with RST, as a server that crashes does."""
    connection = writer.get_extra_info("socket")
    if connection is not None:
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    writer.transport.abort()


def main() -> None:
    """Serves until it is killed."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--log", type=Path)
    parser.add_argument("--seconds", type=float, default=0.0)
    options = parser.parse_args()
    with FaultServer(lambda _call: Fault(seconds=options.seconds), options.log) as server:
        print(server.port, flush=True)
        sys.stdin.read()  # until the test closes the pipe, or dies


if __name__ == "__main__":
    main()
