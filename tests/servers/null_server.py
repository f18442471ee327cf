"""A server of the OpenAI protocol that answers at once, or after a stated latency: a stand-in for a model.

    python -m tests.servers.null_server --port 8000 [--latency 0.05] [--slots 64] [--reply '{"caption": "..."}']

With ``--negate`` it rewrites as the simplest model would: the caption of the request, with "no X in sight" at its end.
It is a bare asyncio protocol, so that it takes little of the machine from the client that is measured.
"""

from __future__ import annotations

import argparse
import asyncio
import re

import orjson

_QUESTION = re.compile(r"Caption: (\".*\")\nAbsent: (.*)", re.DOTALL)


class NullProtocol(asyncio.Protocol):
    """HTTP/1.1 with keep-alive, one request after another on a connection."""

    def __init__(self, reply: str | None, latency: float, slots: asyncio.Semaphore | None) -> None:
        self._reply = reply
        self._latency = latency
        self._slots = slots
        self._buffer = b""
        self._transport: asyncio.Transport | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self._transport = transport

    def data_received(self, data: bytes) -> None:
        self._buffer += data
        while True:
            head, found, rest = self._buffer.partition(b"\r\n\r\n")
            if not found:
                return
            lowered = head.lower()
            at = lowered.find(b"content-length:")
            size = int(lowered[at + 15 :].split(b"\r\n", 1)[0]) if at >= 0 else 0
            if len(rest) < size:
                return
            body, self._buffer = rest[:size], rest[size:]
            if self._latency or self._slots:
                task = asyncio.ensure_future(self._later(head, body))
                task.add_done_callback(lambda _: None)
            else:
                self._write(answer(head, body, self._reply))

    async def _later(self, head: bytes, body: bytes) -> None:
        if self._slots is None:
            await asyncio.sleep(self._latency)
        else:
            async with self._slots:
                await asyncio.sleep(self._latency)
        self._write(answer(head, body, self._reply))

    def _write(self, response: bytes) -> None:
        if self._transport is not None and not self._transport.is_closing():
            self._transport.write(response)


def answer(head: bytes, body: bytes, reply: str | None) -> bytes:
    """The HTTP response to a request."""
    if head.startswith(b"GET"):
        content = orjson.dumps({"object": "list", "data": [{"id": "null", "object": "model"}]})
    else:
        content = orjson.dumps(
            {
                "id": "x",
                "object": "chat.completion",
                "created": 0,
                "model": "null",
                "choices": [
                    {
                        "index": 0,
                        "finish_reason": "stop",
                        "message": {"role": "assistant", "content": reply if reply is not None else negate(body)},
                    }
                ],
                "usage": {"prompt_tokens": 100, "completion_tokens": 20, "total_tokens": 120},
            }
        )
    return b"HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: %d\r\n\r\n%b" % (
        len(content),
        content,
    )


def negate(body: bytes) -> str:
    """The caption that a rewriting request holds, with its object said to be absent."""
    question = orjson.loads(body)["messages"][-1]["content"]
    found = _QUESTION.search(question)
    if found is None:
        return '{"object": "zebra"}'
    caption = orjson.loads(found[1]).rstrip(" .")
    return orjson.dumps({"caption": f"{caption}, with no {found[2].strip()} in sight."}).decode()


async def serve(port: int, reply: str | None, latency: float, slots: int | None) -> None:
    """Serves until cancelled; prints the port once it listens."""
    limit = asyncio.Semaphore(slots) if slots else None
    server = await asyncio.get_running_loop().create_server(
        lambda: NullProtocol(reply, latency, limit), "127.0.0.1", port, backlog=1024
    )
    print(server.sockets[0].getsockname()[1], flush=True)
    await server.serve_forever()


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--port", type=int, default=0)
    parser.add_argument("--reply", default=None)
    parser.add_argument("--latency", type=float, default=0.0)
    parser.add_argument("--slots", type=int, default=None)
    arguments = parser.parse_args()
    asyncio.run(serve(arguments.port, arguments.reply, arguments.latency, arguments.slots))
