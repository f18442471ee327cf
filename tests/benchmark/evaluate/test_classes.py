"""Zero-shot classification: the class whose averaged prompts fit best, ties shared, classes weighed alike."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from negdata.benchmark.evaluate.classes import score_classes
from negdata.benchmark.evaluate.scored import Scored
from negdata.benchmark.evaluate.ties import SCORINGS, ScoringName
from negdata.benchmark.suites.base import ClassBench
from negdata.errors import NegdataError
from tests.benchmark.evaluate.standins import Constant, NotNumbers, StandIn, classes, encoded_by

torch = pytest.importorskip("torch")


def _scored(model: Any, bench: ClassBench, scoring: ScoringName = "strict") -> Scored:
    encoded, _ = encoded_by([model], [bench], bench.root / "not used", scoring=scoring)
    (scored,) = score_classes(bench, encoded, SCORINGS[scoring])
    return scored


def _values(scored: Scored) -> dict[str, float]:
    return {figure.metric: figure.value for figure in scored.scores.figures}


def test_a_model_that_sees_is_right(tmp_path: Path) -> None:
    scored = _scored(StandIn(), classes(tmp_path, 3))
    assert _values(scored) == {"top-1": 1.0, "mean per class": 1.0}
    assert scored.credits == [1.0] * 12
    assert [figure.chance for figure in scored.scores.figures] == [0.25, 0.25]


def test_a_collapsed_model_is_at_chance_and_as_published_at_the_first_class(tmp_path: Path) -> None:
    bench = classes(tmp_path, 3)
    more = replace(bench, images=bench.images[:-2], labels=bench.labels[:-2])  # three classes of three, one of one
    assert _values(_scored(Constant(), more)) == {"top-1": 0.25, "mean per class": 0.25}
    assert _values(_scored(Constant(), more, "paper")) == {"top-1": 0.3, "mean per class": 0.25}
    blind = _scored(Constant(), more).scores.figures[0].blind
    assert blind is not None
    assert blind.value == pytest.approx(0.3)


def test_top_5_is_told_where_there_are_five_classes(tmp_path: Path) -> None:
    bench = classes(tmp_path, 1)
    names = (*bench.classes, *(f"class {number}" for number in range(4)))
    prompts = (*bench.prompts, *((f"a {name}",) for name in names[4:]))
    values = _values(_scored(Constant(), replace(bench, classes=names, prompts=prompts)))
    assert values["top-5"] == pytest.approx(5 / 8)


def test_prompts_are_averaged_as_directions_and_the_mean_made_one(tmp_path: Path) -> None:
    class Reader(StandIn):
        def read(self, text: str) -> Any:
            return {"far": [1.0, 0.0, 0.0, 0.0], "near": [0.0, 1.0, 0.0, 0.0], "other": [0.8, 0.62, 0.0, 0.0]}[text]

        def see(self, picture: Any) -> Any:
            return [1.0, 1.0, 0.0, 0.0]

    bench = classes(tmp_path, 1)
    # The mean of the two prompts points where the picture does, though it is shorter than the other class's one prompt.
    two = replace(
        bench, classes=("a", "b"), prompts=(("far", "near"), ("other",)), images=bench.images[:1], labels=(0,)
    )
    assert _values(_scored(Reader(), two))["top-1"] == 1.0


def test_what_is_no_number_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(NegdataError, match=r"broken gives .* on 4 of 4 images of .*the first of them 'red/0.png'"):
        _scored(NotNumbers("broken"), classes(tmp_path, 1))


def test_missing_images_make_the_score_partial(tmp_path: Path) -> None:
    bench = classes(tmp_path, 2)
    (tmp_path / "blue" / "1.png").unlink()
    scored = _scored(StandIn(), bench)
    assert scored.scores.partial
    assert [(figure.n, figure.of) for figure in scored.scores.figures] == [(7, 8), (7, 8)]
    assert scored.credits.count(None) == 1
    for figure in scored.scores.figures:
        if figure.metric in scored.outcomes:
            known = [credit for credit in scored.outcomes[figure.metric] if credit is not None]
            assert sum(known) / len(known) == pytest.approx(figure.value)
