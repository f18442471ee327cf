"""Whether a caption that a backend wrote says what it should: used on the words of every backend alike."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from itertools import pairwise

from negdata.negation.detect import Cue, find_cues, find_weak_cues
from negdata.negation.form import Finding, check_form
from negdata.negation.lexicon import LESS_WORDS, Side
from negdata.negation.naming import Naming, Target, namings, target
from negdata.negation.scope import Scope, denied, scopes_of
from negdata.negation.text import Tokens, is_word, stem, tokenise
from negdata.negation.wearing import check_wearing
from negdata.negation.wording import ADDABLE, FUNCTION_WORDS
from negdata.vocabulary import vocabulary

REASONS: dict[str, str] = {
    "no-cue": "nothing in it negates, or nothing that the caption didn't negate already",
    "object-not-in-scope": "the object isn't what is negated",
    "lost-content": "a content word of the caption is gone",
    "invented-content": "it says something that the caption doesn't",
    "contradiction": "it denies something that the caption says is there",
    "names-object-as-present": "it names the object, or a kind of it, as present",
    "not-in-caption": "the object that a false caption should deny isn't in the caption",
    "double-negation": "one negation lies inside another",
    "unnatural": 'it says what nobody says, such as "a cat not wearing a parking meter"',
    "unchanged": "it is the caption itself",
    "too-long": "it is far longer than the caption",
    "too-short": "it is far shorter than the caption",
    "not-a-caption": "it talks about the task instead of the image",
    "garbled": "it holds markup or line breaks, or says something twice",
}
"""Reason code → what it means. A rejected record carries the code."""
MIN_FALSE_SHARE = 0.5
MIN_REPEATED = 3


@dataclass(frozen=True, slots=True)
class _Reading:
    """A text as the checks see it.

    ``cues``, ``scopes`` and ``denied``, the tokens that are negated, are those of its new cues; ``all_scopes`` takes in
    the cues that the original caption had already.
    """

    tokens: Tokens
    cues: list[Cue]
    scopes: list[Scope]
    all_scopes: list[Scope]
    denied: frozenset[int]


def check_negated_caption(caption: str, negated_caption: str, negated: str) -> Finding | None:
    """What is wrong with a caption that should say what ``caption`` says and that ``negated`` is absent.

    None where nothing is: a cue is there that the caption didn't have, the object is in its scope and nowhere named as
    present, every content word of the caption is still said, and nothing else is.
    """
    about = target(negated)
    finding = check_form(caption, negated_caption)
    if finding is not None:
        return finding
    before, after = _read(caption, ()), _read(negated_caption, find_cues(caption))
    finding = _check_negation(about, after, negated, negated_caption)
    if finding is not None:
        return finding
    if _named_outside(about, caption, before):
        return Finding("names-object-as-present", f'the caption itself names "{negated}" or a kind of it')
    if _named_outside(about, negated_caption, after):
        return Finding("names-object-as-present", f'"{negated}" or a kind of it is also named as present')
    places = about.namings(negated_caption)
    return (
        _check_repeated(about, negated_caption, before, after)
        or _check_kept(caption, negated_caption, before, after)
        or _check_invented(caption, negated_caption, after, places, frozenset())
        or check_wearing(negated_caption, after.scopes, places)
    )


def check_false_caption(caption: str, false_caption: str, present: str) -> Finding | None:
    """What is wrong with a caption that should deny ``present``, which ``caption`` names, and be a like sentence.

    It must not name the object as present, may lose what was said of it, and may invent nothing.
    """
    about = target(present)
    mentions = about.kinds(caption)
    if not mentions:
        return Finding("not-in-caption", f'the caption doesn\'t name "{present}"')
    finding = check_form(caption, false_caption)
    if finding is not None and (finding.reason != "too-short" or not false_caption.strip()):
        return finding
    before, after = _read(caption, ()), _read(false_caption, find_cues(caption))
    finding = _check_negation(about, after, present, false_caption)
    if finding is not None:
        return finding
    if _named_outside(about, false_caption, after):
        return Finding("names-object-as-present", f'"{present}" or a kind of it is still named as present')
    own = {index for naming in mentions for index in range(naming.first, naming.last + 1)}
    content = [stem(w) for i, w in enumerate(before.tokens.words) if i not in own and _is_content(w)]
    said = _stems_outside(after)
    kept = sum(word in said for word in content)
    if not said - ADDABLE or kept < MIN_FALSE_SHARE * len(content):
        return Finding("lost-content", f"{kept} of the caption's {len(content)} other content words are left")
    general = frozenset(
        stem(word) for kind in vocabulary().ancestors(about.name or present) for word in tokenise(kind).words
    ) | frozenset(map(stem, "piece people item dish".split()))
    return _check_invented(caption, false_caption, after, about.namings(false_caption), general)


def _read(text: str, known: list[Cue] | tuple[()]) -> _Reading:
    """The text and its cues, less those that the original caption had already (``known``)."""
    tokens = tokenise(text)
    spare = Counter(cue.cue for cue in known)
    own: list[Cue] = []
    found: list[Scope] = []
    every: list[Scope] = []
    for cue in find_cues(text):
        its_scopes = list(scopes_of(tokens, cue))
        every += its_scopes
        if spare[cue.cue] > 0:
            spare[cue.cue] -= 1
        else:
            own.append(cue)
            found += its_scopes
    absent: set[int] = set()
    for scope in found:
        absent.update(denied(tokens, scope))
    return _Reading(tokens, own, found, every, frozenset(absent))


def _check_negation(about: Target, after: _Reading, negated: str, text: str) -> Finding | None:
    if not after.cues:
        weak = " but a weak one" if find_weak_cues(text) else ""
        return Finding("no-cue", f"it has no negation cue{weak} that the caption doesn't have")
    if not _in_scope(about, after, text):
        cues = ", ".join(f'"{cue.cue}"' for cue in after.cues)
        return Finding("object-not-in-scope", f'"{negated}" isn\'t in the scope of {cues}')
    return _check_double(after)


def _in_scope(about: Target, after: _Reading, text: str) -> bool:
    if about.is_person and any(cue.cue in ("nobody", "no one") for cue in after.cues):
        return True
    for cue in after.cues:
        if cue.side is Side.WITHIN and target(LESS_WORDS[after.tokens.words[cue.first]]).stems == about.stems:
            return True
    places = about.namings(text)
    return any(s.first <= place.first and place.last <= s.last for s in after.scopes for place in places)


def _check_double(after: _Reading) -> Finding | None:
    for scope in after.scopes:
        for cue in after.cues:
            inside = scope.cue.first < cue.first <= scope.last + 1 and cue is not scope.cue
            joined = after.tokens.at(cue.first - 1) in ("or", "and", ",", "nor") or cue.cue == "nor"
            if inside and not joined and scope.last >= scope.cue.last:
                return Finding("double-negation", f'"{cue.cue}" lies in the scope of "{scope.cue.cue}"')
    for one, other in pairwise(after.cues):
        if other.first - one.last == 1:
            return Finding("double-negation", f'"{one.cue}" stands right before "{other.cue}"')
    return None


def _named_outside(about: Target, text: str, reading: _Reading) -> bool:
    """Whether a text names the object, or a kind of it, where nothing negates it."""
    places = about.kinds(text)
    if not places:
        return False
    return any(not any(s.first <= p.first and p.last <= s.last for s in reading.all_scopes) for p in places)


def _is_content(word: str) -> bool:
    return is_word(word) and word not in FUNCTION_WORDS


def _stems_outside(reading: _Reading) -> set[str]:
    words = reading.tokens.words
    return {stem(word) for i, word in enumerate(words) if i not in reading.denied and _is_content(word)}


def _check_repeated(about: Target, written: str, before: _Reading, after: _Reading) -> Finding | None:
    """A model that goes on after its sentence says the caption, or the negation, a second time."""
    if len(about.namings(written)) > 1:
        return Finding("garbled", "it denies the same object more than once")
    once = Counter(stem(word) for word in before.tokens.words if _is_content(word))
    again = Counter(stem(word) for word in after.tokens.words if _is_content(word))
    extra = [word for word, count in once.items() if again[word] > count]
    if len(extra) >= MIN_REPEATED:
        return Finding("garbled", "it says much of the caption twice")
    return None


def _check_kept(caption: str, written: str, before: _Reading, after: _Reading) -> Finding | None:
    """Every content word of the caption must still be said, and not as absent."""
    said = _stems_outside(after)
    everywhere = {stem(word) for word in after.tokens.words}
    missing = [i for i, w in enumerate(before.tokens.words) if _is_content(w) and stem(w) not in said]
    if not missing:
        return None
    names = {n.name for n in namings(written) if not after.denied.intersection(range(n.first, n.last + 1))}
    renamed = {i for n in namings(caption) if n.name in names for i in range(n.first, n.last + 1)}
    cue_words = {i for cue in find_cues(caption) for i in range(cue.first, cue.last + 1)}
    for index in missing:
        word = before.tokens.words[index]
        if index in renamed:
            continue
        if index in cue_words and any(stem(word) == stem(w) for w in after.tokens.words):
            continue
        if stem(word) in everywhere:
            return Finding("contradiction", f'"{word}" is there, but the negation takes it in')
        return Finding("lost-content", f'"{word}" is gone')
    return None


def _check_invented(
    caption: str, written: str, after: _Reading, places: list[Naming], allowed: frozenset[str]
) -> Finding | None:
    """Nothing may be said that the caption doesn't say, but for the negation itself."""
    known = {stem(word) for word in tokenise(caption).words}
    names = {naming.name for naming in namings(caption)}
    free = {i for place in places for i in range(place.first, place.last + 1)}
    free |= {i for cue in after.cues for i in range(cue.first, cue.last + 1)}
    free |= {i for n in namings(written) if n.name in names for i in range(n.first, n.last + 1)}
    for index, word in enumerate(after.tokens.words):
        if index in free or not _is_content(word):
            continue
        root = stem(word)
        if root not in known and root not in ADDABLE and root not in allowed:
            return Finding("invented-content", f'"{word}" isn\'t in the caption')
    return None
