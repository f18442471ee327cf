"""Files that are still written, or were cut short, are read as far as they go."""

from __future__ import annotations

from pathlib import Path

import pytest

from negdata.errors import NegdataError
from negdata.report.rows import read_rows


def test_a_torn_last_line_is_told_and_a_whole_one_without_its_newline_is_read(tmp_path: Path) -> None:
    path = tmp_path / "out.jsonl"
    path.write_bytes(b'{"id":"a"}\n{"id":"b"}')
    assert [row["id"] for row in read_rows(path).values] == ["a", "b"]
    path.write_bytes(b'{"id":"a"}\n{"id":"b')
    rows = read_rows(path)
    assert (len(rows.values), rows.torn) == (1, True)
    assert "cut off" in rows.notes(path)[0]


def test_lines_that_are_no_object_are_told_by_number(tmp_path: Path) -> None:
    path = tmp_path / "out.jsonl"
    path.write_bytes(b'\xff\n{"id":"a"}\n\n[1]\nnull\n7\n')
    rows = read_rows(path)
    assert rows.bad == [1, 4, 5, 6]
    assert "line 1, 4, 5 and 1 more" in rows.notes(path)[0]


def test_a_file_that_is_not_there(tmp_path: Path) -> None:
    with pytest.raises(NegdataError, match="doesn't exist"):
        read_rows(tmp_path / "out.jsonl")
    assert not read_rows(tmp_path / "out.jsonl", missing=True).values
