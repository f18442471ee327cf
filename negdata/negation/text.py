"""Captions as words with places, and words as stems: what every other module of negation reads.

Both are cached: a pipeline looks at the same caption and the same few thousand words over and over.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache

_TOKEN = re.compile(r"[^\W_]+(?:['’‘ʼ`´][^\W_]+)*|\S")
_APOSTROPHES = str.maketrans(dict.fromkeys("’‘ʼ`´", "'"))


@dataclass(frozen=True, slots=True)
class Tokens:
    """The words and punctuation marks of a text, lower-cased, with straight apostrophes.

    ``spans[i]`` is where ``words[i]`` stands in the text, as character offsets (start, end).
    """

    words: tuple[str, ...]
    spans: tuple[tuple[int, int], ...]

    def __len__(self) -> int:
        return len(self.words)

    def at(self, index: int) -> str:
        """The word at ``index``, or "" outside the text."""
        return self.words[index] if 0 <= index < len(self.words) else ""


@lru_cache(maxsize=2048)
def tokenise(text: str) -> Tokens:
    """Split ``text`` into words (contractions whole, hyphens apart) and single punctuation marks."""
    if text.isascii() and "`" not in text:  # lowered as a whole, which is faster and moves nothing
        found = list(_TOKEN.finditer(text.lower()))
        return Tokens(tuple([m.group() for m in found]), tuple([m.span() for m in found]))
    matches = list(_TOKEN.finditer(text))
    return Tokens(
        tuple([m.group().lower().translate(_APOSTROPHES) for m in matches]), tuple([m.span() for m in matches])
    )


@lru_cache(maxsize=65536)
def is_word(token: str) -> bool:
    """Whether a token is a word or a number, not punctuation."""
    return token[0].isalnum()


_IRREGULAR = {
    form: base
    for base, forms in {
        "man": "men",
        "woman": "women",
        "child": "children",
        "person": "people persons",
        "foot": "feet",
        "tooth": "teeth",
        "mouse": "mice",
        "goose": "geese",
        "ox": "oxen",
        "knife": "knives",
        "wife": "wives",
        "leaf": "leaves",
        "loaf": "loaves",
        "shelf": "shelves",
        "scarf": "scarves",
        "calf": "calves",
        "half": "halves",
        "wolf": "wolves",
        "hoof": "hooves",
        "life": "lives",
        "sit": "sat seated seating",
        "stand": "stood",
        "lie": "lying lain laying lay lays laid lies",
        "ride": "rode ridden",
        "hold": "held",
        "wear": "wore worn",
        "eat": "ate eaten",
        "run": "ran",
        "take": "took taken",
        "make": "made",
        "throw": "threw thrown",
        "drive": "drove driven driving",
        "catch": "caught",
        "hit": "hits hitting",
        "stick": "stuck",
        "hang": "hung",
        "drink": "drank drunk",
        "fly": "flew flown flies flying",
        "go": "goes went gone going",
        "fall": "fell fallen",
        "give": "gave given",
        "swim": "swam swum",
        "swing": "swung",
        "bring": "brought",
        "buy": "bought",
        "build": "built",
        "leave": "left",
        "sleep": "slept",
        "keep": "kept",
        "lead": "led",
        "feed": "fed",
        "fight": "fought",
        "blow": "blew blown",
        "break": "broke broken",
        "write": "wrote written",
        "bite": "bit bitten biting",
        "tie": "tying tied ties",
        "die": "dying died dies",
        "ski": "skis skiing skied skies",
        "get": "got gotten",
        "come": "came",
        "need": "needs needed needing",
        "use": "uses used using",
        "steal": "stole stolen",
        "draw": "drew drawn",
        "win": "won winning",
        "lose": "lost",
        "tear": "tore torn",
        "shake": "shook shaken",
        "speak": "spoke spoken",
        "shine": "shone",
        "rise": "rose risen",
        "grey": "gray",
        "color": "colour",
        "colored": "coloured",
        "colorful": "colourful",
        "television": "tv tvs televisions",
        "donut": "doughnut doughnuts donuts",
        "pajamas": "pyjamas",
        "tire": "tyre tyres",
        "large": "big larger bigger",
        "small": "little tiny smaller",
        "photo": "photograph photographs picture pictures pic photos image images",
        "near": "beside alongside nearby",
        "under": "underneath beneath below",
        "top": "atop",
        "inside": "within",
        "several": "multiple various numerous many",
        "okay": "ok",
        "1": "one",
        "2": "two",
        "3": "three",
        "4": "four",
        "5": "five",
        "6": "six",
        "7": "seven",
        "8": "eight",
        "9": "nine",
        "10": "ten",
        "11": "eleven",
        "12": "twelve",
        "20": "twenty",
    }.items()
    for form in forms.split()
}
_VOWELS = frozenset("aeiouy")
# Words that only look inflected.
_WHOLE = frozenset(
    "bus gas glass grass dress cross class boss pass kiss bed red shed sled speed seed weed king ring wing thing string"
    " spring ceiling evening morning building clothing painting railing wedding tennis lens canvas always this his is"
    " was has its us plus chess mess less across christmas bring sing bus bass brass glasses pants scissors".split()
)


@lru_cache(maxsize=65536)
def stem(word: str) -> str:
    """What a word shares with its other forms: "sitting", "sits" and "sat" are one stem, "men" and "man" another.

    A light English stemmer with a table of irregular forms and spelling variants; it is for comparing
    captions, and what it returns need not be a word.
    """
    if word.endswith(("'s", "s'")):
        word = word[:-2] if word.endswith("'s") else word[:-1]
    known = _IRREGULAR.get(word)
    if known is not None:
        return _strip(known)
    return _strip(word)


def _strip(word: str) -> str:
    if word in _WHOLE or len(word) <= 3:
        return word if word[-3:] != "ses" else word[:-2]
    if word.endswith("ies") and len(word) > 4:
        return word[:-3] + "i"
    if word.endswith("ing") and _VOWELS & set(word[:-3]):
        return _shorten(word[:-3])
    if word.endswith("ed") and _VOWELS & set(word[:-2]):
        return _shorten(word[:-2])
    if word.endswith(("sses", "ches", "shes", "xes", "zes", "uses")):
        return _shorten(word[:-2])
    if word.endswith("s") and not word.endswith(("ss", "us", "is")):
        return _shorten(word[:-1])
    return _shorten(word)


def _shorten(base: str) -> str:
    """Undo a doubled consonant, a final -e and -y, so that "rid(ing)", "ride" and "carri(ed)", "carry" meet."""
    if len(base) > 3 and base[-1] == base[-2] and base[-1] not in "aeiouls":
        base = base[:-1]
    if len(base) > 3 and base.endswith("ll"):
        base = base[:-1]
    if len(base) > 2 and base.endswith("e"):
        base = base[:-1]
    if len(base) > 2 and base.endswith("y"):
        base = base[:-1] + "i"
    return base
