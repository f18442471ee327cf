"""Words side by side that English never puts so: "the the", "a no", "no any", "a apple"."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import pairwise

from negdata.grammar.nouns import article
from negdata.negation import find_cues
from negdata.negation.form import doubled_words
from negdata.negation.text import Tokens, is_word, tokenise
from negdata.negation.wording import FUNCTION_WORDS

MOST_REPEATED = 5
"""Words of a phrase that is said twice, at most."""
_ARTICLES = frozenset({"a", "an", "the"})
_BEFORE_NO = _ARTICLES | {"any", "some", "his", "her", "their", "its"}
_AFTER_NO = {
    "no": _ARTICLES | {"any", "some", "not", "without"},
    "without": frozenset({"no", "not"}),
}
_TRIGGERS = _BEFORE_NO | _AFTER_NO.keys()
_NO_NOUN = frozenset("in is are was were and but with of for at".split())
"""After "no", they tell that the noun is missing: "no in sight"."""
_VOWELS = frozenset("aeiou")
_SPELT_OUT = frozenset("suv mri led lcd nba nfl nhl hd http mp".split())
"""Read letter by letter: "an SUV"."""
_YOU_OR_ONE = ("one", "once", "ewe", "usu", "uti", "ub", "uto", "ut", "ura", "uk")
"""What begins with a vowel on paper alone, beside what the writer's own rule knows."""


def misfits(text: str) -> Iterator[str]:
    """Each such pair of a text, told in words that are the same wherever the pair is the same."""
    tokens = tokenise(text)
    words = tokens.words
    for word in doubled_words(words):
        yield f'it says "{word} {word}"'
    for size in range(2, MOST_REPEATED + 1):
        for at in range(len(words) - 2 * size + 1):
            if words[at] == words[at + size] and _are_repeated(said := words[at : at + size], words[at + size :]):
                yield f'it says "{" ".join(said)}" twice in a row'
    cues = {cue.first for cue in find_cues(text)}
    for at, (one, other) in enumerate(pairwise(words)):
        if one not in _TRIGGERS:
            continue
        if _is_misfit(tokens, at, cues) or (one in ("a", "an") and _is_wrong_article(text, tokens, at)):
            yield f'it says "{one} {other}"'


def _are_repeated(said: tuple[str, ...], after: tuple[str, ...]) -> bool:
    """Whether what follows repeats the words, and they are none that one repeats: "over and over and", "2 x 2 x"."""
    return after[: len(said)] == said and "and" not in said and len(set(said)) > 1 and any(map(str.isalpha, said[0]))


def _is_misfit(tokens: Tokens, at: int, cues: set[int]) -> bool:
    one, other, after = tokens.at(at), tokens.at(at + 1), tokens.at(at + 2)
    goes_on = bool(after) and is_word(after)  # "no A/C", "the letter A"
    if other in _AFTER_NO.get(one, ()):
        return other not in _ARTICLES or goes_on
    if one in _ARTICLES and other in _ARTICLES:
        return one != other and goes_on
    if one in _ARTICLES and other == "in":
        return after in ("sight", "view")
    if one in _BEFORE_NO and other == "no":
        return at + 1 in cues
    return one == "no" and other in _NO_NOUN and at in cues and after != "-"


def _is_wrong_article(text: str, tokens: Tokens, at: int) -> bool:
    """Whether "a" or "an" is the wrong one of the two, as far as spelling tells it without doubt."""
    given, word = tokens.words[at : at + 2]
    start, end = tokens.spans[at + 1]
    plain = len(word) > 2 and word.isascii() and word.isalpha() and text[start:end][1:].islower()
    if not plain or word in FUNCTION_WORDS or word in _SPELT_OUT or _VOWELS.isdisjoint(word):
        return False
    if word.startswith(_YOU_OR_ONE) or (given == "an" and word[0] == "h"):
        return False
    return article(word) != given
