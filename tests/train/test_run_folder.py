"""OUT: one run, one writer, and nobody else's files are touched."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

import pytest

from negdata.errors import Interrupted, NegdataError
from negdata.train.curves import CURVE, StepLine, ValidationLine, read_curve
from negdata.train.run_folder import RunFolder, open_run

IDENTITY: dict[str, Any] = {"data": "a.jsonl", "recipe": {"optimizer": {"lr": 1e-5}}, "token": "none"}


def opened(out: Path, fresh: bool = False, **changed: Any) -> Any:
    return open_run(out, IDENTITY | changed, {"name": "default"}, command="negdata finetune", fresh=fresh)


def told(out: Path) -> Any:
    return json.loads((out / "negdata.manifest.json").read_text())


def step(number: int) -> StepLine:
    return StepLine(step=number, epoch=number / 4, loss=1.5, infonce=1.5, lr=1e-5, logit_scale=2.0, seconds=0.1)


def train(run: RunFolder, steps: int) -> None:
    """As if so many steps were made."""
    with run.curve(0) as write:
        for number in range(1, steps + 1):
            write(step(number))
    (run.checkpoints / "state.json").write_text("{}")


def test_a_folder_from_beginning_to_end(tmp_path: Path) -> None:
    out = tmp_path / "runs" / "out"
    with opened(out) as run:
        assert not run.resumed
        assert told(out)["state"] == "running"
        assert run.checkpoints.is_dir()
        assert (out / "negdata.lock").is_file()
        train(run, 2)
        run.finish_training({"file": "trained_on.txt", "images": 0, "digest": "x"})
        assert not run.checkpoints.exists()
    assert told(out)["state"] == "finished"
    assert told(out)["recipe"] == {"name": "default"}
    assert not (out / "negdata.lock").exists()
    with opened(out) as run:
        assert run.resumed
        assert run.manifest.trained
        assert not run.checkpoints.exists()
    assert told(out)["runs"] == 2


@pytest.mark.parametrize(
    ("error", "state"),
    [
        (Interrupted("Stopped.", "Go on."), "interrupted"),
        (KeyboardInterrupt(), "interrupted"),
        (ValueError(), "stopped"),
    ],
)
def test_what_ends_a_run_is_told(tmp_path: Path, error: BaseException, state: str) -> None:
    with pytest.raises(type(error)), opened(tmp_path):
        raise error
    assert told(tmp_path)["state"] == state
    assert not (tmp_path / "negdata.lock").exists()


def test_other_settings_are_refused_once_there_is_something_to_lose(tmp_path: Path) -> None:
    with opened(tmp_path):
        pass
    with opened(tmp_path, recipe={"optimizer": {"lr": 2e-5}}) as run:
        assert not run.resumed
        train(run, 1)
    with pytest.raises(NegdataError) as refused, opened(tmp_path):
        pass
    assert "recipe.optimizer.lr was 0.00002 and is now 0.00001" in refused.value.problem
    assert told(tmp_path)["settings"]["recipe"]["optimizer"]["lr"] == 2e-5
    with opened(tmp_path, fresh=True) as run:
        assert not run.resumed
        assert not (tmp_path / CURVE).exists()
        assert not list(run.checkpoints.iterdir())


def test_a_second_writer_is_refused(tmp_path: Path) -> None:
    with (
        opened(tmp_path),
        pytest.raises(NegdataError, match=f"is being written by process {os.getpid()}"),
        opened(tmp_path),
    ):
        pass
    assert told(tmp_path)["runs"] == 1


def test_a_start_over_that_is_killed_no_longer_says_that_a_model_is_there(tmp_path: Path) -> None:
    with opened(tmp_path) as run:
        train(run, 1)
        run.finish_training({"file": "trained_on.txt", "images": 0, "digest": "x"})
    blocked = tmp_path / "README.md"
    blocked.mkdir()  # what can't be removed ends it in the middle
    with pytest.raises(NegdataError, match=r"README\.md can't be written"), opened(tmp_path, fresh=True):
        pass
    assert told(tmp_path)["trained"] is False
    assert told(tmp_path)["trained_on"] is None


def test_files_of_others_are_refused(tmp_path: Path) -> None:
    (tmp_path / "thesis.tex").write_text("mine")
    for fresh in (False, True):
        with (
            pytest.raises(NegdataError, match=r"holds thesis\.tex and no run of negdata finetune"),
            opened(tmp_path, fresh),
        ):
            pass
    assert [path.name for path in tmp_path.iterdir()] == ["thesis.tex"]


@pytest.mark.parametrize("content", ["", "{", "[]", '{"trained_on": {}}', '{"command": 3}'])
def test_a_manifest_that_is_none_is_left(tmp_path: Path, content: str) -> None:
    (tmp_path / "negdata.manifest.json").write_text(content)
    for fresh in (False, True):
        with pytest.raises(NegdataError, match="isn't a manifest") as refused, opened(tmp_path, fresh):
            pass
        assert "--fresh" not in refused.value.remedy
    assert (tmp_path / "negdata.manifest.json").read_text() == content


@pytest.mark.parametrize("torn", [b"", b'{"step":4,"ep', b'{"step":"x"}\n', b"[]\n", b"\xff\n"])
def test_the_curve_goes_on_after_the_last_checkpoint(tmp_path: Path, torn: bytes) -> None:
    with opened(tmp_path) as run:
        with run.curve(0) as write:
            for number in (1, 2, 3):
                write(step(number))
            write(ValidationLine(step=3, epoch=1, validation={"loss": 2.0}))
        with (tmp_path / CURVE).open("ab") as file:
            file.write(torn)
        with run.curve(3) as write:
            assert [line.step for line in read_curve(tmp_path / CURVE)] == [1, 2, 3, 3]
            write(step(4))
        with run.curve(2) as write:
            write(step(3))
    assert [line.step for line in read_curve(tmp_path / CURVE)] == [1, 2, 3]
