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


ANSWER_SCHEMA: dict[str, JsonValue] = {
    "type": "object",
    "properties": {"answer": {"type": "string", "enum": ["yes", "no"]}},
    "required": ["answer"],
    "additionalProperties": False,
}


def question(images: tuple[bytes, ...] = (), text: str = "Is it red?", seed: int = 7) -> Request:
    """A request for the probabilities of yes and no."""
    return Request(
        task="see",
        prompt="see@000000",
        inputs={"object": "red"},
        messages=(Message("system", "Answer yes or no."), Message("user", text)),
        schema=ANSWER_SCHEMA,
        sampling=Sampling(temperature=0.0, top_p=1.0, max_tokens=40),
        seed=seed,
        images=images,
        choices=("yes", "no"),
    )


def picture(colour: str = "red", size: tuple[int, int] = (8, 8)) -> bytes:
    """A small PNG of one colour."""
    buffer = BytesIO()
    Image.new("RGB", size, colour).save(buffer, "PNG")
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
