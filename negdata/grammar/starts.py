"""Absence told before the caption's first word."""

from __future__ import annotations

from collections.abc import Iterator

from negdata.grammar.analysis import Analysis
from negdata.grammar.drafts import Draft, can_lower_first
from negdata.grammar.hosts import is_person, is_view, phrase_names, relation
from negdata.grammar.nouns import Absent

_SPEAKS_OF_ITSELF = frozenset("this that these those it they he she i we you here the".split())


def start_drafts(a: Analysis, y: Absent) -> Iterator[Draft]:
    """Openings such as "With no dog in sight, …"; none for a caption that begins with a name, or denies or asks something."""
    if a.negated or a.question or a.rest or a.subject is None or a.subject.pronoun or not can_lower_first(a):
        return
    if a.kind == "existential":
        return
    first = a.tokens[0].lower
    view = is_view(a)
    if a.kind == "clause":
        if first in _SPEAKS_OF_ITSELF - {"the"} or view:
            return
        yield Draft("with-no-first", "start", 5, 0, f"with no {y.bare} in sight, ")
        yield Draft("without-first", "start", 2, 0, f"without {y.an} in sight, ")
        names = phrase_names(a, a.subject)
        acts = is_person(names) or not names.isdisjoint({"animal", "vehicle"})
        if acts and "COMMA" not in (t.tag for t in a.tokens) and not a.breaks:
            yield Draft("no-is-visible-as", "start", 3, 0, f"no {y.bare} {y.be} in sight as ")
            yield Draft("no-is-visible-as", "start", 2, 0, f"there {y.be} no {y.bare} in sight as ")
            yield Draft("no-is-visible-as", "start", 1.5, 0, f"no {y.bare} can be seen as ")
        if is_person(names) and not a.subject.plural and a.subject_last == a.subject.full_last:
            how = relation(names, y)
            if how is not None and how[0] == "wear":
                yield Draft("without-first", "start", 6, 0, f"without {y.strict_an}, ")
                yield Draft("not-wearing-first", "start", 6, 0, f"not wearing {y.strict_an}, ")
    elif first in ("a", "an") or a.tokens[0].tag == "NUM":
        if view:
            return
        picture = "photo" if len(a.text) % 2 else "picture"
        yield Draft("no-in-view", "start", 3, 0, f"there {y.be} no {y.bare} in this {picture} of ")
        yield Draft("no-just", "start", 2, 0, f"no {y.bare} in sight, just ")
        yield Draft("no-just", "start", 1.5, 0, f"not {y.an} in sight, just " if not y.prefers_plural and not y.mass else
                    f"no {y.bare} here, just ")
        if a.tag_at(a.subject_last + 1) in ("ING", "EN"):
            yield Draft("with-no-first", "start", 1, 0, f"with no {y.bare} in sight, ")
