"""Pairs: which caption is the true one is told from the names of the columns, or not at all."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from negdata.benchmark.suites import pairs
from negdata.benchmark.suites.base import ChoiceItem, View
from negdata.errors import NegdataError
from negdata.records import CaptionRecord, MadeBy
from tests.benchmark.suites.standins import PAIR, choices, lines, table, written

TRUE, FALSE = "A dog with no leash.", "A leash with no dog."
MADE_BY = MadeBy(backend="rules", model="rules", seed=0, attempts=1)


def record(identity: str, **fields: Any) -> CaptionRecord:
    """A caption record as negdata writes it: what is true is the negated caption."""
    given = {"image": "a.jpg", "caption": "A dog.", "pipeline": "objects", "negated": "leash", "made_by": MADE_BY}
    return CaptionRecord.model_validate({"id": identity} | given | fields)


def ours(path: Path, *records: CaptionRecord) -> Path:
    path.write_bytes(b"".join(one.to_line() for one in records))
    return path


def texts(path: Path) -> list[tuple[str, ...]]:
    return [item.texts for item in choices(path).items]


@pytest.mark.parametrize(
    ("true", "false"),
    [
        ("true_caption", "false_caption"),
        ("true caption", "negated caption"),
        ("True-Caption", "Foil"),
        ("positive_caption", "negative_caption"),
        ("positive_caption", "negated_caption"),
        ("caption", "false_caption"),
        ("caption", "foil"),
        ("caption", "negated"),
        ("caption", "negative caption"),
        ("negated_caption", "false_caption"),
    ],
)
@pytest.mark.parametrize("image", ["image", "image_path", "filepath", "file_name"])
def test_the_true_caption_is_told_from_the_names(tmp_path: Path, true: str, false: str, image: str) -> None:
    row = {false: FALSE, image: "a.jpg", true: TRUE}
    for path in (
        table(tmp_path / "a.csv", row),
        lines(tmp_path / "a.jsonl", row),
        written(tmp_path / "a.json", [row]),
        lines(tmp_path / "one-line.json", row),
    ):
        bench = choices(path)
        assert bench.suite == "pairs"
        (item,) = bench.items
        assert (item.texts, item.right, item.views) == ((TRUE, FALSE), 0, (View("a.jpg"),))


def test_a_pair_in_full(tmp_path: Path) -> None:
    assert choices(lines(tmp_path / "a.jsonl", PAIR, PAIR | {"id": "x", "true_caption": "A dog."})).items == (
        ChoiceItem("a:1", (View("a.jpg"),), (TRUE, FALSE), 0, {"negation": "both are", "cue": "no"}),
        ChoiceItem("x", (View("a.jpg"),), ("A dog.", FALSE), 0, {"negation": "the foil is negated", "cue": "no"}),
    )


def test_of_our_records_the_negated_caption_is_true(tmp_path: Path) -> None:
    path = ours(
        tmp_path / "captions.jsonl",
        record("coco:1", negated_caption=TRUE),
        record("coco:2", negated_caption=TRUE, false_caption=FALSE),
        record("coco:3"),
    )
    bench = choices(path)
    assert [(item.id, item.texts, item.right) for item in bench.items] == [("coco:2", (TRUE, FALSE), 0)]
    assert bench.left_out == {"records without a false caption": 2}


def test_the_name_of_a_negated_object_is_no_false_caption(tmp_path: Path) -> None:
    path = ours(tmp_path / "captions.jsonl", record("coco:1", negated_caption=TRUE), record("coco:2"))
    with pytest.raises(NegdataError, match=r"no caption that is known to be false, only negated ones.*--contrast"):
        choices(path)
    rejected = {"id": "coco:1", "image": "a.jpg", "caption": "A dog.", "negated": "leash", "reason": "present"}
    with pytest.raises(NegdataError, match="no caption that is known to be false"):
        choices(lines(tmp_path / "captions.rejected.jsonl", rejected))


def test_a_negated_caption_alone_may_be_true_or_false(tmp_path: Path) -> None:
    row = {"image": "a.jpg", "caption": "A dog.", "negated_caption": TRUE}
    with pytest.raises(NegdataError, match="true_caption and false_caption"):
        choices(table(tmp_path / "a.csv", row))


PUBLISHED = {
    "image_paths": [f"{pairs.ROOT}cc3m_subset_images_extracted_final/{number}.jpg" for number in range(3)],
    "annotations": [
        {"json": {"caption": f"Dog {number}."}, "sop_data": {"negative-prompt": f"Dog {number}, but not a leash."}}
        for number in range(3)
    ],
    "num_ops": {},
}


def test_cc_neg_as_it_is_published(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    bench = choices(written(tmp_path / "ccneg.json", PUBLISHED))
    assert [item.texts for item in bench.items] == [(f"Dog {n}.", f"Dog {n} but not a leash.") for n in range(3)]
    assert bench.items[0].views == (View("cc3m_subset_images_extracted_final/0.jpg"),)
    monkeypatch.setattr(pairs, "EVALUATED", 2)
    bench = choices(tmp_path / "ccneg.json")
    assert [item.texts[0] for item in bench.items] == ["Dog 1.", "Dog 2."]
    assert list(bench.left_out.values()) == [1]


def test_cc_neg_is_unpacked_without_running_anything(tmp_path: Path) -> None:
    torch = pytest.importorskip("torch")
    torch.save(PUBLISHED, tmp_path / "ccneg_preprocessed.pt")
    assert texts(tmp_path / "ccneg_preprocessed.pt")[2] == ("Dog 2.", "Dog 2 but not a leash.")
    torch.save({"image_paths": [Path("a")], "annotations": [print]}, tmp_path / "hostile.pt")
    with pytest.raises(NegdataError, match="holds more than plain data"):
        choices(tmp_path / "hostile.pt")
    torch.save([torch.zeros(2)], tmp_path / "weights.pt")
    with pytest.raises(NegdataError, match=r"weights\.pt is not CC-Neg"):
        choices(tmp_path / "weights.pt")
    (tmp_path / "other.zip").write_bytes(b"PK\x03\x04" + b"\0" * 100)
    with pytest.raises(NegdataError, match=r"is no file of torch\.save"):
        choices(tmp_path / "other.zip")


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"image_paths": []}, "must be lists of the same length"),
        ({"annotations": "none"}, "must be lists of the same length"),
        ({"annotations": [None, 7, {}]}, "pair 1: true_caption is missing; pair 1: false_caption is missing; pair 2"),
        ({"image_paths": ["/etc/passwd", "../a.jpg", None]}, "pair 1: image is an absolute path"),
    ],
)
def test_a_broken_cc_neg_is_refused(tmp_path: Path, change: dict[str, Any], said: str) -> None:
    with pytest.raises(NegdataError) as refused:
        choices(written(tmp_path / "ccneg.json", PUBLISHED | change))
    assert said in refused.value.problem


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        ("{no json", "line 2: it is not valid JSON"),
        ([1], "line 2: it is [1], not an object"),
        (PAIR | {"image": "../a.jpg"}, "line 2: image climbs out"),
        (PAIR | {"image": ""}, "line 2: image is missing"),
        (PAIR | {"true_caption": 7}, "line 2: true_caption is a number (7), not text"),
        (PAIR | {"false_caption": ""}, "line 2: false_caption is empty"),
        (PAIR | {"false_caption": TRUE}, "line 2: true_caption and false_caption are both 'A dog with no leash.'"),
        ({"image": "a.jpg", "true_caption": TRUE}, "line 2: it has no image, or no true and false caption"),
        ({"true_caption": TRUE, "false_caption": FALSE}, "line 2: it has no image, or no true and false caption"),
        (
            {"negated_caption": TRUE, "false_caption": FALSE, "pipeline": "objects"},
            "line 2: it has no image, or no true and false caption",
        ),
    ],
)
def test_a_wrong_line_is_refused_by_its_number(tmp_path: Path, wrong: object, said: str) -> None:
    with pytest.raises(NegdataError) as refused:
        choices(lines(tmp_path / "a.jsonl", PAIR, wrong, PAIR))
    assert "a.jsonl has a problem: " in refused.value.problem
    assert said in refused.value.problem


def test_an_id_stands_once(tmp_path: Path) -> None:
    with pytest.raises(NegdataError, match="line 2: its id 'x' stands in the file before"):
        choices(lines(tmp_path / "a.jsonl", PAIR | {"id": "x"}, PAIR | {"id": "x"}))


def test_a_folder_is_no_file_of_pairs(tmp_path: Path) -> None:
    with pytest.raises(NegdataError, match="is a folder"):
        choices(tmp_path, "pairs")
