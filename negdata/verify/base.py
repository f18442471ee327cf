"""What is asked of a verifier, and what it answers."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

from pydantic import JsonValue

from negdata.askers import Driven
from negdata.asking import Ask


@dataclass(frozen=True, slots=True)
class Question:
    """Is this in the image?

    Attributes:
        image: the image's path below ``--images``; None where a record has none.
        image_id: the image's id in its source.
        object: the name of an object; empty where a question in words is about none.
        text: a question in words, whose answer is no without the object, and may be no with it; empty where what is
            asked is whether the object is there.
    """

    image: str | None
    image_id: int | str | None
    object: str
    text: str = ""


@dataclass(frozen=True, slots=True)
class Judgement:
    """A verifier's answer.

    Attributes:
        present: None where it can't tell.
        p_present: a probability in [0, 1]; None where the verifier has none.
        detail: why it can't tell, for people.
    """

    present: bool | None
    p_present: float | None = None
    detail: str = ""


class Verifier(Protocol):
    """A judge of absence.

    Attributes:
        name: as in ``--verifier``; ``model`` is its model, if it has one.
        key: what tells it from the run's other verifiers.
        driven: the backend that it asks ``of`` its key, and how hard that may be driven; None where it asks none.
    """

    @property
    def name(self) -> str: ...

    @property
    def key(self) -> str: ...

    @property
    def model(self) -> str | None: ...

    @property
    def driven(self) -> Driven | None: ...

    def knows(self, name: str) -> bool:
        """Whether there are images in which it could tell that an object of this name is absent."""

    async def judge(self, question: Question, ask: Ask) -> Judgement:
        """The answer to a question; raises RecordFailure where there is none to be had."""

    def identity(self) -> dict[str, JsonValue]:
        """All that shapes its verdicts, for the manifest."""

    def close(self) -> None:
        """Lets go of what it holds beside its backend."""
