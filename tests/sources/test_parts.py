"""A folder of parts is read as one source: the records that were kept, in the order of the parts."""

from __future__ import annotations

from pathlib import Path

import pytest

from negdata.errors import NegdataError
from negdata.remote import place
from negdata.sources import BadRow, open_source, recognise
from tests.report.made import caption
from tests.sources.parts import write_parts

OUTPUTS = [
    ([caption("a"), caption("b")], [caption("r")], ["f"]),
    ([], [caption("s")], []),
    ([caption("c", image=None)], [], []),
]


@pytest.fixture(params=["here", "s3"])
def folder(request: pytest.FixtureRequest, tmp_path: Path) -> Path:
    if request.param == "here":
        return tmp_path / "out"
    request.getfixturevalue("s3")
    return place("s3://bucket/some/out")


def test_the_kept_records_are_its_rows(folder: Path, tmp_path: Path) -> None:
    write_parts(folder, tmp_path / "scratch", OUTPUTS)
    assert recognise(folder) == "parts"
    source = open_source(folder, image_required=False)
    assert [row.id for row in source.rows() if not isinstance(row, BadRow)] == ["a", "b", "c"]
    assert [row.id for row in source.rows() if not isinstance(row, BadRow)] == ["a", "b", "c"]
    assert next(iter(source.rows())) == OUTPUTS[0][0][0]
    assert (str(source.path), source.format) == (str(folder), "parts")
    again = write_parts(tmp_path / "again", tmp_path / "scratch2", OUTPUTS)
    assert open_source(again).digest() == source.digest()  # whoever wrote its files
    other = write_parts(tmp_path / "other", tmp_path / "scratch3", OUTPUTS[:1])
    assert open_source(other).digest() != source.digest()


def test_an_image_may_be_required(folder: Path, tmp_path: Path) -> None:
    write_parts(folder, tmp_path / "scratch", OUTPUTS)
    bad = [row for row in open_source(folder).rows() if isinstance(row, BadRow)]
    assert [(row.where, row.problem) for row in bad] == [("record 3", "image is missing")]


def test_one_that_is_not_finished_is_refused(folder: Path, tmp_path: Path) -> None:
    write_parts(folder, tmp_path / "scratch", OUTPUTS, wanted=5)
    with pytest.raises(NegdataError, match=r"lacks 2 of its 5 parts \(number 3 is the first\)"):
        open_source(folder)


def test_a_line_that_is_none_is_a_bad_row(tmp_path: Path) -> None:
    folder = write_parts(tmp_path / "out", tmp_path / "scratch", OUTPUTS[:1])
    (kept,) = (folder / "kept").iterdir()
    content = kept.read_bytes()
    kept.write_bytes(b"x" + content[1:])
    rows = list(open_source(folder).rows())
    assert isinstance(rows[0], BadRow)
    assert "no JSON object" in rows[0].problem
    kept.write_bytes(content + content)
    with pytest.raises(NegdataError, match="it was changed"):
        list(open_source(folder).rows())
