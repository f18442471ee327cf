"""Builds benchmarks of regions from referring expressions: NegRefCOCOg as it was published, and editions of it."""

from __future__ import annotations

import random
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass

from negdata.benchmark.balance import balance
from negdata.benchmark.blindness import category_rules, leanings
from negdata.benchmark.definition import BalanceRule, RegionsBuild
from negdata.benchmark.items import RegionItem, RejectedPhrase, item_of
from negdata.benchmark.negatives import REASONS, Choice, Refusal, choices_for
from negdata.benchmark.phrases import NegatedPhrase, negated_phrases, phrases_with_words
from negdata.benchmark.regions import ReferringCorpus
from negdata.negation.text import tokenise

_LOOKALIKE_REASONS = {"number": "number", "sign text": "sign-text"}


@dataclass(frozen=True, slots=True)
class Draft:
    """A phrase and the items that can be made of it, the most preferred first."""

    negated: NegatedPhrase
    choices: tuple[Choice, ...]


Rejection = tuple[NegatedPhrase, Refusal]
Fitting = Callable[[Sequence[Draft]], tuple[list[Draft], list[Rejection]]]
"""Leaves out the choices of each draft whose other region the phrase fits as well."""


@dataclass(frozen=True, slots=True)
class Built:
    """A benchmark: its items in the corpus's order, and every other phrase with a cue with its reason."""

    items: tuple[RegionItem, ...]
    rejected: tuple[RejectedPhrase, ...]

    @property
    def taken(self) -> int:
        """How many phrases have a cue."""
        return len(self.items) + len(self.rejected)


def build_regions(
    corpus: ReferringCorpus, build: RegionsBuild, *, seed: int = 0, fitting: Fitting | None = None
) -> Built:
    """Every phrase with a cue becomes an item or a rejection.

    Args:
        seed: of the order of boxes, and of the choice between equals when items are balanced.
        fitting: asks about drafted items before they are balanced.
    """
    drafts: list[Draft] = []
    rejections: list[Rejection] = []
    for one in _drafted(_phrases(corpus, build), build):
        if isinstance(one, Draft):
            drafts.append(one)
        else:
            rejections.append(one)
    if build.duplicates == "rejected":
        drafts, twice = _distinct(drafts)
        rejections += twice
    if fitting is not None:
        drafts, unfit = fitting(drafts)
        rejections += unfit
    chosen, left_out = _balanced(drafts, build.balance, seed)
    rejections += left_out
    items = _ordered(chosen, corpus, shuffled=build.order == "shuffled", seed=seed)
    return Built(tuple(items), tuple(_rejected(corpus, rejections)))


def _phrases(corpus: ReferringCorpus, build: RegionsBuild) -> Iterable[NegatedPhrase]:
    if build.phrases.read == "words":
        return phrases_with_words(corpus, build.phrases.cues)
    return negated_phrases(corpus, build.phrases.cues, build.phrases.further)


def _drafted(phrases: Iterable[NegatedPhrase], build: RegionsBuild) -> Iterable[Draft | Rejection]:
    for negated in phrases:
        lookalike = negated.negation.lookalike
        if lookalike is not None:
            reason = _LOOKALIKE_REASONS.get(lookalike, "not-a-negation")
            yield negated, Refusal(reason, f"{REASONS[reason]}: {lookalike}")
            continue
        found = choices_for(negated, build.negatives)
        yield (negated, found) if isinstance(found, Refusal) else Draft(negated, tuple(found))


def _distinct(drafts: Sequence[Draft]) -> tuple[list[Draft], list[Rejection]]:
    """The first of those of one image that say the same, in whatever case and with whatever marks."""
    seen: set[tuple[int, tuple[str, ...]]] = set()
    kept: list[Draft] = []
    twice: list[Rejection] = []
    for draft in drafts:
        words = tuple(word for word in tokenise(draft.negated.phrase.text).words if word.isalnum())
        key = (draft.negated.image.id, words)
        if key in seen:
            twice.append((draft.negated, Refusal("duplicate", REASONS["duplicate"])))
        else:
            kept.append(draft)
        seen.add(key)
    return kept, twice


def _balanced(
    drafts: Sequence[Draft], rule: BalanceRule | None, seed: int
) -> tuple[list[tuple[NegatedPhrase, Choice]], list[Rejection]]:
    if rule is None:
        return [(draft.negated, draft.choices[0]) for draft in drafts], []
    frequent = category_rules([draft.negated.region.category for draft in drafts], rule.category_of)
    table = [[leanings(choice, draft.negated.image, frequent) for choice in draft.choices] for draft in drafts]
    names = {name for alternatives in table for alternative in alternatives for name in alternative}
    found = balance(table, most=dict.fromkeys(names, rule.most / 100), seed=seed)
    chosen: list[tuple[NegatedPhrase, Choice]] = []
    left_out: list[Rejection] = []
    for draft, taken in zip(drafts, found.taken, strict=True):
        if taken is None:
            left_out.append((draft.negated, Refusal("unbalanced", REASONS["unbalanced"])))
        else:
            chosen.append((draft.negated, draft.choices[taken]))
    return chosen, left_out


def _ordered(
    chosen: Sequence[tuple[NegatedPhrase, Choice]], corpus: ReferringCorpus, *, shuffled: bool, seed: int
) -> list[RegionItem]:
    """The items with their boxes in order: the right one first, or in each place equally often."""
    places = _places([len(choice.regions) for _, choice in chosen], seed) if shuffled else [0] * len(chosen)
    return [
        item_of(negated, choice, corpus.categories.get(negated.region.category, ""), place)
        for (negated, choice), place in zip(chosen, places, strict=True)
    ]


def _places(sizes: Sequence[int], seed: int) -> list[int]:
    """A place for the right region of each item: each place equally often among items of one size, ± 1."""
    generator = random.Random(seed)
    places = [0] * len(sizes)
    for size in sorted(set(sizes)):
        those = [at for at, one in enumerate(sizes) if one == size]
        dealt = [number % size for number in range(len(those))]
        generator.shuffle(dealt)
        for at, place in zip(those, dealt, strict=True):
            places[at] = place
    return places


def _rejected(corpus: ReferringCorpus, rejections: Iterable[Rejection]) -> Iterable[RejectedPhrase]:
    for negated, refusal in rejections:
        yield RejectedPhrase(
            id=negated.id,
            image=negated.image.file_name,
            phrase=negated.phrase.text,
            cue=negated.negation.cue,
            category=corpus.categories.get(negated.region.category, ""),
            reason=refusal.reason,
            detail=refusal.detail,
        )


def counts(values: Iterable[str]) -> Mapping[str, int]:
    """How often each value occurs, the most frequent first."""
    tally: dict[str, int] = {}
    for value in values:
        tally[value] = tally.get(value, 0) + 1
    return dict(sorted(tally.items(), key=lambda pair: (-pair[1], pair[0])))
