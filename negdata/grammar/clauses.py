"""A clause that denies something, beside the clause that would say it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

ClauseKind = Literal["object", "action", "attribute", "relation", "count"]


@dataclass(frozen=True, slots=True)
class NegatedClause:
    """What the answer "no" to a question says.

    Attributes:
        text: the clause, without a capital or a full stop: "the man is not wearing a hat".
        kind: what is denied: an object, an action, an attribute, a relation or a number.
        negated: what is denied, as a short phrase: "wearing a hat"; of an object its bare name: "dog".
        statement: the affirmative counterpart: "the man is wearing a hat".
    """

    text: str
    kind: ClauseKind
    negated: str
    statement: str
