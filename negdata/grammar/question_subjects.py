"""How a clause is denied by its subject: "no one", "none of the dogs", "not all the people"."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from negdata.grammar import question_words as qw
from negdata.grammar.tokens import Token

Way = Literal["by-subject", "by-verb", "by-existence"]


@dataclass(frozen=True, slots=True)
class Subject:
    """The subject as the denial has it and as its affirmative counterpart has it.

    ``way`` says where the negation stands: in the subject ("no one is"), at the verb ("the man is not"), or in "there
    are not" ("there are not two men wearing hats"). ``plural`` is whether its verb is in the plural.
    """

    denied: str
    stated: str
    way: Way
    plural: bool


def deny_subject(words: Sequence[Token], text: str, plural: bool, predicate: Token) -> Subject:
    """The subject of a question, denied; ``text`` is how it is written, ``plural`` what its auxiliary tells."""
    first = words[0].lower
    bare, _, possessive = first.partition("'")
    after = words[1].lower if len(words) > 1 else ""
    rest = text[words[0].end - words[0].start :]
    if bare in qw.SOMEONE:
        known = {"no one": "someone", "nothing": "something"}.get(qw.SOMEONE[bare], "somewhere")
        own = "'" + possessive if possessive else ""
        return Subject(qw.SOMEONE[bare] + own + rest, known + own + rest, "by-subject", plural)
    if first in qw.EVERYONE or first in ("all", "both", "every", "each", "many", "enough"):
        return Subject(f"not {text}", text, "by-subject", plural)
    if first == "either":
        denied = f"neither{rest}"
        return Subject(denied, f"one{rest}", "by-subject", plural)
    if first in ("any", "some", "one") and (after == "of" or len(words) == 1):
        return Subject(f"none{rest}", f"one{rest}" if first == "one" else f"some{rest}", "by-subject", plural)
    if first in ("a", "an") and after in qw.AMOUNT_NOUNS and len(words) > 2 and words[2].lower == "of":
        return Subject(f"not {text}", text, "by-subject", plural)
    if first in qw.INDEFINITE:
        stated = text if first != "any" else f"some{rest}"
        return Subject(f"no{rest}", stated, "by-subject", plural)
    if words[0].tag == "NUM" or first in qw.COUNTED:
        return Subject(text, text, "by-existence", plural)
    if _names_kind(words) and predicate.tag not in ("DET", "POSS"):
        return Subject(f"no {text}", text, "by-subject", plural)
    return Subject(text, text, "by-verb", plural)


def _names_kind(words: Sequence[Token]) -> bool:
    """Whether the subject is a kind, without any determiner: "people", "water"; names and acts are none."""
    first = words[0]
    proper = any(word.text[:1].isupper() for word in words)
    return first.tag in ("NOUN", "ADJ", "EN") and not proper and not first.lower.endswith(("ing", "'s", "s'"))
