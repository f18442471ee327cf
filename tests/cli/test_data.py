"""``negdata data export`` as a user runs it."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.cli.command import negdata, refused
from tests.publish.sets import record, write_images, write_records


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    records = [record(number) for number in range(6)]
    write_records(tmp_path / "clean.jsonl", records)
    write_images(tmp_path / "images", records)
    return tmp_path


def test_an_export_says_what_it_wrote(folder: Path) -> None:
    done = negdata("data", "export", "clean.jsonl", "--to", "coco", "-o", "sets/out", folder=folder)
    told = " ".join(done.stdout.split())
    assert "taken 6 = written 6 100.00% + rejected 0" in told
    assert "written to sets/out" in told
    assert "the licence is unknown" in done.stderr
    assert sorted(path.name for path in (folder / "sets").iterdir()) == [
        "out", "out.failed.jsonl", "out.manifest.json", "out.rejected.jsonl",
    ]  # fmt: skip


def test_failures_are_told_by_the_exit_code(folder: Path) -> None:
    (folder / "images" / "000000000001.jpg").unlink()
    options = ("--to", "coco", "--images", "images", "--licence", "cc0-1.0", "-o", "out", "--json")
    done = negdata("data", "export", "clean.jsonl", *options, folder=folder, code=1)
    summary = json.loads(done.stdout)
    assert (summary["taken"], summary["written"], summary["failed"]) == (6, 4, 2)
    assert summary["reasons"] == {"image-missing": 2}
    command = json.loads((folder / "out.manifest.json").read_text())["command"]
    assert command == "negdata data export clean.jsonl -o out --to coco --images images --licence cc0-1.0"


@pytest.mark.parametrize(
    ("options", "said"),
    [
        (["--to", "parket", "-o", "out"], "Did you mean 'parquet'?"),
        (["--to", "webdataset", "-o", "out"], "--images is missing"),
        (["--to", "coco", "-o", "images"], "images exists"),
        (["--to", "coco", "-o", "clean.jsonl"], "is the source itself"),
        (["--to", "coco", "-o", "out", "--against", "nowhere.json"], "nowhere.json doesn't exist"),
        (["--to", "coco", "-o", "out", "--bad-rows", "drop"], "--bad-rows is 'drop'"),
    ],
)
def test_what_is_refused(folder: Path, options: list[str], said: str) -> None:
    assert said in refused("data", "export", "clean.jsonl", *options, folder=folder)
    assert sorted(path.name for path in folder.iterdir()) == ["clean.jsonl", "images"]
