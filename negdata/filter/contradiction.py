"""Whether another caption of the image names as present what a caption denies."""

from __future__ import annotations

import re
from collections.abc import Iterable
from functools import lru_cache

from negdata.filter.denied import few_scopes
from negdata.negation import Finding
from negdata.negation.naming import Naming, Target, namings, target
from negdata.negation.scope import denied
from negdata.negation.text import is_word, tokenise
from negdata.negation.wording import FUNCTION_WORDS
from negdata.sources.base import shorten
from negdata.vocabulary import vocabulary

_OR = re.compile(r"\s*(?:,|\bn?or\b)\s*", re.IGNORECASE)
CERTAIN = frozenset({"surfboard", "skateboard", "snowboard", "skis", "bicycle", "motorcycle"})
"""What is there wherever one who is called after it is named: a surfer has a surfboard.

The rest of what the vocabulary says to be implied is likely only: of pictured tennis players every other one has a ball
in view, and a cyclist may well have no helmet.
"""


_DOUBTFUL = "bat bear branch cap chain coat cup dress duck hose log map pan pen plant pot rope shower tape".split()
"""Words that can be verbs, before which the vocabulary wants an article or the like; in captions they seldom are."""

_AMBIGUOUS = frozenset({"model", "pitcher", "player"})
"""People who are as often something else (a model kitchen, a pitcher of milk, an mp3 player): no sign of a person."""
_FOR_WHOM = frozenset({"children's", "men's", "women's", "people's"})
"""They tell whom a thing is made for: "children's toys"."""


def check_contradiction(negated: str, captions: Iterable[str]) -> Finding | None:
    """A finding ``contradiction`` where one of the captions names ``negated``, or a kind of it, as present."""
    targets = (
        [target(name) for name in _OR.split(negated) if name] if target(negated).name is None else [target(negated)]
    )
    for caption in captions:
        for about in targets:
            said = _named_as_present(about, caption)
            if said is not None:
                return Finding(
                    "contradiction", f'a caption of the image names "{said}" as present: "{shorten(caption)}"'
                )
    return None


def _named_as_present(about: Target, caption: str) -> str | None:
    """The words by which a caption names the object, or a kind of it, where it denies nothing."""
    places = about.namings(caption) if about.name is None else _known(about.name, caption)
    if not places:
        return None
    tokens = tokenise(caption)
    absent = {index for scope in few_scopes(caption) for index in denied(tokens, scope)}
    for place in places:
        if not absent.issuperset(range(place.first, place.last + 1)):
            return shorten(caption[tokens.spans[place.first][0] : tokens.spans[place.last][1]])
    return None


def _known(name: str, caption: str) -> list[Naming]:
    """Where a caption names an object of the vocabulary, a kind of it, or one that has it for certain."""
    telling, doubtful = _telling(name)
    found = namings(caption)
    places = [naming for naming in found if naming.name in telling]
    if places or doubtful:
        words = tokenise(caption).words
        places = [naming for naming in places if words[naming.last] not in _FOR_WHOM]
        taken = {index for naming in found for index in range(naming.first, naming.last + 1)}
        for at, word in enumerate(words):
            if word in doubtful and at not in taken and _is_noun(words[at + 1 : at + 2]):
                places.append(Naming(at, at, name))
    return places


@lru_cache(maxsize=4_096)
def _telling(name: str) -> tuple[frozenset[str], frozenset[str]]:
    """The objects whose naming tells that ``name`` is there, and the spellings that may be verbs instead."""
    known = vocabulary()
    kinds = known.kinds(name)
    telling = {one for one, entry in known.entries.items() if any(i in CERTAIN and i in kinds for i in entry.implies)}
    entries = {word: entry for word in _DOUBTFUL if (entry := known.lookup(word)) is not None and entry.name in kinds}
    spelled = {form for word, entry in entries.items() for form in (word, entry.plural)}
    return frozenset((telling | kinds) - (_AMBIGUOUS - {name})), frozenset(spelled)


def _is_noun(after: tuple[str, ...]) -> bool:
    """Whether a noun may end before what follows: not before "up", nor as half of "pan cakes"."""
    word = after[0] if after else "."
    return not is_word(word) or (word in FUNCTION_WORDS and word != "up") or word.endswith("ing")
