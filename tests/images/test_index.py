"""The index of tars and parquet files: made once, made anew where it must be, and never half."""

from __future__ import annotations

import logging
import os
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from negdata.errors import NegdataError
from negdata.images import Images, index, open_images
from tests.images.made import encoded, in_tars, own_cache, pictures, tar_of

__all__ = ["own_cache"]


def indexes(cache: Path) -> list[Path]:
    return sorted((cache / "images").glob("*"))


def test_the_second_time_no_tar_is_gone_through(
    tmp_path: Path, own_cache: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    tars = in_tars(tmp_path / "tars", pictures(9), 4)
    open_images(tars)
    (made,) = indexes(own_cache)
    before = made.stat().st_mtime_ns
    monkeypatch.setattr(index, "_make", None)
    assert open_images(tars).read("000000000008.jpg").content == encoded(8)
    assert made.stat().st_mtime_ns == before


def test_a_change_replaces_the_index(tmp_path: Path, own_cache: Path) -> None:
    in_tars(tmp_path / "tars", pictures(9), 4)
    open_images(tmp_path / "tars")
    first = indexes(own_cache)
    tar_of(tmp_path / "tars" / "999.tar", {"new.jpg": encoded(1)})
    assert open_images(tmp_path / "tars").find("new.jpg") == "new.jpg"
    second = indexes(own_cache)
    assert len(second) == 1
    assert second != first


@pytest.mark.parametrize("damage", ["empty", "garbage", "cut", "old"])
def test_a_damaged_index_is_made_anew(tmp_path: Path, own_cache: Path, damage: str) -> None:
    import sqlite3

    tars = in_tars(tmp_path / "tars", pictures(3), 3)
    open_images(tars)
    (made,) = indexes(own_cache)
    if damage == "old":
        connection = sqlite3.connect(made)
        connection.execute("UPDATE said SET value = '0' WHERE key = 'format'")
        connection.commit()
        connection.close()
    else:
        content = made.read_bytes()
        made.write_bytes({"empty": b"", "garbage": b"x" * len(content), "cut": content[:1000]}[damage])
    assert open_images(tars).read("000000000002.jpg").content == encoded(2)


def test_many_who_come_at_once_get_one_index(tmp_path: Path, own_cache: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    tars = in_tars(tmp_path / "tars", pictures(30), 3)
    made: list[Path] = []
    make = index._make

    def slow(path: Path, *rest: object) -> None:
        made.append(path)
        time.sleep(0.2)
        make(path, *rest)  # type: ignore[arg-type]

    monkeypatch.setattr(index, "_make", slow)
    with ThreadPoolExecutor(8) as threads:
        opened: list[Images] = list(threads.map(open_images, [tars] * 8))
    assert len(made) == 1
    assert all(one.read("000000000029.jpg").content == encoded(29) for one in opened)
    assert len(indexes(own_cache)) == 1, "neither a lock nor a piece is left"


def test_one_that_is_killed_leaves_nothing_in_the_way(tmp_path: Path, own_cache: Path) -> None:
    tars = in_tars(tmp_path / "tars", pictures(5), 5)
    code = (
        "import sys, time; from negdata.images import index, open_images\n"
        "doubles = index._doubles\n"
        "def slow(*told):\n    print('writing', flush=True); time.sleep(60); return doubles(*told)\n"
        "index._doubles = slow\n"
        "open_images(sys.argv[1])\n"
    )
    with subprocess.Popen([sys.executable, "-c", code, str(tars)], stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == "writing\n"
        process.kill()
    assert any(path.suffix == ".tmp" for path in indexes(own_cache))
    assert open_images(tars).read("000000000004.jpg").content == encoded(4)
    assert [path.suffix for path in indexes(own_cache)] == [".sqlite"]


def test_a_cache_that_cannot_be_written_is_told_of(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "file").write_text("x")
    monkeypatch.setenv("NEGDATA_CACHE", str(tmp_path / "file"))
    with pytest.raises(NegdataError, match="can't be written"):
        open_images(in_tars(tmp_path / "tars", pictures(1), 1))


def test_two_places_with_the_same_tars_do_not_throw_each_other_out(tmp_path: Path, own_cache: Path) -> None:
    tars = in_tars(tmp_path / "tars", pictures(4), 2)
    open_images(tars)
    open_images(tmp_path / "tars")
    assert len(indexes(own_cache)) == 2


def test_a_name_is_looked_up_by_an_index_however_many_there_are(tmp_path: Path) -> None:
    import sqlite3

    opened = open_images(in_tars(tmp_path / "tars", pictures(4), 2))
    (made,) = indexes(tmp_path / "cache")
    connection = sqlite3.connect(made)
    plan = str(connection.execute("EXPLAIN QUERY PLAN SELECT file FROM images WHERE name = ?", (b"a",)).fetchall())
    connection.close()
    assert "USING INDEX by_name" in plan
    assert opened.find("b.jpg") is None


def test_what_is_left_out_is_logged_once(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    tars = tar_of(tmp_path / "a.tar", [("a.jpg", encoded(1)), ("a.jpg", encoded(2))])
    with caplog.at_level(logging.WARNING):
        open_images(tars)
        open_images(tars)
    assert len(caplog.records) == 1
    assert os.fspath(tars) in caplog.text
