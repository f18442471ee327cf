"""VALSE: valid records as its authors count them, all of them as Park et al. do."""

from __future__ import annotations

import json
from collections import Counter
from pathlib import Path
from typing import Any

import pytest

from negdata.benchmark.suites.base import ChoiceItem, View
from negdata.errors import NegdataError
from tests.benchmark.suites.standins import NOT_HERE, RECORD, VALSE, choices, written

NOT_VALID = "records for whose caption fewer than 2 of 3 annotators voted"


@pytest.mark.skipif(not VALSE.is_file(), reason=NOT_HERE)
def test_the_valid_records_are_kept_and_the_others_counted() -> None:
    published = json.loads(VALSE.read_bytes())
    valid = {identity: one for identity, one in published.items() if one["mturk"]["caption"] >= 2}
    bench = choices(VALSE, "valse-valid")
    assert bench.suite == "valse-valid"
    assert [item.id for item in bench.items] == list(valid)
    assert (len(bench.items), bench.left_out) == (253, {NOT_VALID: 14}), "of 267, half of the 534 of the published file"
    for item, record in zip(bench.items, valid.values(), strict=True):
        assert item.texts == (record["caption"], record["foil"])
        assert item.views == (View(record["image_file"]),)
        assert item.right == 0
        assert item.groups["provenance_of_foils"] == record["provenance_of_foils"]
    negated = Counter(item.groups["negation"] for item in bench.items)
    provenances = Counter(record["provenance_of_foils"] for record in valid.values())
    # One foil reads "There is no walking signs", which is taken for the words of a sign.
    assert negated["the foil is negated"] in (provenances["something_to_zero"], provenances["something_to_zero"] - 1)
    assert negated["the caption is negated"] == provenances["zero_to_something"]


@pytest.mark.skipif(not VALSE.is_file(), reason=NOT_HERE)
def test_all_records_are_scored_unless_told_otherwise() -> None:
    bench = choices(VALSE)
    assert bench.suite == "valse"
    assert not bench.left_out
    assert Counter(item.groups["votes"] for item in bench.items) == {"valid": 253, "not valid": 14}


@pytest.mark.parametrize("votes", [0, 1, 2, 3])
def test_two_votes_make_a_record_valid(tmp_path: Path, votes: int) -> None:
    other = RECORD | {"mturk": {"caption": votes, "foil": 3 - votes, "other": 0}}
    bench = choices(written(tmp_path / "a.json", {"one": RECORD, "two": other}), "valse-valid")
    assert [item.id for item in bench.items] == (["one", "two"] if votes >= 2 else ["one"])
    assert bench.left_out == ({} if votes >= 2 else {NOT_VALID: 1})


def test_a_record_in_full(tmp_path: Path) -> None:
    assert choices(written(tmp_path / "a.json", {"existence_1": RECORD})).items == (
        ChoiceItem(
            id="existence_1",
            views=(View("v7w_1.jpg"),),
            texts=("There are cars parked.", "There are no cars parked."),
            right=0,
            groups={"negation": "the foil is negated", "votes": "valid", "provenance_of_foils": "something_to_zero"},
        ),
    )


@pytest.mark.parametrize(
    ("caption", "foil", "group"),
    [
        ("There is no car.", "There is a car.", "the caption is negated"),
        ("There is a car.", "There is no car.", "the foil is negated"),
        ("There is no car.", "There is no bus.", "both are"),
        ("There is a car.", "There is a bus.", "neither is"),
    ],
)
def test_which_of_the_two_is_negated(tmp_path: Path, caption: str, foil: str, group: str) -> None:
    record = RECORD | {"caption": caption, "foil": foil}
    (item,) = choices(written(tmp_path / "a.json", {"a": record})).items
    assert item.groups["negation"] == group


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"image_file": "../../etc/passwd"}, "image_file climbs out"),
        ({"image_file": None}, "image_file is missing"),
        ({"caption": 3}, "caption is a number (3), not text"),
        ({"foil": " "}, "foil is empty"),
        ({"foil": "caf\ufffd with no car"}, "foil holds what is no UTF-8"),
        ({"mturk": None}, "the votes for the caption in mturk are missing, not a number"),
        ({"mturk": {"caption": "3"}}, "the votes for the caption in mturk are '3', not a number"),
        ({"mturk": {"caption": True}}, "in mturk are True"),
        ({"provenance_of_foils": ["x"]}, "provenance_of_foils is ['x'], not text"),
    ],
)
@pytest.mark.parametrize("suite", [None, "valse-valid"])
def test_a_wrong_record_is_refused_by_its_name(
    tmp_path: Path, change: dict[str, Any], said: str, suite: str | None
) -> None:
    path = written(tmp_path / "a.json", {"good": RECORD, "bad": RECORD | change})
    with pytest.raises(NegdataError) as refused:
        choices(path, suite)
    assert "a.json has a problem: record 'bad': " in refused.value.problem
    assert said in refused.value.problem


def test_a_file_without_a_valid_record_says_how_to_score_it(tmp_path: Path) -> None:
    record = RECORD | {"mturk": {"caption": 0}}
    with pytest.raises(NegdataError, match="--suite valse"):
        choices(written(tmp_path / "a.json", {"a": record}), "valse-valid")


def test_what_is_no_object_of_records_is_refused(tmp_path: Path) -> None:
    with pytest.raises(NegdataError, match="is no object of VALSE records"):
        choices(written(tmp_path / "a.json", [RECORD]), "valse")
    with pytest.raises(NegdataError, match="record 'x': it is 7, not an object"):
        choices(written(tmp_path / "b.json", {"a": RECORD, "x": 7}))
