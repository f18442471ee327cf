"""Which rows are left out, and what is said of benchmarks that share nothing with a corpus."""

from __future__ import annotations

from pathlib import Path

import pytest

from negdata.errors import NegdataError
from negdata.exclusion import NOTHING, Exclusion, Overlap, open_exclusion
from negdata.records import CaptionRecord


def record(image: str | None, image_id: int | str | None = None) -> CaptionRecord:
    return CaptionRecord(id=str(image), image=image, image_id=image_id, caption="A cat.")


def exclusion(folder: Path, **benchmarks: str) -> Exclusion:
    """Benchmarks that are lists of names."""
    files = [folder / f"{name}.txt" for name in benchmarks]
    for file, names in zip(files, benchmarks.values(), strict=True):
        file.write_text(names.replace(" ", "\n"))
    return open_exclusion(files)


@pytest.mark.parametrize(
    ("image", "image_id", "reason", "said"),
    [
        ("000000000042.jpg", None, "excluded", "one.txt uses the image number 42"),
        ("deep/V7W_1.png", 3, "excluded", "one.txt and two.txt use an image of the name v7w_1 (folders aren't"),
        (None, 42, "excluded", "one.txt uses"),
        (None, None, "image-unknown", "names no image"),
        ("v7w_2.jpg", 42, None, ""),
        ("000000000043.jpg", 42, None, ""),
    ],
)
def test_a_row_is_left_out_where_a_benchmark_uses_its_image(
    tmp_path: Path, image: str | None, image_id: int | None, reason: str | None, said: str
) -> None:
    opened = exclusion(tmp_path, one="COCO_val2014_000000000042.jpg v7w_1.jpg", two="v7w_1.jpg")
    finding = opened.finding(record(image, image_id))
    assert (finding.reason if finding else None) == reason
    assert finding is None or said in finding.detail


def test_without_benchmarks_nothing_is_left_out() -> None:
    assert NOTHING.finding(record(None)) is None
    assert NOTHING.identity() == {}
    overlap = Overlap(NOTHING)
    overlap.see(record(None), taken=True)
    overlap.check(Path("in.jsonl"))
    assert (overlap.excluded, overlap.notes) == (0, [])


def test_what_stands_for_a_benchmark_is_its_images(tmp_path: Path) -> None:
    one = exclusion(tmp_path, a="1.jpg 2.jpg", b="3.jpg").identity()
    assert one == exclusion(tmp_path, c="3.jpg", d="000000000002.jpg 1.jpg 1.jpg").identity()
    assert one != exclusion(tmp_path, e="1.jpg 2.jpg").identity()


def test_rows_that_the_run_takes_are_counted(tmp_path: Path) -> None:
    overlap = Overlap(exclusion(tmp_path, a="1.jpg"))
    for image, taken in (("1.jpg", True), ("1.jpg", False), ("2.jpg", True), (None, True)):
        overlap.see(record(image), taken=taken)
    assert overlap.excluded == 2, "a row without an image is left out as well"


def test_benchmarks_of_other_images_are_told_of(tmp_path: Path) -> None:
    overlap = Overlap(exclusion(tmp_path, met="1.jpg", unmet="3.jpg 4.jpg"))
    overlap.see(record("1.jpg"), taken=False)
    assert overlap.notes == ["unmet.txt uses 2 images, and no row of the source is about one of them"]


def test_a_source_without_images_is_refused(tmp_path: Path) -> None:
    overlap = Overlap(exclusion(tmp_path, a="1.jpg"))
    overlap.see(record(None), taken=True)
    with pytest.raises(NegdataError, match=r"No row of in.jsonl names its image"):
        overlap.check(Path("in.jsonl"))
    overlap.see(record("2.jpg"), taken=False)
    overlap.check(Path("in.jsonl"))
