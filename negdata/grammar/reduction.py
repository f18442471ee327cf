"""Takes the mention of an object out of a caption, so that what is left still reads as a caption.

"A man and a dog on a small boat" without the dog is "A man on a small boat".
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from negdata.grammar import lexicon as lex
from negdata.grammar.analysis import Analysis, Phrase
from negdata.grammar.nouns import article
from negdata.grammar.relations import POSTURES
from negdata.vocabulary import vocabulary

_NEVER_LAST = frozenset(
    "a an the and or of with to next at on in by for from into onto under over near beside behind between as while"
    " touching is are his her its their all each both some".split()
)
_OF_SEVERAL = frozenset({"together", "other", "others", "another", "both", "side"})
_EMPTIED = frozenset("covered filled topped surrounded loaded decorated lined".split())


@dataclass(frozen=True, slots=True)
class Reduced:
    """A caption without a mention; ``kind`` says how it was taken out."""

    text: str
    kind: str
    weight: float


def reductions(a: Analysis, start: int, end: int) -> Iterator[Reduced]:
    """The ways to take out the mention at ``a.text[start:end]``, best first where they differ in quality."""
    phrase = _phrase_at(a, start, end)
    if phrase is None or a.rest or a.question or a.negated:
        return
    yield from _from_list(a, phrase)
    yield from _with_preposition(a, phrase)
    yield from _with_verb(a, phrase)


def _phrase_at(a: Analysis, start: int, end: int) -> Phrase | None:
    for phrase in a.phrases:
        if a.tokens[phrase.first].start <= start and end <= a.tokens[phrase.last].end:
            # The mention must be what the phrase is about: a "towel handle" is no towel.
            heads = (a.tokens[phrase.last].end, a.tokens[phrase.head].end)
            return phrase if not phrase.pronoun and end in heads else None
    return None


def _cut(a: Analysis, first: int, last: int, kind: str, weight: float) -> Iterator[Reduced]:
    """The caption without the tokens first..last, if what is left is worth reading."""
    kept = [t for i, t in enumerate(a.tokens) if not first <= i <= last and t.start < a.end]
    if len([t for t in kept if t.is_word]) < 2:
        return
    before = a.text[: a.tokens[first].start].rstrip()
    after = a.text[a.tokens[last].end : a.end]
    if last + 1 < len(a.tokens) and a.tokens[last + 1].tag == "COMMA" and before.endswith(","):
        before = before[:-1]
    after = after.lstrip() if not before else after
    text = _without_stranded(a, (before + after).strip().rstrip(","), first, last)
    if not before and text[:1].isalpha() and a.text[:1].isupper():
        text = text[:1].upper() + text[1:]
    if text and text.split()[-1].lower() not in _NEVER_LAST:
        yield Reduced(text + a.final, kind, weight)


def _without_stranded(a: Analysis, text: str, first: int, last: int) -> str:
    """ "a large dog sitting" says no more than "a large dog": its last participle goes with what followed it."""
    if last < a.last or first < 3:
        return text
    before = a.tokens[first - 1]
    if a.kind != "nominal" and a.tag_at(first - 2) != "COMMA":
        return text
    if before.tag in ("ING", "EN") and before.lower in POSTURES and text.endswith(before.text):
        return text[: -len(before.text)].rstrip(" ,")
    return text


def _from_list(a: Analysis, phrase: Phrase) -> Iterator[Reduced]:
    """ "a man and a dog": an item of a list, with the conjunction or comma that joins it."""
    index = a.phrases.index(phrase)
    before_tag = a.tag_at(phrase.first - 1) if phrase.first else "START"
    after_tag = a.tag_at(phrase.full_last + 1)
    members = _list_around(a, index)
    if len(members) < 2 or phrase.of or any(a.tokens[member.last].tag == "DET" for member in members):
        return  # "two men and one woman, all wearing hats" lists no third
    position = members.index(phrase)
    loose = before_tag == "PREP" and a.tag_at(members[-1].full_last + 1) in ("ING", "FIN")
    if position == 0 and loose:
        return  # "a laptop on the table and a baby looking at it" is no list
    if len(members) == 2:
        other = members[1 - position]
        if _needs_both(a, members, other) or (position == 0 and a.tokens[other.first].tag == "POSS"):
            return
        if position == 1:
            yield from _cut(a, other.full_last + 1, phrase.full_last, "list", 10)
        elif a.tokens[members[1].first].tag in ("DET", "NUM", "POSS") or a.tokens[phrase.first].tag not in (
            "DET",
            "NUM",
            "POSS",
        ):
            yield from _cut(a, phrase.first, other.first - 1, "list", 10)
        return
    if position == len(members) - 1:  # "a, b and c": "a and b"
        if len(members) == 3 and before_tag == "CONJ":
            yield from _relist(a, members[:-1], members)
        return
    if after_tag == "COMMA" or after_tag == "CONJ":
        rest = [m for m in members if m is not phrase]
        yield from _relist(a, rest, members)


def _needs_both(a: Analysis, members: list[Phrase], other: Phrase) -> bool:
    """Whether one of two can't stand where both do: "a zebra and a giraffe stand side by side"."""
    if other.plural:
        return False
    last = members[1].last
    if last > members[1].first and a.tokens[last].lower in lex.BASE and a.tokens[last - 1].tag == "NOUN":
        return True  # its verb, read as a noun: "a giraffe and a goose stand"
    later = [t for t in a.tokens[members[1].full_last + 1 :] if t.start < a.end]
    if not _OF_SEVERAL.isdisjoint(t.lower for t in later):
        return True
    verbs = [t.lower for t in later if t.tag == "FIN"]
    return bool(verbs) and members[0] is a.subject and (verbs[0] in lex.BASE or verbs[0] in ("are", "were", "have"))


def _relist(a: Analysis, keep: list[Phrase], members: list[Phrase]) -> Iterator[Reduced]:
    """The list again, without one of its items."""
    said = [a.text[a.tokens[m.first].start : a.tokens[m.full_last].end] for m in keep]
    joined = said[0] if len(said) == 1 else ", ".join(said[:-1]) + " and " + said[-1]
    before = a.text[: a.tokens[members[0].first].start]
    after = a.text[a.tokens[members[-1].full_last].end : a.end]
    text = before + joined + after
    if not before and a.text[:1].isupper():
        text = text[:1].upper() + text[1:]
    yield Reduced(text + a.final, "list", 10)


def _list_around(a: Analysis, index: int) -> list[Phrase]:
    members = [a.phrases[index]]
    for step in (-1, 1):
        at = index + step
        while 0 <= at < len(a.phrases):
            near, far = (members[0], a.phrases[at]) if step < 0 else (members[-1], a.phrases[at])
            if far.of or (far.first <= near.full_last and step > 0):
                at += step
                continue
            left, right = (far, near) if step < 0 else (near, far)
            between = [t.tag for t in a.tokens[left.full_last + 1 : right.first]]
            if not between or not set(between) <= {"CONJ", "COMMA"} or len(between) > 2:
                break
            if step < 0:
                members.insert(0, far)
            else:
                members.append(far)
            at += step
    return members


def _with_preposition(a: Analysis, phrase: Phrase) -> Iterator[Reduced]:
    """ "… on a couch", "… in front of a garage", "… with a dog": a phrase with the preposition that brings it in."""
    members = _list_around(a, a.phrases.index(phrase))
    if len(members) > 1:
        return
    start = _preposition_start(a, phrase)
    if start is None or start == 0:
        return
    word = a.tokens[start].lower
    end = phrase.full_last
    follows = a.tag_at(end + 1)
    end, follows = _swallow_modifiers(a, end, follows)
    if word in ("with", "of") and follows in ("PREP", "ING", "EN", "ADV"):
        end, follows = a.last, "END"  # "with a bowl in front of him": all of it tells of the bowl
    if word in ("up", "out", "off") and a.tag_at(start - 1) in ("ING", "FIN"):
        return  # "holding up a bottle"
    if follows not in ("END", "PREP", "ING", "FIN", "EN", "SUB", "COMMA", "CONJ", "ADV"):
        return
    before = a.tokens[start - 1]
    if before.tag in ("CONJ", "DET", "ADJ", "NEG", "TO", "INF"):
        return
    if before.tag == "ADV" and before.lower.endswith("ly") and start > 1:
        start -= 1
        before = a.tokens[start - 1]
    if before.tag == "FIN" and before.lower in ("is", "are", "was", "were", "has", "have", "'s", "be", "been"):
        if a.kind == "clause" and follows == "END":  # "a cat is on a couch": a verb with nothing behind it goes too
            yield from _cut(a, start - 1, end, "verb", 4)
        return
    if before.tag in ("EN", "ADV", "ING", "FIN", "PREP"):
        at = start - 1
        while at > 0 and a.tokens[at].tag in ("ADV", "PREP"):
            at -= 1
        if a.tokens[at].lower in _EMPTIED or a.tokens[at].lower in ("looking", "seen", "made", "consisting", "next"):
            first = at
            if a.tag_at(at - 1) == "FIN":
                return
            if a.tag_at(at - 1) == "CONJ":
                first -= 1
            yield from _cut(a, first, end, "verb", 4)
            return
    weight = 8.0 if follows == "END" else 6.0
    if follows in ("ING", "EN") and word not in ("with", "in", "on", "at", "near"):
        weight = 3.0
    yield from _cut(a, start, end, "preposition", weight)


def _preposition_start(a: Analysis, phrase: Phrase) -> int | None:
    """Index where the preposition of a phrase begins: "in front of", "on top of", "next to" are one."""
    i = phrase.first - 1
    if i < 0:
        return None
    token = a.tokens[i]
    if token.lower == "of":
        noun = a.tokens[i - 1].lower
        if noun in (
            "front",
            "top",
            "side",
            "middle",
            "edge",
            "back",
            "center",
            "corner",
            "end",
            "bottom",
            "kind",
            "type",
            "background",
        ):
            j = i - 2
            while j >= 0 and a.tokens[j].tag in ("DET", "ADJ", "NUM"):
                j -= 1
            return j if j >= 0 and a.tokens[j].tag == "PREP" else None
        if a.tokens[i - 1].tag == "PREP" or noun in ("inside", "outside", "out"):
            return i - 1
        return None
    if token.lower == "to" and i and a.tokens[i - 1].lower in ("next", "close", "adjacent", "up", "attached"):
        return i - 1
    if token.tag == "PREP":
        if i and a.tokens[i - 1].tag == "PREP" and a.tokens[i - 1].lower not in ("of", "with"):
            return i - 1
        return i
    return None


def _swallow_modifiers(a: Analysis, end: int, follows: str) -> tuple[int, str]:
    """Takes along what tells of the phrase itself: "a dog that is asleep", "a couch full of toys" up to the end."""
    if follows == "REL" or (follows == "ADJ" and a.tag_at(end + 1) != "END"):
        return a.last, "END"
    return end, follows


def _with_verb(a: Analysis, phrase: Phrase) -> Iterator[Reduced]:
    """ "holding an umbrella", "riding a horse": an object with the participle that governs it."""
    members = _list_around(a, a.phrases.index(phrase))
    if len(members) > 1 or phrase.first == 0:
        return
    i = phrase.first - 1
    if a.tokens[i].tag == "FIN" and a.kind == "clause" and a.tokens[i].lower not in ("is", "are", "was", "were"):
        if i == a.verb == a.subject_last + 1:
            last = _with_instrument(a, phrase.full_last)
            if a.tag_at(last + 1) in ("END", "PREP", "ING"):
                yield from _cut(a, i, last, "verb", 5)
        return
    if a.tokens[i].tag != "ING" or i == 0:
        return
    before = a.tokens[i - 1]
    first, last = i, _with_instrument(a, phrase.full_last)
    follows = a.tag_at(last + 1)
    if before.tag == "CONJ":
        first -= 1
    elif before.tag == "SUB" or before.tag == "COMMA":
        if follows != "END":
            return
        first -= 1
    elif before.tag == "FIN" and i - 1 == a.verb == a.subject_last + 1:
        first -= 1  # "a man is riding a wave on a surfboard": "a man on a surfboard"
    elif before.tag in ("FIN", "ADV", "TO", "PREP"):
        return
    if follows == "CONJ":
        if a.tag_at(last + 2) in ("ING", "EN"):
            last += 1
        else:
            return
    elif follows not in ("END", "PREP", "ING", "EN", "SUB", "COMMA", "ADV"):
        return
    elif follows == "SUB" and a.tag_at(last + 2) == "ING":
        last += 1  # "a boy eating a banana while lying on a bed": "a boy lying on a bed"
    elif follows == "PREP" and a.word_at(last + 1) in (
        "to",
        "from",
        "into",
        "through",
        "out",
        "up",
        "off",
        "over",
        "down",
        "across",
    ):
        return
    yield from _cut(a, first, last, "verb", 7)


def _with_instrument(a: Analysis, last: int) -> int:
    """Takes "in her hand", "over his head" along with what is held."""
    if a.tag_at(last + 1) == "PREP" and a.tag_at(last + 2) == "POSS":
        for phrase in a.phrases:
            if phrase.first == last + 2:
                return phrase.full_last
    return last


def remainders(a: Analysis, start: int, end: int) -> Iterator[Reduced]:
    """What is left without the subject: "two giraffes standing in a grassy field" leaves "a grassy field"."""
    subject = a.subject
    if subject is None or a.rest or a.question or a.negated:
        return
    if not (a.tokens[subject.first].start <= start and end <= a.tokens[a.subject_last].end):
        return
    for phrase in a.phrases:
        if phrase.first <= a.subject_last or phrase.pronoun or phrase.of:
            continue
        first = a.tokens[phrase.first]
        if first.tag not in ("DET", "NUM") or a.tokens[phrase.first - 1].lower not in _REMAINDER_PREPOSITIONS:
            continue
        if a.tokens[phrase.head].lower in _NO_SUBJECTS or any(
            t.tag in ("PRON", "POSS", "SUB", "REL", "FIN") for t in a.tokens[phrase.first : a.last + 1]
        ):
            continue
        text = a.text[first.start : a.end]
        if first.lower == "the":
            text = article(text[4:]) + text[3:]
        if any(t.tag not in _PLAIN for t in a.tokens[phrase.first : a.last + 1]) or (
            first.lower == "the" and phrase.plural
        ):
            continue
        if len(text.split()) < 2 or not vocabulary().find(text):
            continue
        if a.tokens[phrase.last].lower in lex.BASE - lex.NOUN_FIRST:
            continue  # "two giraffes inside a fenced area stand": no area that stands
        if a.text[:1].isupper():
            text = text[:1].upper() + text[1:]
        yield Reduced(text + a.final, "remainder", 1)


_PLAIN = frozenset({"DET", "NUM", "ADJ", "NOUN", "PREP", "ADV"})
_REMAINDER_PREPOSITIONS = frozenset(
    "in on at near by under behind beside inside outside across along down through over into onto to around".split()
)
_NO_SUBJECTS = frozenset(
    "air front top side sides middle back background distance way day night time end edge other bottom ground hand "
    "hands mouth head view foreground line row front camera left right".split()
)


def generalised(a: Analysis, start: int, end: int, one: str, many: str, plural: bool) -> Iterator[Reduced]:
    """The mention replaced by the name of what it is a kind of: "an animal standing in a field"."""
    phrase = _phrase_at(a, start, end)
    if phrase is None or a.rest or a.question or a.negated:
        return
    if a.tokens[phrase.first].lower in ("a", "an"):
        plural = False
    general = many if plural or phrase.plural else one
    if a.shouting:
        general = general.upper()
    before, after = a.text[:start], a.text[end : a.end]
    if before.lower().endswith((" of ", " of the ")):
        general = many.upper() if a.shouting else many  # "a piece of food", "a bunch of animals"
    before = re.sub(
        r"\b([Aa])n? $", lambda m: f"{article(general) if m[1] == 'a' else article(general).capitalize()} ", before
    )
    if not before:
        general = general.capitalize()
    yield Reduced(before + general + after + a.final, "generalised", 2)
