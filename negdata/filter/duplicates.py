"""Whether a caption says what an earlier one of the same image says already."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable
from functools import lru_cache

from negdata.filter.denied import newly_denied, same_object
from negdata.negation import Finding
from negdata.negation.text import is_word, stem, tokenise
from negdata.sources.base import shorten

SIMILAR = 0.9
"""The share of two captions' word stems that is in both, from which on they are nearly the same."""


def sentence_key(text: str) -> str:
    """What stays of a sentence without case, punctuation and spaces."""
    if text.isascii():
        return "".join(filter(str.isalnum, text.lower()))
    folded = unicodedata.normalize("NFKC", unicodedata.normalize("NFKC", text).casefold())
    return "".join(filter(str.isalnum, folded))


def similarity(one: str, other: str) -> float:
    """The Jaccard index of the two texts' word stems: 1 where both have the same words."""
    mine, its = _stems(one), _stems(other)
    together = len(mine | its)
    return len(mine & its) / together if together else 1.0


def check_duplicate(written: str, earlier: Iterable[tuple[str, str | None]]) -> Finding | None:
    """A finding ``duplicate`` where an earlier caption is the same sentence."""
    mine = _key(written)
    if any(_key(text) == mine for text, _ in earlier):
        return Finding("duplicate", "an earlier caption of the image is the same sentence")
    return None


def check_near_duplicate(
    written: str, negated: str | None, earlier: Iterable[tuple[str, str | None]]
) -> Finding | None:
    """A finding ``near-duplicate`` where an earlier caption denies the same in nearly the same words."""
    for text, denied in earlier:
        if (
            (negated is denied is None or same_object(negated, denied))
            and similarity(written, text) >= SIMILAR
            and (negated is not None or newly_denied("", written) == newly_denied("", text))
        ):
            return Finding("near-duplicate", f'an earlier caption of the image says the same: "{shorten(text)}"')
    return None


_key = lru_cache(maxsize=8_192)(sentence_key)


@lru_cache(maxsize=8_192)
def _stems(text: str) -> frozenset[str]:
    return frozenset([stem(word) for word in tokenise(text).words if is_word(word)])
