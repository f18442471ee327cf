"""A model that sees, on a real socket: it decodes the image that it is sent and answers yes or no as a test judges.

It speaks OpenAI's protocol and Ollama's, with log-probabilities or without.
"""

from __future__ import annotations

import asyncio
import base64
import binascii
import json
import math
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from io import BytesIO
from typing import Any

from aiohttp import web
from PIL import Image

Judge = Callable[[Image.Image, str], float]
"""The probability of a yes to a question about an image."""

MODEL = "seer"
OTHER_WORDS = 0.02
"""The probability that an answer begins with neither yes nor no."""
_NOW = "2026-01-01T00:00:00Z"
_LEAST = -9999.0


@dataclass(frozen=True, slots=True)
class Seen:
    """A question as it came in.

    Attributes:
        image: the encoded image, byte for byte.
        size: its width and height, decoded.
        question: the last message's text.
        body: the whole request.
    """

    image: bytes
    size: tuple[int, int]
    question: str
    body: dict[str, Any]


@dataclass
class VisionServer:
    """Where it listens, and what it was shown; refused requests are in ``refused`` alone."""

    url: str
    seen: list[Seen] = field(default_factory=list)
    refused: list[dict[str, Any]] = field(default_factory=list)

    @property
    def openai_url(self) -> str:
        """For ``--backend openai --base-url``."""
        return f"{self.url}/v1"

    @property
    def ollama_url(self) -> str:
        """For ``--backend ollama --base-url``."""
        return self.url


@contextmanager
def vision_server(
    judge: Judge, *, logprobs: bool = True, most_logprobs: int = 20, vision: bool = True
) -> Iterator[VisionServer]:
    """Serves the model ``seer`` until the block ends.

    Args:
        judge: answers; it is called for one request at a time.
        logprobs: whether log-probabilities come with a reply that is asked for them; without, they are silently left
            out, as servers do that don't know them.
        most_logprobs: how many alternatives may be asked for; a request for more is refused with 400.
        vision: whether the model takes images at all; one that doesn't says so in /api/show and refuses them with 400.
    """
    loop = asyncio.new_event_loop()
    seer = _Seer(judge, logprobs=logprobs, most_logprobs=most_logprobs, vision=vision)
    runner = web.AppRunner(seer.application())

    async def listen() -> str:
        await runner.setup()
        await web.TCPSite(runner, "127.0.0.1", 0, backlog=1024).start()
        return "http://{}:{}".format(*runner.addresses[0][:2])

    thread = threading.Thread(target=loop.run_forever, daemon=True)
    thread.start()
    try:
        seer.server.url = asyncio.run_coroutine_threadsafe(listen(), loop).result()
        yield seer.server
    finally:
        asyncio.run_coroutine_threadsafe(runner.cleanup(), loop).result()
        loop.call_soon_threadsafe(loop.stop)
        thread.join()
        loop.close()


class _Refusal(Exception):
    """A request that is answered with 400."""


class _Seer:
    def __init__(self, judge: Judge, *, logprobs: bool, most_logprobs: int, vision: bool) -> None:
        self.server = VisionServer("")
        self._judge = judge
        self._logprobs = logprobs
        self._most_logprobs = most_logprobs
        self._vision = vision

    def application(self) -> web.Application:
        app = web.Application(client_max_size=256 << 20)
        app.router.add_get("/v1/models", self._models)
        app.router.add_post("/v1/chat/completions", self._completion)
        app.router.add_get("/api/tags", self._tags)
        app.router.add_post("/api/show", self._show)
        app.router.add_post("/api/chat", self._chat)
        return app

    async def _models(self, _: web.Request) -> web.Response:
        return web.json_response({"object": "list", "data": [{"id": MODEL, "object": "model", "created": 0}]})

    async def _tags(self, _: web.Request) -> web.Response:
        return web.json_response({"models": [{"model": MODEL, "name": MODEL}]})

    async def _show(self, _: web.Request) -> web.Response:
        capabilities = ["completion", "vision"] if self._vision else ["completion"]
        return web.json_response({"model_info": {}, "capabilities": capabilities})

    async def _completion(self, request: web.Request) -> web.Response:
        body = await request.json()
        content = body["messages"][-1]["content"]
        parts = content if isinstance(content, list) else [{"type": "text", "text": content}]
        encoded = [part["image_url"]["url"].partition("base64,")[2] for part in parts if part["type"] == "image_url"]
        question = "".join(part["text"] for part in parts if part["type"] == "text")
        schema = body.get("response_format", {}).get("json_schema", {}).get("schema")
        try:
            text, places = self._answer(body, encoded, question, schema)
        except _Refusal as refusal:
            return web.json_response({"error": {"message": str(refusal), "code": 400}}, status=400)
        choice = {
            "index": 0,
            "message": {"role": "assistant", "content": text},
            "finish_reason": "stop",
            "logprobs": places and {"content": places},
        }
        usage = {"prompt_tokens": 300, "completion_tokens": 1, "total_tokens": 301}
        return web.json_response({"id": "x", "object": "chat.completion", "choices": [choice], "usage": usage})

    async def _chat(self, request: web.Request) -> web.Response:
        body = await request.json()
        last = body["messages"][-1]
        try:
            text, places = self._answer(body, last.get("images") or [], last["content"], body.get("format"))
        except _Refusal as refusal:
            return web.json_response({"error": str(refusal)}, status=400)
        reply = {
            "model": MODEL,
            "created_at": _NOW,
            "message": {"role": "assistant", "content": text},
            "done": True,
            "done_reason": "stop",
            "prompt_eval_count": 300,
            "eval_count": 1,
        }
        return web.json_response(reply | ({"logprobs": places} if places else {}))

    def _answer(
        self, body: dict[str, Any], encoded: list[str], question: str, schema: dict[str, Any] | None
    ) -> tuple[str, list[dict[str, Any]] | None]:
        """The reply's text, and the log-probabilities of its one token where they are asked for and given."""
        try:
            if encoded and not self._vision:
                raise _Refusal("this model does not support image input")
            if len(encoded) != 1:
                raise _Refusal(f"one image is to be sent, not {len(encoded)}")
            number = body.get("top_logprobs", 0) if body.get("logprobs") else 0
            if number > self._most_logprobs:
                raise _Refusal(f"top_logprobs is {number}, and may be {self._most_logprobs} at most")
            image = _decoded(encoded[0])
        except _Refusal:
            self.server.refused.append(body)
            raise
        self.server.seen.append(Seen(base64.b64decode(encoded[0]), image.size, question, body))
        p_yes = self._judge(image, question)
        text = json.dumps(_filled(schema, p_yes)) if schema else ("Yes" if p_yes >= 0.5 else "No")
        return text, _places(p_yes, number) if number and self._logprobs and not schema else None


def _decoded(encoded: str) -> Image.Image:
    try:
        image = Image.open(BytesIO(base64.b64decode(encoded, validate=True)))
        image.load()
    except (binascii.Error, OSError, SyntaxError) as error:
        raise _Refusal(f"could not process image: {error}") from error
    return image


def _places(p_yes: float, number: int) -> list[dict[str, Any]]:
    """The one token's alternatives, likeliest first; each answer in two spellings, as models have them."""
    said = 1.0 - OTHER_WORDS
    masses = {"Yes": 0.75 * p_yes * said, " yes": 0.25 * p_yes * said}
    masses |= {"No": 0.75 * (1 - p_yes) * said, " no": 0.25 * (1 - p_yes) * said, "The": OTHER_WORDS}
    likeliest = sorted(masses.items(), key=lambda one: -one[1])
    tokens = [{"token": t, "logprob": math.log(m) if m > 0 else _LEAST, "bytes": None} for t, m in likeliest]
    return [tokens[0] | {"top_logprobs": tokens[:number]}]


def _filled(schema: dict[str, Any], p_yes: float) -> Any:
    """A value of the schema that says yes or no wherever it can."""
    word = "yes" if p_yes >= 0.5 else "no"
    if "enum" in schema:
        return next((one for one in schema["enum"] if str(one).casefold() == word), schema["enum"][0])
    kind = schema.get("type")
    if kind == "object":
        return {name: _filled(inner, p_yes) for name, inner in schema.get("properties", {}).items()}
    if kind == "array":
        return [_filled(schema.get("items", {}), p_yes)]
    if kind == "boolean":
        return p_yes >= 0.5
    return p_yes if kind == "number" else int(p_yes >= 0.5) if kind == "integer" else word
