"""True and false texts that differ in one word alone.

"A man on a bench with no dog" and "A man on a bench with no bird", of an image with a bird: whoever ignores the negated
word can't tell them apart. "A man with a bird" and "a man with a dog" keep that word from being taken for negated
wherever it stands. Texts are whole captions and, since people also speak in short phrases, forms such as "{thing} with
no {other}".
"""

from __future__ import annotations

from functools import lru_cache

from negdata.grammar.nouns import article
from negdata.vocabulary import ObjectEntry, vocabulary

_ARTICLES = ("a", "an")


def phrase(form: str, thing: str, other: str) -> str:
    """A form with two objects of the vocabulary.

    Args:
        form: with ``{thing}`` ("a dog"), and what it affirms or denies: ``{other}`` ("bird") or ``{an_other}``
            ("a bird").
    """
    objects = vocabulary().entries
    return form.format(thing=_one(objects[thing]), other=objects[other].name, an_other=_one(objects[other]))


def _one(entry: ObjectEntry) -> str:
    return entry.name if entry.mass else f"{article(entry.name)} {entry.name}"


def swapped(caption: str, named: str, other: str) -> str | None:
    """The caption with ``other`` in the place of what it names, both by the vocabulary's names.

    Returns:
        None where the caption doesn't name it exactly once, or names the other one, or where one of the two is a mass
        noun and the other isn't, so that a sentence would come out wrong.
    """
    objects = vocabulary()
    old, new = objects.entries.get(named), objects.entries.get(other)
    if old is None or new is None or old.mass != new.mass:
        return None
    mentions = objects.find(caption)
    places = [mention for mention in mentions if mention.name == named]
    if len(places) != 1 or any(objects.kin(mention.name, other) for mention in mentions):
        return None
    (place,) = places
    before, after = caption[: place.start], caption[place.end :]
    word = new.plural if place.plural else new.name
    if place.start == 0 or caption[place.start].isupper():
        word = word[0].upper() + word[1:]
    return _with_article(before, word) + word + after


def _with_article(before: str, word: str) -> str:
    """What stands before a noun, with "a" or "an" as the noun wants it."""
    lead = before.rstrip()
    last = lead.rpartition(" ")[2]
    if last.lower() not in _ARTICLES or lead == before:
        return before
    right = article(word)
    right = right.capitalize() if last[0].isupper() else right
    return f"{lead[: len(lead) - len(last)]}{right}{before[len(lead) :]}"


@lru_cache(maxsize=1 << 16)
def named_in(caption: str) -> frozenset[str]:
    """The objects that a caption names."""
    return frozenset(mention.name for mention in vocabulary().find(caption))
