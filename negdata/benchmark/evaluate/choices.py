"""Scores benchmarks of choices: the candidate that fits best is the answer."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from negdata.benchmark.evaluate.encode import Encoded
from negdata.benchmark.evaluate.plan import Asked
from negdata.benchmark.evaluate.report import BlindRule, ModelScores
from negdata.benchmark.evaluate.scored import (
    Line,
    Scored,
    by_group,
    figure,
    published_suite,
    require_numbers,
    require_some,
)
from negdata.benchmark.evaluate.showing import as_shown
from negdata.benchmark.evaluate.similarity import similarities
from negdata.benchmark.evaluate.ties import SCORINGS, Scoring
from negdata.benchmark.suites.base import ChoiceBench, ChoiceItem
from negdata.benchmark.suites.blind import blind_rules
from negdata.pictures import BadImage


@dataclass(frozen=True, slots=True)
class Answer:
    """What a model chose.

    Attributes:
        scores: of the candidates, in the order of the file.
        chosen: the places of those that win; several where they tie.
        credit: the share of these that is right.
    """

    scores: tuple[float, ...]
    chosen: tuple[int, ...]
    credit: float


def answer(item: ChoiceItem, scores: Sequence[float], scoring: Scoring) -> Answer:
    """What these scores choose; a candidate that equals the right one is as right."""
    candidates: Sequence[object] = item.views if len(item.views) > 1 else item.texts
    chosen = scoring.choose(scores)
    right = sum(candidates[place] == candidates[item.right] for place in chosen)
    return Answer(tuple(scores), chosen, right / len(chosen))


def score_choices(
    bench: ChoiceBench, models: Sequence[Encoded], scoring: Scoring, asked: Sequence[Asked]
) -> list[Scored]:
    """The scores of each model.

    Args:
        bench: the benchmark.
        models: what each made of all views and texts.
        scoring: who wins where candidates tie.
        asked: the items as the models were shown them; rules that don't look see them in this order too.

    Raises:
        NegdataError: nothing can be scored, or scores are no numbers where only numbers are taken.
    """
    failures = [_failure(one, models[0]) for one in asked]
    failed = Counter(failure.code for failure in failures if failure is not None)
    shown = [
        as_shown(item, one.order)
        for item, one, failure in zip(bench.items, asked, failures, strict=True)
        if failure is None
    ]
    require_some(len(shown), failed, bench.path)
    chance = sum(1 / item.candidates for item in shown) / len(shown)
    blind = _best_blind(bench, shown)

    def score(model: Encoded) -> Scored:
        scores_of = [
            None if failure is not None else _scores(one, model) for one, failure in zip(asked, failures, strict=True)
        ]
        bad = [
            item.id
            for item, scores in zip(bench.items, scores_of, strict=True)
            if scores is not None and not all(map(math.isfinite, scores))
        ]
        if scoring.takes_numbers_only:
            require_numbers(model.model, bench.path, "items", bad, len(shown))
        answers = [
            None if scores is None else answer(item, scores, scoring)
            for item, scores in zip(bench.items, scores_of, strict=True)
        ]
        good = [(item, one) for item, one in zip(bench.items, answers, strict=True) if one is not None]
        accuracy = figure(
            "accuracy",
            [one.credit for _, one in good],
            suite=published_suite(bench.suite, bench.path),
            of=len(bench.items),
            chance=chance,
            blind=blind,
            groups=by_group((item.groups, one.credit) for item, one in good),
        )
        scores = ModelScores(
            model=model.model,
            figures=[accuracy],
            failed=dict(failed),
            partial=bool(failed),
            ties=sum(_is_tie(item, one) for item, one in good),
            not_numbers=len(bad),
        )
        credits = [None if one is None else one.credit for one in answers]
        return Scored(scores, credits, _lines(bench, asked, answers, failures))

    return [score(model) for model in models]


def _scores(asked: Asked, model: Encoded) -> list[float]:
    """Of the candidates, in the order of the file."""
    scores: list[float] = similarities(model.views(asked.sights), model.texts(asked.wordings)).ravel().tolist()
    return scores


def _failure(asked: Asked, model: Encoded) -> BadImage | None:
    return next((model.failed[sight] for sight in asked.sights if sight in model.failed), None)


def _best_blind(bench: ChoiceBench, items: Sequence[ChoiceItem]) -> BlindRule | None:
    """The rule that does best; what it can't tell apart it shares, or every such rule would be "the first"."""
    rules = [
        BlindRule(
            rule=name, value=sum(answer(item, rule(item), SCORINGS["strict"]).credit for item in items) / len(items)
        )
        for name, rule in blind_rules(bench).items()
    ]
    return max(rules, key=lambda rule: rule.value, default=None)


def _is_tie(item: ChoiceItem, given: Answer) -> bool:
    """Whether others score like the right candidate, none higher; also where the first of them was taken."""
    best = max(given.scores)
    return given.scores.count(best) > 1 and given.scores[item.right] == best


def _lines(
    bench: ChoiceBench,
    asked: Sequence[Asked],
    answers: Sequence[Answer | None],
    failures: Sequence[BadImage | None],
) -> Iterator[Line]:
    for item, one, given, failure in zip(bench.items, asked, answers, failures, strict=True):
        line: Line = {
            "id": item.id,
            "views": [{"image": view.image, **({"box": list(view.box)} if view.box else {})} for view in item.views],
            "texts": list(item.texts),
            "shown": list(one.order),
            "right": item.right,
            "groups": dict(item.groups),
        }
        if given is not None:
            line |= {"scores": list(given.scores), "chosen": list(given.chosen), "credit": given.credit}
        elif failure is not None:
            line |= {"error": failure.code, "message": str(failure)}
        yield line
