"""Reads a yes/no question as its auxiliary and the words behind it; refuses what is no such question."""

from __future__ import annotations

import re
from dataclasses import dataclass

from negdata.grammar import lexicon as lex
from negdata.grammar import question_words as qw
from negdata.grammar.analysis import CannotWrite
from negdata.grammar.tagging import tag
from negdata.grammar.tokens import Token, tokenize
from negdata.negation import find_cues

NOT_ASKED = "not-a-yes-no-question"
MAX_CHARACTERS = 200
MAX_WORDS = 30
_UNWRITTEN = re.compile(
    r"[\x00-\x08\x0b-\x1f\x7f-\x9f\u200b-\u200f\u2028-\u202e\u2066-\u2069\ufeff\ud800-\udfff\ufffd]"
    r"|[{}<>\[\]|\\*#_`~^=$@;]|https?\b|www\."
)
_SPACE = re.compile(r"\s+")
_LEAD = re.compile(
    r"^((?:in|on|at|from|behind|under|for|inside|to|with|near|by) [^,?]{2,60}?),? (?=(\w+) )", re.IGNORECASE
)
_FILLER = re.compile(r"^(?:so|and|ok|okay|well|now|hey),? ", re.IGNORECASE)
_REPAIRS = (
    (
        re.compile(r"\b(is|are) their (?=(?:a|an|any|anyone|someone|something|more|only|\w+ing in)\b)", re.I),
        r"\1 there ",
    ),
    (re.compile(r"\b(is|are|was) they're\b", re.I), r"\1 there"),
    (re.compile(r"^(is|are) (this|that|these|those|it|there) (is|are|a) (a|an|the)\b", re.I), r"\1 \2 \4"),
    (re.compile(r"\ba (?=[aeio][a-z]{2})(?!one\b|once\b|eu)", re.I), "an "),
    (re.compile(r"\ban (?=[bcdfgjklmnpqrstvwz][a-z])(?!hour|honest|heir)", re.I), "a "),
    (re.compile(r"\bman made\b", re.I), "man-made"),
    (re.compile(r"\b(the|a|an|is|are|of|in|on|to) \1\b", re.I), r"\1"),
)


@dataclass(frozen=True, slots=True)
class Question:
    """A yes/no question: its auxiliary, what follows it, and the phrase before it ("in this picture"), if any.

    ``words`` have offsets into ``text``.
    """

    auxiliary: str
    text: str
    words: tuple[Token, ...]
    lead: str = ""


def refuse(why: str) -> CannotWrite:
    """The error for a question that no clause can be made of."""
    return CannotWrite(why, NOT_ASKED)


def read_question(question: str) -> Question:
    """The parts of a yes/no question; raises CannotWrite for any other text."""
    if len(question) > MAX_CHARACTERS:
        raise refuse(f"the question has {len(question)} characters, more than {MAX_CHARACTERS}")
    if _UNWRITTEN.search(question):
        raise refuse("the question holds markup or control characters")
    text = _SPACE.sub(" ", question).strip().rstrip("?! ")
    text = text if re.search(r"\b[A-Z]\.$", text) else text.rstrip(". ")
    text = _FILLER.sub("", re.sub(r" (?=[,.])", "", text))
    if not text.isprintable():
        raise refuse("the question holds characters that can't be printed")
    if not text or (not text.isascii() and sum(c.isascii() for c in text) < 0.8 * len(text)):
        raise refuse("the question is empty or not in English")
    if re.search(r"[?!]|\. ", text):
        raise refuse("it is more than one sentence")
    if text.count('"') % 2:
        text = _SPACE.sub(" ", text.replace('"', "")).strip()
    if text.isupper():
        text = text.lower()
    for pattern, mended in _REPAIRS:
        text = pattern.sub(mended, text)
    lead = ""
    led = _LEAD.match(text)
    if led and led[2].lower() in qw.AUXILIARIES:
        lead, text = led[1], text[led.end() :]
        lead = lead[:1].lower() + lead[1:]
    auxiliary, _, rest = text.partition(" ")
    auxiliary = auxiliary.lower()
    if auxiliary not in qw.AUXILIARIES:
        raise refuse(f'it begins with "{auxiliary[:30]}", which asks for no yes or no')
    if not rest:
        raise refuse("it has no subject")
    if find_cues(text) or find_cues(lead):
        raise refuse("the question negates already")
    return Question(auxiliary, rest, tuple(tagged(rest)), lead)


def tagged(text: str) -> list[Token]:
    """The words of a part of a question, with their parts of speech."""
    words = tokenize(text)
    if len([word for word in words if word.is_word]) > MAX_WORDS:
        raise refuse(f"it has more than {MAX_WORDS} words")
    if not any(word.is_word for word in words):
        raise refuse("it has no words")
    tag(words)
    for word in words:
        if word.lower in qw.PERSONAL and not word.quoted:
            word.tag = "PRON"
        elif word.tag == "NOUN" and qw.is_adjective(word.lower) and word.lower in qw.ADJECTIVES:
            word.tag = "ADJ"
        elif word.tag == "REL" and word is words[0]:
            word.tag = "DET"
        elif word.lower == "super":
            word.tag = "ADV"
    if words[0].tag == "ING":
        words[0].tag = "NOUN"
    for at in range(1, len(words)):
        if _names_thing(words, at):
            words[at].tag = "NOUN"
            if at + 1 < len(words) and _acts(words[at + 1].lower):
                words[at + 1].tag = "ING"  # "on the left | smiling": no longer "a left smiling"
        elif words[at].lower in lex.COLOURS and words[at - 1].tag in ("PREP", "CONJ") and at + 1 < len(words):
            if _acts(words[at + 1].lower):
                words[at + 1].tag = "ING"
        elif words[at].lower in ("nearest", "closest") and at + 1 < len(words) and words[at + 1].tag == "DET":
            words[at].tag = "PREP"
    return words


def _acts(word: str) -> bool:
    return word.endswith("ing") and len(word) > 4 and word not in lex.ING_NOUNS


def _names_thing(words: list[Token], at: int) -> bool:
    """Whether a word that mostly describes is a noun here: "the light is", "a vegetarian eats", "the home"."""
    word, before, after = words[at], words[at - 1], words[at + 1] if at + 1 < len(words) else None
    if word.tag not in ("ADJ", "ADV"):
        return False
    if before.tag in ("DET", "POSS") and word.lower in qw.ALSO_NOUNS and (after is None or after.tag != "NOUN"):
        return True
    if before.lower in ("traffic", "stop", "street", "red", "green") and word.lower in ("light", "lights"):
        return True
    if before.lower in ("both", "all", "too", "each") or (at == 1 and before.lower in qw.DEMONSTRATIVES):
        return False
    if before.tag not in ("DET", "POSS") or (word.tag == "ADV" and word.lower not in ("home", "top", "outside")):
        return False
    if after is None or (_acts(after.lower) and before.lower == "the"):
        return True
    return after.tag != "ADJ" and (after.tag not in ("NOUN", "EN", "NUM") or after.lower in qw.VERBS)
