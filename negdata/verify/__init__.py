"""Judges of absence: ground-truth boxes, a multimodal model in this process, or one behind a server.

Other packages add theirs in the entry-point group ``negdata.verifiers``: a function of (spec, VerifySettings, Limits).
"""

from __future__ import annotations

import importlib
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from importlib.metadata import entry_points

from negdata.limits import Limits
from negdata.verify.base import Judgement, Question, Verifier
from negdata.verify.chain import any_knows, driven_by, judge_in_turn
from negdata.verify.question import question_of
from negdata.verify.settings import VerifySettings
from negdata.verify.spec import VerifierSpec

__all__ = [
    "VERIFIERS",
    "Judgement",
    "Question",
    "Verifier",
    "VerifySettings",
    "any_knows",
    "driven_by",
    "judge_in_turn",
    "known_verifiers",
    "make_verifiers",
    "open_verifiers",
    "question_of",
]

VERIFIERS = {
    "instances": "negdata.verify.make:make_instances",
    "qwen-vl": "negdata.verify.make:make_local",
    "llava": "negdata.verify.make:make_local",
    "transformers": "negdata.verify.make:make_local",
    "ollama": "negdata.verify.make:make_served",
    "openai": "negdata.verify.make:make_served",
}
"""Name → the function that makes the verifier."""


def known_verifiers() -> dict[str, str]:
    """``VERIFIERS``, and those of other packages."""
    return VERIFIERS | {point.name: point.value for point in entry_points(group="negdata.verifiers")}


def make_verifiers(settings: VerifySettings, limits: Limits) -> tuple[Verifier, ...]:
    """The verifiers of a run, in the order in which they are asked.

    Args:
        settings: what the run is told about them.
        limits: of a verifier behind a server.

    Raises:
        NegdataError: there is none of a name, or it lacks what it needs.
    """
    known = known_verifiers()
    made: list[Verifier] = []
    for text in settings.verifiers:
        spec = VerifierSpec.read(text, known)
        made.append(_maker(spec.name, known)(spec, settings, limits))
    return tuple(made)


@contextmanager
def open_verifiers(settings: VerifySettings, limits: Limits) -> Iterator[tuple[Verifier, ...]]:
    """The verifiers of a run, as ``make_verifiers`` makes them, closed at its end."""
    verifiers = make_verifiers(settings, limits)
    try:
        yield verifiers
    finally:
        for verifier in verifiers:
            verifier.close()


def _maker(name: str, known: dict[str, str]) -> Callable[[VerifierSpec, VerifySettings, Limits], Verifier]:
    module, _, function = known[name].partition(":")
    maker: Callable[[VerifierSpec, VerifySettings, Limits], Verifier] = getattr(
        importlib.import_module(module), function
    )
    return maker
