"""Folds a negated clause into a caption of the same image: "…, and the man is not wearing a hat"."""

from __future__ import annotations

import random
import re
from collections.abc import Iterator
from dataclasses import replace

from negdata.grammar.analysis import Analysis, CannotWrite, analyse
from negdata.grammar.clauses import NegatedClause
from negdata.grammar.contradictions import contradicts
from negdata.grammar.drafts import Draft, can_lower_first, compose
from negdata.grammar.hosts import is_person, is_view, phrase_names, place_after, with_before
from negdata.grammar.writing import Written, seed_of, weighted_order, write_negation
from negdata.negation import check_question_caption
from negdata.vocabulary import vocabulary

_IN_IMAGE = re.compile(r",? (?:in|on|of) (?:the|this|that|these) (?:picture|photo|image|photograph|scene|pic|shot)s?\b")
_THERE = re.compile(r"^there (is|are|was|were) (no (?!one\b).+)$")
_PREDICATE = re.compile(r"^(?P<name>.+?) (?P<be>is|are) not (?P<said>.+)$")
_ANY_PREDICATE = re.compile(
    r"^(?P<name>.+?) (?P<rest>(?:is|are|was|were|does|do|did|has|have|cannot|could|would|will|should)\b.+)$"
)
_PRONOUNS = {
    **dict.fromkeys(("man", "boy", "guy", "gentleman"), "he"),
    **dict.fromkeys(("woman", "girl", "lady"), "she"),
    **dict.fromkeys(("dog", "cat", "giraffe", "zebra", "elephant", "cow", "horse", "bird", "bear", "sheep"), "it"),
}
_ATTACHED = re.compile(r"^(?!being\b|going\b)\w+ing\b")
_IMPERSONAL = re.compile(r"^(?:it is|there (?:is|are)|no one is|nothing is) ")
_POINTED = re.compile(
    r"^(not all )?(?:this|these|that|those) "
    r"(?!(?:is|are|was|were|does|do|did|has|have|can|cannot|could|would|will|should|must|might|may)\b)"
)
_THE_IMAGE = frozenset({"picture", "photo", "image", "scene", "photograph", "pic"})
"""Behind "this" these mean the image itself, and behind "the" they wouldn't."""
HANDED_OVER_SHARE = 0.6
"""How often the plain absence of an object is told in one of the many ways of ``write_negation``."""


def fold_clause(caption: str, clause: NegatedClause, seed: int) -> Written:
    """A caption that says what the given one says, and what the clause says.

    The words of the caption stay, in their order. The same three arguments give the same sentence. Raises CannotWrite
    where the caption is no English caption, the clause contradicts it (``contradiction``), or no way of folding it in
    passes the checks.
    """
    a = analyse(caption)
    if contradicts(a, clause):
        raise CannotWrite(f"the caption says that {clause.statement[:80]}", "contradiction")
    rng = random.Random(seed_of("question", seed, caption, clause.text))
    if _is_plain_absence(clause) and rng.random() < HANDED_OVER_SHARE:
        try:
            written = write_negation(caption, clause.negated, seed)
        except CannotWrite:
            written = None
        if written is not None and check_question_caption(caption, written.text, clause.statement) is None:
            return written
    drafts = list(_drafts(a, _fitted(a, clause)))
    problem = CannotWrite("no construction fits the caption")
    for draft in weighted_order(drafts, [draft.weight for draft in drafts], rng):
        text = _composed(a, draft)
        finding = check_question_caption(caption, text, clause.statement)
        if finding is None:
            return Written(text, draft.construction, draft.position)
        problem = CannotWrite(finding.detail, finding.reason)
    raise problem


def standalone(clause: NegatedClause) -> str:
    """The clause as a caption of its own: "The man is not wearing a hat."."""
    return clause.text[:1].upper() + clause.text[1:] + ("" if clause.text.endswith(".") else ".")


def _is_plain_absence(clause: NegatedClause) -> bool:
    """Whether the clause says of an object of the vocabulary that it is nowhere in the image, and no more."""
    there = _THERE.match(_IN_IMAGE.sub("", clause.text))
    return (
        clause.kind == "object"
        and there is not None
        and there[2] == f"no {clause.negated}"
        and vocabulary().lookup(clause.negated) is not None
    )


def _fitted(a: Analysis, clause: NegatedClause) -> NegatedClause:
    """The clause as it reads beside the caption: "this man" is "the man", and the image needn't be named again."""
    text = _IN_IMAGE.sub("", clause.text)
    if len(text.split()) < 3 or re.search(r" (?:not|is|are|the)$", text):
        text = clause.text
    named = _POINTED.match(text)
    if named is not None and text.split()[1] not in _THE_IMAGE:
        text = f"{named[1] or ''}the {text[named.end() :]}"
    return replace(clause, text=text)


def _composed(a: Analysis, draft: Draft) -> str:
    text = compose(a, draft)
    if draft.sentence and a.text == a.text.lower():
        at = text.rindex(draft.words[1:]) - 1
        text = text[:at] + draft.words[:1] + text[at + 1 :]
    return text


def _drafts(a: Analysis, clause: NegatedClause) -> Iterator[Draft]:
    text = clause.text
    yield Draft("sentence", "end", 3.0, a.end, text, sentence=True)
    if a.question:
        return
    pronoun = _by_pronoun(a, text)
    if pronoun is not None:
        yield _tail("but-pronoun", 3.0, a, f", but {pronoun}")
        yield _tail("and-pronoun", 3.0, a, f", and {pronoun}")
    yield _tail("but-clause", 3.0, a, f", but {text}")
    yield _tail("and-clause", 3.0, a, f", and {text}")
    if a.negated:
        return
    there = _THERE.match(text)
    if there is not None:
        if not with_before(a, a.last):
            yield _tail("with-no", 4.0, a, f", with {there[2]}")
        if a.subject is not None and "place" in _kinds(a) and "with" not in text:
            yield _tail("where", 2.0, a, f", where {text}")
    yield from _attached(a, text)
    yield from _openings(a, text)


def _by_pronoun(a: Analysis, text: str) -> str | None:
    """ "he is not wearing a hat": where the clause's subject is the one actor that the caption names."""
    said = _ANY_PREDICATE.match(text)
    if said is None or a.subject is None or a.negated or not _means(a, said["name"]) or not _one_actor(a):
        return None
    head = a.tokens[a.subject.head].lower
    pronoun = _PRONOUNS.get(head, "they" if a.subject.plural else "")
    if a.subject.plural != (pronoun == "they") or not pronoun:
        return None
    return f"{pronoun} {said['rest']}"


def _kinds(a: Analysis) -> frozenset[str]:
    return phrase_names(a, a.phrases[-1]) if a.phrases and a.phrases[-1].last == a.last else frozenset()


def _attached(a: Analysis, text: str) -> Iterator[Draft]:
    """Told of the caption's own subject: "a man who is not wearing a hat", "…, not wearing a hat"."""
    said = _PREDICATE.match(text)
    if said is None or a.subject is None or a.kind == "existential" or not _means(a, said["name"]):
        return
    if not _leads(a, said["be"]):
        return
    if _ATTACHED.match(said["said"]) and a.subject is not None and _one_actor(a):
        yield _tail("not-doing", 5.0, a, f", not {said['said']}")
        yield _tail("but-not-doing", 2.0, a, f" but not {said['said']}")
    place = place_after(a, a.subject)
    if place in ("FIN", "ING", "EN", "END") and a.subject_last == a.subject.full_last:
        who = "who" if is_person(phrase_names(a, a.subject)) else "that"
        at = a.tokens[a.subject.full_last].end
        relative = f"{who} {said['be']} not {said['said']}"
        if place in ("FIN", "END"):
            yield Draft("who-is-not", "middle", 5.0, at, f" {relative}")
        if place != "END" and len(said["said"].split()) <= 5:
            which = relative if who == "who" else f"which{relative[len(who) :]}"
            yield Draft("who-is-not", "middle", 3.0, at, f", {which},")
        if place == "FIN" and len(said["said"].split()) <= 5:
            yield Draft("not-doing", "middle", 3.0, at, f", not {said['said']},")


def _means(a: Analysis, name: str) -> bool:
    """Whether the clause's subject is the caption's: "the man" is "a tall man" where no other man is named."""
    words = name.lower().split()
    if words[0] not in ("the", "this", "these", "those", "that") or len(words) < 2 or a.subject is None:
        return False
    head = a.tokens[a.subject.head].lower
    own = {token.lower for token in a.tokens[a.subject.first : a.subject.last + 1]}
    heads = [a.tokens[phrase.head].lower for phrase in a.phrases]
    return words[-1] == head and set(words[1:]) <= own and heads.count(head) == 1


def _leads(a: Analysis, be: str) -> bool:
    """Whether the subject is a phrase of its own, in the number of the verb."""
    assert a.subject is not None
    return not a.subject.coordinated and not is_view(a) and (be == "are") == a.subject.plural


def _one_actor(a: Analysis) -> bool:
    """Whether no one else is named whom "not wearing a hat" at the end could be told of."""
    actors = [p for p in a.phrases if is_person(phrase_names(a, p)) or "animal" in phrase_names(a, p)]
    verbs = [token for token in a.tokens if token.tag == "FIN"]
    return len(actors) == 1 and len(verbs) < 2 and not a.breaks


def _openings(a: Analysis, text: str) -> Iterator[Draft]:
    if a.rest or a.subject is None or a.subject.pronoun or is_view(a) or not can_lower_first(a):
        return
    there = _THERE.match(text)
    if a.kind == "clause" and there is not None:
        yield Draft("with-no-first", "start", 3.0, 0, f"with {there[2]}, ")
    counted = a.tokens[0].lower in ("a", "an") or a.tokens[0].tag == "NUM"
    if a.kind == "nominal" and counted and _IMPERSONAL.match(text):
        picture = "photo" if len(a.text) % 2 else "picture"
        yield Draft("in-this-picture", "start", 2.5, 0, f"{text} in this {picture} of ")


def _tail(construction: str, weight: float, a: Analysis, words: str) -> Draft:
    return Draft(construction, "end", weight, a.end, words)
