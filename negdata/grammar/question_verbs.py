"""Finds the verb that follows a question's subject, after "do" or a modal: "Does the train station | have a clock"."""

from __future__ import annotations

from collections.abc import Sequence

from negdata.grammar import question_words as qw
from negdata.grammar.tokens import Token

QUANTIFIER_HEADS = frozenset({*qw.SOMEONE, *qw.EVERYONE, "one", "both", "all", "any", "either", "each", "most", "some"})
_FLOATING = frozenset({"both", "all", "each"})


def split_verb(words: Sequence[Token]) -> int | None:
    """Index of the verb in its base form that follows the subject, after "do" or a modal; None where there is none."""
    if len(words) < 2:
        return None
    first = words[0].lower
    if first in qw.PERSONAL or first in qw.SOMEONE or first in qw.EVERYONE or first == "there":
        start = 1
        while start < len(words) - 1 and (words[start].lower in _FLOATING or words[start].tag == "ADV"):
            start += 1
        if first in qw.PERSONAL or words[start].lower in qw.VERBS or words[start].lower in qw.SURE_VERBS:
            return 1
    if first in qw.DEMONSTRATIVES and _is_verb(words, 1) and not _later_sure(words, 2):
        return 1
    sure = _later_sure(words, 1)
    if sure is not None:
        return with_adverbs(words, sure)
    for at in range(1, len(words)):
        if _is_verb(words, at) and ends_subject(words, at):
            return with_adverbs(words, at)
    return _unknown_verb(words)


def with_adverbs(words: Sequence[Token], verb: int) -> int:
    """The verb's own adverbs belong to the predicate: "Do the men | both have hats"."""
    while verb > 1 and (
        words[verb - 1].lower in _FLOATING
        or words[verb - 1].lower in qw.OPENING_ADVERBS
        or (words[verb - 1].tag == "ADV" and words[verb - 1].lower.endswith("ly"))
    ):
        verb -= 1
    return verb


def _later_sure(words: Sequence[Token], start: int) -> int | None:
    for at in range(start, len(words)):
        if words[at].lower in qw.SURE_VERBS and ends_subject(words, at):
            return at
    return None


def _unknown_verb(words: Sequence[Token]) -> int | None:
    """A word behind the subject's noun that an object or a preposition follows: an unknown verb."""
    for at in range(1, len(words)):
        after = words[at + 1].tag if at + 1 < len(words) else "END"
        if (
            words[at].tag in ("NOUN", "ADJ", "FIN", "INF")
            and words[at - 1].tag in ("NOUN", "PRON")
            and not words[at - 1].lower.endswith("'s")
            and after in ("DET", "POSS", "PREP", "PRON", "ADV", "END", "TO")
            and words[at].is_word
            and words[at].lower not in qw.AUXILIARIES
        ):
            return at
    return None


def ends_subject(words: Sequence[Token], at: int) -> bool:
    """Whether a subject may end right before ``at``."""
    before = at - 1
    while before > 0 and (words[before].lower in qw.OPENING_ADVERBS or words[before].lower in _FLOATING):
        before -= 1
    word = words[before]
    if word.tag in ("PREP", "TO", "DET", "POSS", "REL", "CONJ", "COMMA") and word.lower not in (
        *qw.DEMONSTRATIVES,
        *QUANTIFIER_HEADS,
        *qw.PLACE_ADVERBS,
    ):
        return False
    if word.tag == "ADJ" and not _stands_for_noun(words, before):
        return any(w.tag == "NOUN" for w in words[:before])
    return word.tag != "ADJ" or before > 0


def _stands_for_noun(words: Sequence[Token], at: int) -> bool:
    return words[at].lower in ("left", "right", "front", "back", "other", "middle", "others")


def _is_verb(words: Sequence[Token], at: int) -> bool:
    return at < len(words) and (words[at].lower in qw.VERBS or words[at].lower in qw.SURE_VERBS)
