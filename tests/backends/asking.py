"""One request to a backend, from plain code."""

from __future__ import annotations

import asyncio
from io import BytesIO

from PIL import Image
from pydantic import JsonValue

from negdata.backends.base import Backend, Message, Reply, Request, Sampling

SCHEMA: dict[str, JsonValue] = {
    "type": "object",
    "properties": {"caption": {"type": "string"}},
    "required": ["caption"],
    "additionalProperties": False,
}


def request(images: tuple[bytes, ...] = (), seed: int = 7) -> Request:
    """A rewriting request of one turn."""
    return Request(
        task="rewrite",
        prompt="rewrite@000000",
        inputs={"caption": "A dog on a sofa.", "negated": "cat"},
        messages=(Message("system", "Answer with JSON."), Message("user", "Caption: A dog on a sofa. Absent: cat")),
        schema=SCHEMA,
        sampling=Sampling(temperature=0.25, top_p=0.75, max_tokens=40),
        seed=seed,
        images=images,
    )


def picture() -> bytes:
    """A small PNG."""
    buffer = BytesIO()
    Image.new("RGB", (8, 8), "red").save(buffer, "PNG")
    return buffer.getvalue()


def ask(backend: Backend, *requests: Request, ready: bool = False) -> list[Reply]:
    """The replies, one request after another, on one event loop; the backend is closed then."""

    async def run() -> list[Reply]:
        try:
            if ready:
                await backend.ready()
            return [await backend.chat(one) for one in requests]
        finally:
            await backend.close()

    return asyncio.run(run())
