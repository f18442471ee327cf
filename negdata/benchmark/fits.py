"""Whether a negated phrase fits another region as well, as far as words tell."""

from __future__ import annotations

from collections.abc import Sequence

from negdata.benchmark.phrases import NegatedPhrase
from negdata.negation import find_cues, negated_spans
from negdata.negation.reading import is_content
from negdata.negation.text import is_word, stem, tokenise

_OTHER = frozenset({"another", "other", "others", "both", "two", "each"})
_VAGUE = frozenset("visible shown seen pictured picture photo image shot frame view part thing side one use".split())
"""Too common to tell by their mention that a region has what another lacks."""


def fits_too(negated: NegatedPhrase, phrases: Sequence[str]) -> str | None:
    """Why a phrase is known to fit another region too, or None.

    Args:
        phrases: what people called the other region.
    """
    if is_symmetric(negated):
        return "the phrase says the same of another one"
    own = tokenise(negated.phrase.text).words
    absent = _stems(negated.negation.negated)
    for phrase in phrases:
        if tokenise(phrase).words == own:
            return "the same phrase was written for it"
        for _, start, end in negated_spans(phrase):
            if absent & _stems(phrase[start:end]):
                return f'"{phrase}" was written for it'
    return None


def affirming(negated: NegatedPhrase, phrases: Sequence[str]) -> str | None:
    """The phrase of the other region that says that it has what is negated: "a man in a hat" for "no hat"."""
    wanted = _stems(negated.negation.negated) - _VAGUE
    for phrase in phrases:
        denied = {stem_ for _, start, end in negated_spans(phrase) for stem_ in _stems(phrase[start:end])}
        if wanted and wanted <= (_stems(phrase) - denied):
            return phrase
    return None


def is_symmetric(negated: NegatedPhrase) -> bool:
    """Whether a phrase negates the same of another: "the donut without sprinkles beside another without sprinkles"."""
    text = negated.phrase.text
    cues = find_cues(text)
    if len(cues) < 2:
        return False
    spans = [_stems(text[start:end]) for _, start, end in negated_spans(text)]
    repeated = any(one & other for at, one in enumerate(spans) for other in spans[at + 1 :])
    return repeated and bool(_OTHER & set(tokenise(text).words))


def _stems(text: str) -> set[str]:
    return {stem(word) for word in tokenise(text).words if is_word(word) and is_content(word)}
