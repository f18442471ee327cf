"""Absence told before the caption's first word."""

from __future__ import annotations

from collections.abc import Iterator

from negdata.grammar.analysis import MEASURES, Analysis
from negdata.grammar.drafts import Draft, can_lower_first
from negdata.grammar.hosts import is_person, is_view, phrase_names, relation
from negdata.grammar.nouns import Absent

_SPEAKS_OF_ITSELF = frozenset({"this", "that", "these", "those", "it", "they", "he", "she", "i", "we", "you", "here"})


def start_drafts(a: Analysis, y: Absent) -> Iterator[Draft]:
    """Openings such as "With no dog in sight, …"; none before a name, a denial or a question."""
    if a.negated or a.question or a.rest or a.kind == "existential" or not can_lower_first(a):
        return
    if a.subject is None or a.subject.pronoun or is_view(a) or a.tokens[0].lower in _SPEAKS_OF_ITSELF:
        return
    if a.kind == "clause":
        yield from _before_clause(a, y)
    elif a.tokens[0].lower in ("a", "an") or a.tokens[0].tag == "NUM":
        group = a.tokens[a.subject.last].lower in MEASURES
        picture = "photo" if len(a.text) % 2 else "picture"
        yield Draft("no-in-view", "start", 3, 0, f"there {y.be} no {y.bare} in this {picture} of ")
        if group:
            return
        yield Draft("no-just", "start", 2.5, 0, f"no {y.bare} in sight, just ")
        yield Draft("no-just", "start", 1, 0, f"not {y.one} in sight, just ")
        yield Draft("no-just", "start", 1.5, 0, f"no {y.bare} here, just ")


def _before_clause(a: Analysis, y: Absent) -> Iterator[Draft]:
    assert a.subject is not None
    yield Draft("with-no-first", "start", 5, 0, f"with no {y.bare} {'around' if y.sizable else 'in sight'}, ")
    yield Draft("without-first", "start", 2, 0, f"without {y.an} in sight, ")
    names = phrase_names(a, a.subject)
    acts = is_person(names) or not names.isdisjoint({"animal", "vehicle"})
    if acts and not a.breaks and all(t.tag != "COMMA" for t in a.tokens):
        yield Draft("no-is-visible-as", "start", 3, 0, f"no {y.bare} {y.be} in sight as ")
        yield Draft("no-is-visible-as", "start", 2, 0, f"there {y.be} no {y.bare} in sight as ")
        yield Draft("no-is-visible-as", "start", 1.5, 0, f"no {y.bare} can be seen as ")
    if is_person(names) and not a.subject.plural and a.subject_last == a.subject.full_last:
        how = relation(names, y)
        if how is not None and how[0] == "wear":
            yield Draft("without-first", "start", 6, 0, f"without {y.strict_an}, ")
            yield Draft("not-wearing-first", "start", 6, 0, f"not wearing {y.strict_an}, ")
