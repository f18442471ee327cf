"""Whether a caption that a backend wrote says what it should: used on the words of every backend alike."""

from __future__ import annotations

from collections import Counter

from negdata.negation.detect import find_cues, find_weak_cues
from negdata.negation.form import Finding, check_form
from negdata.negation.lexicon import LESS_WORDS, Side
from negdata.negation.naming import Target, target
from negdata.negation.reading import (
    Reading,
    check_double,
    check_invented,
    check_kept,
    is_content,
    read,
    stems_outside,
)
from negdata.negation.text import stem, tokenise
from negdata.negation.wearing import check_wearing
from negdata.negation.wording import ADDABLE
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


def check_negated_caption(caption: str, negated_caption: str, negated: str) -> Finding | None:
    """What is wrong with a caption that should say what ``caption`` says and that ``negated`` is absent.

    None where nothing is: a cue is there that the caption didn't have, the object is in its scope and nowhere named as
    present, every content word of the caption is still said, and nothing else is.
    """
    about = target(negated)
    finding = check_form(caption, negated_caption)
    if finding is not None:
        return finding
    before, after = read(caption, ()), read(negated_caption, find_cues(caption))
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
        or check_kept(caption, negated_caption, before, after)
        or check_invented(caption, negated_caption, after, places, frozenset())
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
    before, after = read(caption, ()), read(false_caption, find_cues(caption))
    finding = _check_negation(about, after, present, false_caption)
    if finding is not None:
        return finding
    if _named_outside(about, false_caption, after):
        return Finding("names-object-as-present", f'"{present}" or a kind of it is still named as present')
    own = {index for naming in mentions for index in range(naming.first, naming.last + 1)}
    content = [stem(w) for i, w in enumerate(before.tokens.words) if i not in own and is_content(w)]
    said = stems_outside(after)
    kept = sum(word in said for word in content)
    if not said - ADDABLE or kept < MIN_FALSE_SHARE * len(content):
        return Finding("lost-content", f"{kept} of the caption's {len(content)} other content words are left")
    general = frozenset(
        stem(word) for kind in vocabulary().ancestors(about.name or present) for word in tokenise(kind).words
    ) | frozenset(map(stem, "piece people item dish".split()))
    return check_invented(caption, false_caption, after, about.namings(false_caption), general)


def _check_negation(about: Target, after: Reading, negated: str, text: str) -> Finding | None:
    if not after.cues:
        weak = " but a weak one" if find_weak_cues(text) else ""
        return Finding("no-cue", f"it has no negation cue{weak} that the caption doesn't have")
    if not _in_scope(about, after, text):
        cues = ", ".join(f'"{cue.cue}"' for cue in after.cues)
        return Finding("object-not-in-scope", f'"{negated}" isn\'t in the scope of {cues}')
    return check_double(after)


def _in_scope(about: Target, after: Reading, text: str) -> bool:
    if about.is_person and any(cue.cue in ("nobody", "no one") for cue in after.cues):
        return True
    for cue in after.cues:
        if cue.side is Side.WITHIN and target(LESS_WORDS[after.tokens.words[cue.first]]).stems == about.stems:
            return True
    places = about.namings(text)
    return any(s.first <= place.first and place.last <= s.last for s in after.scopes for place in places)


def _named_outside(about: Target, text: str, reading: Reading) -> bool:
    """Whether a text names the object, or a kind of it, where nothing negates it."""
    places = about.kinds(text)
    if not places:
        return False
    return any(not any(s.first <= p.first and p.last <= s.last for s in reading.all_scopes) for p in places)


def _check_repeated(about: Target, written: str, before: Reading, after: Reading) -> Finding | None:
    """A model that goes on after its sentence says the caption, or the negation, a second time."""
    if len(about.namings(written)) > 1:
        return Finding("garbled", "it denies the same object more than once")
    once = Counter(stem(word) for word in before.tokens.words if is_content(word))
    again = Counter(stem(word) for word in after.tokens.words if is_content(word))
    extra = [word for word, count in once.items() if again[word] > count]
    if len(extra) >= MIN_REPEATED:
        return Finding("garbled", "it says much of the caption twice")
    return None
