"""A multimodal model as a verifier: the probability that its first word is yes, not the sentence it would write."""

from __future__ import annotations

from dataclasses import dataclass

import orjson
from pydantic import JsonValue

from negdata.askers import Driven
from negdata.asking import Ask
from negdata.backends.base import BadReply, Reply, Request
from negdata.backends.spellings import spelled
from negdata.prompts import Prompt
from negdata.verify.base import Judgement, Question
from negdata.verify.pictures import Pictures
from negdata.verify.wording import prompt_inputs

LEAST_MASS = 0.1
"""The probability of yes and no together below which a model is not answering, but saying something else."""


@dataclass(frozen=True, slots=True)
class Thresholds:
    """Up to which probability of presence something is absent, and from which it is present."""

    absent_below: float
    present_above: float

    def read(self, p_present: float) -> bool | None:
        """Whether it is present; None between the two."""
        if p_present <= self.absent_below:
            return False
        return True if p_present >= self.present_above else None


class ModelVerifier:
    """Asks a model that sees the image, in ``votes`` phrasings."""

    def __init__(
        self,
        name: str,
        key: str,
        driven: Driven,
        pictures: Pictures,
        thresholds: Thresholds,
        votes: int,
        prompt: Prompt,
        structured: Prompt | None,
        max_pixels: int,
    ) -> None:
        """``structured`` asks for words where there are no probabilities; None for a model that always gives them."""
        self.name = name
        self.key = key
        self.driven = driven
        self._pictures = pictures
        self._thresholds = thresholds
        self._votes = votes
        self._prompt = prompt
        self._structured = structured
        self._max_pixels = max_pixels
        self._gives_masses: bool | None = None

    @property
    def model(self) -> str | None:
        return self.driven.backend.model or None

    def knows(self, name: str) -> bool:
        """A model can be asked about anything."""
        return True

    async def judge(self, question: Question, ask: Ask) -> Judgement:
        """See Verifier; raises BadImage, NotAQuestion or BackendFailure."""
        inputs = prompt_inputs(question)
        image = await self._pictures.get(question.image)
        heard = [await self._vote(inputs, image, ask, way) for way in range(self._votes)]
        probabilities = [vote for vote in heard if isinstance(vote, float)]
        if probabilities and len(probabilities) == len(heard):
            mean = sum(probabilities) / len(probabilities)
            detail = f"the probability that it is present is {mean:.2f}"
            return Judgement(self._thresholds.read(mean), mean, detail)
        # Words and probabilities can't be averaged: where any phrasing got words alone, the words decide.
        said = [self._thresholds.read(vote) if isinstance(vote, float) else vote for vote in heard]
        agreed = said[0] if len(set(said)) == 1 else None
        return Judgement(agreed, None, "the model is not sure" if len(set(said)) == 1 else "its answers differ")

    def identity(self) -> dict[str, JsonValue]:
        return {
            "verifier": self.name,
            "model": self.model,
            "base_url": getattr(self.driven.backend, "base_url", None),
            "votes": self._votes,
            "max_pixels": self._max_pixels,
            "absent_below": self._thresholds.absent_below,
            "present_above": self._thresholds.present_above,
            "prompts": [prompt.id for prompt in (self._prompt, self._structured) if prompt is not None],
        }

    def close(self) -> None:
        """Ends the threads that read images."""
        self._pictures.close()

    async def _vote(self, inputs: dict[str, JsonValue], image: bytes, ask: Ask, way: int) -> float | bool | None:
        """A probability where the model gives one, else yes, no or unsure."""
        if self._gives_masses is not False:
            reply = await ask(_request(self._prompt, inputs, image, way), _as_it_is, of=self.key)
            if reply.masses is not None:
                yes, no = reply.masses
                self._gives_masses = True
                if yes + no >= LEAST_MASS:
                    return yes / (yes + no)
            elif self._gives_masses is None:
                self._gives_masses = False
        if self._structured is None:
            return None
        return await ask(_request(self._structured, inputs, image, way), parse_presence, of=self.key)


def _request(prompt: Prompt, inputs: dict[str, JsonValue], image: bytes, way: int) -> Request:
    return prompt.request(inputs, temperature=0.0, top_p=1.0, seed=0, way=way, images=(image,))


def parse_presence(reply: Reply) -> bool | None:
    """What a structured reply says; raises BadReply."""
    try:
        said = orjson.loads(reply.text)["present"]
    except (orjson.JSONDecodeError, KeyError, TypeError):
        said = reply.text
    answers = {"yes": True, "no": False, "unsure": None}
    word = spelled(said) if isinstance(said, str) else ""
    if word not in answers:
        raise BadReply(f"the reply says neither yes, no nor unsure: {reply.text[:80]!r}")
    return answers[word]


def _as_it_is(reply: Reply) -> Reply:
    return reply
