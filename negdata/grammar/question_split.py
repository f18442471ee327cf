"""Finds where the subject of a question ends: "the dog on the left | sleeping", "the man with a hat | have a beard"."""

from __future__ import annotations

from collections.abc import Sequence

from negdata.grammar import lexicon as lex
from negdata.grammar import question_words as qw
from negdata.grammar.question_verbs import QUANTIFIER_HEADS, ends_subject, with_adverbs
from negdata.grammar.tagging import looks_plural
from negdata.grammar.tokens import Token
from negdata.vocabulary import vocabulary

_CORE = frozenset({"DET", "NUM", "POSS", "ADJ", "NOUN"})
_NAMING = frozenset({"NOUN", "PRON", "NUM"})
_INDEFINITE = frozenset({"a", "an", "some", "any", "two", "three"})
_HUMAN = frozenset(
    "person people man men woman women boy boys girl girls child children kid kids guy guys lady ladies baby player "
    "players photo picture image".split()
)


def split_predicate(words: Sequence[Token], *, perfect: bool = False) -> int | None:
    """Index of the first word of what is asked of the subject, after a form of "be" (``perfect``: of "have").

    None where there is no subject, or nothing is asked of it.
    """
    if len(words) < 2:
        return None
    first = words[0].lower
    if first in qw.PERSONAL:
        return 1
    if [word.lower for word in words[-3:]] == ["right", "side", "up"]:
        return len(words) - 3
    part = next((i for i in range(1, len(words) - 1) if words[i].lower == "part" and words[i + 1].lower == "of"), None)
    if part is not None and words[part - 1].tag == "NOUN":
        return part
    if first in qw.DEMONSTRATIVES and _stands_alone(words):
        return 1
    end = _core_end(words, 0)
    if end == 0:
        return None
    if perfect:
        return _perfect_start(words, end)
    tail = _tail_start(words, end)
    if end == len(words):
        return tail if tail is not None else _last_noun(words, end)
    if tail is not None and words[end].tag in ("PREP", "TO", "SUB", "ADV", "ING", "CONJ", "COMMA", "EN", "DET", "FIN"):
        return tail
    opening = words[end].tag
    if opening == "COMMA":
        closing = next((i for i in range(end + 1, len(words) - 1) if words[i].tag == "COMMA"), None)
        return None if closing is None else closing + 1
    commas = [i for i in range(end, len(words) - 1) if words[i].tag == "COMMA"]
    if opening == "PREP" and len(commas) == 1 and words[commas[0] + 1].tag == "DET" and words[-2].tag != "CONJ":
        return commas[0] + 1
    if opening in ("PREP", "ING", "EN", "REL", "TO") and words[end].lower != "about":
        later = _later_start(words, end)
        if later is not None:
            return later
    if opening == "REL":
        return None
    if opening == "PREP" and looks_plural(words[end - 1].lower) and _plurals_before(words, end - 1):
        return end - 1
    return end


def _stands_alone(words: Sequence[Token]) -> bool:
    """Whether "this" is the whole subject: "Is this a kitchen", "Are these apples", not "Is this man tall"."""
    after = words[1]
    if after.lower == "regarding":
        return True
    if after.tag not in ("ADJ", "NOUN", "NUM"):
        return True
    end = _core_end(words, 1)
    if not any(word.tag == "NOUN" for word in words[1:end]):
        return after.tag != "NUM" or len(words) == 2  # "Are these two married"
    if end < len(words):
        return (
            (words[1].text[:1].isupper() and words[1].tag == "NOUN")
            or words[end].tag in ("REL", "CONJ", "COMMA")
            or (words[end].tag == "PREP" and words[0].lower in ("these", "those") and words[end].lower == "for")
        )
    if _tail_start(words, end) is not None:
        return False
    nouns = [at for at in range(1, end) if words[at].tag == "NOUN"]
    if len(nouns) < 2 or _known(words, 1, end):
        return True
    first, last = words[nouns[0]].lower, words[end - 1].lower
    if nouns[0] == end - 1 or "'" in last:
        return True
    if words[0].lower in ("these", "those") and looks_plural(first) and not first.endswith("'s"):
        return False
    return not (first in _HUMAN and vocabulary().lookup(last) is None)


def _known(words: Sequence[Token], first: int, end: int) -> bool:
    """Whether the words spell one object of the vocabulary: "teddy bears"."""
    return end - first > 1 and vocabulary().lookup(" ".join(word.lower for word in words[first:end])) is not None


def _core_end(words: Sequence[Token], start: int) -> int:
    """Where the noun phrase that begins the question ends, with what "of" and "and" join to it."""
    at, noun, quantified = start, False, False
    while at < len(words):
        tag, word = words[at].tag, words[at].lower
        if word == "about":
            break
        if tag == "NOUN" or (tag == "PRON" and (at == start or words[at - 1].lower == "of")):
            noun = True
        elif tag == "ADJ" and (noun or quantified) and word not in qw.DEGREES:
            pass
        elif tag in ("DET", "NUM", "POSS"):
            if noun and words[at - 1].tag != "POSS" and words[at - 1].lower not in ("of", "and", "or", "&", ","):
                break
            quantified = quantified or word in QUANTIFIER_HEADS
        elif word == "of" and at > start and words[at - 1].tag in ("NOUN", "PRON", "DET", "NUM"):
            noun = False
        elif tag != "ADJ" and not _goes_on(words, at, noun):
            break
        at += 1
    return at if any(words[i].tag in _NAMING or words[i].lower in QUANTIFIER_HEADS for i in range(start, at)) else start


def _goes_on(words: Sequence[Token], at: int, noun: bool) -> bool:
    """Whether a noun phrase goes on at a word that isn't commonly in one: "very old", "parked car", "man and dog"."""
    after = words[at + 1].tag if at + 1 < len(words) else "END"
    if noun:
        return words[at].lower in ("and", "&") and _joins_nouns(words, at)
    return (words[at].tag == "ADV" and after in ("ADJ", "ADV", "EN")) or (words[at].tag == "EN" and after == "NOUN")


def _joins_nouns(words: Sequence[Token], at: int) -> bool:
    return (
        words[at - 1].tag in ("NOUN", "ADJ")
        and at + 1 < len(words)
        and words[at + 1].tag in ("DET", "NOUN", "POSS", "ADJ", "NUM")
    )


def _tail_start(words: Sequence[Token], end: int) -> int | None:
    """Where the adjectives at the end of a noun phrase begin that are said of it: "the sky | blue and clear"."""
    at = end
    while at > 0 and (
        _describes(words, at - 1)
        or (at < end and words[at - 1].lower in ("and", "&", "or") and at > 1 and _describes(words, at - 2))
    ):
        at -= 1
    if at < end and at > 1 and words[at - 1].lower in lex.PARTICIPLE and words[at - 2].tag == "NOUN":
        at -= 1  # "the jet | painted blue"
    if at == end:  # "the cows | young animals": an adjective that a noun follows, behind the noun
        for i in range(1, end - 1):
            if words[i].tag == "ADJ" and words[i - 1].tag == "NOUN" and not words[i - 1].lower.endswith("'s"):
                if words[i].lower in ("left", "right", "front", "back", "top", "bottom", "main") or _known(
                    words, i, end
                ):
                    continue
                return i if end == len(words) and qw.is_adjective(words[i].lower) else None
        return None
    if at == 0 or not any(word.tag in ("NOUN", "PRON") or word.tag == "NUM" for word in words[:at]):
        at += 1
        while at < end and not any(word.tag in ("NOUN", "PRON", "NUM", "ADJ") for word in words[:at]):
            at += 1
        if at >= end or words[at - 1].tag in ("DET", "POSS"):
            return None
    return at if at < end else None


def _describes(words: Sequence[Token], at: int) -> bool:
    word = words[at].lower
    return (
        words[at].tag in ("ADJ", "NOUN", "EN") and qw.is_adjective(word) and word not in ("stop", "concrete", "glass")
    )


_MADE_OF = frozenset(
    {"color", "colour", "breed", "size", "descent", "age", "height", "kind", "type", "species", "race"}
)


def _last_noun(words: Sequence[Token], end: int) -> int | None:
    """The cut in a row of nouns: before the last, or before the last two where they name one thing."""
    nouns = [at for at in range(end) if words[at].tag == "NOUN"]
    of = next((at for at in range(1, end) if words[at].lower == "of"), 0)
    if of and words[of - 1].tag == "NOUN" and of + 1 < end:
        unknown = len(nouns) > 1 and nouns[-2] == end - 2 > of and vocabulary().lookup(words[end - 2].lower) is None
        if words[end - 1].lower in _MADE_OF or unknown:
            return of
    if len(nouns) == 1 and end > 2 and words[end - 2].lower in (*qw.DEMONSTRATIVES, "them"):  # "all of these adults"
        return end - 1 if words[end - 3].lower == "of" else None
    if len(nouns) < 2 or nouns[-1] != end - 1 or end < 2:
        return None
    many = [at for at in nouns[:-1] if looks_plural(words[at].lower) and not words[at].lower.endswith("'s")]
    if many and looks_plural(words[end - 1].lower):  # "the men | business partners"
        return many[0] + 1
    if len(nouns) > 2 and nouns[-2] == end - 2 and _known(words, end - 2, end) and words[end - 3].tag == "NOUN":
        return end - 2
    if words[end - 2].tag != "NOUN" or words[end - 2].lower.endswith(("'s", "s'")):
        return None
    return end - 1


def _plurals_before(words: Sequence[Token], at: int) -> bool:
    return at > 0 and words[at - 1].tag == "NOUN" and looks_plural(words[at - 1].lower)


def _perfect_start(words: Sequence[Token], end: int) -> int | None:
    """After "has": a participle behind the subject, or what it has."""
    been = next((at for at in range(1, len(words)) if words[at].lower == "been"), None)
    if been is not None:
        return with_adverbs(words, been)
    for at in range(1, len(words)):
        word = words[at].lower
        participle = words[at].tag == "EN" or word in ("been", "had", "got", "gone", "done") or word in lex.PARTICIPLE
        if participle and ends_subject(words, at) and any(w.tag in _NAMING for w in words[:at]):
            return with_adverbs(words, at)
    return end if end < len(words) else None


def _later_start(words: Sequence[Token], start: int) -> int | None:
    """A predicate behind what follows the subject: "standing on the left | wearing a hat", "on the plate | hot"."""
    opening = words[start]
    by_object = opening.tag == "ING" and start + 1 < len(words) and words[start + 1].tag in _CORE
    perceives = opening.lower in qw.PERCEIVING
    found: int | None = None
    for at in range(start + 2, len(words)):
        word, before = words[at], words[at - 1]
        if word.tag == "ING" and (word.lower not in lex.ING_NOUNS or word.lower == "being"):
            if perceives or before.lower in lex.CONJUNCTIONS or not _ends_phrase(words, at):
                continue
            found = at
        elif found is not None or by_object or not _ends_phrase(words, at) or _with_between(words, start, at):
            continue
        elif (
            _begins_description(words, at)
            or (word.tag == "EN" and opening.tag != "ING" and not _indefinite_between(words, start, at))
            or (
                word.tag in ("DET", "NUM")
                and before.tag in ("NOUN", "ADV")
                and opening.tag in ("PREP", "EN", "REL")
                and at > 2
            )
            or (word.tag == "PREP" and opening.tag == "PREP" and _is_place(words, start, at))
        ):
            found = at
            if word.tag in ("PREP", "DET", "NUM"):
                break
    return found


def _with_between(words: Sequence[Token], start: int, stop: int) -> bool:
    """ "chewing with her mouth open": what is open is the mouth."""
    return words[start].tag == "ING" and any(word.lower == "with" for word in words[start:stop])


def _ends_phrase(words: Sequence[Token], at: int) -> bool:
    before = words[at - 1]
    if before.tag in ("NOUN", "PRON") or before.lower in lex.COLOURS:
        return True
    return before.lower in qw.PLACES_IN_IMAGE or before.lower in ("here", "there", "outside", "inside", "up", "down")


def _begins_description(words: Sequence[Token], at: int) -> bool:
    """Whether only adjectives follow, or one with its own complement: "old and rusty", "full of people"."""
    i = at
    while i < len(words) and (words[i].lower in qw.DEGREES or words[i].tag == "ADV"):
        i += 1
    if i == len(words):
        return False
    if not _describes(words, i):
        return False
    after = words[i + 1] if i + 1 < len(words) else None
    return (
        after is None
        or after.tag not in ("NOUN", "ADJ")
        or all(_describes(words, j) or words[j].tag == "CONJ" for j in range(i, len(words)))
    )


def _indefinite_between(words: Sequence[Token], start: int, stop: int) -> bool:
    return any(word.lower in _INDEFINITE for word in words[start:stop]) or words[stop - 2].tag == "PREP"


def _is_place(words: Sequence[Token], start: int, stop: int) -> bool:
    """Whether "in the picture", "with a hat" tells which one is meant, and not what is asked."""
    said = [word.lower for word in words[start:stop]]
    if said[-1] in qw.PLACES_IN_IMAGE or said[0] == "with":
        return True
    told = "the" in said or said[1:2] == [said[-1]] or (len(said) == 3 and words[start + 1].tag == "ADJ")
    return told and words[stop].lower != "of" and stop + 1 < len(words) and not _definite(words, stop)


def _definite(words: Sequence[Token], at: int) -> bool:
    return words[at + 1].tag == "POSS" or words[at + 1].lower in ("the", "this", "that", "these", "those")
