"""Which referring expressions negate something: by which cue, what, and where in the expression."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from negdata.benchmark.kinds import Kind, kind_of
from negdata.benchmark.regions import Phrase, Reference, ReferredImage, ReferringCorpus, Region
from negdata.benchmark.suites.negation import Position, cue_position
from negdata.negation import find_cues, find_lookalikes, negated_spans
from negdata.negation.text import tokenise


@dataclass(frozen=True, slots=True)
class Negation:
    """What a phrase negates.

    Attributes:
        cue: as the lexicon names it ("n't" for "isn't"), or the word itself where words alone are looked for.
        position: in which third of the phrase's words the cue stands.
        negated: the words that it negates, empty where none were told.
        lookalike: what the cue is instead of a negation ("number", "sign text"); None where it negates.
    """

    cue: str
    position: Position
    kind: Kind | None
    negated: str
    lookalike: str | None = None


@dataclass(frozen=True, slots=True)
class NegatedPhrase:
    """A phrase with a cue, the reference that it belongs to, and its image."""

    image: ReferredImage
    reference: Reference
    phrase: Phrase
    region: Region
    negation: Negation

    @property
    def id(self) -> str:
        """Unique in its dataset: the sentence's number."""
        return f"sentence:{self.phrase.id}"


def phrases_with_words(corpus: ReferringCorpus, cues: Sequence[str]) -> Iterator[NegatedPhrase]:
    """The phrases that hold one of the words, whatever it means there, in the corpus's order."""
    wanted = frozenset(cues)
    for image, reference, region, phrase in _phrases(corpus):
        words = tokenise(phrase.text).words
        found = next((at for at, word in enumerate(words) if word in wanted), None)
        if found is not None:
            read = _negation_of(phrase.text, None)
            told = read is not None and read.lookalike is None
            yield NegatedPhrase(
                image,
                reference,
                phrase,
                region,
                Negation(
                    words[found],
                    cue_position(phrase.text, tokenise(phrase.text).spans[found][0]),
                    read.kind if told and read is not None else None,
                    read.negated if told and read is not None else "",
                ),
            )


def negated_phrases(
    corpus: ReferringCorpus, cues: Sequence[str], further: dict[str, list[str]]
) -> Iterator[NegatedPhrase]:
    """The phrases that hold one of the lexicon's cues, look-alikes marked as such, in the corpus's order.

    Args:
        further: cues that the lexicon doesn't have, with the words that are such: {"un-": ["unoccupied"]}.
    """
    affixed = {word: cue for cue, words in further.items() for word in words}
    for image, reference, region, phrase in _phrases(corpus):
        negation = _negation_of(phrase.text, cues) or _affixed(phrase.text, affixed)
        if negation is not None:
            yield NegatedPhrase(image, reference, phrase, region, negation)


def _phrases(corpus: ReferringCorpus) -> Iterator[tuple[ReferredImage, Reference, Region, Phrase]]:
    for image in corpus.images:
        regions = {region.annotation_id: region for region in image.regions}
        for reference in image.references:
            region = regions[reference.annotation_id]
            for phrase in reference.phrases:
                yield image, reference, region, phrase


def _negation_of(text: str, cues: Sequence[str] | None) -> Negation | None:
    """The first of these cues (None: of any) that negates something; failing that, the first look-alike."""
    found = [cue for cue in find_cues(text) if cues is None or cue.cue in cues]
    spans = negated_spans(text) if found else []
    for cue in found:
        negated = next((text[start:end] for of, start, end in spans if of.start == cue.start), "")
        if negated:
            return Negation(cue.cue, cue_position(text, cue.start), kind_of(text, cue, negated), negated)
    if found:
        return Negation(
            found[0].cue, cue_position(text, found[0].start), None, "", "it negates nothing that can be told"
        )
    for cue in find_lookalikes(text):
        if cues is None or cue.cue in cues:
            return Negation(cue.cue, cue_position(text, cue.start), None, "", cue.lookalike)
    return None


def _affixed(text: str, affixed: dict[str, str]) -> Negation | None:
    tokens = tokenise(text)
    for at, word in enumerate(tokens.words):
        if word in affixed:
            return Negation(affixed[word], cue_position(text, tokens.spans[at][0]), "attribute", word)
    return None
