"""Finds what negates in a caption, and tells it from what only looks like a negation."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache

from negdata.negation import lexicon as lex
from negdata.negation.lexicon import Side
from negdata.negation.text import Tokens, is_word, tokenise

CONTRACTION = "n't"
FREE = "-free"
LESS = "-less"
_WINDOW = 8
_QUOTES = frozenset("\"“”'‘’")
_END = r"(?:[.!?,;:\"”)]|$)"


@dataclass(frozen=True, slots=True)
class Cue:
    """Words that negate, at ``text[start:end]`` and ``tokens[first:last + 1]``.

    ``cue`` is the canonical one ("n't" for "isn't", "-free" for "leaf-free"). ``lookalike`` is None, or what the words
    are instead of a negation.
    """

    cue: str
    side: Side
    start: int
    end: int
    first: int
    last: int
    lookalike: str | None = None


def find_cues(text: str) -> list[Cue]:
    """The cues that negate something in a text, from left to right; look-alikes and weak cues are left out."""
    return [cue for cue in all_cues(text) if cue.lookalike is None]


def find_lookalikes(text: str) -> list[Cue]:
    """The cue words in a text that negate nothing: "no. 12", "not in service" on a sign, "nothing but"."""
    return [cue for cue in all_cues(text) if cue.lookalike is not None]


def find_weak_cues(text: str) -> list[Cue]:
    """Words that set something absent against something present: "instead of", "rather than"."""
    tokens = tokenise(text)
    return [cue for i in range(len(tokens)) if (cue := _form_at(tokens, i, _weak_forms())) is not None]


@lru_cache(maxsize=2048)
def all_cues(text: str) -> tuple[Cue, ...]:
    """Every cue word of a text, look-alikes marked as such."""
    tokens = tokenise(text)
    return tuple([_settled(tokens, cue) for cue in _candidates(tokens)])


def _candidates(tokens: Tokens) -> Iterator[Cue]:
    forms, triggers, after = _forms(), _triggers(), -1
    for index in [index for index, word in enumerate(tokens.words) if word in triggers]:
        if index > after:
            cue = _form_at(tokens, index, forms) or _bound_at(tokens, index)
            if cue is not None:
                yield cue
                after = cue.last


Forms = dict[str, tuple[tuple[tuple[str, ...], str, Side], ...]]


@lru_cache(maxsize=1)
def _forms() -> Forms:
    return _by_first_word(lex.CUES)


@lru_cache(maxsize=1)
def _triggers() -> frozenset[str]:
    """The words at which a cue can be told: few captions hold one."""
    return frozenset(_forms()) | lex.CONTRACTIONS | frozenset(lex.LESS_WORDS) | {"t", "free"}


@lru_cache(maxsize=1)
def _weak_forms() -> Forms:
    return _by_first_word(lex.WEAK_CUES)


def _by_first_word(table: tuple[tuple[str, Side, tuple[str, ...]], ...]) -> Forms:
    forms: dict[str, list[tuple[tuple[str, ...], str, Side]]] = {}
    for cue, side, spellings in table:
        for spelling in spellings:
            words = tuple(spelling.split())
            forms.setdefault(words[0], []).append((words, cue, side))
    return {first: tuple(sorted(rest, key=lambda form: -len(form[0]))) for first, rest in forms.items()}


def _form_at(tokens: Tokens, index: int, forms: Forms) -> Cue | None:
    for words, name, side in forms.get(tokens.words[index], ()):
        if tokens.words[index : index + len(words)] == words:
            return _cue(tokens, name, side, index, index + len(words) - 1)
    return None


def _bound_at(tokens: Tokens, index: int) -> Cue | None:
    """A cue that is part of a word: "isn't", "leaf-free", "shirtless"."""
    word = tokens.words[index]
    if word in lex.CONTRACTIONS:
        return _cue(tokens, CONTRACTION, Side.PREDICATE, index, index)
    if word == "t" and tokens.at(index - 1) == "'" and tokens.at(index - 2) in lex.SPLIT_CONTRACTIONS:
        return _cue(tokens, CONTRACTION, Side.PREDICATE, index - 2, index)
    if word == "free" and index >= 1:
        if tokens.at(index - 1) == "-" and tokens.at(index - 2) not in lex.FREE_NOT_NEGATING and index >= 2:
            return _cue(tokens, FREE, Side.BEFORE, index - 1, index)
        if tokens.at(index - 1) in lex.FREE_WITH_SPACE:
            return _cue(tokens, FREE, Side.BEFORE, index, index)
    if word in lex.LESS_WORDS:
        return _cue(tokens, LESS, Side.WITHIN, index, index)
    return None


def _cue(tokens: Tokens, name: str, side: Side, first: int, last: int) -> Cue:
    return Cue(name, side, tokens.spans[first][0], tokens.spans[last][1], first, last)


def _marked(tokens: Tokens, cue: Cue) -> str | None:
    """The kind of look-alike that the words around a cue make it."""
    before = " ".join((*tokens.words[max(0, cue.first - _WINDOW) : cue.first], ""))
    after = " ".join(("", *tokens.words[cue.last + 1 : cue.last + 1 + _WINDOW]))
    for kind, ends_before, begins_after in _patterns().get(cue.cue, ()):
        # What follows is matched first: it is anchored, and mostly fails at its first letter.
        if begins_after.match(after) and (ends_before is None or ends_before.search(before)):
            return kind
    return None


_Patterns = tuple[tuple[str, re.Pattern[str] | None, re.Pattern[str]], ...]


@lru_cache(maxsize=1)
def _patterns() -> dict[str, _Patterns]:
    """Canonical cue → its look-alikes: their kinds, and what stands before the cue and after it."""
    patterns: dict[str, list[tuple[str, re.Pattern[str] | None, re.Pattern[str]]]] = {}
    for kind, sources in lex.LOOKALIKES.items():
        for source in sources:
            before, cue, after = re.split(r"\{([a-z' ]+)\}", source)
            ends_before = re.compile(rf"(?:^|\s){before}$") if before else None
            begins_after = re.compile(rf"{after.replace(' <end>', f'(?: {_END}|$)')}(?=\s|$)")
            patterns.setdefault(cue, []).append((kind, ends_before, begins_after))
    return {cue: tuple(compiled) for cue, compiled in patterns.items()}


def _settled(tokens: Tokens, cue: Cue) -> Cue:
    kind = _marked(tokens, cue) or _sign_text(tokens, cue)
    if kind is None:
        return cue
    return Cue(cue.cue, cue.side, cue.start, cue.end, cue.first, cue.last, kind)


def _sign_text(tokens: Tokens, cue: Cue) -> str | None:
    """Whether the cue is part of what is written on a sign: "a sign that says no dogs", "a no parking sign"."""
    if cue.cue not in ("no", "not", "never", CONTRACTION):
        return None
    words = tokens.words
    bearers = {i for i, word in enumerate(words) if word in lex.SIGN_BEARERS}
    said = None if _begins_predicate(tokens, cue) else _saying_word(words, cue.first)
    if said is not None and (bearers or (cue.first - said <= 3 and words[said] in lex.CERTAIN_SAYING)):
        return "sign text"
    if bearers and _quoted_alone(tokens, cue):
        return "sign text"
    after = tokens.at(cue.last + 1)
    if cue.cue == "no" and after in lex.SIGN_ACTS:
        compound = tokens.at(cue.last + 2)
        if compound in lex.SIGN_COMPOUNDS or _quoted(words, cue.first):
            return "sign text"
        alone = not compound or not is_word(compound) or compound in lex.AFTER_SIGN_ACTS
        if bearers and alone and tokens.at(cue.last + 3) not in ("sight", "view"):
            return "sign text"
    if cue.cue in ("not", CONTRACTION) and after in lex.IMPERATIVES and words[cue.first] in ("don't", "dont", "not"):
        imperative = words[cue.first] != "not" or tokens.at(cue.first - 1) == "do"
        if imperative and (bearers or _quoted(words, cue.first)):
            return "sign text"
    return None


def _begins_predicate(tokens: Tokens, cue: Cue) -> bool:
    """Whether it goes on with what was told before the sign's words: "a sign says stop and isn't lit"."""
    return (
        cue.cue == CONTRACTION
        and tokens.at(cue.first - 1) == "and"
        and tokens.words[cue.first] not in ("don't", "dont")
    )


def _saying_word(words: tuple[str, ...], index: int) -> int | None:
    """Where "says", "reads" or the like stands among the eight words before ``index``, in the same clause."""
    for place in range(index - 1, max(-1, index - 9), -1):
        word = words[place]
        if word in lex.SAYING:
            return place
        if word in lex.SAYING_ENDS or (word == "," and words[place - 1] not in lex.SAYING):
            return None
    return None


def _quoted_alone(tokens: Tokens, cue: Cue) -> bool:
    """Whether the cue stands in quotation marks by itself: the word "don't"."""
    return tokens.at(cue.first - 1) in _QUOTES and tokens.at(cue.last + 1) in _QUOTES


def _quoted(words: tuple[str, ...], index: int) -> bool:
    return any(word in _QUOTES for word in words[max(0, index - 2) : index])
