"""Tells where a negated clause denies what the caption says."""

from __future__ import annotations

import re

from negdata.grammar.analysis import Analysis, Phrase
from negdata.grammar.clauses import NegatedClause
from negdata.grammar.hosts import is_person, phrase_names
from negdata.negation import negated_spans
from negdata.negation.text import is_word, stem, tokenise
from negdata.negation.wording import FUNCTION_WORDS
from negdata.vocabulary import vocabulary

_HAVING = frozenset(map(stem, "wear wearing hold holding carry carrying having dressed".split()))
"""Verbs that a caption may say with a mere "in" or "with": "a man in a hat"."""
_IN_IMAGE = frozenset(map(stem, ("picture", "photo", "image", "scene", "visible", "view", "frame")))
_SUBJECT = re.compile(
    r"^(?:not (?:all|both|every|each) )?(?:of )?(.+?) (?:is|are|was|were|does|do|did|has|have|had|can|cannot|could|will"
    r"|would|should|must|may|might|isn't|aren't|didn't|doesn't|don't|no longer)\b"
)
_POINTING = frozenset("this that these those it he she they there no one none nothing".split())


def contradicts(a: Analysis, clause: NegatedClause) -> bool:
    """Whether the caption says, un-negated, what the clause denies, and of the same subject."""
    stated = _stated(a)
    denied = _content(clause.negated)
    there = clause.text.startswith(("there ", "no one ", "nothing "))
    if clause.kind == "object" and there:
        if denied and denied <= stated and _content(clause.text) <= stated:
            return True
        return _content(clause.text) <= denied and _names(a, clause.negated)
    telling = denied - _HAVING or denied
    if not telling or not telling <= stated:
        return False
    subject = subject_of(clause)
    if not subject:
        return True
    if not subject <= stated:
        return False
    actor = _actor_before(a, telling)
    return actor is None or not _acts(a, subject) or stem(a.tokens[actor.head].lower) in subject


def subject_of(clause: NegatedClause) -> frozenset[str]:
    """The stems of the clause's subject; none where it is "it", "this", "there" or nobody."""
    found = _SUBJECT.match(clause.text)
    if found is None or (found[1].split()[0] in _POINTING and len(found[1].split()) == 1):
        return frozenset()
    return _content(found[1])


def _content(text: str) -> frozenset[str]:
    words = tokenise(text).words
    return frozenset(stem(w) for w in words if is_word(w) and w not in FUNCTION_WORDS) - _IN_IMAGE


def _stated(a: Analysis) -> frozenset[str]:
    """The stems of what the caption says and doesn't deny."""
    spans = [(start, end) for _, start, end in negated_spans(a.text)]
    tokens = tokenise(a.text)
    return frozenset(
        stem(word)
        for word, (start, end) in zip(tokens.words, tokens.spans, strict=True)
        if is_word(word) and not any(first <= start and end <= last for first, last in spans)
    )


def _names(a: Analysis, name: str) -> bool:
    """Whether the caption names the object or a kind of it."""
    known = vocabulary()
    entry = known.lookup(name)
    if entry is None:
        return False
    return any(entry.name in known.ancestors(mention.name) for mention in known.find(a.text))


def _acts(a: Analysis, subject: frozenset[str]) -> bool:
    return any(_is_actor(a, p) and stem(a.tokens[p.head].lower) in subject for p in a.phrases)


def _actor_before(a: Analysis, telling: frozenset[str]) -> Phrase | None:
    """The last person or animal that is named before what is told."""
    told = [i for i, token in enumerate(a.tokens) if stem(token.lower) in telling]
    if not told:
        return None
    actors = [p for p in a.phrases if p.last < told[0] and _is_actor(a, p)]
    return actors[-1] if actors else None


def _is_actor(a: Analysis, phrase: Phrase) -> bool:
    names = phrase_names(a, phrase)
    return is_person(names) or "animal" in names
