"""An Ollama server, through its official client."""

from __future__ import annotations

import difflib
import os
from typing import TYPE_CHECKING, Any

from negdata.backends.addresses import check_address
from negdata.backends.base import BackendOptions, BadReply, RateLimited, Refused, Reply, Request, Unavailable
from negdata.backends.images import media_type
from negdata.errors import NegdataError

if TYPE_CHECKING:
    from ollama import AsyncClient

DEFAULT_MODEL = "llama3.1:8b"
DEFAULT_HOST = "http://127.0.0.1:11434"
KEEP_ALIVE = "10m"
"""How long the server keeps the model loaded after a request."""


class OllamaBackend:
    """Ollama's chat, its replies held to the JSON schema by ``format``."""

    name = "ollama"
    cacheable = True

    def __init__(self, options: BackendOptions) -> None:
        self.model = options.model or DEFAULT_MODEL
        self.base_url = options.base_url or os.environ.get("OLLAMA_HOST") or DEFAULT_HOST
        check_address(self.base_url, DEFAULT_HOST)
        self._key_variable = options.api_key_env
        self._timeout = options.timeout
        self._client: AsyncClient | None = None

    def __repr__(self) -> str:
        return f"OllamaBackend({self.model!r}, {self.base_url!r})"

    async def ready(self) -> None:
        """Asks for the installed models; NegdataError where there is no server or not this model."""
        import ollama

        try:
            listed = [model.model or "" for model in (await self._open().list()).models]
        except ollama.ResponseError as error:
            refused = error.status_code in (401, 403)
            raise (self._refused_key(error.status_code) if refused else self._no_server()) from error
        except (ConnectionError, ValueError) as error:
            raise self._no_server() from error
        except _transport_errors() as error:
            raise self._no_server() from error
        if self.model not in listed and f"{self.model}:latest" not in listed:
            raise self._no_model(listed)

    async def chat(self, request: Request) -> Reply:
        """One chat; see Backend.chat."""
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
                format=dict(request.schema) if request.schema is not None else None,
                options={
                    "temperature": request.sampling.temperature,
                    "top_p": request.sampling.top_p,
                    "num_predict": request.sampling.max_tokens,
                    "seed": request.seed,
                },
                keep_alive=KEEP_ALIVE,
            )
        except ollama.ResponseError as error:
            raise self._failure(error) from error
        except ConnectionError as error:
            raise Unavailable(f"no Ollama server answers at {self.base_url}") from error
        except _transport_errors() as error:
            raise Unavailable(f"{self.base_url}: {type(error).__name__}") from error
        except ValueError as error:
            raise BadReply("the server's answer is no chat reply") from error
        if answer.done_reason == "length":
            raise BadReply("the reply was cut off at its longest")
        text = answer.message.content
        if not text or not text.strip():
            raise BadReply("the reply is empty")
        return Reply(text, answer.prompt_eval_count or 0, answer.eval_count or 0)

    async def close(self) -> None:
        """Closes the connections."""
        if self._client is not None:
            await self._client.close()  # type: ignore[no-untyped-call]

    def _failure(self, error: Any) -> Exception:
        status, said = error.status_code, str(error.error)[:300]
        if status == 404 and "not found" in said:
            return self._no_model([])
        if status in (401, 403):
            return self._refused_key(status)
        if status == 429:
            return RateLimited(said)
        if status >= 500 or status in (408, -1):
            return Unavailable(f"the server answers {status}: {said}")
        return Refused(f"the server answers {status}: {said}")

    def _no_server(self) -> NegdataError:
        return NegdataError(
            f"No Ollama server answers at {self.base_url}.",
            "Start it with `ollama serve`, or say where it is with OLLAMA_HOST or --base-url.",
        )

    def _no_model(self, listed: list[str]) -> NegdataError:
        near = difflib.get_close_matches(self.model, listed, n=3, cutoff=0.4)
        installed = f" (installed and near: {', '.join(near)})" if near else ""
        return NegdataError(
            f"The Ollama server at {self.base_url} doesn't have the model {self.model!r}{installed}.",
            f"Run: ollama pull {self.model}",
        )

    def _refused_key(self, status: int) -> NegdataError:
        variable = self._key_variable or "OLLAMA_API_KEY"
        return NegdataError(
            f"The Ollama server at {self.base_url} refuses the key ({status}).",
            f"Put a valid key in {variable}, or name its variable with --api-key-env.",
        )

    def _open(self) -> AsyncClient:
        if self._client is None:
            from ollama import AsyncClient

            headers = {}
            key = os.environ.get(self._key_variable) if self._key_variable else None
            if key:
                headers["Authorization"] = f"Bearer {key}"
            self._client = AsyncClient(host=self.base_url, timeout=self._timeout, headers=headers)
        return self._client


def _transport_errors() -> tuple[type[Exception], ...]:
    import httpx

    return (httpx.TransportError, httpx.InvalidURL)
