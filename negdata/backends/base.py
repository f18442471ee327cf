"""The protocol that every language-model backend speaks, and the ways in which one fails.

A backend sends one request and returns one reply. It neither retries, nor limits its rate, nor caches: the runner
alone does. It turns every error of its SDK into one of the exceptions below, at the edge.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal, Protocol

from pydantic import JsonValue

from negdata.errors import RecordFailure


@dataclass(frozen=True, slots=True)
class Message:
    """One turn of a chat."""

    role: Literal["system", "user", "assistant"]
    content: str


@dataclass(frozen=True, slots=True)
class Sampling:
    """How tokens are drawn; the defaults are the paper's."""

    temperature: float = 0.6
    top_p: float = 0.9
    max_tokens: int = 160


@dataclass(frozen=True, slots=True)
class Request:
    """All that shapes a reply.

    Attributes:
        task: what is asked (``propose``, ``rewrite``, ``contrast``): the prompt's name.
        prompt: the prompt's name and hash, ``rewrite@3f9c2e``.
        inputs: the variables behind ``messages``. A backend without a language model (``rules``) answers from these.
        messages: the rendered prompt.
        schema: the JSON schema of the reply, or None for free text.
        images: encoded images (JPEG or PNG bytes), in order, shown with the last user message.
        choices: answers, such as yes and no, whose probabilities are wanted: of the reply's first token, summed over
            the spellings of each. A backend that can give them needn't write the reply that ``schema`` describes; one
            that can't, where there is no schema either, gives an empty reply.
    """

    task: str
    prompt: str
    inputs: Mapping[str, JsonValue]
    messages: tuple[Message, ...]
    schema: Mapping[str, JsonValue] | None
    sampling: Sampling
    seed: int
    images: tuple[bytes, ...] = ()
    choices: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Reply:
    """What a model answered; token counts are 0 where the server gives none.

    Attributes:
        masses: the probability, in [0, 1], that the first token begins each of the request's ``choices``; None where
            none were asked for or the backend can't tell.
    """

    text: str
    prompt_tokens: int = 0
    completion_tokens: int = 0
    masses: tuple[float, ...] | None = None


@dataclass(frozen=True, slots=True)
class BackendOptions:
    """What the command line says about a backend.

    Attributes:
        model: a model name, path or hub name; None takes the backend's default, where it has one.
        api_key_env: the *name* of the environment variable that holds the key.
        timeout: seconds for one request.
        concurrency: requests in flight at most; for a model in this process, the size of its batches.
        images: whether the model will be shown images: ``ready`` then refuses one that is known to see none.
    """

    model: str | None = None
    base_url: str | None = None
    api_key_env: str | None = None
    timeout: float = 60.0
    concurrency: int = 8
    images: bool = False


class Backend(Protocol):
    """A language model, wherever it runs."""

    name: str
    model: str
    cacheable: bool

    async def ready(self) -> None:
        """Raises NegdataError where no request can succeed: no server, no such model, a refused key."""

    async def chat(self, request: Request) -> Reply:
        """One request, one reply; raises one of the exceptions below."""

    async def close(self) -> None:
        """Releases connections, threads and models."""


class BackendFailure(RecordFailure):
    """A request that brought no usable reply."""

    code = "backend"


class RateLimited(BackendFailure):
    """429: wait, then ask again. ``retry_after`` is in seconds, None where the server names no time."""

    code = "rate-limited"

    def __init__(self, message: str, retry_after: float | None = None) -> None:
        super().__init__(message)
        self.retry_after = retry_after


class Unavailable(BackendFailure):
    """5xx, a refused or reset connection, a time-out: ask again later. ``retry_after`` as for RateLimited."""

    code = "unavailable"

    def __init__(self, message: str, retry_after: float | None = None) -> None:
        super().__init__(message)
        self.retry_after = retry_after


class BadReply(BackendFailure):
    """A reply that is empty, cut short, malformed or not of the schema: ask again with another seed."""

    code = "bad-reply"


class Refused(BackendFailure):
    """The server refuses this request (400, 413, 422, content policy): asking again won't help."""

    code = "refused"


class Declined(Refused):
    """The backend can't write such a sentence; ``code`` is the reason for which the record is rejected."""

    def __init__(self, reason: str, message: str) -> None:
        super().__init__(message)
        self.code = reason
