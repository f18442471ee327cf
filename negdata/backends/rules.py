"""The embedded backend: no model, no network, no key. It answers by grammar, and the same way every time."""

from __future__ import annotations

from collections.abc import Mapping

import orjson
from pydantic import JsonValue

from negdata.backends.base import BackendOptions, Declined, Refused, Reply, Request
from negdata.grammar import (
    CannotWrite,
    fold_clause,
    negate_question,
    standalone,
    write_contrast,
    write_negation,
)
from negdata.vocabulary import Cooccurrence, vocabulary

MODEL = "rules-1"


class RulesBackend:
    """Answers ``propose``, ``rewrite``, ``contrast`` and ``question`` by a request's inputs; its messages go unread."""

    name = "rules"
    model = MODEL
    cacheable = False  # Writing a sentence is cheaper than looking it up.

    def __init__(self, options: BackendOptions) -> None:
        del options  # There is no server to reach and no model to choose.

    async def ready(self) -> None:
        """Nothing can be missing."""

    async def chat(self, request: Request) -> Reply:
        """The answer as a model would give it: one JSON object. Raises Declined where there is no good sentence."""
        return Reply(orjson.dumps(self.answer(request)).decode())

    def answer(self, request: Request) -> Mapping[str, JsonValue]:
        """The answer as an object; raises Declined, or Refused for a task that grammar can't do."""
        inputs = request.inputs
        try:
            if request.task == "propose":
                return {
                    "object": _propose(
                        _text(inputs, "caption"), _names(inputs, "candidates"), _names(inputs, "excluded")
                    )
                }
            if request.task == "rewrite":
                written = write_negation(_text(inputs, "caption"), _text(inputs, "negated"), request.seed)
                return {"caption": written.text, "construction": written.construction}
            if request.task == "contrast":
                contrast = write_contrast(_text(inputs, "caption"), request.seed, _text(inputs, "present") or None)
                return {"caption": contrast.text, "present": contrast.present, "construction": contrast.construction}
            if request.task == "question":
                return _answer_no(_text(inputs, "caption"), _text(inputs, "question"), request.seed)
        except CannotWrite as reason:
            raise Declined(reason.code, str(reason)) from reason
        raise Refused(f"the rules backend has no answer to the task {request.task!r}")

    async def close(self) -> None:
        """Nothing is held."""


def _propose(caption: str, candidates: list[str], excluded: list[str]) -> str:
    """The first candidate that isn't excluded, or the most plausible company of the caption's objects."""
    if not candidates:
        present = {mention.name for mention in vocabulary().find(caption)}
        candidates = [name for name, _ in Cooccurrence.shipped().plausible(present, len(excluded) + 1)]
    for name in candidates:
        if name not in excluded:
            return name
    raise CannotWrite("every candidate is excluded", "no-candidate")


def _answer_no(caption: str, question: str, seed: int) -> Mapping[str, JsonValue]:
    """The answer "no" to a question, folded into a caption or, where there is none, as a sentence of its own."""
    clause = negate_question(question)
    told: dict[str, JsonValue] = {"kind": clause.kind, "negated": clause.negated}
    if not caption.strip():
        return {"caption": standalone(clause), "construction": "standalone", **told}
    written = fold_clause(caption, clause, seed)
    return {"caption": written.text, "construction": written.construction, **told}


def _text(inputs: Mapping[str, JsonValue], key: str) -> str:
    value = inputs.get(key)
    return value if isinstance(value, str) else ""


def _names(inputs: Mapping[str, JsonValue], key: str) -> list[str]:
    value = inputs.get(key)
    return [name for name in value if isinstance(name, str)] if isinstance(value, list) else []
