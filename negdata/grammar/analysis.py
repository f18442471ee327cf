"""Finds the parts of a caption that a negation can be attached to.

A caption is a clause ("A man is riding a horse"), an existential ("There is a dog …") or a nominal ("A man riding a
horse"). The analysis is light: noun phrases, what stands between them, the subject, and the main verb.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from itertools import pairwise
from typing import Literal

from negdata.grammar import lexicon as lex
from negdata.grammar.tagging import looks_plural, tag
from negdata.grammar.tokens import Token, first_sentence, tokenize

Kind = Literal["clause", "existential", "nominal"]

MAX_CHARACTERS = 1000
_SPACE = re.compile(r"\s+")
_SPACE_BEFORE_MARK = re.compile(r"\s+([,.!?;:])(?=\s|$)")
_CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f\u200b-\u200f\u2028-\u202e\u2066-\u2069\ufeff\ud800-\udfff]")
_LATIN = re.compile(r"[A-Za-z]")
_IN_PHRASE = frozenset({"DET", "NUM", "POSS", "ADJ", "NOUN"})


class CannotWrite(Exception):
    """There is no good sentence to write.

    Attributes:
        reason: one line that says why.
        code: the reason code of a rejected record.
    """

    def __init__(self, reason: str, code: str = "cannot-write") -> None:
        super().__init__(reason)
        self.reason = reason
        self.code = code


@dataclass(slots=True)
class Phrase:
    """A noun phrase: token indexes, ``last`` included. ``full_last`` takes in the phrases that "of" attaches.

    ``head`` is the noun that names the thing: "people" in "a group of people".
    """

    first: int
    last: int
    head: int
    full_last: int
    plural: bool
    coordinated: bool = False  # with the phrase before or after it
    of: bool = False  # the second half of "a group of people"
    pronoun: bool = False


@dataclass(slots=True)
class Analysis:
    """A caption taken apart. ``text`` has single spaces; offsets are into it.

    Attributes:
        tokens: those of the first sentence.
        end: offset behind the last word of the first sentence.
        final: its final mark, "" where it has none.
        rest: the sentences that follow, with the space before them.
        subject_last: index of the subject's last token, -1 where there is no clear subject.
        verb: index of the main finite verb, -1 in a nominal.
        breaks: indexes of subordinators such as "while" on the first level.
    """

    text: str
    tokens: list[Token]
    end: int
    final: str
    rest: str
    kind: Kind
    phrases: list[Phrase]
    subject: Phrase | None
    subject_last: int
    verb: int
    breaks: list[int] = field(default_factory=list)
    negated: bool = False
    shouting: bool = False
    question: bool = False

    def tag_at(self, index: int) -> str:
        """The tag of a token, END behind the last word."""
        if index >= len(self.tokens) or self.tokens[index].start >= self.end:
            return "END"
        return self.tokens[index].tag

    def word_at(self, index: int) -> str:
        """The word at an index in lower case, "" behind the last."""
        if index >= len(self.tokens) or self.tokens[index].start >= self.end:
            return ""
        return self.tokens[index].lower

    @property
    def last(self) -> int:
        """Index of the first sentence's last word."""
        index = len(self.tokens) - 1
        while index > 0 and self.tokens[index].start >= self.end:
            index -= 1
        return index


def analyse(caption: str) -> Analysis:
    """Takes a caption apart; raises CannotWrite for what is no English caption."""
    if len(caption) > MAX_CHARACTERS:
        raise CannotWrite(f"the caption has {len(caption)} characters, more than {MAX_CHARACTERS}")
    text = _SPACE_BEFORE_MARK.sub(r"\1", _SPACE.sub(" ", caption).strip())
    if not text:
        raise CannotWrite("the caption is empty")
    if _CONTROL.search(text):
        raise CannotWrite("the caption has control characters")
    letters = sum(c.isalpha() for c in text)
    if not letters or len(_LATIN.findall(text)) < 0.8 * letters:
        raise CannotWrite("the caption is not in English")
    every = tokenize(text)
    tokens = every[: first_sentence(every)]
    words = [t for t in tokens if t.is_word]
    if not words or not any(len(t.text) > 1 for t in words):
        raise CannotWrite("the caption has no words")
    tag(tokens)
    end = words[-1].end
    if any(t.start >= end and t.text in "\"”’')]" for t in tokens):
        end = max(t.end for t in tokens if t.is_word or t.text in "\"”’')]")
    tail = text[end : tokens[-1].end]
    final = "".join(c for c in tail if c in ".!?…")[:3]
    phrases = _noun_phrases(tokens)
    analysis = Analysis(
        text=text,
        tokens=tokens,
        end=end,
        final=final,
        rest=text[tokens[-1].end :].rstrip(),
        kind="nominal",
        phrases=phrases,
        subject=None,
        subject_last=-1,
        verb=-1,
        negated=any(t.lower in lex.NEGATIONS for t in every),
        shouting=text.isupper() and letters > 3,
        question="?" in final or tokens[0].lower in ("what", "why", "how", "who", "where"),
    )
    _find_subject(analysis)
    return analysis


def _noun_phrases(tokens: list[Token]) -> list[Phrase]:
    phrases: list[Phrase] = []
    i, n = 0, len(tokens)
    while i < n:
        t = tokens[i].tag
        if t == "PRON":
            phrases.append(Phrase(i, i, i, i, False, pronoun=True))
            i += 1
            continue
        if t not in _IN_PHRASE and not (
            t in ("ADV", "NEG") and i + 1 < n and tokens[i + 1].tag in ("ADJ", "NOUN", "NUM")
        ):
            i += 1
            continue
        first, noun, seen = i, -1, False
        while i < n:
            t = tokens[i].tag
            if t == "NOUN":
                noun, seen = i, True
            elif (t in ("DET", "NUM", "POSS") and seen) or (t == "ADJ" and seen and not _noun_follows(tokens, i)):
                break
            elif (
                t == "CONJ"
                and not seen
                and i > first
                and i + 1 < n
                and tokens[i - 1].tag == "ADJ"
                and tokens[i + 1].tag == "ADJ"
            ):
                pass
            elif t == "CONJ" and _compound_adjective(tokens, i, first):
                seen = False
            elif (
                (
                    t == "COMMA"
                    and not seen
                    and i > first
                    and i + 1 < n
                    and tokens[i - 1].tag == "ADJ"
                    and tokens[i + 1].tag == "ADJ"
                )
                or (t == "MARK" and tokens[i].quoted)
                or (t == "ADV" and not seen)
            ):
                pass
            elif t not in _IN_PHRASE and t != "NEG":
                break
            i += 1
        last = noun
        if noun < 0:  # "dressed in black", "the elderly", "each other": the last adjective or number stands for a noun
            last = i - 1
            while last > first and tokens[last].tag not in ("ADJ", "NUM"):
                last -= 1
            if tokens[last].tag not in ("ADJ", "NUM", "DET"):
                continue
        phrases.append(Phrase(first, last, last, last, _phrase_plural(tokens, first, last)))
    _attach_of(tokens, phrases)
    for left, right in pairwise(phrases):
        if _only_coordination_between(tokens, left.full_last + 1, right.first):
            left.coordinated = right.coordinated = True
    return phrases


def _noun_follows(tokens: list[Token], i: int) -> bool:
    return i + 1 < len(tokens) and tokens[i + 1].tag in ("NOUN", "ADJ") and tokens[i].lower not in lex.AFTER_NOUN


def _compound_adjective(tokens: list[Token], i: int, first: int) -> bool:
    """ "a stop and go light", "a chocolate and vanilla cake": nouns joined inside one phrase, after a determiner."""
    if i - first != 2 or i + 2 >= len(tokens) or tokens[first].lower not in ("a", "an"):
        return False
    if tokens[i - 1].tag != "NOUN" or tokens[i + 1].tag not in ("NOUN", "ADJ") or tokens[i + 2].tag != "NOUN":
        return False
    return tokens[i + 1].lower in _MATERIALS and tokens[i - 1].lower in _MATERIALS


_MATERIALS = frozenset(
    [
        "stop",
        "go",
        "chocolate",
        "vanilla",
        "strawberry",
        "brick",
        "stone",
        "glass",
        "metal",
        "wood",
        "steel",
        "ham",
        "cheese",
        "meat",
        "vegetable",
        "bacon",
        "egg",
        "chrome",
        "tile",
        "marble",
        "ivory",
        "cream",
        "caramel",
        "peanut",
        "butter",
        "jelly",
        "gold",
        "iron",
    ]
)


def _phrase_plural(tokens: list[Token], first: int, last: int) -> bool:
    for token in tokens[first : last + 1]:
        if token.lower in ("a", "an", "one", "this", "each", "every", "another"):
            return False
        if token.lower in (
            "two",
            "three",
            "four",
            "five",
            "six",
            "several",
            "many",
            "these",
            "those",
            "few",
            "both",
            "some",
        ):
            return looks_plural(tokens[last].lower) or token.lower not in ("some",)
    return looks_plural(tokens[last].lower)


def _attach_of(tokens: list[Token], phrases: list[Phrase]) -> None:
    """Attaches "of" phrases, right to left, so that "a picture of a group of men" is one phrase headed by "men"."""
    for left, right in reversed(list(pairwise(phrases))):
        if right.first == left.last + 2 and tokens[left.last + 1].lower == "of":
            left.full_last = right.full_last
            right.of = True
            if tokens[left.last].lower in MEASURES:
                left.head = right.head
                left.plural = right.plural or tokens[left.last].lower in _PEOPLE_MEASURES


_PEOPLE_MEASURES = frozenset(
    ["group", "couple", "crowd", "bunch", "herd", "flock", "number", "lot", "lots", "pair", "team"]
)
VIEWS = frozenset(
    [
        "picture",
        "photo",
        "image",
        "view",
        "photograph",
        "close-up",
        "closeup",
        "up",
        "shot",
        "painting",
        "drawing",
        "scene",
        "portrait",
        "close",
        "snapshot",
        "pic",
        "viw",
        "collage",
        "inside",
        "interior",
        "selfie",
        "display",
    ]
)
MEASURES = (
    _PEOPLE_MEASURES
    | VIEWS
    | frozenset(
        [
            "groups",
            "couples",
            "row",
            "rows",
            "line",
            "lines",
            "pile",
            "piles",
            "piece",
            "pieces",
            "slice",
            "slices",
            "variety",
            "assortment",
            "plate",
            "bowl",
            "cup",
            "glass",
            "bottle",
            "set",
            "series",
            "stack",
            "bunches",
            "types",
            "type",
            "kind",
            "kinds",
            "collection",
            "family",
            "dozens",
            "tray",
            "platter",
            "basket",
            "half",
            "halves",
            "loaf",
            "bouquet",
            "selection",
            "array",
        ]
    )
)


def _only_coordination_between(tokens: list[Token], start: int, stop: int) -> bool:
    between = tokens[start:stop]
    return bool(between) and all(t.tag in ("CONJ", "COMMA") for t in between) and len(between) <= 2


def _find_subject(a: Analysis) -> None:
    tokens = a.tokens
    if tokens[0].tag == "EX":
        a.kind = "existential"
        a.verb = 1
        phrases = [p for p in a.phrases if p.first > 1]
        if phrases and not phrases[0].pronoun:
            a.subject = phrases[0]
            a.subject_last = phrases[0].full_last
            _extend_coordination(a)
        return
    if not a.phrases or a.phrases[0].first > 1:
        _find_finite(a, 0)
        return
    a.subject = a.phrases[0]
    a.subject_last = a.subject.full_last
    _extend_coordination(a)
    _find_finite(a, a.subject_last + 1)
    if a.verb >= 0:
        a.kind = "clause"


def _extend_coordination(a: Analysis) -> None:
    """Takes in the rest of "a man, a woman and a dog" where the list ends in a conjunction."""
    assert a.subject is not None
    index = a.phrases.index(a.subject)
    end, conjunction = a.subject_last, False
    for phrase in a.phrases[index + 1 :]:
        if phrase.of or phrase.first <= end:
            continue
        between = [t.tag for t in a.tokens[end + 1 : phrase.first]]
        if not between or not set(between) <= {"CONJ", "COMMA"} or len(between) > 2 or conjunction:
            break
        end = phrase.full_last
        conjunction = "CONJ" in between
        if conjunction:
            a.subject_last = end


def _find_finite(a: Analysis, start: int) -> None:
    """The main verb: a finite one that no relative or subordinate clause has used up."""
    relatives = 0
    for i in range(start, len(a.tokens)):
        t = a.tokens[i].tag
        if a.tokens[i].start >= a.end:
            break
        if t == "REL":
            relatives += 1
        elif t == "SUB":
            a.breaks.append(i)
            if a.verb < 0:
                a.verb = -1
            relatives = 99
        elif t == "FIN":
            if a.tokens[i - 1].tag == "FIN" and i > start:
                continue
            if relatives:
                relatives -= 1
            elif a.verb < 0:
                a.verb = i
