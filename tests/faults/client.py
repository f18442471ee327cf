"""The client side of fault tests: a backend for the fault server, requests, and a stage."""

from __future__ import annotations

import email.utils
import json
import time
from dataclasses import dataclass

import aiohttp
import orjson
from pydantic import JsonValue

from negdata.backends import make_backend
from negdata.backends.base import (
    Backend,
    BackendOptions,
    BadReply,
    Message,
    RateLimited,
    Refused,
    Reply,
    Request,
    Sampling,
    Unavailable,
)
from negdata.records import CaptionRecord, Kept, Outcome
from negdata.runner import Ask

SCHEMA: dict[str, JsonValue] = {
    "type": "object",
    "properties": {"caption": {"type": "string"}},
    "required": ["caption"],
}


@dataclass
class PlainBackend:
    """A chat client with nothing between it and the socket; processes that are killed at their start import it fast."""

    base_url: str
    name: str = "plain"
    model: str = "fault"
    cacheable: bool = True
    session: aiohttp.ClientSession | None = None

    async def ready(self) -> None:
        pass

    async def chat(self, request: Request) -> Reply:
        if self.session is None:
            self.session = aiohttp.ClientSession(connector=aiohttp.TCPConnector(limit=0))
        body = {
            "model": self.model,
            "seed": request.seed,
            "messages": [{"role": message.role, "content": message.content} for message in request.messages],
        }
        try:
            async with self.session.post(f"{self.base_url}/chat/completions", json=body) as response:
                if response.status == 429:
                    raise RateLimited("429", _retry_after(response.headers.get("Retry-After")))
                if response.status >= 500:
                    raise Unavailable(str(response.status), _retry_after(response.headers.get("Retry-After")))
                if response.status >= 400:
                    raise Refused(str(response.status))
                answer = json.loads(await response.read())
        except aiohttp.ClientError as error:
            raise Unavailable(f"{type(error).__name__}") from error
        except ValueError as error:
            raise BadReply("not JSON") from error
        text = answer["choices"][0]["message"]["content"]
        return Reply(text, answer["usage"]["prompt_tokens"], answer["usage"]["completion_tokens"])

    async def close(self) -> None:
        if self.session is not None:
            await self.session.close()


def sdk_backend(url: str) -> Backend:
    """The backend that people use."""
    return make_backend("openai", BackendOptions(model="fault", base_url=url))


def request_about(text: str, seed: int = 0) -> Request:
    """A request whose answer is ``answer_to(text)``."""
    return Request("rewrite", "rewrite@000000", {"caption": text}, (Message("user", text),), SCHEMA, Sampling(), seed)


def parse_caption(reply: Reply) -> str:
    """The caption of an answer; BadReply where it has none."""
    try:
        caption = orjson.loads(reply.text)["caption"]
    except (orjson.JSONDecodeError, KeyError, TypeError) as error:
        raise BadReply(f"no caption in {reply.text!r}") from error
    assert isinstance(caption, str)
    return caption


async def ask_once(item: CaptionRecord, ask: Ask) -> Outcome:
    """A stage of one question."""
    caption = await ask(request_about(item.caption), parse_caption)
    return Kept(item.model_copy(update={"negated_caption": caption}))


def records(count: int) -> list[CaptionRecord]:
    """As many records, each with a caption of its own."""
    return [CaptionRecord(id=f"n:{number}", caption=f"caption {number}") for number in range(count)]


def _retry_after(value: str | None) -> float | None:
    if value is None:
        return None
    try:
        return float(value)
    except ValueError:
        return max(0.0, email.utils.parsedate_to_datetime(value).timestamp() - time.time())
