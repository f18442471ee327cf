"""English plurals, for the words of the vocabulary."""

from __future__ import annotations

_IRREGULAR = {
    "man": "men",
    "woman": "women",
    "child": "children",
    "person": "people",
    "foot": "feet",
    "tooth": "teeth",
    "mouse": "mice",
    "goose": "geese",
    "knife": "knives",
    "leaf": "leaves",
    "shelf": "shelves",
    "scarf": "scarves",
    "loaf": "loaves",
    "half": "halves",
    "wolf": "wolves",
    "calf": "calves",
    "tomato": "tomatoes",
    "potato": "potatoes",
    "mango": "mangoes",
    "fish": "fish",
    "sheep": "sheep",
    "deer": "deer",
}
_VOWELS = "aeiou"


def plural(phrase: str) -> str:
    """The plural of a noun phrase whose head is its last word, or the word before "of"."""
    head, of, rest = phrase.partition(" of ")
    first, space, last = head.rpartition(" ")
    return first + space + _plural_word(last) + of + rest


def _plural_word(word: str) -> str:
    for singular, irregular in _IRREGULAR.items():
        if word == singular or (word.endswith(singular) and singular in ("man", "woman")):
            return word[: -len(singular)] + irregular
    if word.endswith(("s", "x", "z", "ch", "sh")):
        return word + "es"
    if word.endswith("y") and word[-2:-1] not in _VOWELS:
        return word[:-1] + "ies"
    return word + "s"
