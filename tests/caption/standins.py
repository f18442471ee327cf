"""What the caption tests share: small backends written by hand that stand in for a language model."""

from __future__ import annotations

import json
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal

from pydantic import JsonValue

from negdata.askers import Driven
from negdata.backends.base import Backend, BackendFailure, Reply, Request
from negdata.caption.item import CaptionItem, UnusableItem
from negdata.caption.stage import caption_stage
from negdata.caption.steps import Steps
from negdata.limits import Limits
from negdata.prompts import load_prompt
from negdata.records import CaptionRecord, FailedCaption, Outcome, RejectedCaption, Verdict
from negdata.runner import Ask, run_stage
from negdata.store import open_store
from negdata.verify import Judgement, Question, Verifier, driven_by

CAPTION = "A motorcycle parked in front of a garage."


class StandIn:
    """Answers each task with the next of its prepared answers; the last one again and again."""

    name = "stand-in"
    model = "by-hand"
    cacheable = False

    def __init__(self, **answers: list[str | BackendFailure]) -> None:
        self.asked: list[Request] = []
        self.answers = answers

    async def ready(self) -> None:
        return None

    async def chat(self, request: Request) -> Reply:
        nth = sum(one.task == request.task for one in self.asked)
        self.asked.append(request)
        prepared = self.answers[request.task]
        answer = prepared[min(nth, len(prepared) - 1)]
        if isinstance(answer, BackendFailure):
            raise answer
        return Reply(json.dumps({"object" if request.task == "propose" else "caption": answer}))

    async def close(self) -> None:
        return None

    def tasks(self) -> list[str]:
        """What was asked, in order."""
        return [request.task for request in self.asked]


def steps(
    *,
    proposer: Literal["model", "cooccurrence"] | None = "model",
    choices: bool = True,
    write: bool = True,
    contrast: bool = False,
    tries: int = 3,
    seed: int = 0,
    verifiers: tuple[Verifier, ...] = (),
) -> Steps:
    """Steps as ``caption_corpus`` sets them up for a model."""
    return Steps(
        backend=StandIn.name,
        model=StandIn.model,
        pipeline="objects",
        proposer=proposer,
        choices=choices,
        write=write,
        contrast=contrast,
        tries=tries,
        seed=seed,
        temperature=0.6,
        top_p=0.9,
        propose=load_prompt("propose", None),
        rewrite=load_prompt("rewrite", None),
        contrast_prompt=load_prompt("contrast", None),
        question=load_prompt("question", None),
        verifiers=verifiers,
    )


def item(
    caption: str = CAPTION,
    *,
    negated: str | None = None,
    candidates: tuple[str, ...] = (),
    verdict: Verdict | None = None,
) -> CaptionItem:
    """One caption whose image's captions name a motorcycle and a garage."""
    record = CaptionRecord(
        id="a", image="a.jpg", image_id=1, caption_id=2, caption=caption, negated=negated, verdict=verdict
    )
    return CaptionItem(record, mentioned=frozenset({"motorcycle", "garage"}), candidates=candidates)


@dataclass
class Judge:
    """A verifier that finds in every image what ``present`` names, can't tell of ``unsure``."""

    present: frozenset[str] = frozenset()
    unsure: frozenset[str] = frozenset()
    name: str = "judge"
    asked: list[Question] = field(default_factory=list)

    @property
    def key(self) -> str:
        return self.name

    @property
    def model(self) -> str | None:
        return None

    @property
    def driven(self) -> Driven | None:
        return None

    def knows(self, name: str) -> bool:
        return True

    async def judge(self, question: Question, ask: Ask) -> Judgement:
        self.asked.append(question)
        about = question.text or question.object
        if about in self.unsure:
            return Judgement(None, 0.5, "it is dark")
        return Judgement(True, 0.9) if about in self.present else Judgement(False, 0.1)

    def identity(self) -> dict[str, JsonValue]:
        return {"verifier": self.name}

    def close(self) -> None:
        return None


def outcome_line(
    folder: Path,
    of: CaptionItem | UnusableItem,
    backend: Backend,
    with_steps: Steps,
    stage: Callable[[CaptionItem | UnusableItem, Ask, Steps], Awaitable[Outcome]] = caption_stage,
) -> CaptionRecord | RejectedCaption | FailedCaption:
    """What a stage made of one item under the real runner, read back from the file that it went to."""

    async def one_stage(one: CaptionItem | UnusableItem, ask: Ask) -> Outcome:
        return await stage(one, ask, with_steps)

    read: list[Callable[[bytes], CaptionRecord | RejectedCaption | FailedCaption]] = [
        CaptionRecord.model_validate_json,
        RejectedCaption.model_validate_json,
        FailedCaption.model_validate_json,
    ]
    further: Mapping[str, Driven] = driven_by(with_steps.verifiers)
    limits = Limits(first_wait=0.01, timeout=5)
    with open_store(folder / "out.jsonl", {}, command="test") as store:
        run_stage([of], one_stage, backend=backend, further=further, store=store, limits=limits)
        (line,) = [
            parse(line)
            for path, parse in zip(store.paths.lines, read, strict=True)
            for line in path.read_bytes().splitlines()
        ]
    return line


def kept(line: CaptionRecord | RejectedCaption | FailedCaption) -> CaptionRecord:
    assert type(line) is CaptionRecord, line
    return line


def rejected(line: CaptionRecord | RejectedCaption | FailedCaption) -> RejectedCaption:
    assert type(line) is RejectedCaption, line
    return line


def failed(line: CaptionRecord | RejectedCaption | FailedCaption) -> FailedCaption:
    assert type(line) is FailedCaption, line
    return line
