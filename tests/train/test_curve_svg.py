"""The drawing is one XML document without references, and every number in it is within the frame."""

from __future__ import annotations

import re
from xml.etree import ElementTree

from hypothesis import given, settings
from hypothesis import strategies as st

from negdata.train.curve_svg import curve_svg
from negdata.train.curves import CurveLine, ValidationLine
from tests.train.test_curves import STEPS, VALIDATIONS, step, validation

SVG = "{http://www.w3.org/2000/svg}"


def _drawn(lines: list[CurveLine]) -> ElementTree.Element:
    return ElementTree.fromstring(curve_svg(lines))


def _texts(drawn: ElementTree.Element) -> list[str]:
    return [one.text or "" for one in drawn.iter(f"{SVG}text")]


def test_a_line_and_a_dot_for_each_validation() -> None:
    drawn = _drawn([*(step(number, 4.0 / number) for number in range(1, 101)), validation(50, 1.5), validation(100, 1)])
    (line,) = [one for one in drawn.iter(f"{SVG}polyline") if one.get("class") == "train"]
    assert len((line.get("points") or "").split()) == 100
    assert len(list(drawn.iter(f"{SVG}title"))) == 2
    assert {"0", "20", "100", "0.0", "4.0", "step", "training loss"} <= set(_texts(drawn))


def test_a_loss_that_is_no_number_leaves_a_gap() -> None:
    drawn = _drawn([step(1, 1.0), step(2, 2.0), step(3, None), step(4, 1.0), step(5, 1.5)])
    assert [len((one.get("points") or "").split()) for one in drawn.iter(f"{SVG}polyline")] == [2, 2]


def test_many_steps_are_averaged() -> None:
    drawn = _drawn([step(number, float(number % 2)) for number in range(1, 100_001)])
    (line,) = drawn.iter(f"{SVG}polyline")
    points = (line.get("points") or "").split()
    assert 500 < len(points) <= 600
    assert len(curve_svg([step(number, 1.0) for number in range(1, 100_001)])) < 20_000


def test_losses_that_hardly_differ_are_drawn() -> None:
    for losses in ((1.0, 1.0), (1.0, 1.0000000000000002), (0.0, 0.0), (-3.0, -3.0), (0.0, 5e-324)):
        drawn = _drawn([step(number, loss) for number, loss in enumerate(losses, 1)])
        assert len(_texts(drawn)) > 5


def test_nothing_to_draw_is_said() -> None:
    assert _texts(_drawn([])) == ["No losses yet"]
    assert _texts(_drawn([ValidationLine(step=1, epoch=1, validation={"accuracy": 1.0})])) == ["No losses yet"]


@settings(deadline=None)
@given(
    st.lists(
        STEPS.filter(lambda line: abs(line.loss or 0) < 1e300)
        | VALIDATIONS.map(lambda line: line.model_copy(update={"validation": {"loss": line.step / 7}})),
        min_size=1,
        max_size=8,
    )
)
def test_whatever_the_numbers_all_is_within_the_frame(lines: list[CurveLine]) -> None:
    text = curve_svg(sorted(lines, key=lambda line: line.step))
    drawn = ElementTree.fromstring(text)
    assert not re.search(r"href|url\(|<script|nan|inf", text)
    for one in drawn.iter(f"{SVG}polyline"):
        for place in (one.get("points") or "").split():
            x, y = map(float, place.split(","))
            assert 0 <= x <= 720
            assert 0 <= y <= 320
