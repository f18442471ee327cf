"""Which object a negated caption denies, for records that don't say."""

from __future__ import annotations

from collections.abc import Iterator
from functools import lru_cache

from negdata.negation import find_cues
from negdata.negation.lexicon import LESS_WORDS, Side
from negdata.negation.naming import namings, target
from negdata.negation.scope import Scope, denied, scopes
from negdata.negation.text import Tokens, is_word, stem, tokenise
from negdata.negation.wording import ADDABLE, FUNCTION_WORDS
from negdata.records import CaptionRecord

MOST_CUES = 20
_SIGNS = frozenset("sign signs trace traces hint evidence glimpse presence indication view shortage lack".split())
_SOME_LEFT = frozenset("other others more another longer only just".split())
"""With them only some are denied: "no other people"."""
_BETWEEN = frozenset({"or", "nor", "and", ",", "/", "&"})
_DETERMINERS = frozenset("a an any the his her its their".split())
_EMPTY = frozenset(
    "appear appears appearing remain remains exist exists aside thing things visible actual such kind sort type"
    " whatsoever trace sign presence".split()
)


@lru_cache(maxsize=4_096)
def denied_object(caption: str, negated_caption: str) -> str | None:
    """The object that ``negated_caption`` denies and ``caption`` doesn't name.

    A vocabulary's name, else the noun phrase as it is written; None where it can't be told or there are several.
    """
    found = newly_denied(caption, negated_caption)
    return found[0] if len(found) == 1 else None


def with_denied(record: CaptionRecord) -> CaptionRecord:
    """Others' captions don't say what they deny; it is read from their words."""
    if record.negated is not None or record.question or record.negated_caption is None:
        return record
    return record.model_copy(update={"negated": denied_object(record.caption, record.negated_caption)})


def newly_denied(caption: str, negated_caption: str) -> list[str]:
    """All that ``negated_caption`` denies and ``caption`` neither names nor denies."""
    said = frozenset(tokenise(caption).words)
    own = _denied(caption, said)
    found = [phrase for phrase in _denied(negated_caption, said) if phrase not in own]
    return [phrase for phrase in found if not target(phrase).namings(caption)]


def few_scopes(text: str) -> list[Scope]:
    """What the cues of a text negate; nothing where it has more cues than a sentence: reading so many takes minutes."""
    return scopes(text) if len(find_cues(text)) <= MOST_CUES else []


def same_object(one: str | None, other: str | None) -> bool:
    """Whether two names spell the same object; what is unknown is the same as nothing."""
    if one is None or other is None:
        return False
    mine, its = target(one), target(other)
    return mine.name == its.name if mine.name and its.name else mine.stems == its.stems


def _denied(text: str, said: frozenset[str]) -> dict[str, None]:
    """What a text denies: names of the vocabulary, and noun phrases as they are written."""
    tokens = tokenise(text)
    phrases: dict[str, None] = {}
    for scope in few_scopes(text):
        for phrase in _objects(text, tokens, scope, said):
            phrases[target(phrase).name or phrase] = None
    return phrases


def _objects(text: str, tokens: Tokens, scope: Scope, said: frozenset[str]) -> Iterator[str]:
    """What a scope denies, each as it is written."""
    cue = scope.cue
    if cue.side is Side.WITHIN:
        yield LESS_WORDS[tokens.words[cue.first]]
        return
    if cue.cue in ("nobody", "no one"):
        yield "person"
        return
    places = denied(tokens, scope)
    if _SOME_LEFT.isdisjoint(tokens.words[places.start : places.stop]):
        for phrase in _phrases(tokens, places):
            trimmed = _trimmed(text, tokens, phrase, said)
            if trimmed:
                yield text[tokens.spans[trimmed.start][0] : tokens.spans[trimmed.stop - 1][1]].lower()


def _phrases(tokens: Tokens, places: range) -> Iterator[range]:
    """The members of a list: "seat or cover"."""
    start = places.start
    for index in places:
        if tokens.words[index] in _BETWEEN:
            yield range(start, index)
            start = index + 1
    yield range(start, places.stop)


def _trimmed(text: str, tokens: Tokens, phrase: range, said: frozenset[str]) -> range:
    """A noun phrase without what leads to it and what says where the thing isn't: "wearing a", "visible".

    What goes on in words that are ``said`` in the original caption goes on with it: "no kite surfs on a wave".
    """
    named = {i for n in namings(text) for i in range(n.first, n.last + 1) if n.first in phrase and n.last in phrase}
    start, stop = phrase.start, phrase.stop
    for index in phrase:
        word = tokens.words[index]
        if index not in named and (word in _DETERMINERS or (word == "of" and tokens.at(index - 1) in _SIGNS)):
            start = index + 1
    while start < stop and start not in named and _is_light(tokens.words[start]):
        start += 1
    goes_on = said if named else frozenset[str]()
    while (
        start < stop
        and stop - 1 not in named
        and (_is_light(tokens.words[stop - 1]) or tokens.words[stop - 1] in goes_on)
    ):
        stop -= 1
    return range(start, stop)


def _is_light(word: str) -> bool:
    return not is_word(word) or word in FUNCTION_WORDS or word in _EMPTY or stem(word) in ADDABLE
