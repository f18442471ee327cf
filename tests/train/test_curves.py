"""A curve comes back from its file, and a torn line doesn't; TensorBoard gets the same numbers."""

from __future__ import annotations

import resource
import sys
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from negdata.errors import NegdataError
from negdata.train.curves import CurveLine, StepLine, ValidationLine, curve_line, read_curve, track

NUMBERS = st.floats(allow_nan=False, allow_infinity=False)
COUNTS = st.integers(0, 2**40)
EPOCHS = st.floats(0, 1e6)
STEPS = st.builds(
    StepLine,
    step=COUNTS,
    epoch=EPOCHS,
    loss=NUMBERS | st.none(),
    infonce=NUMBERS | st.none(),
    contrast_captions=NUMBERS | st.none(),
    contrast_images=NUMBERS | st.none(),
    lr=NUMBERS,
    logit_scale=NUMBERS | st.none(),
    grad_norm=NUMBERS | st.none(),
    seconds=NUMBERS,
)
VALIDATIONS = st.builds(
    ValidationLine, step=COUNTS, epoch=EPOCHS, validation=st.dictionaries(st.text(max_size=9), NUMBERS | st.none())
)


def step(number: int, loss: float | None) -> StepLine:
    return StepLine(step=number, epoch=number / 10, loss=loss, infonce=loss, lr=1e-5, logit_scale=100.0, seconds=1.0)


def validation(number: int, loss: float) -> ValidationLine:
    return ValidationLine(step=number, epoch=number / 10, validation={"loss": loss, "accuracy": 0.5})


@given(st.lists(STEPS | VALIDATIONS, max_size=6), st.binary(max_size=20).filter(lambda torn: b"\n" not in torn))
def test_lines_come_back_and_a_torn_one_does_not(lines: list[CurveLine], torn: bytes) -> None:
    from tempfile import TemporaryDirectory

    with TemporaryDirectory() as folder:
        path = Path(folder) / "curve.jsonl"
        path.write_bytes(b"".join(map(curve_line, lines)) + torn)
        assert read_curve(path) == lines


def test_what_is_no_number_is_none(tmp_path: Path) -> None:
    path = tmp_path / "curve.jsonl"
    path.write_bytes(curve_line(step(1, float("nan"))))
    (line,) = read_curve(path)
    assert isinstance(line, StepLine)
    assert line.loss is None


@pytest.mark.parametrize("bad", [b"[]\n", b"{}\n", b"nonsense\n", b'{"step": 1, "epoch": 1, "loss": "0"}\n', b"\n"])
def test_a_line_that_is_none_is_named(tmp_path: Path, bad: bytes) -> None:
    path = tmp_path / "curve.jsonl"
    path.write_bytes(curve_line(step(1, 2.0)) + bad)
    with pytest.raises(NegdataError, match=r"Line 2 of .*curve\.jsonl is neither a step nor a validation"):
        read_curve(path)


def test_tensorboard_gets_every_number(tmp_path: Path) -> None:
    pytest.importorskip("tensorboard")
    from tensorboard.backend.event_processing.event_accumulator import EventAccumulator

    with track(tmp_path / "events") as write:
        for number in (1, 2):
            write(step(number, 3.0 - number))
        write(step(3, None))
        write(validation(3, 0.25))
    events = EventAccumulator(str(tmp_path / "events"))
    events.Reload()
    assert [(one.step, one.value) for one in events.Scalars("train/loss")] == [(1, 2.0), (2, 1.0)]
    assert [(one.step, one.value) for one in events.Scalars("validation/loss")] == [(3, 0.25)]
    assert "train/contrast_images" not in events.Tags()["scalars"]
    assert len(events.Scalars("train/logit_scale")) == 3


def test_tensorboard_forgets_the_steps_that_are_made_again(tmp_path: Path) -> None:
    pytest.importorskip("tensorboard")
    from tensorboard.backend.event_processing.event_accumulator import EventAccumulator

    with track(tmp_path) as write:
        for number in (1, 2, 3):
            write(step(number, 1.0))
    with track(tmp_path, done=1) as write:
        write(step(2, 5.0))
    events = EventAccumulator(str(tmp_path))
    events.Reload()
    assert [(one.step, one.value) for one in events.Scalars("train/loss")] == [(1, 1.0), (2, 5.0)]


def test_events_that_cant_be_written_are_told_of(tmp_path: Path) -> None:
    pytest.importorskip("tensorboard")
    (tmp_path / "file").write_text("")
    with pytest.raises(NegdataError, match="can't be written"), track(tmp_path / "file"):
        pass
    with pytest.raises(NegdataError, match=r"events\..* can't be written: File too large"):
        _track_on_a_full_disk(tmp_path / "events")


def _track_on_a_full_disk(folder: Path) -> None:
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    with track(folder) as write:
        resource.setrlimit(resource.RLIMIT_FSIZE, (300, before[1]))
        try:
            write(step(1, 1.0))
            write(step(2, 1.0))
        finally:
            resource.setrlimit(resource.RLIMIT_FSIZE, before)


def test_without_tensorboard_it_is_said_what_to_install(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "tensorboard.summary.writer.record_writer", None)
    with pytest.raises(NegdataError, match=r'pip install "negdata\[track\]"'), track(tmp_path):
        pass
