"""The store: nothing lost, nothing twice, whatever moment the process dies at."""

from __future__ import annotations

import json
import os
import re
import resource
import subprocess
import sys
import tempfile
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import JsonValue

from negdata.errors import Interrupted, NegdataError
from negdata.manifest import Usage
from negdata.records import CaptionRecord, Failed, FailedCaption, Kept, Outcome, Rejected, RejectedCaption
from negdata.store import OutputPaths, Store, open_store

ROOT = Path(__file__).resolve().parents[1]
SETTINGS: dict[str, JsonValue] = {"seed": 0, "prompts": {"rewrite": "rewrite@000000"}}


def kept(id: str, caption: str = "A dog.") -> Kept:
    return Kept(CaptionRecord(id=id, caption=caption))


def rejected(id: str, reason: str = "no-cue") -> Rejected:
    return Rejected(RejectedCaption(id=id, caption="A dog.", reason=reason), reason)


def failed(id: str) -> Failed:
    return Failed(FailedCaption(id=id, error="unavailable", message="500"), "unavailable")


def opened(out: Path, fresh: bool = False) -> Store:
    return open_store(out, SETTINGS, command="negdata caption", fresh=fresh)


def ids(path: Path) -> list[str]:
    return [json.loads(line)["id"] for line in path.read_bytes().split(b"\n") if line]


def manifest(out: Path) -> dict[str, object]:
    content: dict[str, object] = json.loads(OutputPaths.of(out).manifest.read_bytes())
    return content


def test_each_outcome_goes_to_its_file(tmp_path: Path) -> None:
    out = tmp_path / "out.jsonl"
    with opened(out) as store:
        for outcome in (kept("a"), rejected("b"), failed("c")):
            store.write(outcome)
        store.settle("finished", Usage(requests=5, prompt_tokens=7), taken=3)
        store.finish({"source": "captions.json"})
    assert out.read_bytes() == b'{"id":"a","caption":"A dog."}\n'
    assert ids(tmp_path / "out.rejected.jsonl") == ["b"]
    assert ids(tmp_path / "out.failed.jsonl") == ["c"]
    written = manifest(out)
    assert written["state"] == "finished"
    assert written["counts"] == {"in": 3, "kept": 1, "rejected": 1, "failed": 1}
    assert written["reasons"] == {"no-cue": 1}
    assert written["errors"] == {"unavailable": 1}
    assert written["extra"] == {"source": "captions.json"}
    assert sorted(path.name for path in tmp_path.iterdir()) == [
        "out.failed.jsonl",
        "out.jsonl",
        "out.manifest.json",
        "out.rejected.jsonl",
    ]


def test_resume_passes_over_what_is_done_and_retries_what_failed(tmp_path: Path) -> None:
    out = tmp_path / "out.jsonl"
    with opened(out) as store:
        for outcome in (kept("a"), rejected("b"), failed("c")):
            store.write(outcome)
        store.settle("finished", Usage(requests=5), taken=3)
    with opened(out) as store:
        assert [store.is_done(id) for id in "abcd"] == [True, True, False, False]
        assert (store.resumed, store.counts.failed, store.reasons) == (2, 0, Counter({"no-cue": 1}))
        store.write(kept("c"))
        store.settle("finished", Usage(requests=2), taken=3, passed_over=2)
    assert Counter(ids(out)) == Counter("ac")
    assert ids(tmp_path / "out.failed.jsonl") == []
    assert manifest(out)["usage"] == {"requests": 7, "cached": 0, "prompt_tokens": 0, "completion_tokens": 0}
    assert manifest(out)["runs"] == 2


def test_a_record_is_written_once(tmp_path: Path) -> None:
    out = tmp_path / "out.jsonl"
    with opened(out) as store:
        store.write(kept("a"))
        with pytest.raises(RuntimeError, match="'a' was written before"):
            store.write(failed("a"))
    with opened(out) as store, pytest.raises(RuntimeError, match="'a' was written before"):
        store.write(kept("a"))
    assert ids(out) == ["a"]


def test_lines_hold_what_splits_lines_elsewhere(tmp_path: Path) -> None:
    out, caption = tmp_path / "out.jsonl", "a\u2028b\u2029c\x85d\x0b\x0ce\x00f\r\ng"
    with opened(out) as store:
        store.write(kept("x\u2028y", caption))
    with opened(out) as store:
        assert store.is_done("x\u2028y")
        assert store.resumed == 1
    assert json.loads(out.read_bytes())["caption"] == caption


Make = Callable[[str], Outcome]
OUTCOMES: list[Make] = [kept, rejected]


@settings(max_examples=60, deadline=None)
@given(st.data())
def test_killed_at_any_byte_the_end_is_the_same(data: st.DataObject) -> None:
    """Runs that die after any number of records, with any file cut at any byte, end as one that was left alone."""
    wanted = {f"id {number}": data.draw(st.sampled_from(OUTCOMES)) for number in range(12)}
    with tempfile.TemporaryDirectory() as folder:
        out = Path(folder) / "out.jsonl"
        paths = OutputPaths.of(out)
        for _ in range(data.draw(st.integers(0, 4), "kills")):
            with opened(out) as store:
                todo = [id for id in wanted if not store.is_done(id)]
                for id in todo[: data.draw(st.integers(0, 5), "records")]:
                    make: Make = data.draw(st.sampled_from([wanted[id], failed]))
                    store.write(make(id))
            for path in paths.lines:
                # A kill leaves a beginning of what was written: any of the last line may be missing, or all of it.
                content = path.read_bytes()
                start = content.rfind(b"\n", 0, -1) + 1
                os.truncate(path, data.draw(st.integers(start, len(content)), "cut"))
            if data.draw(st.booleans(), "torn manifest"):
                paths.manifest.with_name(paths.manifest.name + ".tmp").write_bytes(b'{"negdata": "0')
        with opened(out) as store:
            passed_over = sum(store.is_done(id) for id in wanted)
            for id, outcome in wanted.items():
                if not store.is_done(id):
                    store.write(outcome(id))
            store.settle("finished", Usage(), taken=len(wanted), passed_over=passed_over)
        assert Counter(ids(paths.kept)) == Counter(id for id, outcome in wanted.items() if outcome is kept)
        assert Counter(ids(paths.rejected)) == Counter(id for id, outcome in wanted.items() if outcome is rejected)
        assert ids(paths.failed) == []
        assert not list(Path(folder).glob("*.tmp"))


def test_every_cut_of_a_last_line_is_mended(tmp_path: Path) -> None:
    out = tmp_path / "out.jsonl"
    with opened(out) as store:
        store.write(kept("first"))
        store.write(kept("last", "Ein Bär, 一只熊."))
    whole = out.read_bytes()
    first = whole.index(b"\n") + 1
    for end in range(len(whole)):
        out.write_bytes(whole[:end])
        with opened(out) as store:
            assert store.resumed == (0 if end < first else 1)
            assert out.read_bytes() == (b"" if end < first else whole[:first])


def test_a_line_in_the_middle_that_is_no_record_is_named(tmp_path: Path) -> None:
    out = tmp_path / "out.jsonl"
    with opened(out) as store:
        store.write(kept("a"))
    for line in (b"{}\n", b"\x00\x00\n", b'{"id": 3}\n', b"[]\n", b"\n"):
        out.write_bytes(b'{"id":"a"}\n' + line + b'{"id":"b"}\n')
        with pytest.raises(NegdataError, match=r"Line 2 of .*out\.jsonl is no record"):
            opened(out)
    out.write_bytes(b'{"id":"a"}\n{"id":"a"}\n')
    with pytest.raises(NegdataError, match=r"Line 2 .* repeats the id 'a'"):
        opened(out)


def test_other_settings_are_refused_each_by_name(tmp_path: Path) -> None:
    out = tmp_path / "out.jsonl"
    with opened(out) as store:
        store.write(kept("a"))
    with pytest.raises(NegdataError) as caught:
        open_store(out, {"seed": 1, "prompts": {"rewrite": "rewrite@111111"}, "contrast": True}, command="x")
    problem = caught.value.problem
    assert "seed was 0 and is now 1" in problem
    assert 'prompts.rewrite was "rewrite@000000" and is now "rewrite@111111"' in problem
    assert "contrast was not set and is now true" in problem
    assert "--fresh" in caught.value.remedy
    assert ids(out) == ["a"]
    assert not OutputPaths.of(out).lock.exists()


def test_fresh_starts_over(tmp_path: Path) -> None:
    out = tmp_path / "out.jsonl"
    with opened(out) as store:
        for outcome in (kept("a"), rejected("b"), failed("c")):
            store.write(outcome)
    with open_store(out, {"seed": 9}, command="x", fresh=True) as store:
        assert not store.is_done("a")
    assert [path.read_bytes() for path in OutputPaths.of(out).lines] == [b"", b"", b""]
    assert manifest(out)["runs"] == 1


def test_a_file_of_someone_else_is_left_alone(tmp_path: Path) -> None:
    out = tmp_path / "out.jsonl"
    out.write_text("precious")
    with pytest.raises(NegdataError, match="no manifest beside it says that negdata made it"):
        opened(out)
    assert out.read_text() == "precious"


@pytest.mark.parametrize("content", [b"", b"{", b"[]", b'{"negdata": "0.1.0"}', b"\xff\xfe"])
def test_a_manifest_that_is_corrupt_is_named(tmp_path: Path, content: bytes) -> None:
    out = tmp_path / "out.jsonl"
    with opened(out) as store:
        store.write(kept("a"))
    OutputPaths.of(out).manifest.write_bytes(content)
    with pytest.raises(NegdataError, match=r"out\.manifest\.json isn't a manifest"):
        opened(out)
    with opened(out, fresh=True) as store:
        assert store.resumed == 0


def test_finishing_checks_the_equation(tmp_path: Path) -> None:
    with opened(tmp_path / "out.jsonl") as store:
        store.write(kept("a"))
        with pytest.raises(NegdataError, match="doesn't add up: 2 records came in"):
            store.settle("finished", Usage(), taken=2)


def test_finishing_sees_that_another_hand_wrote(tmp_path: Path) -> None:
    out = tmp_path / "out.jsonl"
    with opened(out) as store:
        store.write(kept("a"))
        with out.open("ab") as other:
            other.write(b"{}\n")
        with pytest.raises(NegdataError, match="something else changed it"):
            store.settle("finished", Usage(), taken=1)


def test_the_state_says_how_a_run_ended(tmp_path: Path) -> None:
    out = tmp_path / "out.jsonl"
    with opened(out):
        assert manifest(out)["state"] == "running"
    assert manifest(out)["state"] == "stopped"
    with pytest.raises(Interrupted), opened(out):
        raise Interrupted("Interrupted.", "Again.")
    assert manifest(out)["state"] == "interrupted"


def test_no_key_reaches_manifest_or_lock(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("EXAMPLE_API_KEY", "correct-horse-battery")
    out = tmp_path / "out.jsonl"
    command = "negdata caption --header 'Bearer abcdef123456' --key correct-horse-battery"
    with open_store(out, {"base_url": "https://me:hunter22@host/v1?api_key=s3cr3ts"}, command=command):
        lock = OutputPaths.of(out).lock.read_text()
    text = lock + OutputPaths.of(out).manifest.read_text()
    for secret in ("correct-horse", "abcdef", "hunter22", "s3cr3ts"):
        assert secret not in text
    with open_store(out, {"base_url": "https://me:hunter22@host/v1?api_key=s3cr3ts"}, command=command) as store:
        assert store.resumed == 0


HOLD = """
import sys
from pathlib import Path
from negdata.store import open_store
with open_store(Path(sys.argv[1]), {"seed": 0, "prompts": {"rewrite": "rewrite@000000"}}, command="negdata first"):
    print("held", flush=True)
    sys.stdin.read()
"""


@contextmanager
def holder(out: Path) -> Iterator[subprocess.Popen[str]]:
    process = subprocess.Popen(
        [sys.executable, "-c", HOLD, str(out)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    )
    assert process.stdout is not None
    assert process.stdout.readline() == "held\n"
    try:
        yield process
    finally:
        process.kill()
        process.communicate()


def test_a_second_run_is_refused_and_told_of_the_first(tmp_path: Path) -> None:
    out = tmp_path / "out.jsonl"
    with holder(out) as first:
        with pytest.raises(NegdataError) as caught:
            opened(out, fresh=True)
        assert re.search(
            rf"being written by process {first.pid} on \S+, since 2\d\d\d-\S+ \(negdata first\)", caught.value.problem
        )
        assert OutputPaths.of(out).lock.exists()
        first.kill()
        first.wait()
        # Its lock file is still there, and no hindrance.
        assert OutputPaths.of(out).lock.exists()
        with opened(out) as store:
            store.write(kept("a"))
    assert not OutputPaths.of(out).lock.exists()


def test_a_second_run_in_the_same_process_is_refused(tmp_path: Path) -> None:
    out = tmp_path / "out.jsonl"
    with opened(out), pytest.raises(NegdataError, match=f"process {os.getpid()}"):
        opened(out)
    with opened(out):
        pass


@contextmanager
def file_size_limit(limit: int) -> Iterator[None]:
    """No file grows beyond this: the kernel's answer is the one that a full disk gives."""
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (limit, before[1]))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)


@contextmanager
def small_disk(folder: Path, kilobytes: int) -> Iterator[None]:
    mounted = os.geteuid() == 0 and subprocess.run(
        ["mount", "-t", "tmpfs", "-o", f"size={kilobytes}k", "tmpfs", str(folder)], capture_output=True
    )
    if not mounted or mounted.returncode:
        pytest.skip("no small file system can be mounted here")
    try:
        yield
    finally:
        subprocess.run(["umount", "-l", str(folder)], check=True)


def fill(out: Path) -> tuple[NegdataError, set[str]]:
    """Writes until there is no room; the error, and the ids that were written."""
    done: set[str] = set()

    def write_on() -> None:
        with opened(out) as store:
            for number in range(10_000):
                store.write(kept(f"id {number}", "A dog on a long, long road." * 4))
                done.add(f"id {number}")

    with pytest.raises(NegdataError) as caught:
        write_on()
    return caught.value, done


def check_resumes(out: Path, done: set[str]) -> None:
    content = out.read_bytes()
    assert content.endswith(b"\n")
    assert set(ids(out)) == done
    with opened(out) as store:
        assert store.resumed == len(done)
        for number in range(2_000):
            if not store.is_done(id := f"id {number}"):
                store.write(kept(id))
    assert Counter(ids(out)).most_common(1)[0][1] == 1
    assert {f"id {number}" for number in range(2_000)} <= set(ids(out))


def test_a_full_disk_is_an_error_that_says_so(tmp_path: Path) -> None:
    with small_disk(tmp_path, 128):
        out = tmp_path / "out.jsonl"
        error, done = fill(out)
        assert "out.jsonl can't be written: No space left on device" in error.problem
        assert "run the same command again" in error.remedy
        assert len(done) > 100
        with pytest.raises(NegdataError, match="No space left"), opened(out) as store:
            store.write(kept("new", "x" * 5_000))
        subprocess.run(["mount", "-o", "remount,size=4096k", str(tmp_path)], check=True)
        check_resumes(out, done)


def test_a_file_that_may_not_grow_ends_with_a_whole_line(tmp_path: Path) -> None:
    out = tmp_path / "out.jsonl"
    with file_size_limit(30_001):
        error, done = fill(out)
    assert "out.jsonl can't be written: File too large" in error.problem
    check_resumes(out, done)


def test_paths_that_cannot_be_written(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(NegdataError, match="is a folder"):
        opened(tmp_path)
    for out in (tmp_path / "file" / "out.jsonl", Path("/proc/nowhere/out.jsonl"), Path("/proc/out.jsonl")):
        with pytest.raises(NegdataError, match=r"out\.(jsonl|lock) can't be written"):
            opened(out)
    pipe = tmp_path / "pipe.jsonl"
    os.mkfifo(pipe)
    with pytest.raises(NegdataError, match="no plain file"):
        opened(pipe)
