"""Items with several answers and one right one: of a benchmark's file, of predictions, or of both together."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from negdata.benchmark.evaluate.cut import upright_box
from negdata.benchmark.regions import Box
from negdata.benchmark.suites.base import ChoiceItem, View
from negdata.report.highlight import cues_of, pieces
from negdata.report.pictures import Pictures, Shown
from negdata.report.section import Item, ListView, Order

LETTERS = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
_CREDIT = 1_000.0
"""Weight of being right beside the margin, where items are sorted by how wrong they are."""
_GROUPS = {"cue": "Cue", "kind": "Kind", "position": "Position", "category": "Category"}
_MOST_MODELS = 6


@dataclass(frozen=True, slots=True)
class Answer:
    """What a model made of an item.

    Attributes:
        scores: of the candidates, in the order of the file; None where a score is no number.
        chosen: places of the best; several where they tie.
        error: why there is no answer.
    """

    model: str
    scores: tuple[float | None, ...] = ()
    chosen: tuple[int, ...] = ()
    credit: float | None = None
    error: str | None = None

    def margin(self, right: int) -> float | None:
        """By how much the right candidate scores above the best of the others; None where that can't be told."""
        known = [score if score is not None and math.isfinite(score) else None for score in self.scores]
        if right >= len(known) or len(known) < 2 or any(score is None for score in known):
            return None
        numbers = [score for score in known if score is not None]
        return numbers[right] - max(score for place, score in enumerate(numbers) if place != right)


@dataclass(frozen=True, slots=True)
class Case:
    """An item with what is known of it, and the answers of models.

    Attributes:
        tight: the boxes that regions were cut around, in the order of the views; ``why`` says what speaks for each.
        facts: further things to show: [name, value].
    """

    item: ChoiceItem
    answers: tuple[Answer, ...] = ()
    tight: tuple[Box, ...] = ()
    why: tuple[str, ...] = ()
    facts: tuple[tuple[str, str], ...] = field(default_factory=tuple)


def choice_view(name: str, label: str, cases: Sequence[Case], limit: int) -> ListView:
    """The list of cases: where models answered, those that they got wrong first."""
    models = list(dict.fromkeys(answer.model for case in cases for answer in case.answers))
    places = sorted(range(len(cases)), key=lambda place: wrongness(cases[place]) if models else 0.0)[:limit]
    regions = all(_is_regions(case.item) for case in cases)
    groups = {key for case in cases for key in case.item.groups}
    facets = {f"m{at}": label for at, label in enumerate(model_labels(models)[:_MOST_MODELS])}
    facets |= {key: title for key, title in _GROUPS.items() if key in groups}
    facets |= {key: key.capitalize() for key in sorted(groups - _GROUPS.keys())}

    def items(pictures: Pictures) -> list[Item]:
        return [case_item(cases[place], place, models, pictures) for place in places]

    def images() -> Iterable[str]:
        return (view.image for place in places for view in cases[place].item.views)

    in_file = Order("As in the file", "place")
    by_margin = (Order("Wrong ones first", "wrong"), Order("Closest calls first", "close"), in_file)
    return ListView(
        name=name,
        label=label,
        count=len(cases),
        shown=len(places),
        items=items,
        images=images,
        facets=facets,
        orders=(*(by_margin if models else (in_file,)), Order("By image", "image")),
        empty="The file holds no items.",
        layout="regions" if regions and cases else "choice",
        legend=True,
    )


def wrongness(case: Case) -> float:
    """Sorts items, the most confidently wrong first; those that no model could be asked come last."""
    credits = [answer.credit for answer in case.answers if answer.credit is not None]
    if not credits:
        return 2 * _CREDIT
    margins = [margin for answer in case.answers if (margin := answer.margin(case.item.right)) is not None]
    mean = sum(margins) / len(margins) if margins else 0.0
    return _CREDIT * sum(credits) / len(credits) + max(-_CREDIT / 10, min(_CREDIT / 10, mean))


def case_item(case: Case, place: int, models: Sequence[str], pictures: Pictures) -> Item:
    """A case as the page's scripts read it."""
    item = case.item
    image = item.views[item.right if len(item.views) > 1 else 0].image
    margins = [margin for answer in case.answers if (margin := answer.margin(item.right)) is not None]
    told: Item = {
        "id": item.id,
        "place": place,
        "picture": pictures.place(image),
        "image": image,
        "was": "",
        "text": None,
        "models": [_told(answer, item) for answer in case.answers],
        "facts": [[name, value] for name, value in (*case.facts, *_every_score(case))],
        "facets": _facets(case, models),
        "numbers": {"wrong": wrongness(case), "close": min(map(abs, margins)) if margins else None},
    }
    if _is_regions(item):
        shown = pictures.of(image)
        told |= {"says": pieces(item.texts[0], None), "regions": _regions(case, shown)}
    else:
        told |= {"choices": [_choice(case, at) for at in range(item.candidates)]}
        if len(item.texts) == 1:
            told["says"] = pieces(item.texts[0], None)
    return told


def _is_regions(item: ChoiceItem) -> bool:
    return len(item.views) > 1 and len({view.image for view in item.views}) == 1


def _regions(case: Case, shown: Shown | None) -> list[Item]:
    item = case.item
    regions = []
    for at, view in enumerate(item.views):
        tight = case.tight[at] if at < len(case.tight) else None
        regions.append(
            {
                "label": LETTERS[at % 26],
                "box": _upright(view.box, view, shown),
                "tight": _upright(tight, view, shown),
                "right": at == item.right,
                "told": _scores(case, at) or (case.why[at] if at < len(case.why) else _fits(at == item.right)),
            }
        )
    return regions


def _fits(right: bool) -> str:
    return "the phrase refers to it" if right else "it doesn't fit"


def _upright(box: Box | None, view: View, shown: Shown | None) -> list[float] | None:
    """The box in the upright image, which is what a browser shows."""
    if box is None or shown is None or not shown.source:
        return list(box) if box is not None else None
    return list(upright_box(box, view, shown.size, shown.orientation))


def _choice(case: Case, at: int) -> Item:
    item = case.item
    says = item.texts[at] if len(item.texts) > 1 else item.views[at].image
    return {"text": says, "says": pieces(says, None), "right": at == item.right, "told": _scores(case, at)}


def _scores(case: Case, at: int) -> str:
    """What each model gives a candidate."""
    told = []
    for answer in case.answers[:_MOST_MODELS]:
        if at < len(answer.scores):
            score = answer.scores[at]
            told.append("no number" if score is None else f"{score:.3f}")
    return " · ".join(told)


def _every_score(case: Case) -> list[tuple[str, str]]:
    """What each model gives all candidates, for the details."""
    return [
        (
            short_name(answer.model),
            " · ".join(
                f"{LETTERS[at % 26]} {'no number' if score is None else f'{score:.4f}'}"
                for at, score in enumerate(answer.scores)
            ),
        )
        for answer in case.answers
        if answer.scores
    ]


def _told(answer: Answer, item: ChoiceItem) -> Item:
    """A model's answer in words: whether it is right, what it chose, and by which margin."""
    name = short_name(answer.model)
    if answer.error is not None:
        return {"name": answer.model, "right": None, "chosen": [], "told": f"{name}: no answer ({answer.error})"}
    right = None if answer.credit is None or 0 < answer.credit < 1 else answer.credit == 1
    chosen = " and ".join(LETTERS[place % 26] for place in answer.chosen)
    sign = "tie" if right is None else "✓" if right else "✕"
    margin = answer.margin(item.right)
    by = f", margin {signed(margin, 3)}" if margin is not None else ""
    return {"name": answer.model, "right": right, "chosen": list(answer.chosen), "told": f"{name}: {sign} {chosen}{by}"}


def signed(value: float, digits: int) -> str:
    """A difference with its sign, as it is printed."""
    return f"{value:+.{digits}f}".replace("-", "−")


def short_name(model: str) -> str:
    """The last part of a path or a hub name."""
    return model.rstrip("/\\").replace("\\", "/").rsplit("/", 1)[-1] or model


def model_labels(models: Sequence[str]) -> list[str]:
    """What filters call models: their short names, where these tell them apart."""
    short = [short_name(model) for model in models]
    return short if len(set(short)) == len(short) else [*models]


def outcome(answer: Answer | None) -> str:
    """What the filter of a model is about."""
    if answer is None or answer.error is not None or answer.credit is None:
        return "no answer"
    return "tie" if 0 < answer.credit < 1 else "right" if answer.credit else "wrong"


def _facets(case: Case, models: Sequence[str]) -> dict[str, Any]:
    by_model: Mapping[str, Answer] = {answer.model: answer for answer in case.answers}
    facets: dict[str, Any] = {f"m{at}": outcome(by_model.get(name)) for at, name in enumerate(models[:_MOST_MODELS])}
    facets |= dict(case.item.groups)
    if "cue" not in facets:
        facets["cue"] = list(dict.fromkeys(cue for text in case.item.texts for cue in cues_of(text)))
    return facets
