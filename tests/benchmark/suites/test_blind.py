"""Rules that never look at half of the question, and never at the answer."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping, Sequence
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from negdata.benchmark.regions import Box
from negdata.benchmark.suites.base import (
    ChoiceBench,
    ChoiceItem,
    ClassBench,
    JudgeBench,
    JudgeItem,
    RetrievalBench,
    View,
)
from negdata.benchmark.suites.blind import blind_rules, commonest_share
from tests.benchmark.suites.standins import MCQ, NEGREFCOCOG, NOT_HERE, choices

HERE = Path("a.json")
BOXES: tuple[Box, ...] = ((0, 0, 10, 10), (40, 30, 20, 20), (90, 90, 5, 5))
TEXTS = ("No dog and no cat.", "A dog.", "A cat that is not on a couch.")


def of_boxes(boxes: Sequence[Box | None], size: tuple[int, int] | None = None) -> ChoiceItem:
    return ChoiceItem("a", tuple(View("a.jpg", box, size) for box in boxes), ("no dog",), 0)


def of_texts(texts: Sequence[str]) -> ChoiceItem:
    return ChoiceItem("a", (View("a.jpg"),), tuple(texts), 0)


def scores(*items: ChoiceItem) -> list[Mapping[str, Sequence[float]]]:
    """The scores of all rules on each item."""
    rules = blind_rules(ChoiceBench("negrefcocog", HERE, items))
    return [{name: rule(item) for name, rule in rules.items()} for item in items]


def picks(item: ChoiceItem) -> dict[str, int]:
    """The place that each rule picks."""
    return {name: list(found).index(max(found)) for name, found in scores(item)[0].items()}


def test_what_the_rules_pick_among_boxes() -> None:
    assert picks(of_boxes(BOXES)) == {
        "smaller crop": 2,
        "larger crop": 1,
        "left": 0,
        "right": 2,
        "upper": 0,
        "lower": 2,
        "first box": 0,
        "last box": 2,
    }
    sized = picks(of_boxes(BOXES, (100, 100)))
    assert (sized["nearest the centre"], sized["farthest from the centre"]) == (1, 0)


def test_what_the_rules_pick_among_texts() -> None:
    assert picks(of_texts(TEXTS)) == {
        "shortest text": 1,
        "longest text": 2,
        "most negations": 0,
        "fewest negations": 1,
        "first": 0,
        "last": 2,
    }


def test_what_is_equal_ties() -> None:
    (found,) = scores(of_boxes([(0, 0, 10, 10), (0, 0, 10, 10)], (50, 50)))
    assert all(len(set(one)) == 1 for name, one in found.items() if name not in ("first box", "last box"))
    (found,) = scores(of_texts(["no dog", "no cat"]))
    assert len(set(found["most negations"])) == len(set(found["shortest text"])) == 1


def test_the_centre_is_told_only_where_the_image_is_known() -> None:
    without = of_boxes(BOXES)
    assert "nearest the centre" not in scores(without, of_boxes(BOXES, (100, 100)))[0]


def test_an_item_that_a_rule_says_nothing_about_ties() -> None:
    for found in scores(of_boxes([None, None]), of_texts(TEXTS), of_boxes(BOXES)):
        assert {len(one) for one in found.values()} <= {2, 3}
    whole, texts, boxes = scores(of_boxes([None, None]), of_texts(TEXTS), of_boxes(BOXES))
    assert set(whole["smaller crop"]) == set(texts["smaller crop"]) == set(boxes["shortest text"]) == {0.0}


sides = st.floats(1, 500)
boxes = st.tuples(st.floats(0, 500), st.floats(0, 500), sides, sides)
items = st.one_of(
    st.builds(of_boxes, st.lists(boxes, min_size=2, max_size=4), st.none() | st.just((640, 480))),
    st.builds(of_texts, st.lists(st.sampled_from([*TEXTS, "", "no"]), min_size=2, max_size=5)),
)


@given(items, st.integers(0, 4))
def test_no_rule_looks_at_what_is_right_or_at_the_other_half(item: ChoiceItem, right: int) -> None:
    other = dataclasses.replace(item, right=min(right, item.candidates - 1), id="b", groups={"cue": "no"})
    assert scores(other) == scores(item)
    if len(item.views) > 1:
        assert scores(dataclasses.replace(item, texts=("something else",))) == scores(item)
    else:
        assert scores(dataclasses.replace(item, views=(View("b.jpg", (0, 0, 1, 1), (2, 2)),))) == scores(item)
    for found in scores(item)[0].values():
        assert len(found) == item.candidates


def share(bench: ChoiceBench, name: str) -> float:
    """How often a rule is right, a tie among n counted as 1/n."""
    rule = blind_rules(bench)[name]
    total = 0.0
    for item in bench.items:
        found = list(rule(item))
        total += (found[item.right] == max(found)) / found.count(max(found))
    return total / len(bench.items)


@pytest.mark.skipif(not NEGREFCOCOG.is_file(), reason=NOT_HERE)
def test_the_flaws_of_published_files_show() -> None:
    negrefcocog, mcq = choices(NEGREFCOCOG), choices(MCQ)
    assert share(negrefcocog, "first box") == share(mcq, "first") == 1.0, "the right answer always stands first"
    # Over all 440 items the smaller crop is right in 57.27 %; half of them may stray by two standard errors.
    assert abs(share(negrefcocog, "smaller crop") - 0.5727) < 2 * (0.5727 * 0.4273 / 220) ** 0.5
    assert share(negrefcocog, "smaller crop") + share(negrefcocog, "larger crop") == pytest.approx(1.0)


def test_the_commonest_answer() -> None:
    classes = ClassBench("zero-shot", HERE, HERE, ("cat", "dog"), (("a cat",), ("a dog",)), ("1", "2", "3"), (1, 0, 1))
    assert commonest_share(classes) == 2 / 3
    search = RetrievalBench("coco-retrieval", HERE, ("a", "b"), ("x", "y", "z", "w"), (0, 1, 1, 1))
    assert commonest_share(search) == 3 / 4
    asked = [JudgeItem(str(n), "a.jpg", "Is it?", "", present=n > 0) for n in range(5)]
    assert commonest_share(JudgeBench("pope", HERE, tuple(asked))) == 4 / 5
    assert commonest_share(JudgeBench("pope", HERE, ())) == 0.0
