"""Whether a caption holds leftovers of its generation that the caption which it was made from hasn't."""

from __future__ import annotations

from collections.abc import Iterator

from negdata.filter.leftovers import leftovers
from negdata.filter.misfits import misfits
from negdata.negation import Finding
from negdata.negation.form import is_wrapped


def check_grammar(caption: str, written: str) -> Finding | None:
    """The first slip of ``written`` that isn't in ``caption``, whose own slips are nobody's fault here."""
    found = list(_slips(written))
    if not found:
        return None
    own = frozenset(_slips(caption))
    slip = next((slip for slip in found if slip not in own), None)
    return None if slip is None else Finding("ungrammatical", slip)


def _slips(text: str) -> Iterator[str]:
    if is_wrapped(text):
        yield "it begins as an answer to a request does"
    yield from leftovers(text)
    yield from misfits(text)
