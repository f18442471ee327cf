"""The regions that stand against the one that a phrase refers to."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from negdata.benchmark.crops import area, crops, greatest_iou, iou
from negdata.benchmark.definition import NegativeRule, Preference
from negdata.benchmark.fits import affirming, fits_too
from negdata.benchmark.phrases import NegatedPhrase
from negdata.benchmark.regions import Box, ReferredImage, Region

_CONSIDERED = 8
"""Of the regions that are admitted, so many of the most preferred are combined."""


@dataclass(frozen=True, slots=True)
class Negative:
    """A region that a phrase doesn't fit.

    Attributes:
        phrases: what people called it.
        affirming: the phrase of these that says of it what is negated of the other.
    """

    region: Region
    phrases: tuple[str, ...]
    affirming: str | None

    @property
    def why(self) -> str:
        """What speaks for it, for people."""
        if self.affirming is not None:
            return f"what is negated is said of it: “{self.affirming}”"
        return f"referred to as “{self.phrases[0]}”" if self.phrases else "of the same category"


@dataclass(frozen=True, slots=True)
class Choice:
    """An item in the making: the regions, the right one first, with their crops."""

    regions: tuple[Region, ...]
    crops: tuple[Box, ...]
    why: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Refusal:
    """Why a phrase gives no item: a reason code, and the details for people."""

    reason: str
    detail: str


REASONS: dict[str, str] = {
    "alone": "the image has no other region of the category",
    "overlapping": "each other region of the category overlaps it",
    "too-small": "each other region of the category is too small",
    "crops-overlap": "the crops overlap too much",
    "crop-too-small": "a crop is too small a part of the image",
    "fits": "the phrase fits the other region as well",
    "number": "the cue is a number's",
    "sign-text": "the cue is printed text",
    "not-a-negation": "the cue negates nothing that is in the image",
    "duplicate": "the same phrase stands in the benchmark for this image already",
    "unsure": "the verifier can't tell whether the phrase fits the other region",
    "unasked": "the verifier could not be asked",
    "unfit": "the verifier says that the phrase doesn't fit its own region",
    "unbalanced": "left out so that no rule that never reads the phrase does better than chance",
}
"""Every reason for which a phrase with a cue isn't taken, in words."""


def choices_for(negated: NegatedPhrase, rule: NegativeRule) -> list[Choice] | Refusal:
    """The items that could be made of a phrase, the most preferred first; or why there is none.

    With ``at_most`` above 1 the first is the one with the most regions, and single ones follow.
    """
    candidates = _candidates(negated, rule)
    if isinstance(candidates, Refusal):
        return candidates
    single, refused = _single(negated, candidates, rule)
    if not single:
        return refused
    if rule.at_most == 1 or len(single) == 1:
        return [choice for _, choice in single]
    several = _several(negated, [negative for negative, _ in single], rule)
    return [*([several] if len(several.regions) > 2 else []), *(choice for _, choice in single)]


def _candidates(negated: NegatedPhrase, rule: NegativeRule) -> list[Negative] | Refusal:
    image, own = negated.image, negated.region
    same = [one for one in image.regions if one.category == own.category and one is not own and not one.crowd]
    if not same:
        return Refusal("alone", REASONS["alone"])
    apart = [one for one in same if iou(one.box, own.box) <= rule.max_box_iou]
    if not apart:
        return Refusal("overlapping", f"{REASONS['overlapping']}: {len(same)}")
    large = [one for one in apart if area(one.box) >= rule.min_area * image.width * image.height]
    if not large:
        return Refusal("too-small", f"{REASONS['too-small']}: {len(apart)}")
    called = _called(image)
    negatives = [_negative(negated, one, called.get(one.annotation_id, ())) for one in large]
    if rule.fitting == "rejected":
        fitting = [(one, fits_too(negated, one.phrases)) for one in negatives]
        negatives = [one for one, why in fitting if why is None]
        if not negatives:
            return Refusal("fits", f"{REASONS['fits']}: {fitting[0][1]}")
    negatives.sort(key=lambda one: [_rank(one, preference) for preference in rule.prefer])
    return negatives


def _called(image: ReferredImage) -> dict[int, tuple[str, ...]]:
    called: dict[int, tuple[str, ...]] = {}
    for reference in image.references:
        texts = tuple(phrase.text for phrase in reference.phrases)
        called[reference.annotation_id] = called.get(reference.annotation_id, ()) + texts
    return called


def _negative(negated: NegatedPhrase, region: Region, phrases: tuple[str, ...]) -> Negative:
    return Negative(region, phrases, affirming(negated, phrases))


def _rank(negative: Negative, preference: Preference) -> float:
    """The lower, the more preferred."""
    if preference == "referred":
        return 0 if negative.phrases else 1
    if preference == "first-annotated-referred":
        return negative.region.annotation_id if negative.phrases else 0
    if preference == "contrasted":
        return 0 if negative.affirming is not None else 1
    return -area(negative.region.box)


def _single(
    negated: NegatedPhrase, candidates: Sequence[Negative], rule: NegativeRule
) -> tuple[list[tuple[Negative, Choice]], Refusal]:
    found: list[tuple[Negative, Choice]] = []
    refused: Refusal | None = None
    for negative in candidates:
        choice = _choice(negated, [negative])
        refusal = _crops_refusal(choice, negated.image, rule)
        if refusal is None:
            found.append((negative, choice))
        refused = refused or refusal
    return found, refused or Refusal("alone", REASONS["alone"])


def _several(negated: NegatedPhrase, candidates: Sequence[Negative], rule: NegativeRule) -> Choice:
    """As many as may be, added one by one in the order of preference."""
    taken = [candidates[0]]
    for negative in candidates[1:_CONSIDERED]:
        if len(taken) == rule.at_most:
            break
        apart = all(iou(negative.region.box, one.region.box) <= rule.max_box_iou for one in taken)
        if apart and _crops_refusal(_choice(negated, [*taken, negative]), negated.image, rule) is None:
            taken.append(negative)
    return _choice(negated, taken)


def _choice(negated: NegatedPhrase, negatives: Sequence[Negative]) -> Choice:
    regions = (negated.region, *(negative.region for negative in negatives))
    cut = crops([region.box for region in regions], (negated.image.width, negated.image.height))
    return Choice(regions, tuple(cut), tuple(negative.why for negative in negatives))


def _crops_refusal(choice: Choice, image: ReferredImage, rule: NegativeRule) -> Refusal | None:
    shared = greatest_iou(choice.crops)
    if shared >= rule.max_crop_iou:
        return Refusal("crops-overlap", f"{REASONS['crops-overlap']}: IoU {shared:.2f}")
    least = min(area(crop) for crop in choice.crops) / (image.width * image.height)
    if least < rule.min_crop_area:
        return Refusal("crop-too-small", f"{REASONS['crop-too-small']}: {100 * least:.1f} %")
    return None
