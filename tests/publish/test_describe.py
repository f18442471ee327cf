"""The card says what is so, whatever captions hold; Croissant's own reader reads the metadata and the records."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path
from typing import Any

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from negdata.publish import DataExportSettings, export_data
from negdata.publish.card import code
from negdata.publish.figures import Tally
from tests.publish.sets import record, write_images, write_records

HOSTILE = "</td><script>alert(1)</script> | `x` [a](http://evil.example) \u202e![i](y) --- A dog"


def exported(folder: Path, records: list[dict[str, Any]], to: str = "coco", **options: Any) -> Path:
    source = write_records(folder / "clean.jsonl", records)
    export_data(DataExportSettings(source=source, to=to, out=folder / "out", **options))
    return folder / "out"


def card_of(out: Path) -> tuple[dict[str, Any], str]:
    """The front matter and the page."""
    _, front, page = (out / "README.md").read_text(encoding="utf-8").split("---\n", 2)
    return yaml.safe_load(front), page


def test_captions_are_never_markup(tmp_path: Path) -> None:
    made_by = record(1)["made_by"] | {"model": HOSTILE}
    records = [record(2, caption=HOSTILE, negated_caption=HOSTILE + " with no cat", negated=HOSTILE, made_by=made_by)]
    _, page = card_of(exported(tmp_path, records))
    row = next(line for line in page.splitlines() if "evil" in line and line.startswith("| `<"))
    assert row.replace("\\|", "").count("|") == 5
    outside = "".join(part for line in page.splitlines() for part in line.split("`")[::2])
    assert not [mark for mark in ("<script", "evil.example", "alert", "\u202e") if mark in outside]
    assert "\u202e" not in page


@given(st.text(max_size=400))
def test_code_stays_code(text: str) -> None:
    shown = code(text)
    assert not shown or (shown[0] == shown[-1] == "`" and "`" not in shown[1:-1] and shown.isprintable())


def test_what_nobody_knows_is_said(tmp_path: Path) -> None:
    front, page = card_of(exported(tmp_path, [record(number, verdict=None) for number in range(3)]))
    assert front["license"] == "unknown"
    assert "captions | unknown: whoever published this did not say" in page
    assert "images | unknown" in page
    assert "no record has a verdict" in page
    assert "Not compared with any" in page


def test_what_is_known_is_said(tmp_path: Path) -> None:
    records = [record(number) for number in range(6)]
    records[5] = record(5, verdict=None)
    bench = tmp_path / "bench.json"
    bench.write_text(json.dumps([{"image": "000000000001.jpg"}, {"image": "000000000999.jpg"}]))
    front, page = card_of(
        exported(
            tmp_path, records, licence="CC-BY-4.0", image_licence="Flickr's | terms", against=(bench,), name="lawns"
        )
    )
    assert front["license"] == "cc-by-4.0"
    assert front["pretty_name"] == "lawns"
    assert "Flickr's \\| terms" in page
    assert "| `bench.json` | 2 | 1 |" in page
    assert "| `llamacpp` | `writer.gguf` | 6 |" in page
    assert "seeds: `7` 6" in page
    assert "5 of 6 records have the verdict" in page
    assert "Records without a verdict: 1." in page
    assert "| above 0.01, up to 0.05 | 5 |" in page
    assert "6 of 6 (100.00%)" in page
    assert "most often absent: `cat` 6" in page


def test_a_licence_that_the_hub_does_not_know(tmp_path: Path) -> None:
    front, _ = card_of(exported(tmp_path, [record(1)], licence="ask: the museum"))
    assert front["license"] == "other"
    assert front["license_name"] == "ask: the museum"


def test_excluded_images_are_left_out(tmp_path: Path) -> None:
    bench = tmp_path / "bench.json"
    bench.write_text(json.dumps([{"image": "000000000001.jpg"}]))
    out = exported(tmp_path, [record(number) for number in range(6)], exclude=(bench,))
    assert "| `bench.json` | 1 | 0: left out by image |" in card_of(out)[1]
    assert {one["id"] for one in json.loads((out / "captions.json").read_text())["images"]} == {0, 2}


def test_tallies_stay_small() -> None:
    tally: Tally[int] = Tally(most=3)
    for number in (1, 2, 3, 4, 1, 5):
        tally.add(number)
    assert tally.counts == {1: 2, 2: 1, 3: 1}
    assert tally.others == 2


@pytest.mark.parametrize("to", ["hf", "parquet", "coco", "webdataset"])
def test_croissant_reads_it(tmp_path: Path, to: str, monkeypatch: pytest.MonkeyPatch) -> None:
    mlcroissant = pytest.importorskip("mlcroissant")
    epath = pytest.importorskip("etils.epath")
    # It keeps what it unpacks by the archive's name, and would take another dataset's 000000.tar for this one's.
    cache = epath.Path(tmp_path / "unpacked")
    monkeypatch.setattr("mlcroissant._src.operation_graph.operations.extract.EXTRACT_PATH", cache)
    pytest.importorskip("pyarrow")
    records = [record(number) for number in range(7)]
    records[3] = record(3, false_caption=None)
    records[4] = record(4, verdict=None, image_id=None) if to != "coco" else records[4]
    images = write_images(tmp_path / "images", records)
    out = exported(tmp_path, records, to, images=images, shard_rows=3)
    dataset = mlcroissant.Dataset(jsonld=str(out / "croissant.json"))
    assert not dataset.metadata.ctx.issues.errors
    for file in dataset.metadata.file_objects:
        assert file.sha256 == hashlib.sha256((out / file.content_url).read_bytes()).hexdigest()
    key, name = {"coco": ("annotations", "updated_caption"), "webdataset": ("captions", "negated_caption")}.get(
        to, ("records", "negated_caption")
    )
    rows = list(dataset.records(key))
    assert sorted(row[f"{key}/{name}"].decode() for row in rows) == sorted(one["negated_caption"] for one in records)
    if to == "hf":
        assert rows[0]["records/image"].size == (16, 12)
        assert rows[0]["records/made_by"]["records/made_by/seed"] == 7
        assert rows[4]["records/verdict"]["records/verdict/verifier"] is None
    if to == "coco":
        assert [row["images/file_name"].decode() for row in dataset.records("images")] == sorted(
            {one["image"] for one in records}
        )
