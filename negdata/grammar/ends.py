"""Absence told at the end of the caption, or in a sentence after it."""

from __future__ import annotations

from collections.abc import Iterator

from negdata.grammar.analysis import Analysis
from negdata.grammar.drafts import Draft
from negdata.grammar.hosts import with_before
from negdata.grammar.nouns import Absent


def end_drafts(a: Analysis, y: Absent, people_named: bool) -> Iterator[Draft]:
    """What can be said of the whole scene, behind its last word: always right, whatever the object."""
    if a.question:
        yield from _sentences(a, y)
        return
    listed = with_before(a, a.last)
    if a.negated:
        yield _tail("and-there-is-no", 2, a, f", and there {y.be} no {y.bare} in sight")
        yield from _sentences(a, y)
        return
    if listed:
        yield _tail("but-no-in-sight", 6, a, f", but no {y.bare} in sight")
        yield _tail("but-there-is-no", 3, a, f", but there {y.be} no {y.bare} in sight")
        yield _tail("but-there-isnt", 2, a, f", but there {y.be}n't {y.an} in sight")
    else:
        yield _tail("with-no-in-sight", 5, a, f" with no {y.bare} in sight")
        yield _tail("with-no-in-sight", 3, a, f", with no {y.bare} to be seen")
        yield _tail("without-in-sight", 3, a, f" without {y.an} in sight")
        yield _tail("no-in-sight", 2, a, f", no {y.bare} in sight")
        yield _tail("no-sign-of", 1.5, a, f" with no sign of {y.an}")
        if y.countable and not y.is_a("person"):
            yield _tail("not-a-in-sight", 1, a, f" with not a single {y.singular} in sight")
    weight = 2.0 if a.kind == "nominal" else 4.0
    if not listed:
        yield _tail("but-there-is-no", weight, a, f", but there {y.be} no {y.bare} around")
        yield _tail("but-there-isnt", weight, a, f", but there {y.be}n't {y.an} in sight")
    if not people_named and y.name in ("person", "people"):
        yield _tail("nobody", 6, a, ", with nobody in sight" if not listed else ", but nobody in sight")
        yield _tail("nobody", 3, a, ", and nobody is around")
    yield from _sentences(a, y)


def _sentences(a: Analysis, y: Absent) -> Iterator[Draft]:
    if a.rest and not a.final and not a.question:
        return
    end = a.end
    yield Draft("there-is-no", "end", 2, end, f"there {y.be} no {y.bare} in sight", sentence=True)
    yield Draft("no-is-visible", "end", 2, end, f"no {y.bare} {y.be} visible", sentence=True)
    yield Draft("there-isnt", "end", 1.5, end, f"there {y.be}n't {y.an} in sight", sentence=True)
    yield Draft("absent", "end", 0.8, end, f"any sign of {y.strict_an} is absent", sentence=True)
    if y.countable or y.pair:
        yield Draft("absent", "end", 0.8, end, f"{y.plural} are absent from the scene", sentence=True)


def _tail(construction: str, weight: float, a: Analysis, words: str) -> Draft:
    return Draft(construction, "end", weight, a.end, words)
