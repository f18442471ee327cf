"""Verifiers in turn: the next is asked only where the one before can't tell."""

from __future__ import annotations

from collections.abc import Sequence

from negdata.askers import Driven
from negdata.asking import Ask
from negdata.records import Verdict
from negdata.verify.base import Question, Verifier


async def judge_in_turn(question: Question, verifiers: Sequence[Verifier], ask: Ask) -> tuple[Verdict, str]:
    """The verdict of the first verifier that can tell, else the last one's, and why that can't.

    Raises:
        RecordFailure: an image that can't be read, or a model that gives no answer.
    """
    for verifier in verifiers:
        judgement = await verifier.judge(question, ask)
        if judgement.present is not None:
            break
    verdict = Verdict(
        p_present=judgement.p_present, present=judgement.present, verifier=verifier.name, model=verifier.model
    )
    return verdict, judgement.detail


def driven_by(verifiers: Sequence[Verifier]) -> dict[str, Driven]:
    """The backends that the verifiers ask, as the runner takes them."""
    return {verifier.key: verifier.driven for verifier in verifiers if verifier.driven is not None}


def any_knows(verifiers: Sequence[Verifier], name: str) -> bool:
    """Whether one of them could tell that an object of this name is absent."""
    return any(verifier.knows(name) for verifier in verifiers)
