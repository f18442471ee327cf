"""An Ollama server, through its official client."""

from __future__ import annotations

import difflib
import os
from typing import TYPE_CHECKING, Any

from pydantic import ValidationError

from negdata.backends.addresses import check_address
from negdata.backends.base import BackendOptions, BadReply, RateLimited, Refused, Reply, Request, Unavailable
from negdata.backends.images import media_type
from negdata.backends.logprobs import (
    ANSWER_TOKENS,
    AskedAlternatives,
    LogprobsMissing,
    LogprobsRefused,
    first_token_masses,
    refuses_logprobs,
)
from negdata.backends.sight import sees_nothing, takes_no_images
from negdata.errors import NegdataError
from negdata.redact import MASK

if TYPE_CHECKING:
    from ollama import AsyncClient, ChatResponse

DEFAULT_MODEL = "llama3.1:8b"
DEFAULT_HOST = "http://127.0.0.1:11434"
KEY_VARIABLE = "OLLAMA_API_KEY"
KEEP_ALIVE = "10m"
"""How long the server keeps the model loaded after a request."""
_UNREADABLE = (ValueError, TypeError, AttributeError, RecursionError)
"""What the client raises over an answer of an unexpected shape, be it a reply or an error."""


class OllamaBackend:
    """Ollama's chat, its replies held to the JSON schema by ``format``."""

    name = "ollama"
    cacheable = True

    def __init__(self, options: BackendOptions) -> None:
        self.model = options.model or DEFAULT_MODEL
        self.base_url = options.base_url or os.environ.get("OLLAMA_HOST") or DEFAULT_HOST
        # The client's module reads OLLAMA_HOST as it is imported, whatever address it will be given.
        for address in (self.base_url, os.environ.get("OLLAMA_HOST") or DEFAULT_HOST):
            check_address(address, DEFAULT_HOST)
        self._key_variable = options.api_key_env
        named = os.environ.get(self._key_variable) if self._key_variable else None
        self._key = named or os.environ.get(KEY_VARIABLE) or ""
        self._timeout = options.timeout
        self._shows_images = options.images
        self._thinks = False
        self._has_seen = False
        self._alternatives = AskedAlternatives()
        self._client: AsyncClient | None = None

    def __repr__(self) -> str:
        return f"OllamaBackend({self.model!r}, {self.base_url!r})"

    async def listed(self) -> list[str]:
        """The names of the models that the server has.

        Raises:
            NegdataError: no Ollama server answers there, or it refuses the key.
        """
        import ollama

        try:
            return [model.model or "" for model in (await self._open().list()).models]
        except ollama.ResponseError as error:
            if error.status_code in (401, 403):
                raise self._refused_key(error.status_code) from error
            raise self._no_ollama(f"it answers {error.status_code}") from error
        except _no_connection() as error:
            raise self._no_server() from error
        except _client_errors() as error:
            raise self._no_ollama("it doesn't list models as Ollama does") from error

    async def ready(self) -> None:
        """Asks for the installed models; NegdataError where there is no server, not this model, or a blind one."""
        listed = await self.listed()
        if self.model not in listed and f"{self.model}:latest" not in listed:
            raise self._no_model(listed)
        if self._shows_images:
            await self._check_sight()

    async def chat(self, request: Request) -> Reply:
        """One chat; see Backend.chat."""
        while request.choices and (alternatives := self._alternatives.number):
            try:
                return await self._masses(request, alternatives)
            except LogprobsRefused:
                self._alternatives.refused(alternatives)
            except LogprobsMissing:
                self._alternatives.missing()
        if request.choices and request.schema is None:
            return Reply("")  # probabilities were all that was wanted
        answer = await self._send(request)
        if answer.done_reason == "length":
            raise BadReply("the reply was cut off at its longest")
        text = answer.message.content
        if not text or not text.strip():
            raise BadReply("the reply is empty")
        return Reply(text, answer.prompt_eval_count or 0, answer.eval_count or 0)

    async def _masses(self, request: Request, alternatives: int) -> Reply:
        answer = await self._send(request, alternatives)
        given = [place.model_dump() for place in answer.logprobs or ()]
        text = answer.message.content or ""
        reasons = answer.message.thinking or text.lstrip().startswith("<think")
        masses = None if reasons else first_token_masses(given, request.choices)
        if masses is None:
            raise LogprobsMissing
        return Reply(text, answer.prompt_eval_count or 0, answer.eval_count or 0, masses)

    async def _send(self, request: Request, alternatives: int = 0) -> ChatResponse:
        """One request; with ``alternatives`` it asks for that many log-probabilities a token, and for no schema."""
        import ollama

        messages: list[dict[str, Any]] = [{"role": m.role, "content": m.content} for m in request.messages]
        if request.images:
            for image in request.images:
                media_type(image)
            messages[-1]["images"] = list(request.images)
        try:
            answer = await self._open().chat(
                model=self.model,
                messages=messages,
                stream=False,
                think=False if self._thinks and request.choices else None,
                logprobs=True if alternatives else None,
                top_logprobs=alternatives or None,
                format=dict(request.schema) if request.schema is not None and not alternatives else None,
                options={
                    "temperature": request.sampling.temperature,
                    "top_p": request.sampling.top_p,
                    "num_predict": ANSWER_TOKENS if alternatives else request.sampling.max_tokens,
                    "seed": request.seed,
                },
                keep_alive=KEEP_ALIVE,
            )
        except ollama.ResponseError as error:
            raise self._failure(error, request, alternatives) from error
        except ConnectionError as error:
            raise Unavailable(f"no Ollama server answers at {self.base_url}") from error
        except _transport_errors() as error:
            raise Unavailable(f"{self.base_url}: {type(error).__name__}") from error
        except ValidationError as error:
            if alternatives and any(problem["loc"][:1] == ("logprobs",) for problem in error.errors()):
                raise LogprobsMissing from error
            raise BadReply("the server's answer is no chat reply") from error
        except _UNREADABLE as error:
            raise BadReply("the server's answer is no chat reply") from error
        self._has_seen = self._has_seen or bool(request.images)
        return answer

    async def close(self) -> None:
        """Closes the connections."""
        if self._client is not None:
            await self._client.close()  # type: ignore[no-untyped-call]

    async def _check_sight(self) -> None:
        """Refuses a model whose listed capabilities lack vision; what the server doesn't tell, a request will."""
        try:
            capabilities = (await self._open().show(self.model)).capabilities
        except _client_errors():
            return
        if capabilities and "vision" not in capabilities:
            raise self._blind()
        self._thinks = "thinking" in (capabilities or ())

    def _failure(self, error: Any, request: Request, alternatives: int) -> Exception:
        status, said = error.status_code, str(error.error)
        said = (said.replace(self._key, MASK) if self._key else said)[:300]
        if status == 404 and "not found" in said:
            return self._no_model([])
        if status in (401, 403):
            return self._refused_key(status)
        if status == 429:
            return RateLimited(said)
        if alternatives and refuses_logprobs(said):
            return LogprobsRefused(said)
        # A model that has answered about an image sees; then the text is about this image, whatever its words.
        if request.images and not self._has_seen and takes_no_images(said, self.model):
            return self._blind(said)
        if status >= 500 or status in (408, -1):
            return Unavailable(f"the server answers {status}: {said}")
        return Refused(f"the server answers {status}: {said}")

    def _blind(self, said: str = "") -> NegdataError:
        remedy = "Name one that can with --model, once it is there: ollama pull qwen2.5vl"
        return sees_nothing(self.model, f"the Ollama server at {self.base_url}", remedy, said)

    def _no_server(self) -> NegdataError:
        return NegdataError(
            f"No Ollama server answers at {self.base_url}.",
            "Start it with `ollama serve`, or say where it is with OLLAMA_HOST or --base-url.",
        )

    def _no_ollama(self, why: str) -> NegdataError:
        return NegdataError(
            f"What answers at {self.base_url} is no Ollama server: {why}.",
            "Say where Ollama is with OLLAMA_HOST or --base-url.",
        )

    def _no_model(self, listed: list[str]) -> NegdataError:
        near = difflib.get_close_matches(self.model, listed, n=3, cutoff=0.4)
        installed = f" (installed and near: {', '.join(near)})" if near else ""
        return NegdataError(
            f"The Ollama server at {self.base_url} doesn't have the model {self.model!r}{installed}.",
            f"Run: ollama pull {self.model}",
        )

    def _refused_key(self, status: int) -> NegdataError:
        variable = self._key_variable or KEY_VARIABLE
        return NegdataError(
            f"The Ollama server at {self.base_url} refuses the key ({status}).",
            f"Put a valid key in {variable}, or name its variable with --api-key-env.",
        )

    def _open(self) -> AsyncClient:
        if self._client is None:
            from ollama import AsyncClient

            headers = {"Authorization": f"Bearer {self._key}"} if self._key else {}
            self._client = AsyncClient(host=self.base_url, timeout=self._timeout, headers=headers)
        return self._client


def _no_connection() -> tuple[type[Exception], ...]:
    return (ConnectionError, *_transport_errors())


def _transport_errors() -> tuple[type[Exception], ...]:
    import httpx

    return (httpx.HTTPError, httpx.InvalidURL)


def _client_errors() -> tuple[type[Exception], ...]:
    import ollama

    return (ollama.ResponseError, ConnectionError, *_UNREADABLE, *_transport_errors())
