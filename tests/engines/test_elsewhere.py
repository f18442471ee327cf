"""Parts on S3: complete or absent, whatever becomes of the server or of the run."""

from __future__ import annotations

import json
import signal
import subprocess
import time
from collections.abc import Callable
from pathlib import Path

from negdata import api
from negdata.caption.summary import CaptionSummary
from negdata.parts import Part, Parts
from negdata.remote import place
from tests.cli.command import negdata, started
from tests.engines.corpus import lines_of, write_captions
from tests.engines.slow_job import until
from tests.remote.proxy import Door
from tests.remote.s3 import S3, asking_for_credentials, variables_of

OUT = place("s3://bucket/out")


def same_as(one: Path, out: Path) -> bool:
    """Whether a folder of parts elsewhere holds the records of a file here."""
    parts = Parts(out)
    return all(sorted(parts.lines(kind)) == lines_of(one, kind) for kind in ("kept", "rejected", "failed"))


def caption(source: Path, out: Path) -> CaptionSummary:
    return api.caption(source, out=out, bad_rows="fail", max_failures=1.0)


def test_parts_go_elsewhere_and_are_read_from_there(s3: S3, tmp_path: Path) -> None:
    source = write_captions(tmp_path / "captions.jsonl", 180, bad=2)
    address = s3.put("captions.jsonl", source.read_bytes())
    caption(source, tmp_path / "one.jsonl")
    summary = caption(place(address), OUT)
    assert (summary.taken, summary.failed) == (182, 2)
    assert same_as(tmp_path / "one.jsonl", OUT)
    filtered = api.filter(OUT, out=tmp_path / "clean.jsonl")
    assert filtered.taken == summary.kept
    again = caption(place(address), OUT)
    assert (again.resumed, again.failed) == (180, 2)


def test_one_file_elsewhere_is_put_together_from_its_parts(s3: S3, tmp_path: Path) -> None:
    source = write_captions(tmp_path / "captions.jsonl", 120)
    api.caption(source, out=tmp_path / "one.jsonl")
    api.caption(source, out=place("s3://bucket/run/captions.jsonl"))
    assert sorted(s3.get("run/captions.jsonl").splitlines(keepends=True)) == lines_of(tmp_path / "one.jsonl", "kept")
    manifest = json.loads(s3.get("run/captions.manifest.json"))
    assert manifest["state"] == "finished"
    assert manifest["counts"]["in"] == 120


def test_a_server_that_goes_and_comes_back_leaves_whole_parts(s3: S3, tmp_path: Path) -> None:
    source = write_captions(tmp_path / "captions.jsonl", 700)
    api.caption(source, out=tmp_path / "one.jsonl")
    door = Door(int(s3.endpoint.rsplit(":", 1)[1]))
    run = started("caption", source, "-o", OUT, folder=tmp_path, **variables_of(f"http://127.0.0.1:{door.port}"))
    try:
        for count in (1, 4, 7):
            until(_at_least(s3, count, run))
            door.shut()
            whole(s3)
            time.sleep(1.5)
            door.open()
        _, said = run.communicate(timeout=120)
    finally:
        run.kill()
        door.shut()
    assert run.returncode == 0, said
    assert same_as(tmp_path / "one.jsonl", OUT)
    assert s3.unfinished() == []


def test_a_killed_run_is_gone_on_with_by_another_machine(s3: S3, tmp_path: Path) -> None:
    source = write_captions(tmp_path / "captions.jsonl", 700)
    api.caption(source, out=tmp_path / "one.jsonl")
    variables = variables_of(s3.endpoint)
    run = started("caption", source, "-o", OUT, folder=tmp_path, **variables)
    until(lambda: manifests(s3) >= 3)
    run.send_signal(signal.SIGKILL)
    run.communicate()
    whole(s3)
    # Another cache folder is another machine: nothing of the block that was under way is there.
    other = variables | {"XDG_CACHE_HOME": str(tmp_path / "other")}
    negdata("caption", source, "-o", OUT, folder=tmp_path, **other)  # type: ignore[arg-type]
    assert same_as(tmp_path / "one.jsonl", OUT)
    names = {file.name for part in Parts(OUT).committed().values() for file in part.files.values()}
    assert {key.removeprefix("out/") for key in s3.listed() if "/kept/" in key} <= names


def test_wrong_credentials_name_the_variables_and_never_their_values(s3: S3, tmp_path: Path) -> None:
    write_captions(tmp_path / "captions.jsonl", 10)
    wrong = variables_of(s3.endpoint) | {"AWS_ACCESS_KEY_ID": "AKIAWRONG", "AWS_SECRET_ACCESS_KEY": "n0t-the-secret"}
    with asking_for_credentials(s3):
        said = negdata("caption", "captions.jsonl", "-o", OUT, folder=tmp_path, code=2, **wrong).stderr  # type: ignore[arg-type]
    assert "AWS_SECRET_ACCESS_KEY" in said
    assert "n0t-the-secret" not in said
    assert "AKIAWRONG" not in said


def _at_least(s3: S3, count: int, run: subprocess.Popen[str]) -> Callable[[], bool]:
    return lambda: manifests(s3) >= count or run.poll() is not None


def manifests(s3: S3) -> int:
    return sum("/manifests/" in key for key in s3.listed())


def whole(s3: S3) -> None:
    """Every part that is there is there as a whole."""
    there = set(s3.listed())
    for key in there:
        if "/manifests/" in key:
            part = Part.model_validate_json(s3.get(key))
            for file in part.files.values():
                assert len(s3.get(f"out/{file.name}")) == file.bytes
