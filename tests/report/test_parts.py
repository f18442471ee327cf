"""A folder of parts is shown like an output of one machine, finished or not, here or elsewhere."""

from __future__ import annotations

from pathlib import Path

import pytest

from negdata.remote import place
from tests.remote.s3 import S3
from tests.report import made
from tests.report.test_captions import items, notes
from tests.sources.parts import write_parts

OUTPUTS = [
    ([made.caption("a", p=0.01)], [made.caption("r", p=0.9)], ["f"]),
    ([made.caption("b", p=0.49)], [], []),
]


@pytest.mark.parametrize("where", ["here", "s3://bucket/out"])
def test_its_parts_are_one_output(where: str, tmp_path: Path, s3: S3) -> None:
    folder = tmp_path / "out" if where == "here" else place(where)
    write_parts(folder, tmp_path / "scratch", OUTPUTS)
    page, summary = made.shown(tmp_path, folder)
    assert summary.sections[0].views == {"kept": 2, "rejected": 1, "failed": 1}
    assert [item["id"] for item in items(page)] == ["b", "a"]
    assert (summary.sections[0].path, notes(summary)) == (str(folder), "")
    assert ">Run<" in page.read_text()


def test_one_that_is_under_way_shows_what_is_there(tmp_path: Path) -> None:
    folder = write_parts(tmp_path / "out", tmp_path / "scratch", OUTPUTS, wanted=7)
    _, summary = made.shown(tmp_path, folder)
    assert summary.sections[0].views["kept"] == 2
    assert "2 of its 7 parts are there, and shown." in notes(summary)


def test_an_output_at_an_address_is_shown_with_what_lies_beside_it(tmp_path: Path, s3: S3) -> None:
    out = made.captions_output(tmp_path, *OUTPUTS[0])
    for file in tmp_path.glob("clean.*"):
        s3.put(f"d/{file.name}", file.read_bytes())
    for name in ("clean.jsonl", "clean.rejected.jsonl", "clean.manifest.json"):
        page, summary = made.shown(tmp_path, place(f"s3://bucket/d/{name}"))
        assert summary.sections[0].views == {"kept": 1, "rejected": 1, "failed": 1}
        assert (summary.sections[0].path, notes(summary)) == (f"s3://bucket/d/{out.name}", "")
        page.unlink()
