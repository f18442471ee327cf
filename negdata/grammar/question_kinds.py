"""What kind of thing the predicate of a question asks for, and the short phrase that names it."""

from __future__ import annotations

from collections.abc import Sequence

from negdata.grammar import lexicon as lex
from negdata.grammar import question_words as qw
from negdata.grammar.clauses import ClauseKind
from negdata.grammar.tokens import Token

_NO_NAME = frozenset({"DET", "POSS"})
_STATIVE_PARTICIPLES = frozenset(
    {"located", "parked", "placed", "seated", "situated", "mounted", "attached", "positioned"}
)
_PRESENCE = frozenset({"visible", "present", "shown", "seen", "pictured"})
_NAMED_ACTS = frozenset({"missing", "matching", "looking"})
_TAKING = frozenset({"used", "being", "going", "getting", "trying", "wearing", "holding"})


def bare_name(words: Sequence[Token], text: str) -> str:
    """A noun phrase without its determiner and without what follows it: "the man's tie with dots" is "man's tie"."""
    kept = list(words)
    while kept and (kept[0].tag in _NO_NAME or kept[0].lower in ("any", "some", "no")) and not _possessor(kept[0]):
        kept = kept[1:]
    end, noun = 0, False
    for at, word in enumerate(kept):
        joins = word.lower in ("of", "and", "or", "&") and noun and at + 1 < len(kept)
        joined = at > 0 and word.tag == "DET" and kept[at - 1].lower in ("of", "and", "or")
        verbal = word.tag in ("EN", "ING", "ADV") and not noun
        if word.tag not in ("NUM", "ADJ", "NOUN", "POSS") and not (joins or joined or verbal):
            break
        ends = at + 1 == len(kept) or kept[at + 1].tag not in ("NOUN", "ADJ")
        if noun and (word.lower in _PRESENCE or (word.tag == "ADJ" and ends)):
            break
        noun = noun or word.tag == "NOUN"
        end = at + 1 if word.tag in ("ADJ", "NOUN", "NUM", "ING", "EN") else end
    if not end:
        end = len(kept)
    return text[kept[0].start : kept[end - 1].end] if kept else text


def amounts(words: Sequence[Token]) -> bool:
    """Whether a phrase tells how much, with an article: "a lot of snow", "a few dogs"."""
    said = [word.lower for word in words[:3]]
    if said[0] not in ("a", "an"):
        return said[0] in ("lots", "plenty")
    return (said[1:2] and said[1] in qw.AMOUNT_NOUNS and said[2:] == ["of"]) or said[1:2] in (
        ["few"],
        ["single"],
        ["little"],
        ["couple"],
        ["dozen"],
    )


def _possessor(word: Token) -> bool:
    return word.lower.endswith(("'s", "s'"))


def predicate_kind(
    subject: Sequence[Token], predicate: Sequence[Token], text: str, verb: str
) -> tuple[ClauseKind, str]:
    """The kind and the denied phrase of a predicate; ``text`` is what both have their offsets into.

    ``verb`` is the auxiliary, or the main verb in its base form where the auxiliary is "do" or a modal.
    """
    said = list(predicate)
    while len(said) > 1 and (said[0].lower in qw.OPENING_ADVERBS or said[0].lower in ("both", "all")):
        if subject[0].lower == "it" and said[0].lower == "likely":
            break
        said = said[1:]
    phrase = text[said[0].start : said[-1].end]
    first = said[0]
    if verb == "have" and first.lower in ("have", "has", "had") and len(said) > 1:
        return _possession(said[1:], text)
    if first.lower == "about" and len(said) > 1:
        return "action", phrase
    if first.lower in _PRESENCE or (first.lower == "be" and len(said) > 1 and said[1].lower in _PRESENCE):
        return "object", bare_name(subject, text)
    if first.lower in _TAKING and len(said) > 1:
        return "action", phrase
    if len(said) == 1 and first.lower in ("on", "off", "up", "down", "out"):
        return "attribute", phrase
    if first.lower in lex.ING and first.lower not in _NAMED_ACTS and subject[0].lower not in qw.DEMONSTRATIVES:
        return "action", phrase
    if first.tag == "NUM" and first.lower != "one":
        return "count", phrase
    if verb in qw.BE and first.lower in ("in", "on", "here") and said[-1].lower in (*qw.IMAGE, "here"):
        return "object", bare_name(subject, text)
    if verb == "be" or verb in qw.BE or verb == "become":
        place = said[1] if first.lower == "be" and len(said) > 1 else first
        if place.tag == "ADV" and len(said) > 1 and place.lower in qw.DEGREES:
            return "attribute", phrase
        if place.tag == "ING" and place.lower not in lex.ING_NOUNS and place.lower not in ("interesting", "amazing"):
            return "action", phrase
        if place.tag in ("PREP", "TO") or place.lower in qw.PLACE_ADVERBS or _of_place(said):
            return "relation", phrase
        if place.tag == "EN" and place.lower in _STATIVE_PARTICIPLES:
            return "relation", phrase
        return "attribute", phrase
    if verb in qw.LINKING or verb in qw.STATES:
        return "attribute", phrase
    if verb in ("has", "have", "had") and first.tag in ("DET", "NOUN", "NUM", "ADJ"):
        return _possession(said, text)
    return "action", phrase


def _of_place(said: Sequence[Token]) -> bool:
    words = [word.lower for word in said]
    return words[0] in ("next", "close", "near", "far", "adjacent", "opposite", "all", "same") and any(
        word in ("to", "from") for word in words[1:2]
    )


def _possession(had: Sequence[Token], text: str) -> tuple[ClauseKind, str]:
    """What somebody has: a thing, a number of things, or, with a participle behind, how it is."""
    if had[0].lower == "on" and len(had) > 1:  # "Does he have on a hat"
        had = had[1:]
    phrase = text[had[0].start : had[-1].end]
    if had[0].lower == "to":
        return "action", phrase
    if (had[0].tag == "NUM" and had[0].lower != "one") or had[0].lower in qw.COUNTED or amounts(had):
        return "count", phrase
    if had[0].tag == "POSS" or (had[0].lower == "the" and had[1:2] and had[1].lower == "same"):
        return "attribute", phrase
    name = bare_name(had, text)
    return "object", name or phrase
