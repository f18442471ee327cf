"""An export is there whole or not at all, and never in the place of something else."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from negdata.errors import NegdataError
from negdata.locks import OutputLock
from negdata.train.export.notes import NOTE
from negdata.train.export.place import check_place, new_file, new_folder
from tests.train.export.listing import content

ROOT = Path(__file__).resolve().parents[3]


def earlier(out: Path) -> Path:
    out.mkdir()
    (out / NOTE).write_text("{}")
    (out / "old").write_text("old")
    return out


def test_an_earlier_export_is_replaced_when_asked(tmp_path: Path) -> None:
    out = earlier(tmp_path / "out")
    with pytest.raises(NegdataError, match="--fresh"), new_folder(out, fresh=False):
        pass
    with new_folder(out, fresh=True) as folder:
        (folder / "new").write_text("new")
        assert (out / "old").is_file()
    assert content(out) == {"new": b"new"}
    assert [path.name for path in tmp_path.iterdir()] == ["out"]


def test_nothing_else_is_ever_replaced(tmp_path: Path) -> None:
    mine = tmp_path / "mine"
    mine.mkdir()
    with new_folder(mine, fresh=False) as folder:  # an empty folder is free
        (folder / "photo.jpg").write_text("mine")
    for fresh in (False, True):
        with pytest.raises(NegdataError, match="isn't an export"), new_folder(mine, fresh=fresh):
            pass
        with pytest.raises(NegdataError, match="is no folder"), new_folder(mine / "photo.jpg", fresh=fresh):
            pass
    (tmp_path / "link").symlink_to(mine)
    with pytest.raises(NegdataError, match="is no folder"), new_folder(tmp_path / "link", fresh=True):
        pass
    assert content(mine) == {"photo.jpg": b"mine"}


def fail_in(path: Path) -> None:
    path.write_text("new")
    raise RuntimeError


def test_what_fails_leaves_the_old_one(tmp_path: Path) -> None:
    out, file = earlier(tmp_path / "out"), tmp_path / "a.pt"
    file.write_text("old")
    with pytest.raises(RuntimeError), new_folder(out, fresh=True) as folder:
        fail_in(folder / "new")
    with pytest.raises(RuntimeError), new_file(file, fresh=True) as path:
        fail_in(path)
    assert content(tmp_path) == {"a.pt": b"old", f"out/{NOTE}": b"{}", "out/old": b"old"}


def test_one_writer_at_a_time(tmp_path: Path) -> None:
    out = tmp_path / "out"
    lock = OutputLock(tmp_path / "out.lock", out, "another")
    try:
        with pytest.raises(NegdataError, match="is being written by"), new_folder(out, fresh=False):
            pass
    finally:
        lock.release()


@pytest.mark.parametrize(
    ("out", "source", "fits"),
    [
        ("base", "base", False),
        ("base/out", "base", False),
        ("base", "base/part", False),
        ("link/out", "base", False),
        ("base/../base", "base", False),
        ("base-2", "base", True),
        ("out", "base", True),
    ],
)
def test_an_output_lies_apart_from_what_it_is_made_of(out: str, source: str, fits: bool, tmp_path: Path) -> None:
    (tmp_path / "base" / "part").mkdir(parents=True)
    (tmp_path / "link").symlink_to(tmp_path / "base")
    if fits:
        check_place(tmp_path / out, [tmp_path / source])
        return
    with pytest.raises(NegdataError, match="in each other"):
        check_place(tmp_path / out, [tmp_path / source])


def test_killed_in_the_middle_it_leaves_nothing_half_and_goes_on(tmp_path: Path) -> None:
    out = tmp_path / "out"
    code = (
        "import sys, time; from pathlib import Path\n"
        "from negdata.train.export.place import new_folder\n"
        "with new_folder(Path(sys.argv[1]), fresh=False) as folder:\n"
        "    (folder / 'half').write_text('half'); print('writing', flush=True); time.sleep(60)\n"
    )
    child = subprocess.Popen(
        [sys.executable, "-c", code, str(out)], cwd=ROOT, stdout=subprocess.PIPE, env=os.environ, text=True
    )
    assert child.stdout is not None
    assert child.stdout.readline() == "writing\n"
    child.send_signal(signal.SIGKILL)
    child.wait()
    child.stdout.close()
    assert not out.exists()
    began = time.monotonic()
    with new_folder(out, fresh=False) as folder:
        (folder / NOTE).write_text(json.dumps({}))
    assert time.monotonic() - began < 10
    assert content(tmp_path) == {f"out/{NOTE}": b"{}"}
