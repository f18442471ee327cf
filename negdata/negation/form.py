"""What can be wrong with a written caption whatever it says: its length, rests of an answer's wrapping, garbling."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import pairwise

from negdata.negation.text import is_word, tokenise

MAX_ADDED_WORDS = 18
MIN_KEPT_SHARE = 0.6
_WRAPPING = re.compile(
    r"^\W*(?:(?:the |new |rewritten |negated |updated |original )*"
    r"(?:caption|sentence|answer|output|rewrite)(?: is)?\s*:"
    r"|(?:sure|certainly|of course|okay|ok|here(?:'s| is| are)|i(?:'m| am)? (?:sorry|cannot|can't|unable)|as an ai"
    r"|note|this (?:caption|sentence)"
    r"|(?:the )?(?:new |rewritten |negated )?(?:caption|sentence) (?:is|would|should|could))\b)",
    re.IGNORECASE,
)
_MARKUP = re.compile(r"[{}<>\[\]|\\*#_`~]|https?:|\bcaption\b|\bjson\b", re.IGNORECASE)
_CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029\ufffd\ud800-\udfff]")
_REPEATABLE = frozenset("very really that had bye choo ha so long many".split())


@dataclass(frozen=True, slots=True)
class Finding:
    """What is wrong with a caption: a reason code of ``REASONS``, and one line of detail."""

    reason: str
    detail: str


def check_form(caption: str, written: str) -> Finding | None:
    """The first thing wrong with the form of ``written``, which was made from ``caption``."""
    if not written.strip():
        return Finding("too-short", "it is empty")
    words = [word for word in tokenise(written).words if is_word(word)]
    original = [word for word in tokenise(caption).words if is_word(word)]
    if _CONTROL.search(written):
        return Finding("garbled", "it holds a line break or a control character")
    if is_wrapped(written) and not is_wrapped(caption):
        return Finding("not-a-caption", "it talks about the caption instead of being one")
    markup = _MARKUP.search(written)
    if markup and markup[0].lower() not in caption.lower():
        return Finding("garbled", f'it holds "{markup[0]}", which the caption doesn\'t')
    if words == original:
        return Finding("unchanged", "it says what the caption says")
    if len(words) > len(original) + MAX_ADDED_WORDS:
        return Finding("too-long", f"{len(words)} words from {len(original)}")
    if len(words) < 3 or len(words) < MIN_KEPT_SHARE * len(original):
        return Finding("too-short", f"{len(words)} words from {len(original)}")
    before = set(doubled_words(original))
    doubled = next((word for word in doubled_words(words) if word not in before), None)
    if doubled is not None:
        return Finding("garbled", f'it says "{doubled} {doubled}"')
    return None


def is_wrapped(written: str) -> bool:
    """Whether a text begins as an answer to a request does: "Sure, here is", "Rewritten caption:"."""
    return _WRAPPING.match(written) is not None


def doubled_words(words: Iterable[str]) -> Iterator[str]:
    """The words that stand twice in a row, but for those that English repeats: "had had", "that that", "bye bye"."""
    for one, other in pairwise(words):
        if one == other and one not in _REPEATABLE and is_word(one):
            yield one
