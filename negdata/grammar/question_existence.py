"""Questions of existence: "Is there a dog?" becomes "there is no dog"."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise

from negdata.grammar import question_words as qw
from negdata.grammar.clauses import ClauseKind, NegatedClause
from negdata.grammar.polarity import unassert
from negdata.grammar.question_kinds import amounts, bare_name
from negdata.grammar.question_reading import refuse
from negdata.grammar.tagging import looks_plural
from negdata.grammar.tokens import Token

_SURE_PLURALS = frozenset({"people", "men", "women", "children", "kids", "animals", "trees", "cars"})


def deny_existence(words: Sequence[Token], text: str, be: str) -> NegatedClause:
    """The clause that says that there is no such thing: ``words`` are those behind "there", words of ``text``."""
    while words and words[0].lower in qw.OPENING_ADVERBS and words[0].lower not in ("just", "only"):
        words = words[1:]
    if (
        not words
        or words[0].tag in ("PREP", "COMMA", "CONJ", "SUB", "REL", "EX")
        or words[0].lower in qw.AUXILIARIES
        or words[0].lower in ("the", "not")
    ):
        raise refuse("nothing is named whose existence is asked")
    first, after = words[0].lower, words[1].lower if len(words) > 1 else ""
    said = text[words[0].start : words[-1].end]
    rest = text[words[0].end : words[-1].end]
    if first in qw.SOMEONE:
        nobody = qw.SOMEONE[first]
        stated = {"no one": "someone", "nothing": "something"}.get(nobody, "somewhere")
        name = {"no one": "person", "nothing": "thing"}.get(nobody, "place")
        return NegatedClause(f"there {be} {nobody}{unassert(rest)}", "object", name, f"there {be} {stated}{rest}")
    if words[0].tag == "FIN":
        words[0].tag = "NOUN"  # "Are there leaves": taken for a verb behind "there"
    be = _agreeing(words, be)
    kind: ClauseKind = "object"
    name = bare_name(words, text)
    if first in ("any", "some") and after == "of":
        return NegatedClause(f"there are none{rest}", "object", bare_name(words[2:], text), f"there are some{rest}")
    if first in ("a", "an", "any", "some") and not (first in ("a", "an") and amounts(words)):
        if first in ("a", "an") and _joined_articles(words):
            return NegatedClause(f"there {be} not {said}", kind, name, f"there {be} {said}")
        stated = f"some{rest}" if first == "any" else said
        return NegatedClause(f"there {be} no{unassert(rest)}", kind, name, f"there {be} {stated}")
    if words[0].tag in ("NOUN", "ADJ", "EN", "ING", "ADV", "FIN") and first not in qw.COUNTED and first != "another":
        return NegatedClause(f"there {be} no {unassert(said)}", kind, name, f"there {be} {said}")
    if words[0].tag == "NUM" or first in qw.COUNTED or amounts(words) or first in ("at", "as"):
        kind, name = "count", _counted(words, text)
    elif words[0].tag not in ("DET", "POSS"):
        raise refuse("nothing is named whose existence is asked")
    negation = "n't" if first in ("just", "only") else " not"
    return NegatedClause(f"there {be}{negation} {unassert(said)}", kind, name, f"there {be} {said}")


def _counted(words: Sequence[Token], text: str) -> str:
    end = 1
    for at in range(1, len(words)):
        if words[at].tag == "PREP" and words[at].lower not in ("of", "than"):
            break
        if words[at].tag in ("ING", "REL", "COMMA", "EX"):
            break
        end = at + 1
    return text[words[0].start : words[end - 1].end]


def _joined_articles(words: Sequence[Token]) -> bool:
    """ "a cat and a dog": "no" would fall on the first alone."""
    return any(one.lower in ("and", "&") and other.lower in ("a", "an") for one, other in pairwise(words))


def _agreeing(words: Sequence[Token], be: str) -> str:
    """ "is" or "are" as the noun has it: people write "Is there people"."""
    first = words[0].lower
    if first in ("a", "an") and not amounts(words):
        return {"are": "is", "were": "was"}.get(be, be)
    head = ""
    for word in words:
        if word.tag == "NOUN":
            head = word.lower
        elif word.tag not in ("DET", "NUM", "ADJ", "POSS", "ADV", "EN") or (head and word.tag != "ADJ"):
            break
    if be in ("is", "was") and head in _SURE_PLURALS and first not in ("more", "one", "only", "a"):
        return {"is": "are", "was": "were"}[be]
    if (
        be == "is"
        and looks_plural(head)
        and (first in ("any", "some", "two", "three") or words[0].tag in ("NOUN", "ADJ", "FIN"))
        and head not in _UNCOUNTED
    ):
        return "are"
    return be


_UNCOUNTED = frozenset({"glass", "grass", "news", "tennis", "bus", "gas", "stairs"})
