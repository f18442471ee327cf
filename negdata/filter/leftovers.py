"""What generation leaves behind in a caption: unfilled templates, broken text, halves of pairs, cut-off ends."""

from __future__ import annotations

import re
from collections.abc import Iterator

from negdata.negation import find_cues
from negdata.negation.text import is_word, tokenise
from negdata.sources.base import shorten

_TEMPLATE = re.compile(
    r"[{}]|<[a-z_-]+(?: [a-z_-]+)?>|\[[a-z_-]+(?: [a-z_-]+)?\]|%[sd]\b|\$[a-z]\w*|_{3,}|\\[nrtu\"']"
    r"|\b(?:caption|rewrite|rewritten|sentence|output|answer|negated|negation|explanation|note)\s*:"
    r"|\b(?:let me know if|i hope this|(?:rephrase|recaption)d?|errors? in (?:my|the) caption)\b"
    r"|\b(?:here(?:'s| is| are) (?:the|a|your) (?:\w+ )?(?:caption|sentence|rewrite|version))\b"
    r"|\b(?:no|any|without|without an?|without any) (?:none|null|nan|undefined)(?![\w-])",
    re.IGNORECASE,
)
# The second half is UTF-8 that was read as Windows-1252: an apostrophe, an accented letter.
_MANGLED = re.compile("\ufffd|\u00e2\u20ac.|\u00c3[\u00a0-\u00bf\u0192\u201a]|\u00c2[\u00a0-\u00bf]")
_MARKS = re.compile(r"[,;:]\s*[,;:.!?]")
_PAIRS = {")": "(", "]": "[", "”": "“"}
_HALF = re.compile(r"[\"()\[\]“”]")
_LIST_MARK = re.compile(r"(?:^|[\s,.])\w{1,2}\)")
_INCHES = re.compile(r"\d\s?\"")
_TRAILING = re.compile(r"[,;:&(\[/–—-][\s.]*$")
_ENDS = frozenset("with and a an the or nor no without but of".split())
_LETTERS = frozenset("letter letters vitamin plan class grade".split())


def leftovers(text: str) -> Iterator[str]:
    """Each leftover of a text, told in words that are the same wherever the leftover is the same."""
    for found in _TEMPLATE.finditer(text):
        yield f'it holds "{shorten(found[0])}", as a template or an answer does'
    if _MANGLED.search(text):
        yield "it holds characters that were decoded wrongly"
    if len(text.strip().splitlines()) > 1 or "\t" in text.strip():
        yield "it holds a line break or a tab"
    for found in _MARKS.finditer(text):
        yield f'it holds "{"".join(found[0].split())}"'
    if _HALF.search(text):
        yield from _halves(text)
    yield from _cut_off(text)


def _halves(text: str) -> Iterator[str]:
    """Quotes and brackets without their other half; the mark for inches and the bracket of "a)" are whole."""
    if _INCHES.sub("", text).count('"') % 2 and text.count('"') % 2:
        yield "it holds a quotation mark without another"
    opened: list[str] = []
    for mark in _LIST_MARK.sub("", text) if "(" not in text else text:
        if mark in _PAIRS.values():
            opened.append(mark)
        elif mark in _PAIRS and (not opened or opened.pop() != _PAIRS[mark]):
            yield f'it holds "{mark}" without "{_PAIRS[mark]}"'
            return
    if opened:
        yield f'it holds "{opened[-1]}" without its other half'


def _cut_off(text: str) -> Iterator[str]:
    """An end at which no sentence stops."""
    trailing = _TRAILING.search(text)
    if trailing is not None:
        yield f'it ends in "{trailing[0].strip()}"'
    tokens = tokenise(text)
    last = max((place for place, word in enumerate(tokens.words) if is_word(word)), default=-1)
    word, before = tokens.at(last), tokens.at(last - 1)
    if word == "any" and before in ("without", "with", "no", "of"):
        yield f'it ends in "{before} any"'
        return
    # "Oh no" and "a world it can't do without" are no negations, and whole.
    cut = word in _ENDS and (word not in ("no", "without") or any(cue.last == last for cue in find_cues(text)))
    if cut and not _is_whole(word, tokens.words[max(0, last - 4) : last]):
        yield f'it ends in "{word}"'


def _is_whole(word: str, before: tuple[str, ...]) -> bool:
    """Whether a sentence can end so: "toys to play with", "a car to be in front of", "letter A", "with or without"."""
    if word == "with":
        return "to" in before
    previous = before[-1] if before else ""
    if word == "of":
        return previous in ("front", "top", "out", "made", "full")
    return previous == "or" if word in ("no", "without") else word == "a" and previous in _LETTERS
