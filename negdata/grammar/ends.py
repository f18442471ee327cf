"""Absence told at the end of the caption, or in a sentence after it."""

from __future__ import annotations

from collections.abc import Iterator

from negdata.grammar.analysis import Analysis
from negdata.grammar.drafts import Draft
from negdata.grammar.hosts import with_before
from negdata.grammar.nouns import Absent


def end_drafts(a: Analysis, y: Absent, people_named: bool) -> Iterator[Draft]:
    """What can be said of the whole scene, behind its last word: always right, whatever the object."""
    if a.question or a.negated:
        if a.negated and not a.question:
            yield _tail("and-there-is-no", 2, a, f", and there {y.be} no {y.bare} in sight")
        yield from _sentences(a, y)
        return
    if with_before(a, a.last):
        yield _tail("but-no", 4, a, f", but no {y.bare} in sight")
        yield _tail("but-no", 2, a, f", but no {y.bare} to be seen")
        yield _tail("but-there-is-no", 3, a, f", but there {y.be} no {y.bare} in sight")
        yield _tail("but-there-is-no", 2, a, f", but there {y.be} no {y.bare}")
        yield _tail("but-there-isnt", 3, a, f", but there {y.be}n't {y.an} in sight")
        yield _tail("not-a-in-sight", 1, a, f" and not {y.one} in sight")
    else:
        yield _tail("with-no", 3, a, f" with no {y.bare} in sight")
        yield _tail("with-no", 1.5, a, f", with no {y.bare} to be seen")
        yield _tail("with-no", 1, a, f", with no {y.bare} anywhere in sight")
        yield _tail("without", 1.5, a, f" without {y.an} in sight")
        yield _tail("no-in-sight", 2, a, f", no {y.bare} in sight")
        yield _tail("no-sign-of", 1.5, a, f" with no sign of {y.some}")
        if y.sizable:
            yield _tail("with-no", 3, a, f" with no {y.bare} nearby")
            yield _tail("with-no", 2, a, f" with no {y.bare} around")
            yield _tail("not-a-in-sight", 1.5, a, f" and not {y.one} in sight")
        weight = 1.5 if a.kind == "nominal" else 2.5
        yield _tail(
            "but-there-is-no", weight, a, f", but there {y.be} no {y.bare} {'nearby' if y.sizable else 'in sight'}"
        )
        yield _tail("but-there-is-no", weight, a, f", but no {y.bare} {'is' if y.be == 'is' else 'are'} visible")
        yield _tail(
            "but-there-isnt", 2 * weight, a, f", but there {y.be}n't {y.an} {'around' if y.sizable else 'in sight'}"
        )
    if not people_named and y.name == "person":
        yield _tail("nobody", 8, a, ", but nobody is in sight" if with_before(a, a.last) else ", with nobody in sight")
        yield _tail("nobody", 5, a, ", and no one is around")
    yield from _sentences(a, y)


def _sentences(a: Analysis, y: Absent) -> Iterator[Draft]:
    if a.rest and not a.final and not a.question:
        return
    end = a.end
    yield Draft("there-is-no", "end", 2, end, f"there {y.be} no {y.bare} in sight", sentence=True)
    yield Draft("no-is-visible", "end", 2, end, f"no {y.bare} {y.be} visible", sentence=True)
    yield Draft("no-is-visible", "end", 1, end, f"no {y.bare} can be seen", sentence=True)
    yield Draft("there-isnt", "end", 2, end, f"there {y.be}n't {y.an} in sight", sentence=True)
    if y.mass or y.prefers_plural:
        be = "are" if y.prefers_plural else "is"
        yield Draft("absent", "end", 3, end, f"{y.bare} {be} absent from the scene", sentence=True)


def _tail(construction: str, weight: float, a: Analysis, words: str) -> Draft:
    return Draft(construction, "end", weight, a.end, words)
