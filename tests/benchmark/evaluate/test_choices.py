"""Models that can't tell anything score 100 % as published evaluators count, and at chance or not at all as we do."""

from __future__ import annotations

import math
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from PIL import Image

from negdata.benchmark.evaluate.choices import score_choices
from negdata.benchmark.evaluate.scored import Scored
from negdata.benchmark.evaluate.ties import SCORINGS, ScoringName
from negdata.benchmark.suites.base import ChoiceBench, ChoiceItem, View
from negdata.benchmark.suites.registry import read_bench
from negdata.errors import NegdataError
from tests.benchmark.evaluate.standins import (
    LEFT,
    RIGHT,
    Constant,
    FirstShown,
    NotNumbers,
    StandIn,
    captions,
    encoded_by,
    regions,
)

pytest.importorskip("torch")

NEGREFCOCOG = Path(__file__).resolve().parents[3] / "../shared/data/negrefcocog/NegRefCOCOg.half.json"
BOTH: tuple[ScoringName, ...] = ("strict", "paper")
Made = Callable[[Path, int], ChoiceBench]
PUBLISHED: list[tuple[Made, str]] = [(regions, "images"), (captions, "texts")]


def scored_by(
    models: list[Any], bench: ChoiceBench, images: Path, scoring: ScoringName = "strict", **options: Any
) -> list[Scored]:
    encoded, plan = encoded_by(models, [bench], images, scoring=scoring, **options)
    return score_choices(bench, encoded, SCORINGS[scoring], plan.asked[bench.path])


def accuracy(one: Scored) -> float:
    return one.scores.figures[0].value


@pytest.mark.parametrize(("made", "judges"), PUBLISHED)
def test_as_published_models_without_understanding_are_always_right(made: Made, judges: str, tmp_path: Path) -> None:
    models = [NotNumbers(), Constant(), FirstShown(judges=judges)]
    scores = scored_by(models, made(tmp_path, 22), tmp_path, "paper")
    assert [accuracy(one) for one in scores] == [1.0, 1.0, 1.0]
    assert scores[0].scores.not_numbers == 22
    assert scores[1].scores.ties == 22


@pytest.mark.parametrize(("made", "judges"), PUBLISHED)
def test_strictly_they_are_at_chance(made: Made, judges: str, tmp_path: Path) -> None:
    models = [Constant(), FirstShown(judges=judges)]
    for seed in range(5):
        scores = scored_by(models, made(tmp_path, 22), tmp_path, seed=seed)
        assert [accuracy(one) for one in scores] == [0.5, 0.5]


@pytest.mark.skipif(not NEGREFCOCOG.exists(), reason="the published items are not here")
def test_so_it_is_with_the_published_items(tmp_path: Path) -> None:
    """Half of the published file, on blank images. Eight of its items share a crop with another one."""
    bench = read_bench(NEGREFCOCOG)
    assert isinstance(bench, ChoiceBench)
    sides: dict[str, list[float]] = {}
    for view in (view for item in bench.items for view in item.views):
        assert view.box is not None
        x, y, w, h = view.box
        sides.setdefault(view.image, []).extend((x + w, y + h))
    for name, ends in sides.items():
        Image.new("L", (math.ceil(max(ends)),) * 2).save(tmp_path / name, "PNG", compress_level=1)
    models = [NotNumbers(), Constant(), FirstShown(judges="images")]
    published = scored_by(models, bench, tmp_path, "paper", batch_size=64)
    assert [accuracy(one) for one in published] == [1.0, 1.0, 1.0]
    for seed in range(3):
        strict = scored_by(models[1:], bench, tmp_path, seed=seed, batch_size=64)
        assert [accuracy(one) for one in strict] == [0.5, 0.5]


@pytest.mark.parametrize(("made", "judges"), PUBLISHED)
def test_strictly_what_is_no_number_is_an_error(made: Made, judges: str, tmp_path: Path) -> None:
    with pytest.raises(NegdataError) as raised:
        scored_by([StandIn(), NotNumbers("broken")], made(tmp_path, 6), tmp_path)
    assert raised.value.problem.startswith("broken gives scores that are no finite numbers (NaN or infinity) on 6 of 6")
    assert str(tmp_path) in raised.value.problem
    assert "'0'" in raised.value.problem


def test_a_model_that_sees_scores_the_same_either_way(tmp_path: Path) -> None:
    bench = regions(tmp_path, 9)
    for scoring in BOTH:
        (scores,) = scored_by([StandIn()], bench, tmp_path, scoring)
        assert accuracy(scores) == 1.0
        assert scores.scores.ties == 0


def test_the_best_blind_rule_sees_what_the_model_sees(tmp_path: Path) -> None:
    """In the file the first box is always right; shuffled, a rule can't know that."""
    bench = regions(tmp_path, 40)
    (published,) = scored_by([Constant()], bench, tmp_path, "paper")
    (strict,) = scored_by([Constant()], bench, tmp_path)
    of_paper, of_strict = published.scores.figures[0].blind, strict.scores.figures[0].blind
    assert of_paper is not None
    assert of_strict is not None
    assert of_paper.value == 1.0
    assert of_strict.rule != "first box"
    assert of_strict.value < 0.8
    assert strict.scores.figures[0].chance == 0.5


def test_groups_and_chance_are_of_the_scored_items(tmp_path: Path) -> None:
    bench = regions(tmp_path, 8)
    (tmp_path / "0.png").unlink()  # of the group "without"
    (tmp_path / "1.png").write_bytes(b"no image")  # of the group "no"
    (scores,) = scored_by([StandIn()], bench, tmp_path)
    (figure,) = scores.scores.figures
    assert (figure.n, figure.of, figure.value) == (6, 8, 1.0)
    assert scores.scores.partial
    assert scores.scores.failed == {"image-missing": 1, "not-an-image": 1}
    assert {group: one.n for group, one in figure.groups["cue"].items()} == {"no": 3, "without": 3}
    assert scores.credits[:2] == [None, None]


def test_nothing_to_score_is_an_error(tmp_path: Path) -> None:
    bench = regions(tmp_path, 3)
    for image in tmp_path.glob("*.png"):
        image.unlink()
    with pytest.raises(NegdataError, match=r"Nothing of .*NegRefCOCOg.json can be scored: 3 image-missing"):
        scored_by([StandIn()], bench, tmp_path)


def test_a_box_equal_to_the_right_one_is_right(tmp_path: Path) -> None:
    """As published: what counts is that the chosen box is the one referred to, not where it stands."""
    bench = regions(tmp_path, 1)
    views = (View("0.png", LEFT), View("0.png", RIGHT), View("0.png", RIGHT))
    item = ChoiceItem("twice", views, ("a red thing",), 2)
    twice = ChoiceBench(bench.suite, bench.path, (item,))
    for scoring in BOTH:
        (scores,) = scored_by([StandIn()], twice, tmp_path, scoring)
        assert accuracy(scores) == 1.0


def test_a_tie_is_shared_by_all_that_tie(tmp_path: Path) -> None:
    regions(tmp_path, 1)
    texts = ("a red thing", "another red thing", "the red thing", "a blue thing")
    item = ChoiceItem("tie", (View("0.png", RIGHT),), texts, 1)
    bench = ChoiceBench("pairs", tmp_path / "pairs.csv", (item,))
    (scores,) = scored_by([StandIn()], bench, tmp_path)
    assert accuracy(scores) == pytest.approx(1 / 3)
    assert scores.scores.ties == 1
    (line,) = scores.lines
    assert line["chosen"] == [0, 1, 2]
    assert line["credit"] == pytest.approx(1 / 3)
    (first,) = scored_by([StandIn()], bench, tmp_path, "paper")
    assert accuracy(first) == 0.0
