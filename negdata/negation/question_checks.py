"""Whether what a backend wrote says the answer "no" to a question about the image, folded into its caption or alone."""

from __future__ import annotations

from negdata.negation.detect import Cue, find_cues, find_weak_cues
from negdata.negation.form import Finding, check_form
from negdata.negation.lexicon import Side
from negdata.negation.reading import Reading, check_double, check_invented, check_kept, is_content, read
from negdata.negation.scope import ends_clause, is_finite
from negdata.negation.text import is_word, stem, tokenise

_UNSAID = frozenset(
    map(
        stem,
        "see notice think believe suppose picture scene photo image frame visible still already yet too either anywhere"
        " somewhere anyplace someplace likely probably actually really currently".split(),
    )
)
"""What an answer may leave out: "Can you see a dog in this picture?" """
MIN_WORDS = 3
_POINTING = frozenset({"this", "that", "these", "those", "the"})
_PRONOUNS = frozenset({"it", "he", "she", "they"})
_PREDICATES = frozenset(
    "on off up down out in inside outside here there same over through about none all still done himself herself itself"
    " themselves".split()
)
"""Words that carry no content elsewhere, and all of it where a question ends with them: "Is the light on?"."""
_QUANTIFIERS = frozenset({"all", "both", "every", "everyone", "everybody", "everything", "each", "many", "enough"})
_CLAUSE_STARTS = frozenset({"and", "but", "while", "where", "with", "that", "so", ""})
_NOBODY = frozenset({"no", "no one", "nobody", "none", "nothing", "nowhere", "neither"})


def check_question_caption(caption: str, written: str, question: str) -> Finding | None:
    """What is wrong with a caption that should say what ``caption`` says and that the answer to ``question`` is no.

    None where nothing is: a cue is there that the caption didn't have, what the question asks last lies in what it
    negates, every content word of the caption is still said, every one of the question is, and nothing else is. Where
    ``caption`` is empty, ``written`` is a sentence of its own, and only the question is asked of it.
    """
    finding = check_form(f"{caption} {question}".strip(), written)
    if finding is not None and (finding.reason != "too-short" or _word_count(written) < MIN_WORDS):
        return finding
    if caption and tokenise(caption).words == tokenise(written).words:
        return Finding("unchanged", "it says what the caption says")
    before, after = read(caption, ()), read(written, find_cues(caption))
    if not after.cues:
        weak = " but a weak one" if find_weak_cues(written) else ""
        return Finding("no-cue", f"it has no negation cue{weak} that the caption doesn't have")
    words = tokenise(question).words
    asked = [stem(word) for word in words if is_content(word) and stem(word) not in _UNSAID]
    said = frozenset(map(stem, words)) | frozenset(words)
    return (
        check_double(after)
        or _check_undone(words, after)
        or _check_denied(asked, words, after)
        or check_kept(caption, written, before, after)
        or check_invented(caption, written, after, [], said)
        or _check_answered(asked, words, caption, after)
    )


def _word_count(text: str) -> int:
    return sum(map(is_word, tokenise(text).words))


def _check_denied(asked: list[str], question: tuple[str, ...], after: Reading) -> Finding | None:
    """What a question asks stands at its end, and an answer must have it behind its negation."""
    last = next((word for word in reversed(question) if is_word(word)), "")
    ends = {asked[-1]} if asked else set()
    ends |= {stem(word) for word in [w for w in question if is_content(w)][-1:]}
    if last in _PREDICATES:
        ends.add(stem(last))
    words = after.tokens.words
    own = _own_words(question)
    denied = {stem(words[i]) for scope in after.scopes for i in range(scope.first, scope.last + 1)}
    for cue in after.cues:
        denied.update(stem(words[i]) for i in _reach(after, cue, own))
    if not ends or ends & denied:
        return None
    cues = ", ".join(f'"{cue.cue}"' for cue in after.cues)
    return Finding("object-not-in-scope", f"what the question asks isn't in the scope of {cues}")


def _check_undone(question: tuple[str, ...], after: Reading) -> Finding | None:
    """Two negations of one clause say that the answer is yes: "no man is never wearing a hat"."""
    own = _own_words(question)
    for one in after.cues:
        reach = _reach(after, one, own)
        for other in after.cues:
            joined = other.cue == "nor" or after.tokens.at(other.first - 1) in ("or", "and", "nor", ",")
            if one is not other and other.first in reach and not joined:
                return Finding("double-negation", f'"{other.cue}" undoes "{one.cue}"')
    return None


def _own_words(question: tuple[str, ...]) -> frozenset[str]:
    return frozenset(question) | frozenset(map(stem, question))


def _reach(after: Reading, cue: Cue, question: frozenset[str]) -> range:
    """The tokens that a negation bears on in its clause: "no man is wearing a hat", "not wearing a hat on the bed".

    It ends with the clause, but goes on through verbs and marks for as long as it says the question's own words.
    """
    words = after.tokens.words
    if cue.side in (Side.BEFORE, Side.WITHIN):
        return range(cue.first, cue.last + 1)
    at, own, subject = cue.last + 1, True, _is_subject(after, cue)
    while at < len(words):
        own = own and (words[at] in question or stem(words[at]) in question)
        if at > cue.last + 1 and ends_clause(after.tokens, at) and not own:
            if not (subject and is_finite(after.tokens, at)):
                break
            subject = False
        at += 1
    return range(cue.first, at)


def _is_subject(after: Reading, cue: Cue) -> bool:
    """Whether the negation is a part of its clause's subject, so that it bears on the verb behind it too."""
    if cue.cue == "not":
        return after.tokens.at(cue.last + 1) in _QUANTIFIERS
    before = after.tokens.at(cue.first - 1)
    return cue.cue in _NOBODY and (before in _CLAUSE_STARTS or not is_word(before))


def _check_answered(asked: list[str], question: tuple[str, ...], caption: str, after: Reading) -> Finding | None:
    """What the question says must be said: "not wearing a hat" is no answer to "wearing a red hat".

    Beside a caption its subject may be told by a pronoun: "A giraffe …, but it is not a baby" of "this animal".
    """
    said = {stem(word) for word in after.tokens.words} | {stem(word) for word in tokenise(caption).words}
    if caption and not _PRONOUNS.isdisjoint(after.tokens.words) and len(question) > 3 and question[1] in _POINTING:
        said.add(stem(question[2]))
    for root in asked:
        if root not in said:
            return Finding("lost-content", f'"{root}" of the question is gone')
    return None
