"""llama.cpp in this process (xllamacpp, the ``local`` extra): any GGUF, held to JSON schemas by a grammar."""

from __future__ import annotations

import asyncio
import os
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

from negdata.backends.base import BackendOptions, BadReply, Refused, Reply, Request, Unavailable
from negdata.backends.gguf import find_gguf
from negdata.errors import NegdataError

CONTEXT_TOKENS = 2_048
"""What one request may hold, prompt and reply."""
MOST_SLOTS = 64


class LlamaCppBackend:
    """A GGUF model with as many slots as requests may be in flight."""

    name = "llamacpp"
    cacheable = True

    def __init__(self, options: BackendOptions) -> None:
        if not options.model:
            raise NegdataError("The llamacpp backend has no default model.", "Give --model the path of a .gguf file.")
        try:
            import xllamacpp  # noqa: F401
        except ImportError as error:
            raise NegdataError("xllamacpp is not installed.", 'Run: pip install "negdata[local]"') from error
        self._path = find_gguf(options.model)
        self.model = Path(self._path).name
        self._slots = min(options.concurrency, MOST_SLOTS)
        self._server: Any = None
        self._threads = ThreadPoolExecutor(self._slots, thread_name_prefix="llamacpp")

    async def ready(self) -> None:
        """Loads the model; NegdataError where llama.cpp can't."""
        if self._server is None:
            loop = asyncio.get_running_loop()
            self._server = await loop.run_in_executor(self._threads, self._load)

    async def chat(self, request: Request) -> Reply:
        """One chat completion on a free slot."""
        await self.ready()
        if request.images:
            raise Refused("the llamacpp backend takes no images")
        body: dict[str, Any] = {
            "messages": [{"role": message.role, "content": message.content} for message in request.messages],
            "temperature": request.sampling.temperature,
            "top_p": request.sampling.top_p,
            "max_tokens": request.sampling.max_tokens,
            "seed": request.seed % 2**32,
        }
        if request.schema is not None:
            schema = {"name": request.task, "schema": dict(request.schema)}
            body["response_format"] = {"type": "json_schema", "json_schema": schema}
        loop = asyncio.get_running_loop()
        try:
            answer = await loop.run_in_executor(self._threads, self._server.handle_chat_completions, body)
        except RuntimeError as error:
            raise Unavailable(f"llama.cpp failed: {error}") from error
        return _read(answer)

    async def close(self) -> None:
        """Frees the model."""
        self._threads.shutdown(wait=False, cancel_futures=True)
        self._server = None

    def _load(self) -> Any:
        import xllamacpp

        parameters = xllamacpp.CommonParams()
        parameters.model.path = str(self._path)
        parameters.n_parallel = self._slots
        parameters.n_ctx = CONTEXT_TOKENS * self._slots
        parameters.cpuparams.n_threads = max(1, len(os.sched_getaffinity(0)))
        parameters.use_jinja = True
        parameters.warmup = False
        parameters.verbosity = -1
        try:
            return xllamacpp.Server(parameters)
        except RuntimeError as error:
            raise NegdataError(
                f"llama.cpp can't load {self._path}: {error}.", "Check that it is a whole GGUF file of a chat model."
            ) from error


def _read(answer: Any) -> Reply:
    if not isinstance(answer, dict):
        raise BadReply("llama.cpp gave no object")
    problem = answer.get("error")
    if problem:
        message = problem.get("message") if isinstance(problem, dict) else problem
        raise Refused(f"llama.cpp refuses the request: {message}")
    try:
        choice = answer["choices"][0]
        text = choice["message"]["content"]
        usage = answer.get("usage") or {}
    except (KeyError, IndexError, TypeError) as error:
        raise BadReply("llama.cpp gave no chat completion") from error
    if choice.get("finish_reason") == "length":
        raise BadReply("the reply was cut off at its longest")
    if not text:
        raise BadReply("the reply is empty")
    return Reply(text, usage.get("prompt_tokens", 0), usage.get("completion_tokens", 0))
