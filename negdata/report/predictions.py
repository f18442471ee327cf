"""Reads the predictions of ``negdata eval``: choices with every model's answer, and what other suites have."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from pydantic import BaseModel, ConfigDict, ValidationError

from negdata.benchmark.regions import Box
from negdata.benchmark.suites.base import ChoiceItem, View
from negdata.filter.check.figures import wilson
from negdata.report.choices import Answer, Case, choice_view, model_labels, outcome, short_name
from negdata.report.highlight import pieces
from negdata.report.pictures import Pictures
from negdata.report.rows import read_rows
from negdata.report.section import Figure, Item, ListView, Order, PanelView, Section, cut_notes
from negdata.report.section import View as PageView

_MOST_FIGURES = 3
_LAST = 1e9


class _Line(BaseModel):
    """What all lines of predictions have; what else they have depends on the suite."""

    model_config = ConfigDict(extra="allow", frozen=True)

    suite: str
    bench: str
    model: str
    id: str
    error: str | None = None
    groups: dict[str, str] = {}


class _ViewLine(BaseModel):
    image: str
    box: Box | None = None


class _Choice(_Line):
    views: list[_ViewLine]
    texts: list[str]
    right: int
    scores: list[float | None] = []
    chosen: list[int] = []
    credit: float | None = None


class _Other(_Line):
    """Of a search, a classification or a yes/no question."""

    query: str | None = None
    text: str | None = None
    image: str | None = None
    question: str | None = None
    right: str | None = None
    chosen: str | None = None
    rank: int | None = None
    p_present: float | None = None
    credit: float | None = None

    @property
    def worth(self) -> float | None:
        """1 for right, 0 for wrong; of a search whether the right one came first. None where there is no answer."""
        if self.error is not None:
            return None
        if self.credit is not None:
            return self.credit
        return None if self.rank is None else float(self.rank == 1)


@dataclass(slots=True)
class Predicted:
    """The predictions on one benchmark: cases of a suite of choices, or the lines of others by what they ask."""

    suite: str
    bench: str
    cases: dict[str, Case] = field(default_factory=dict)
    others: dict[tuple[str | None, str], list[_Other]] = field(default_factory=dict)

    @property
    def name(self) -> str:
        return Path(self.bench).name

    def worths(self) -> dict[str, list[float]]:
        """Of each model the credit of all that it answered."""
        found: dict[str, list[float]] = {}
        for case in self.cases.values():
            for answer in case.answers:
                if answer.credit is not None:
                    found.setdefault(answer.model, []).append(answer.credit)
        for lines in self.others.values():
            for line in lines:
                if line.worth is not None:
                    found.setdefault(line.model, []).append(line.worth)
        return found


def read_predictions(path: Path) -> tuple[list[Predicted], list[str]]:
    """The predictions by benchmark, in the order of the file, and what there is to tell of lines that are none."""
    rows = read_rows(path)
    found: dict[tuple[str, str], Predicted] = {}
    bad = 0
    for row in rows.values:
        try:
            line = (_Choice if "texts" in row else _Other).model_validate(row)
        except ValidationError:
            bad += 1
            continue
        of = found.setdefault((line.suite, line.bench), Predicted(line.suite, line.bench))
        if isinstance(line, _Choice):
            if not _fits(line):
                bad += 1
                continue
            known = of.cases.get(line.id) or Case(_item(line))
            of.cases[line.id] = replace(known, answers=(*known.answers, _answer(line)))
        elif isinstance(line, _Other):
            of.others.setdefault((line.query, line.id), []).append(line)
    notes = rows.notes(path)
    if bad:
        notes.append(f"{bad:,} lines of {path.name} are no predictions, and aren't shown.")
    return list(found.values()), notes


def predictions_section(path: Path, predicted: Sequence[Predicted], notes: Iterable[str], limit: int) -> Section:
    """The section of a file of predictions: a list for each benchmark, and the scores."""
    views: list[PageView] = []
    for number, one in enumerate(predicted, 1):
        name = f"b{number}"
        if one.cases:
            views.append(choice_view(name, one.name, list(one.cases.values()), limit))
        else:
            views.append(_other_view(name, one, limit))
    told = [*notes]
    for view in views:
        if isinstance(view, ListView):
            told += cut_notes(view, "the wrong ones first")
    models = sorted({model for one in predicted for model in one.worths()})
    return Section(
        kind="predictions",
        path=path,
        eyebrow="Predictions",
        lead=_lead(predicted, models),
        figures=figures(predicted[0].worths()) if len(predicted) == 1 else (),
        views=(*views, scores_panel(predicted)) if views else (_nothing(),),
        notes=tuple(told),
    )


def figures(worths: dict[str, list[float]]) -> tuple[Figure, ...]:
    """The share that each model has right, for the head of a section."""
    return tuple(
        Figure(short_name(model), f"{sum(credits) / len(credits):.1%}")
        for model, credits in list(worths.items())[:_MOST_FIGURES]
    )


def scores_panel(predicted: Sequence[Predicted]) -> PanelView:
    """Each model's share of right answers with its interval, in all and by group."""
    tables = []
    for one in predicted:
        rows = [_score(short_name(model), credits) for model, credits in one.worths().items()]
        tables.append({"bench": one.name, "suite": one.suite, "rows": rows, "groups": _by_group(one)})
    return PanelView(name="scores", label="Scores", template="scores.html.j2", context={"tables": tables})


def _score(name: str, credits: Sequence[float]) -> dict[str, Any]:
    low, high = wilson(sum(credits), len(credits)) or (0.0, 0.0)
    return {"name": name, "value": sum(credits) / len(credits), "low": low, "high": high, "n": len(credits)}


def _by_group(one: Predicted) -> list[dict[str, Any]]:
    """For each group of a suite of choices: every model's share."""
    models = list(one.worths())
    found: dict[tuple[str, str], dict[str, list[float]]] = {}
    for case in one.cases.values():
        for key, group in case.item.groups.items():
            for answer in case.answers:
                if answer.credit is not None:
                    found.setdefault((key, group), {}).setdefault(answer.model, []).append(answer.credit)
    ordered = sorted(found.items(), key=lambda entry: (entry[0][0], -max(map(len, entry[1].values()))))
    return [
        {
            "key": key,
            "group": group,
            "n": max(map(len, by_model.values())),
            "values": [sum(by_model[m]) / len(by_model[m]) if by_model.get(m) else None for m in models],
        }
        for (key, group), by_model in ordered
    ]


def _fits(line: _Choice) -> bool:
    candidates = max(len(line.views), len(line.texts))
    places = (line.right, *line.chosen)
    return bool(line.views and line.texts) and all(0 <= place < candidates for place in places)


def _item(line: _Choice) -> ChoiceItem:
    views = tuple(View(view.image, view.box) for view in line.views)
    return ChoiceItem(line.id, views, tuple(line.texts), line.right, line.groups)


def _answer(line: _Choice) -> Answer:
    return Answer(line.model, tuple(line.scores), tuple(line.chosen), line.credit, line.error)


def _other_view(name: str, one: Predicted, limit: int) -> ListView:
    """Of searches, classes and questions: what was asked, what came out, the worst first."""
    asked = list(one.others.values())
    models = list(dict.fromkeys(line.model for lines in asked for line in lines))
    places = sorted(range(len(asked)), key=lambda place: _badness(asked[place]))[:limit]

    def items(pictures: Pictures) -> list[Item]:
        return [_other_item(asked[place], place, models, pictures) for place in places]

    def images() -> Iterable[str | None]:
        return (_image(asked[place][0]) for place in places)

    queries = {lines[0].query for lines in asked if lines[0].query}
    return ListView(
        name=name,
        label=one.name,
        count=len(asked),
        shown=len(places),
        items=items,
        images=images,
        facets=({"query": "Search"} if len(queries) > 1 else {})
        | {f"m{at}": label for at, label in enumerate(model_labels(models))},
        orders=(Order("Worst first", "wrong"), Order("As in the file", "place"), Order("By image", "image")),
        empty="The file holds no predictions.",
        layout="caption",
        legend=True,
    )


def _badness(lines: Sequence[_Other]) -> float:
    """Sorts the worst first: the furthest down of searches, then what is wrong; what has no answer comes last."""
    ranks = [line.rank for line in lines if line.rank is not None and line.error is None]
    if ranks:
        return -sum(ranks) / len(ranks)
    worths = [line.worth for line in lines if line.worth is not None]
    return sum(worths) / len(worths) if worths else _LAST


def _image(line: _Other) -> str | None:
    return line.image or (line.right if line.query == "text→image" else None)


def _other_item(lines: Sequence[_Other], place: int, models: Sequence[str], pictures: Pictures) -> Item:
    first = lines[0]
    image = _image(first)
    says = first.text or first.question or (f"Which class is it? {first.right}" if first.right else "Which caption?")
    by_model = {line.model: line for line in lines}
    return {
        "id": first.id,
        "place": place,
        "picture": pictures.place(image),
        "image": image or "",
        "says": pieces(says, None),
        "was": f"right: {first.right}" if first.question else "",
        "text": None,
        "models": [_other_told(line) for line in lines],
        "facts": [],
        "facets": {
            "query": first.query or "",
            **{f"m{at}": _other_outcome(by_model.get(model)) for at, model in enumerate(models)},
        },
        "numbers": {"wrong": _badness(lines)},
    }


def _other_outcome(line: _Other | None) -> str:
    if line is None:
        return "no answer"
    return outcome(Answer(line.model, credit=line.worth, error=line.error))


def _other_told(line: _Other) -> Item:
    name, worth = short_name(line.model), line.worth
    if line.error is not None:
        said = f"no answer ({line.error})"
    elif line.rank is not None and line.chosen is None:
        said = f"rank {line.rank:,}"
    else:
        chance = f", {line.p_present:.0%} likely there" if line.p_present is not None else ""
        said = f"says {line.chosen or 'nothing'}{chance}"
    right = None if worth is None or 0 < worth < 1 else worth == 1
    return {"name": line.model, "right": right, "chosen": [], "told": f"{name}: {said}"}


def _lead(predicted: Sequence[Predicted], models: Sequence[str]) -> str:
    if not predicted:
        return "There are no predictions in the file."
    items = sum(len(one.cases) + len(one.others) for one in predicted)
    who = "one model" if len(models) == 1 else f"{len(models):,} models"
    over = "" if len(predicted) == 1 else f" of {len(predicted):,} benchmarks"
    return f"{who.capitalize()} on {items:,} items{over}. What they got wrong comes first."


def _nothing() -> PanelView:
    return PanelView(name="scores", label="Scores", template="scores.html.j2", context={"tables": []})
