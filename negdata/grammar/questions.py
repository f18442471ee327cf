"""Turns a question that was answered "no" into the clause that says so: "the man is not wearing a hat"."""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import lru_cache

from negdata.grammar import question_words as qw
from negdata.grammar.clauses import ClauseKind, NegatedClause
from negdata.grammar.polarity import assert_, unassert
from negdata.grammar.question_existence import deny_existence
from negdata.grammar.question_kinds import bare_name, predicate_kind
from negdata.grammar.question_reading import Question, read_question, refuse, tagged
from negdata.grammar.question_split import split_predicate
from negdata.grammar.question_subjects import Subject, deny_subject
from negdata.grammar.question_verbs import split_verb
from negdata.grammar.tagging import looks_plural
from negdata.grammar.tokens import Token
from negdata.grammar.verb_forms import base_form, past_tense, third_person
from negdata.negation import find_cues
from negdata.vocabulary import vocabulary

__all__ = ["NegatedClause", "negate_question"]

_OPINION = re.compile(r"^(think|believe|suppose|feel|agree|know|guess|say|imagine)\b(?: that)? ?", re.IGNORECASE)
_SEEING = re.compile(r"^(?:actually )?(?:see|notice|spot)\b ?", re.IGNORECASE)
_CHOICE_WITHIN = re.compile(
    r"\b(wearing|holding|carrying|eating|drinking|using|riding|have|has|having|any|wear|contain|buy|find|playing with"
    r"|see|with|made of|eat|anyone|anything|someone|something)\b.*\bor\b",
    re.IGNORECASE,
)
_MANY_OF = {"this": "these", "that": "those"}
_IN_PLURAL = {"is": "are", "was": "were", "does": "do", "has": "have"}
_IN_SINGULAR = {many: one for one, many in _IN_PLURAL.items()}
_SURE_PLURAL = frozenset({"women", "gentlemen", "men", "people", "children", "kids", "they", "these", "those"})


@lru_cache(maxsize=1_024)  # asked for every caption of the image, by the stage and by the rules
def negate_question(question: str) -> NegatedClause:
    """The clause that the answer "no" to a question says.

    Raises CannotWrite, with the code ``not-a-yes-no-question``, for what is no yes/no question, is a choice, negates
    already, asks for the reader's own doings or opinion, or isn't understood.
    """
    asked = read_question(question)
    clause = _viewed(asked) if asked.words[0].lower in ("you", "we", "i") else _negated(asked)
    if asked.lead:
        clause = NegatedClause(
            f"{clause.text} {asked.lead}", clause.kind, clause.negated, f"{clause.statement} {asked.lead}"
        )
    return _checked(clause)


def _checked(clause: NegatedClause) -> NegatedClause:
    """The clause with exactly one negation, that is read as one; "not just" is read as none, "isn't just" is."""
    if not find_cues(clause.text):
        exit_sign = re.sub(r"^there (is|are|was|were) no ", r"there \1n't any ", clause.text)
        contracted = re.sub(
            r"\b(is|are|was|were|does|do|did|has|have|would|could|should) not\b", r"\1n't", exit_sign, count=1
        )
        clause = NegatedClause(contracted, clause.kind, clause.negated, clause.statement)
    if len(find_cues(clause.text)) != 1:
        raise refuse("no clause with a single negation can be made of it")
    return clause


def _negated(asked: Question) -> NegatedClause:
    words = asked.words
    if asked.auxiliary in qw.BE and words[0].lower == "there":
        return deny_existence(words[1:], asked.text, asked.auxiliary)
    if asked.auxiliary in qw.BE and words[0].lower in ("what", "which", "who", "how", "where", "not"):
        raise refuse("no subject is found")
    split = _split(asked)
    if split is None or split >= len(words):
        raise refuse("no subject is found, or nothing is asked of it")
    subject, predicate = words[:split], words[split:]
    if predicate[0].lower in qw.BE and len(predicate) > 1:
        predicate = predicate[1:]  # said twice: "Are these birds are common"
    if not predicate[0].is_word or predicate[0].lower in qw.AUXILIARIES - qw.HAVE - {"do"}:
        raise refuse("what is asked of the subject isn't understood")
    if "or" in [word.lower for word in words] and _is_choice(asked, predicate):
        raise refuse("it asks which of two it is")
    return _clause(asked, subject, predicate)


def _split(asked: Question) -> int | None:
    if asked.auxiliary in qw.BE:
        return split_predicate(asked.words)
    if asked.auxiliary in qw.HAVE:
        return split_predicate(asked.words, perfect=True)
    return split_verb(asked.words)


def _is_choice(asked: Question, predicate: Sequence[Token]) -> bool:
    words = [word.lower for word in predicate]
    if "or" not in words:
        return False
    said = asked.text[predicate[0].start :]
    return words[-1] == "or" or words[words.index("or") + 1] == "not" or _CHOICE_WITHIN.search(said) is None


def _viewed(asked: Question) -> NegatedClause:
    """Questions put to the viewer: what can't be seen isn't there, what isn't thought isn't so."""
    rest = asked.text[asked.words[0].end :].strip()
    if asked.auxiliary in ("do", "can", "could", "did") and (seeing := _SEEING.match(rest)):
        return _seen(tagged(rest[seeing.end() :]) if rest[seeing.end() :] else [], rest[seeing.end() :])
    if asked.auxiliary in ("do", "would", "can", "could") and (thought := _OPINION.match(rest)):
        return _declared(rest[thought.end() :])
    if (
        asked.auxiliary in ("can", "could")
        and asked.words[0].lower in ("you", "we")
        and rest
        and asked.words[1].lower in qw.VERBS
    ):
        if {"tell", "say", "guess", "read", "name", "think"} & {asked.words[1].lower}:
            raise refuse("it asks for what the viewer can tell")
        who = asked.words[0].lower
        statement = f"{who} {asked.auxiliary} {assert_(rest)}"
        return NegatedClause(f"{who} {_not(asked.auxiliary, rest)}", "action", rest, statement)
    raise refuse("it asks for the viewer's own doings")


def _seen(words: Sequence[Token], text: str) -> NegatedClause:
    if not words or (words[0].tag in ("SUB", "PREP", "REL", "TO", "PRON") and words[0].lower not in qw.SOMEONE):
        raise refuse("it asks for what the viewer can tell")
    if (
        words[0].lower in ("the", "this", "that", "his", "her", "its", "their", "these", "all", "both")
        or words[0].tag == "POSS"
    ):
        end = next(
            (i for i, word in enumerate(words) if i and word.tag in ("PREP", "ING") and word.lower != "of"), len(words)
        )
        name, where = text[: words[end - 1].end], text[words[end - 1].end :]
        negation = f"not {name} can" if words[0].lower in ("all", "both") else f"{name} cannot"
        return NegatedClause(
            f"{negation} be seen{where}", "object", bare_name(words[:end], text), f"{name} can be seen{where}"
        )
    head = next((w.lower for w in reversed(words[: _first_break(words)]) if w.tag == "NOUN"), "")
    return deny_existence(words, text, "are" if looks_plural(head) else "is")


def _first_break(words: Sequence[Token]) -> int:
    return next((i for i, word in enumerate(words) if i and word.tag in ("PREP", "ING", "REL", "EN")), len(words))


def _declared(text: str) -> NegatedClause:
    """ "this man is happy", as it stands behind "Do you think": put back into a question."""
    if not text:
        raise refuse("it asks for an opinion of nothing")
    words = tagged(text)
    for at, word in enumerate(words):
        if at and word.lower in qw.AUXILIARIES:
            inverted = f"{text[: word.start]}{text[word.end :].strip()}"
            return _negated(Question(word.lower, inverted, tuple(tagged(inverted))))
    for at, word in enumerate(words):
        if at and base_form(word.lower) != word.lower and base_form(word.lower) in qw.VERBS:
            inverted = f"{text[: word.start]}{base_form(word.lower)}{text[word.end :]}"
            return _negated(Question("does", inverted, tuple(tagged(inverted))))
    raise refuse("what it asks to think is no clause")


def _clause(asked: Question, subject_words: Sequence[Token], predicate: Sequence[Token]) -> NegatedClause:
    text = asked.text
    auxiliary = _agreeing(asked.auxiliary, subject_words)
    name = text[: subject_words[-1].end]
    nouns = [word.lower for word in subject_words if word.tag == "NOUN"]
    if subject_words[0].lower in _MANY_OF and nouns and nouns[-1] in _SURE_PLURAL and len(nouns) == 1:
        name = _MANY_OF[subject_words[0].lower] + name[4:]  # "this people"
        auxiliary = _IN_PLURAL.get(auxiliary, auxiliary)
    if asked.auxiliary in ("is", "are") and subject_words[0].lower in ("this", "that") and len(subject_words) == 1:
        name, auxiliary = _agreeing_demonstrative(name, predicate, auxiliary)
    subject = deny_subject(subject_words, name, auxiliary in ("are", "were", "do", "have"), predicate[0])
    verb, kind_verb = _verb(auxiliary, predicate)
    kind, negated = predicate_kind(subject_words, predicate, text, kind_verb)
    said = text[predicate[0].start : predicate[-1].end]
    possession = auxiliary in qw.HAVE and predicate[0].tag in ("DET", "NUM") and len(predicate) > 1
    if auxiliary in qw.DO or possession:
        return _with_do(subject, auxiliary, said, predicate, verb, kind, negated, possession)
    statement = f"{subject.stated} {auxiliary} {assert_(said)}"
    if subject.way == "by-existence" and auxiliary in qw.BE:
        return NegatedClause(f"there {auxiliary} not {name} {unassert(said)}", kind, negated, statement)
    if subject.way == "by-subject":
        return NegatedClause(f"{subject.denied} {auxiliary} {unassert(said)}", kind, negated, statement)
    return NegatedClause(f"{name} {_not(auxiliary, said)}", kind, negated, statement)


def _not(auxiliary: str, said: str) -> str:
    if auxiliary in qw.BE and (still := re.match(r"still (?=\w+ing\b|in |on |under |a |the )", said)):
        return f"{auxiliary} no longer {unassert(said[still.end() :])}"
    negation = "cannot" if auxiliary == "can" else f"{auxiliary} not"
    return f"{negation} {unassert(said)}"


def _with_do(
    subject: Subject,
    auxiliary: str,
    said: str,
    predicate: Sequence[Token],
    verb: int,
    kind: ClauseKind,
    negated: str,
    possession: bool,
) -> NegatedClause:
    if possession:
        auxiliary = {"has": "does", "have": "do", "had": "did"}[auxiliary]
        said = f"have {said}"
        base, before, after = "have", "", said[4:]
    else:
        start = predicate[0].start
        word = predicate[verb]
        base = base_form(word.lower)
        before, after = said[: word.start - start], said[word.end - start :]
    inflect = {"does": third_person, "did": past_tense}.get(auxiliary, str)
    finite = f"{before}{inflect(base)}{after}"
    statement = f"{subject.stated} {assert_(finite)}"
    if subject.way == "by-subject":
        return NegatedClause(f"{subject.denied} {before}{inflect(base)}{unassert(after)}", kind, negated, statement)
    return NegatedClause(f"{subject.stated} {auxiliary} not {before}{base}{unassert(after)}", kind, negated, statement)


def _verb(auxiliary: str, predicate: Sequence[Token]) -> tuple[int, str]:
    """Where the predicate's verb stands, and its base form; the auxiliary itself for "be"."""
    if auxiliary in qw.BE or auxiliary in qw.HAVE:
        return 0, auxiliary
    for at, word in enumerate(predicate):
        if base_form(word.lower) in qw.VERBS and word.lower not in ("all", "both", "also"):
            return at, base_form(word.lower)
    return 0, base_form(predicate[0].lower)


def _agreeing(auxiliary: str, subject: Sequence[Token]) -> str:
    """The auxiliary in the subject's number where people wrote the other: "Is the women", "Are the man"."""
    nouns = [word.lower for word in subject if word.tag in ("NOUN", "PRON")]
    if subject[0].lower == "one":
        return _IN_SINGULAR.get(auxiliary, auxiliary)
    first = subject[0].lower
    if (
        any(word.lower in ("and", "of", "or") or word.tag in ("PREP", "REL", "ING", "EN") for word in subject)
        or not nouns
    ):
        if first in ("these", "those", "they") and len(subject) == 1:
            return _IN_PLURAL.get(auxiliary, auxiliary)
        return auxiliary
    if (nouns[-1] in _SURE_PLURAL or _known_plural(nouns[-1])) and first not in (
        "this",
        "that",
        "a",
        "one",
        "every",
        "each",
    ):
        return _IN_PLURAL.get(auxiliary, auxiliary)
    if nouns[-1] in ("man", "woman", "boy", "girl", "he", "she", "it", "person", "dog", "cat"):
        return _IN_SINGULAR.get(auxiliary, auxiliary)
    return auxiliary


def _known_plural(noun: str) -> bool:
    """Whether the vocabulary has a word as the plural of something, and of nothing else: "slices", not "sheep"."""
    entry = vocabulary().lookup(noun)
    return entry is not None and not entry.mass and entry.plural == noun and entry.name != noun


def _agreeing_demonstrative(name: str, predicate: Sequence[Token], auxiliary: str) -> tuple[str, str]:
    """ "Are this toy horses" is meant as "these are"."""
    if auxiliary == "are" and predicate[-1].tag == "NOUN" and looks_plural(predicate[-1].lower):
        return _MANY_OF[name.lower()], "are"
    return name, {"are": "is"}.get(auxiliary, auxiliary)
