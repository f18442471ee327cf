"""Any server that speaks OpenAI's protocol: OpenAI, vLLM, llama.cpp, LM Studio, OpenRouter …

The SDK's client carries address, key, time-outs and the aiohttp transport. Requests are encoded and replies decoded
here with orjson: the SDK's typed models take four times as long as all the rest.
"""

from __future__ import annotations

import asyncio
import difflib
import json
import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import orjson

from negdata.backends.addresses import check_address
from negdata.backends.base import BackendOptions, RateLimited, Refused, Reply, Request, Unavailable
from negdata.backends.completions import read_masses, read_text
from negdata.backends.images import data_url
from negdata.backends.logprobs import (
    ANSWER_TOKENS,
    AskedAlternatives,
    LogprobsMissing,
    LogprobsRefused,
    refuses_logprobs,
)
from negdata.backends.sight import sees_nothing, takes_no_images
from negdata.backends.waits import retry_after
from negdata.errors import NegdataError
from negdata.redact import MASK

if TYPE_CHECKING:
    from openai import APIStatusError, AsyncOpenAI

KEY_VARIABLE = "OPENAI_API_KEY"
NO_KEY = "none"
"""What is sent to a server of one's own that asks for no key; the SDK wants some text."""
_SCHEMA_WORDS = ("response_format", "json_schema", "schema", "grammar", "structured", "guided")
_HEADERS = {"Content-Type": "application/json"}


@dataclass(frozen=True, slots=True)
class _Form:
    """How a reply is asked for: held to the request's schema, with so many alternatives a token, or else free."""

    schema: bool = False
    alternatives: int = 0


class OpenAIBackend:
    """Chat completions over HTTP."""

    name = "openai"
    cacheable = True

    def __init__(self, options: BackendOptions, *, socket: Path | None = None) -> None:
        """``socket``: where a server of this process's own listens, which is shown no key."""
        self.model = options.model or ""
        self.base_url = options.base_url or os.environ.get("OPENAI_BASE_URL")
        self._key_variable = options.api_key_env or KEY_VARIABLE
        self._key = None if socket is not None else os.environ.get(self._key_variable)
        self._socket = socket
        self._timeout = options.timeout
        self._concurrency = options.concurrency
        self._schemas = True
        self._alternatives = AskedAlternatives()
        self._has_seen = False
        self._listed: list[str] = []
        self._client: AsyncOpenAI | None = None
        if self._key is None and self.base_url is None:
            raise NegdataError(
                f"The environment variable {self._key_variable} holds no key for api.openai.com.",
                "Set it, name another with --api-key-env, or give --base-url for a server of your own.",
            )
        if self.base_url is not None:
            if "://" not in self.base_url:
                self.base_url = f"http://{self.base_url}"
            check_address(self.base_url, "http://localhost:8000/v1")
        if not self.model and self.base_url is None:
            raise NegdataError("No model is named for api.openai.com.", "Name one with --model.")

    def __repr__(self) -> str:
        return f"OpenAIBackend({self.model!r}, {self.base_url!r})"

    async def listed(self) -> list[str] | None:
        """The names of the server's models; None where it gives no list, as some servers of the protocol do.

        Raises:
            NegdataError: no server answers there, or it refuses the key.
        """
        import openai

        try:
            return [model.id for model in (await self._open().models.list()).data]
        except _no_connection() as error:
            raise NegdataError(
                f"No server answers at {self._address()} ({_cause(error)}).",
                "Start it, or give its address with --base-url (it mostly ends in /v1).",
            ) from error
        except openai.APIStatusError as error:
            self._refuse_key(error)
            return None
        except (openai.OpenAIError, ValueError, TypeError, AttributeError):
            return None

    async def ready(self) -> None:
        """Asks the server for its models, which the first request will tell where it lists none; see Backend.ready."""
        listed = await self.listed()
        if listed is None:
            return
        self._listed = listed
        if not self.model:
            if len(listed) != 1:
                shown = ", ".join(listed[:8]) or "none"
                raise NegdataError(f"{self._address()} serves several models ({shown}).", "Name one with --model.")
            self.model = listed[0]

    async def chat(self, request: Request) -> Reply:
        """One chat completion; see Backend.chat."""
        while request.choices and (alternatives := self._alternatives.number):
            try:
                return await self._send(request, _Form(alternatives=alternatives))
            except LogprobsRefused:
                self._alternatives.refused(alternatives)
            except LogprobsMissing:
                self._alternatives.missing()
        if request.choices and request.schema is None:
            return Reply("")  # probabilities were all that was wanted
        try:
            return await self._send(request, _Form(schema=self._schemas and request.schema is not None))
        except _SchemaRefused:
            # Once and for the run: from now on replies are free text, read strictly.
            self._schemas = False
            return await self._send(request, _Form())

    async def close(self) -> None:
        """Closes the connections."""
        if self._client is not None:
            await self._client.close()
            await asyncio.sleep(0)

    async def _send(self, request: Request, form: _Form) -> Reply:
        import httpx2
        import openai

        try:
            response = await self._open().post(
                "/chat/completions",
                content=orjson.dumps(self._body(request, form)),
                options={"headers": _HEADERS},
                cast_to=httpx2.Response,
            )
            content = response.content
        except openai.APITimeoutError as error:
            raise Unavailable(f"no reply within {self._timeout:g} s") from error
        except openai.APIConnectionError as error:
            raise Unavailable(f"{self._address()}: {_cause(error)}") from error
        except openai.APIStatusError as error:
            raise self._failure(error, request, form) from error
        except _transport_errors() as error:
            raise Unavailable(f"{self._address()}: {type(error).__name__}") from error
        if form.alternatives:
            reply = read_masses(content, request.choices)
        else:
            reply = read_text(content, structured=request.schema is not None and not form.schema)
        self._has_seen = self._has_seen or bool(request.images)
        return reply

    def _body(self, request: Request, form: _Form) -> dict[str, Any]:
        messages: list[dict[str, Any]] = [{"role": m.role, "content": m.content} for m in request.messages]
        if request.images:
            parts = [{"type": "image_url", "image_url": {"url": data_url(image)}} for image in request.images]
            messages[-1]["content"] = [*parts, {"type": "text", "text": messages[-1]["content"]}]
        body: dict[str, Any] = {
            "model": self.model,
            "messages": messages,
            "temperature": request.sampling.temperature,
            "top_p": request.sampling.top_p,
            "max_tokens": request.sampling.max_tokens,
            "seed": request.seed,
        }
        if form.schema:
            schema = {"name": request.task, "strict": True, "schema": request.schema}
            body["response_format"] = {"type": "json_schema", "json_schema": schema}
        if form.alternatives:
            body |= {"logprobs": True, "top_logprobs": form.alternatives, "max_tokens": ANSWER_TOKENS}
        return body

    def _failure(self, error: APIStatusError, request: Request, form: _Form) -> Exception:
        status = error.status_code
        said = self._said(error)
        wait = retry_after(error.response.headers)
        if status == 429:
            if "insufficient_quota" in said:
                return NegdataError(f"{self._address()} says that the quota is used up.", "Check the account's plan.")
            return RateLimited(said or "too many requests", wait)
        if form.alternatives and status != 401 and refuses_logprobs(said):
            return LogprobsRefused(said)
        if status in (401, 403):
            self._refuse_key(error)
        if form.schema and status in (400, 422, 501) and any(word in said.lower() for word in _SCHEMA_WORDS):
            return _SchemaRefused(said)
        # A model that has answered about an image sees; then the text is about this image, whatever its words.
        if request.images and not self._has_seen and takes_no_images(said, self.model):
            remedy = "Give --model one that takes images, and serve it with its vision part (llama.cpp: --mmproj)."
            return sees_nothing(self.model, self._address(), remedy, said)
        if status == 404:
            return self._no_such_model(said)
        if status >= 500 or status in (408, 409, 425):
            return Unavailable(f"the server answers {status}: {said}", wait)
        return Refused(f"the server answers {status}: {said}")

    def _said(self, error: APIStatusError) -> str:
        """What the server said, short; bodies of an HTML page are not worth repeating, and keys never are."""
        body: Any = error.body
        if isinstance(body, Mapping):
            body = body.get("message") or body.get("error") or body.get("detail") or body
        text = body if isinstance(body, str) else (json.dumps(body, ensure_ascii=False, default=str) if body else "")
        text = text.replace(self._key, MASK) if self._key else text
        return "an HTML page" if text.lstrip().startswith("<") else text[:300]

    def _refuse_key(self, error: APIStatusError) -> None:
        if error.status_code in (401, 403):
            state = "holds a key that" if self._key else "is not set, and"
            raise NegdataError(
                f"The environment variable {self._key_variable} {state} {self._address()} refuses "
                f"({error.status_code}).",
                "Set it to a valid key, or name another variable with --api-key-env.",
            ) from None

    def _no_such_model(self, said: str) -> Exception:
        near = difflib.get_close_matches(self.model, self._listed, n=1)
        hint = f" Did you mean {near[0]}?" if near else ""
        return NegdataError(
            f"{self._address()} answers 404 for the model {self.model!r}: {said}.",
            f"Check --model, and that --base-url is right (it mostly ends in /v1).{hint}",
        )

    def _open(self) -> AsyncOpenAI:
        if self._client is None:
            import httpx2
            import openai

            # Fewer kept connections than requests in flight would open new ones all the time.
            limits = httpx2.Limits(max_connections=None, max_keepalive_connections=max(100, self._concurrency))
            self._client = openai.AsyncOpenAI(
                api_key=self._key or NO_KEY,
                base_url=self.base_url,
                max_retries=0,
                timeout=self._timeout,
                http_client=(
                    openai.DefaultAioHttpClient(limits=limits)
                    if self._socket is None
                    else openai.DefaultAsyncHttpxClient(
                        transport=httpx2.AsyncHTTPTransport(uds=str(self._socket), limits=limits)
                    )
                ),
            )
        return self._client

    def _address(self) -> str:
        return self.base_url or "https://api.openai.com/v1"


class _SchemaRefused(Exception):
    """The server can't be held to a JSON schema."""


def _no_connection() -> tuple[type[Exception], ...]:
    import openai

    return (openai.APIConnectionError, *_transport_errors())


def _transport_errors() -> tuple[type[Exception], ...]:
    """What the SDK lets through as it is; aiohttp's, which carries its requests, over an answer that isn't HTTP."""
    import aiohttp
    import httpx2

    return (httpx2.HTTPError, aiohttp.ClientError)


def _cause(error: BaseException) -> str:
    while error.__cause__ is not None:
        error = error.__cause__
    lines = str(error).splitlines()  # of what a server sent, the first is enough
    return lines[0] if lines else type(error).__name__
