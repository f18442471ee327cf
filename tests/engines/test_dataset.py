"""``negdata caption`` and ``filter`` into a folder of parts, in this process."""

from __future__ import annotations

import json
import multiprocessing
import random
import signal
import time
from pathlib import Path
from typing import Any

import pytest

from negdata import api
from negdata.caption.summary import CaptionSummary
from negdata.engines.dataset import PartsRun, run_in_parts
from negdata.errors import NegdataError
from negdata.parts import Parts
from negdata.records import FailedCaption
from tests.cli.command import negdata, refused, started
from tests.engines.corpus import lines_of, same_records, write_captions
from tests.engines.slow_job import SlowJob, run_of, until


@pytest.fixture
def source(tmp_path: Path) -> Path:
    return write_captions(tmp_path / "captions.jsonl", 240, bad=3)


def caption(source: Path, out: Path, **options: Any) -> CaptionSummary:
    return api.caption(source, out=out, bad_rows="fail", max_failures=1.0, **options)


def test_parts_hold_what_one_file_holds(source: Path, tmp_path: Path) -> None:
    one = caption(source, tmp_path / "one.jsonl", contrast=True)
    many = caption(source, tmp_path / "many", contrast=True)
    assert same_records(tmp_path / "one.jsonl", tmp_path / "many")
    assert (many.taken, many.kept, many.rejected, many.failed) == (one.taken, one.kept, one.rejected, one.failed)
    assert many.taken == 243
    assert many.false_captions == one.false_captions
    assert many.reasons == one.reasons


def test_objects_are_shared_out_as_in_one_file(source: Path, tmp_path: Path) -> None:
    objects = tmp_path / "objects.txt"
    objects.write_text("car\nperson\nchair\nbackpack\nbird\n", encoding="utf-8")
    for out in ("one.jsonl", "many"):
        caption(source, tmp_path / out, objects=objects)
    assert same_records(tmp_path / "one.jsonl", tmp_path / "many")


def test_a_slice_and_a_shard_are_those_of_one_file(source: Path, tmp_path: Path) -> None:
    for out in ("one.jsonl", "many"):
        caption(source, tmp_path / out, offset=20, limit=150, shard="2/3")
    assert same_records(tmp_path / "one.jsonl", tmp_path / "many")
    assert Parts(tmp_path / "many").manifest().extra["whole"] == 150  # type: ignore[union-attr]


def test_filter_reads_and_writes_parts(source: Path, tmp_path: Path) -> None:
    caption(source, tmp_path / "captions_.jsonl")
    records = tmp_path / "captions_.jsonl"
    doubled = records.read_bytes() + b"".join(
        line.replace(b'{"id":"r', b'{"id":"again', 1) for line in records.read_bytes().splitlines(keepends=True)[:40]
    )
    records.write_bytes(doubled)
    for out in ("one.jsonl", "many"):
        summary = api.filter(records, out=tmp_path / out, captions=source)
    assert same_records(tmp_path / "one.jsonl", tmp_path / "many")
    assert summary.reasons["duplicate"] == 40


def test_what_is_done_stays_and_what_failed_is_tried_again(source: Path, tmp_path: Path) -> None:
    out = tmp_path / "many"
    caption(source, out)
    before = {path: path.read_bytes() for path in out.rglob("*.jsonl")}
    again = caption(source, out)
    assert (again.failed, again.resumed) == (3, 240)
    same = {path for path in out.rglob("*.jsonl") if before.get(path) == path.read_bytes()}
    assert len(same) >= len(before) - 3, "only the block with failures is written anew"
    assert len({FailedCaption.model_validate_json(line).id for line in lines_of(out, "failed")}) == 3


def test_a_finished_output_is_left_alone(tmp_path: Path) -> None:
    source = write_captions(tmp_path / "captions.jsonl", 120)
    caption(source, tmp_path / "out")
    before = {path: path.stat().st_mtime_ns for path in (tmp_path / "out").rglob("*") if path.is_file()}
    assert caption(source, tmp_path / "out").resumed == 120
    assert {path: path.stat().st_mtime_ns for path in (tmp_path / "out").rglob("*") if path.is_file()} == before
    assert not list((tmp_path / "out" / ".working").rglob("*.gz"))


def test_other_settings_are_refused_and_fresh_starts_over(source: Path, tmp_path: Path) -> None:
    caption(source, tmp_path / "out")
    with pytest.raises(NegdataError, match="seed was 0 and is now 1"):
        caption(source, tmp_path / "out", seed=1)
    caption(source, tmp_path / "out", seed=1, fresh=True)
    caption(source, tmp_path / "one.jsonl", seed=1)
    assert same_records(tmp_path / "one.jsonl", tmp_path / "out")


def test_a_folder_of_someone_elses_is_refused(source: Path, tmp_path: Path) -> None:
    (tmp_path / "out").mkdir()
    (tmp_path / "out" / "thesis.tex").write_text("years", encoding="utf-8")
    with pytest.raises(NegdataError, match=r"thesis\.tex"):
        caption(source, tmp_path / "out")
    assert [path.name for path in (tmp_path / "out").iterdir() if path.is_file()] == ["thesis.tex"]


def test_ids_that_stand_twice_are_refused(tmp_path: Path) -> None:
    source = write_captions(tmp_path / "captions.jsonl", 60)
    line = source.read_bytes().splitlines(keepends=True)[7]
    source.write_bytes(source.read_bytes() + line)
    identity = json.loads(line)["id"]
    with pytest.raises(NegdataError, match=f"the id '{identity}' twice"):
        api.caption(source, out=tmp_path / "out")


def test_a_second_run_on_the_same_output_is_refused(tmp_path: Path) -> None:
    source = write_captions(tmp_path / "captions.jsonl", 3_000)
    run = started("caption", source, "-o", "out", folder=tmp_path)
    try:
        lock = tmp_path / "out" / ".working" / "lock"
        latest = time.monotonic() + 30
        while not (lock.exists() and lock.stat().st_size):
            assert time.monotonic() < latest
            time.sleep(0.01)
        assert "is being written by process" in refused("caption", source, "-o", "out", folder=tmp_path)
    finally:
        run.kill()
        run.communicate()


def test_kills_leave_what_an_uninterrupted_run_leaves(tmp_path: Path) -> None:
    source = write_captions(tmp_path / "captions.jsonl", 700)
    negdata("caption", source, "-o", "one.jsonl", folder=tmp_path)
    chance = random.Random(3)
    for _ in range(4):
        run = started("caption", source, "-o", "out", folder=tmp_path)
        time.sleep(chance.uniform(0.7, 2.0))
        run.send_signal(signal.SIGKILL)
        run.communicate()
    negdata("caption", source, "-o", "out", folder=tmp_path)
    assert same_records(tmp_path / "one.jsonl", tmp_path / "out")
    kept = Parts(tmp_path / "out")
    named = {file.name for part in kept.committed().values() for file in part.files.values()}
    assert {f"kept/{name}" for name in kept.storage.names("kept")} <= named, "no file is left of those who were killed"


def test_an_unfinished_folder_is_not_read_as_a_whole(source: Path, tmp_path: Path) -> None:
    caption(source, tmp_path / "out")
    manifests = sorted((tmp_path / "out" / "manifests").iterdir())
    manifests[1].unlink()
    with pytest.raises(NegdataError, match=r"lacks 1 of its \d parts"):
        list(Parts(tmp_path / "out").lines("kept"))


def test_a_changed_file_is_told(source: Path, tmp_path: Path) -> None:
    caption(source, tmp_path / "out")
    file = sorted((tmp_path / "out" / "kept").iterdir())[0]
    file.write_bytes(file.read_bytes()[:-100])
    with pytest.raises(NegdataError, match="it was changed"):
        list(Parts(tmp_path / "out").lines("kept"))


def test_a_larger_limit_is_refused_since_blocks_are_cut_once(source: Path, tmp_path: Path) -> None:
    caption(source, tmp_path / "out", limit=100)
    assert caption(source, tmp_path / "out", limit=100).taken == 100
    for limit in (150, None):
        with pytest.raises(NegdataError, match="limit was 100 and is now"):
            caption(source, tmp_path / "out", limit=limit)


def test_the_output_is_not_what_is_read(tmp_path: Path) -> None:
    (tmp_path / "out").mkdir()
    source = write_captions(tmp_path / "out" / "captions.jsonl", 10)
    with pytest.raises(NegdataError, match="is the source itself"):
        caption(source, tmp_path / "out", fresh=True)
    assert source.is_file()


def test_what_was_begun_under_another_plan_is_begun_anew(tmp_path: Path) -> None:
    out = tmp_path / "out"
    until_killed(run_of(out, [f"r{number}" for number in range(120)], job=SlowJob(0.01), rows_a_block=40))
    plan = json.loads((out / ".working" / "plan.json").read_bytes())
    assert list((out / ".working" / "stores").glob("*.jsonl"))
    (out / ".working" / "plan.json").write_text(json.dumps(plan | {"id": "another"}), encoding="utf-8")
    summary = run_in_parts(run_of(out, [f"r{number}" for number in range(120)], rows_a_block=40))
    assert (summary.taken, summary.kept) == (120, 120)


def until_killed(run: PartsRun) -> None:
    """Works until some records of the second block are done, and stops as if killed."""
    process = multiprocessing.get_context("fork").Process(target=run_in_parts, args=(run,))
    process.start()
    store = run.folder / ".working" / "stores" / "00001.jsonl"
    until(lambda: store.is_file() and store.stat().st_size > 0)
    process.kill()
    process.join()


def test_a_file_of_another_run_is_not_replaced_by_parts(source: Path, tmp_path: Path) -> None:
    caption(source, tmp_path / "out.jsonl", seed=4)
    before = (tmp_path / "out.jsonl").read_bytes()
    with pytest.raises(NegdataError, match="seed was 4 and is now 0"):
        caption(source, tmp_path / "out.jsonl", engine="ray")
    (tmp_path / "mine.jsonl").write_text("a diary", encoding="utf-8")
    with pytest.raises(NegdataError, match="no manifest beside it"):
        caption(source, tmp_path / "mine.jsonl", engine="ray")
    assert (tmp_path / "out.jsonl").read_bytes() == before
    assert not (tmp_path / "out.parts").exists()


def test_a_source_that_is_refused_leaves_nothing_behind(tmp_path: Path) -> None:
    source = write_captions(tmp_path / "captions.jsonl", 60, bad=1)
    with pytest.raises(NegdataError, match="a row that can't be used"):
        api.caption(source, out=tmp_path / "out", seed=3)
    assert not (tmp_path / "out" / "manifest.json").exists()
    assert caption(source, tmp_path / "out").taken == 61, "with other settings, too"
