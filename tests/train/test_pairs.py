"""Training data: pairs + rejected + failed is everything, and what isn't taken stands somewhere with its reason."""

from __future__ import annotations

import json
from collections import Counter
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from negdata.errors import NegdataError
from negdata.records import CaptionRecord, FailedCaption, RejectedCaption, read_lines
from negdata.sources.base import file_digest
from negdata.train.pairs import Pair, TrainingData, read_pairs
from tests.cli.command import negdata

CAPTIONS = Path(__file__).resolve().parents[3] / "shared/data/coco/annotations/captions_val2017.json"

CAT: dict[str, Any] = {
    "id": "1",
    "image": "a.jpg",
    "caption": "A cat on a mat.",
    "negated": "dog",
    "negated_caption": "A cat on a mat and no dog.",
    "false_caption": "A mat with no cat.",
}


def write(path: Path, *rows: dict[str, Any] | str) -> Path:
    path.write_text("".join((row if isinstance(row, str) else json.dumps(row)) + "\n" for row in rows))
    return path


def read(folder: Path, *rows: dict[str, Any] | str, exclude: tuple[Path, ...] = ()) -> TrainingData:
    return read_pairs(write(folder / "c.jsonl", *rows), exclude=exclude, out=folder)


def told(path: Path) -> dict[str, str]:
    """The reason or error of each row of a file, by id."""
    return {row["id"]: row.get("reason") or row["error"] for row in read_lines(path)} if path.exists() else {}


def test_a_row_becomes_a_pair(tmp_path: Path) -> None:
    data = read(tmp_path, CAT, {"id": "2", "image": "a.jpg", "caption": "A cat.", "negated_caption": "A cat, no mat."})
    assert data.pairs == (
        Pair("1", "a.jpg", "A cat on a mat.", "A cat on a mat and no dog.", "dog", "A mat with no cat."),
        Pair("2", "a.jpg", "A cat.", "A cat, no mat."),
    )
    assert data.pairs[0].image is data.pairs[1].image
    assert (data.taken, data.rejected, data.failed, data.notes) == (2, Counter(), Counter(), [])
    assert data.digest == file_digest(tmp_path / "c.jsonl")
    assert [path.name for path in tmp_path.iterdir()] == ["c.jsonl"]


REJECTED = [
    ({"negated_caption": None}, "no-negated-caption"),
    ({"negated_caption": ""}, "no-negated-caption"),
    ({"negated_caption": "  "}, "empty-caption"),
    ({"caption": " "}, "empty-caption"),
    ({"caption": ""}, "empty-caption"),
    ({"image": None}, "no-image"),
    ({"image": ""}, "no-image"),
    ({"image": " "}, "no-image"),
    ({"negated_caption": CAT["caption"]}, "same-caption"),
    ({"negated_caption": "a CAT on a  mat. "}, "same-caption"),
    ({"image": "b.jpg"}, "excluded"),
    ({"image": "b/ .jpg"}, "image-unknown"),
    ({"verdict": {"p_present": 0.9, "present": True, "verifier": "boxes"}}, "present"),
]
FAILED: list[tuple[dict[str, Any] | str, str]] = [
    ({"image": "/etc/passwd"}, "bad-row"),
    ({"image": "../a.jpg"}, "bad-row"),
    ({"caption": None}, "bad-row"),
    ({"caption": 3}, "bad-row"),
    ({"negated_caption": 3}, "bad-row"),
    ({"negated_caption": "A cat\x1b[31m."}, "bad-negated-caption"),
    ({"negated_caption": "no dog " * 1_000}, "bad-negated-caption"),
    ("{", "bad-row"),
    ("[]", "bad-row"),
]


@pytest.mark.parametrize(("change", "reason"), REJECTED)
def test_what_is_rejected(tmp_path: Path, change: dict[str, Any], reason: str) -> None:
    bench = tmp_path / "bench.txt"
    bench.write_text("b.jpg\n")
    exclude = (bench,) if reason in ("excluded", "image-unknown") else ()
    data = read(tmp_path, CAT, CAT | {"id": "2"} | change, exclude=exclude)
    assert (len(data.pairs), data.rejected, data.failed) == (1, Counter([reason]), Counter())
    assert told(tmp_path / "data.rejected.jsonl") == {"2": reason}
    (row,) = read_lines(tmp_path / "data.rejected.jsonl")
    assert RejectedCaption.model_validate(row).detail


@pytest.mark.parametrize(("change", "error"), FAILED)
def test_what_fails(tmp_path: Path, change: dict[str, Any] | str, error: str) -> None:
    bad = change if isinstance(change, str) else CAT | {"id": "2"} | change
    data = read(tmp_path, CAT, bad)
    assert (len(data.pairs), data.rejected, data.failed) == (1, Counter(), Counter([error]))
    (row,) = read_lines(tmp_path / "data.failed.jsonl")
    assert FailedCaption.model_validate(row).error == error
    assert not (tmp_path / "data.rejected.jsonl").exists()


@pytest.mark.parametrize("present", [False, None])
def test_what_no_judge_saw_is_taken(tmp_path: Path, present: bool | None) -> None:
    assert len(read(tmp_path, CAT | {"verdict": {"p_present": 0.5, "present": present, "verifier": "x"}}).pairs) == 1


@pytest.mark.parametrize(
    ("false", "note"),
    [
        (" ", "1 false captions are blank"),
        ("a cat on a mat and NO dog.", "1 false captions equal a true one"),
        (CAT["caption"], "1 false captions equal a true one"),
        ("no \x00 cat", "1 false captions can't be read"),
    ],
)
def test_a_false_caption_of_no_use_leaves_its_pair(tmp_path: Path, false: str, note: str) -> None:
    data = read(tmp_path, CAT | {"false_caption": false})
    assert data.pairs[0].false_caption is None
    assert data.notes[0].startswith(note)


def test_an_id_that_stands_twice_is_refused(tmp_path: Path) -> None:
    with pytest.raises(NegdataError, match="has the id '1' twice"):
        read(tmp_path, CAT, CAT)


def test_what_an_earlier_run_told_is_replaced_or_removed(tmp_path: Path) -> None:
    read(tmp_path, CAT, CAT | {"id": "2", "image": None}, "{")
    assert {path.name for path in tmp_path.glob("data.*")} == {"data.rejected.jsonl", "data.failed.jsonl"}
    read(tmp_path, CAT)
    assert not list(tmp_path.glob("data.*"))


def test_nothing_left_says_why_and_what_to_do(tmp_path: Path) -> None:
    plain = {"image": "a.jpg", "caption": "A cat."}
    with pytest.raises(NegdataError) as refused:
        read(tmp_path, {"id": "1", **plain}, {"id": "2", **plain}, "{")
    assert "of 3 rows, 2 no-negated-caption, 1 bad-row" in refused.value.problem
    assert "`negdata caption`" in refused.value.remedy
    assert "data.rejected.jsonl and" in refused.value.remedy
    assert told(tmp_path / "data.rejected.jsonl") == dict.fromkeys("12", "no-negated-caption")
    assert set(told(tmp_path / "data.failed.jsonl").values()) == {"bad-row"}


def test_all_excluded(tmp_path: Path) -> None:
    bench = tmp_path / "bench.txt"
    bench.write_text("a.jpg\n")
    with pytest.raises(NegdataError, match=r"1 excluded.*other images"):
        read(tmp_path, CAT, exclude=(bench,))


def test_a_benchmark_that_shares_nothing_is_told(tmp_path: Path) -> None:
    bench = tmp_path / "bench.txt"
    bench.write_text("z.jpg\n")
    assert "bench.txt uses 1 images" in read(tmp_path, CAT, exclude=(bench,)).notes[0]


def test_a_source_that_is_none(tmp_path: Path) -> None:
    with pytest.raises(NegdataError, match="doesn't exist"):
        read_pairs(tmp_path / "no.jsonl", exclude=(), out=tmp_path)
    with pytest.raises(NegdataError, match="can't be written"):
        read_pairs(write(tmp_path / "c.jsonl", "{", CAT), exclude=(), out=tmp_path / "no")


ROWS = st.lists(
    st.one_of(
        st.sampled_from([change for change, _ in REJECTED]),
        st.sampled_from([change for change, _ in FAILED]),
        st.just({}),
        st.fixed_dictionaries(
            {},
            optional={
                key: st.one_of(st.none(), st.integers(), st.text(max_size=8)) for key in CaptionRecord.model_fields
            },
        ),
    ),
    min_size=1,
    max_size=12,
)


@settings(deadline=None)
@given(ROWS, st.booleans())
def test_every_row_is_somewhere(changes: list[dict[str, Any] | str], excluding: bool) -> None:
    rows = [one if isinstance(one, str) else CAT | one | {"id": str(n)} for n, one in enumerate(changes)]
    with TemporaryDirectory() as name:
        folder = Path(name)
        bench = folder / "bench.txt"
        bench.write_text("b.jpg\n")
        data = read(folder, CAT | {"id": "first"}, *rows, exclude=(bench,) if excluding else ())
        rejected, failed = told(folder / "data.rejected.jsonl"), told(folder / "data.failed.jsonl")
    ids = [pair.id for pair in data.pairs] + list(rejected) + list(failed)
    assert data.taken == len(rows) + 1 == len(set(ids)) == len(ids)
    assert Counter(rejected.values()) == data.rejected
    assert Counter(failed.values()) == data.failed
    assert all(pair.image and pair.caption.strip() and pair.negated_caption.strip() for pair in data.pairs)


@pytest.mark.skipif(not CAPTIONS.is_file(), reason=f"{CAPTIONS} is not here")
def test_real_captions_read_alike_from_both_layouts(tmp_path: Path) -> None:
    for out in ("c.jsonl", "c.json"):
        negdata("caption", CAPTIONS, "--contrast", "--limit", "100", "-o", out, folder=tmp_path, timeout=120)
    records = read_pairs(tmp_path / "c.jsonl", exclude=(), out=tmp_path)
    layout = read_pairs(tmp_path / "c.json", exclude=(), out=tmp_path)
    assert records.pairs == layout.pairs
    assert len(records.pairs) == records.taken == 100
    assert sum(pair.false_caption is not None for pair in records.pairs) > 50
