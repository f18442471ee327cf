"""Asks a verifier whether a phrase fits the crops of drafted items: its own it should, the others not."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from functools import partial

from negdata.asking import Ask
from negdata.benchmark.items import FitAnswer
from negdata.benchmark.negatives import REASONS, Choice, Refusal
from negdata.benchmark.negrefcocog import Draft, Rejection
from negdata.benchmark.phrases import NegatedPhrase
from negdata.benchmark.regions import Box, ReferringCorpus
from negdata.benchmark.settings import BuildSettings
from negdata.limits import Limits
from negdata.progress import Progress
from negdata.records import Kept, Outcome, read_lines
from negdata.replies import open_replies
from negdata.runner import run_stage
from negdata.store import open_store
from negdata.verify import Question, Verifier, driven_by, judge_in_turn, open_verifiers
from negdata.verify.pictures import region_name


@dataclass(frozen=True, slots=True)
class _Crop:
    """A question: does the phrase fit this crop? A failed one says of which image it was."""

    id: str
    of: NegatedPhrase
    category: str
    annotation_id: int
    box: Box

    @property
    def image(self) -> str:
        return region_name(self.of.image.file_name, self.box)

    @property
    def image_id(self) -> int:
        return self.of.image.id

    @property
    def question(self) -> Question:
        name = f" the {self.category}" if self.category else ""
        return Question(
            image=self.image,
            image_id=self.image_id,
            object="",
            text=f'Does "{self.of.phrase.text}" describe{name} in this image?',
        )


def ask_whether_phrases_fit(
    drafts: Sequence[Draft],
    corpus: ReferringCorpus,
    settings: BuildSettings,
    identity: dict[str, str],
    on_progress: Callable[[Progress], None] | None,
) -> tuple[list[Draft], list[Rejection]]:
    """Leaves out every region that the phrase fits, or of which the verifier can't tell; and drafts with none left.

    Each crop is asked about once; what was asked is in ``OUT.asked.jsonl``, and an interrupted run goes on there.

    Args:
        identity: what shapes the drafts, for the manifest.

    Raises:
        NegdataError: no folder of images, a model or server that isn't there, or one that sees no images.
        TooManyFailures: more failed than ``max_failures`` allows; what is done is kept.
        Interrupted: Ctrl-C; what is done is kept.
    """
    limits = Limits.of(settings)
    crops = list(_crops(drafts, corpus))
    with ExitStack() as closing:
        verifiers = closing.enter_context(open_verifiers(settings.verify, limits))
        store = closing.enter_context(
            open_store(
                settings.asked_path,
                {**identity, "verifiers": [verifier.identity() for verifier in verifiers]},
                command=settings.command_line,
                fresh=settings.fresh,
                expected=len(crops),
            )
        )
        cache = closing.enter_context(open_replies(settings.use_cache and bool(driven_by(verifiers))))
        run_stage(
            crops,
            partial(_ask, verifiers=verifiers),
            backend=None,
            further=driven_by(verifiers),
            store=store,
            limits=limits,
            cache=cache,
            on_progress=on_progress,
        )
    answers = {line["id"]: line["verdict"]["present"] for line in read_lines(settings.asked_path)}
    return sort_out(drafts, answers)


def sort_out(drafts: Sequence[Draft], answers: dict[str, bool | None]) -> tuple[list[Draft], list[Rejection]]:
    """Drafts with those of their choices whose other regions the phrase doesn't fit, and those with none left.

    Args:
        answers: for each crop that was answered whether the phrase fits it; None where the verifier can't tell.
    """
    kept: list[Draft] = []
    rejected: list[Rejection] = []
    for draft in drafts:
        own = _key(draft.negated, draft.negated.region.annotation_id)
        if own in answers and answers[own] is False:
            rejected.append((draft.negated, Refusal("unfit", REASONS["unfit"])))
            continue
        keys = [[_key(draft.negated, one.annotation_id) for one in choice.regions[1:]] for choice in draft.choices]
        fine = tuple(
            choice
            for choice, its in zip(draft.choices, keys, strict=True)
            if own in answers and all(answers.get(key, True) is False for key in its)
        )
        if fine:
            kept.append(Draft(draft.negated, fine))
        else:
            rejected.append((draft.negated, _refusal([key for its in keys for key in its], own, answers)))
    return kept, rejected


def _refusal(keys: Sequence[str], own: str, answers: dict[str, bool | None]) -> Refusal:
    if own not in answers or not any(key in answers for key in keys):
        return Refusal("unasked", REASONS["unasked"])
    reason = "fits" if any(answers.get(key) for key in keys) else "unsure"
    return Refusal(reason, REASONS[reason])


def _crops(drafts: Sequence[Draft], corpus: ReferringCorpus) -> Iterator[_Crop]:
    for draft in drafts:
        category = corpus.categories.get(draft.negated.region.category, "")
        seen: set[int] = set()
        for choice in _pairs_first(draft.choices):
            for region, box in zip(choice.regions, choice.crops, strict=True):
                if region.annotation_id not in seen:
                    seen.add(region.annotation_id)
                    key = _key(draft.negated, region.annotation_id)
                    yield _Crop(key, draft.negated, category, region.annotation_id, box)


def _pairs_first(choices: Sequence[Choice]) -> list[Choice]:
    """Beside one other region a crop is widest: what fits it there is asked once, for all choices."""
    return sorted(choices, key=lambda choice: len(choice.regions))


def _key(negated: NegatedPhrase, annotation_id: int) -> str:
    return f"{negated.id}/{annotation_id}"


async def _ask(crop: _Crop, ask: Ask, *, verifiers: Sequence[Verifier]) -> Outcome:
    question = crop.question
    verdict, _ = await judge_in_turn(question, verifiers, ask)
    own = crop.annotation_id == crop.of.region.annotation_id
    return Kept(
        FitAnswer(
            id=crop.id,
            image=question.image,
            image_id=question.image_id,
            question=question.text,
            expected=own,
            verdict=verdict,
        )
    )
