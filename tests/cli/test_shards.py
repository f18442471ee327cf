"""``--shard`` and ``negdata merge`` as a user runs them: the shards of a run are the run, byte for byte."""

from __future__ import annotations

import json
import os
import random
import signal
import time
from pathlib import Path

import pytest

from negdata.store import OutputPaths
from tests.cli.command import EXAMPLE, negdata, refused, started
from tests.merging.made import all_lines, into_parts, manifest_of

COCO = Path(__file__).resolve().parents[3] / "shared" / "data" / "coco" / "annotations"
CAPTIONS = COCO / "captions_val2017_all_text.json"
needs_coco = pytest.mark.skipif(not CAPTIONS.exists(), reason="COCO's captions are not under ../shared/data")
SPARE = ("--no-cache", "--bad-rows", "fail", "--max-failures", "1")


def corpus(path: Path, count: int = 200) -> Path:
    """Captions of which three are of one image; some say nothing, some speak of the task, some stand twice."""
    chance = random.Random(7)
    captions = [json.loads(line)["caption"] for line in EXAMPLE.read_text(encoding="utf-8").splitlines()]
    said = ""
    with path.open("w", encoding="utf-8") as file:
        for number in range(count):
            said = said if number % 11 == 10 else chance.choice(captions)
            caption = None if number % 17 == 5 else "There is no image here." if number % 19 == 4 else said
            row = {"id": f"r{number}", "image": f"{number // 3}.jpg", "caption": caption}
            file.write(json.dumps(row) + "\n")
    return path


def three(command: str, source: Path, name: str, *options: str, folder: Path, code: int = 0) -> list[str]:
    """The outputs of three shards, written from the last to the first."""
    outputs = [f"{name}-{index}.jsonl" for index in (1, 2, 3)]
    for index in (3, 2, 1):
        shard = ("-o", outputs[index - 1], "--shard", f"{index}/3")
        negdata(command, source, *shard, *options, folder=folder, code=code)
    return outputs


def test_three_shards_are_what_one_run_writes(tmp_path: Path) -> None:
    source = corpus(tmp_path / "in.jsonl")
    options = (*SPARE, "--offset", "7", "--limit", "180", "--contrast")
    negdata("caption", source, "-o", "whole.jsonl", *options, folder=tmp_path, code=1)
    done = negdata("merge", *three("caption", source, "s", *options, folder=tmp_path, code=1), "-o", "out.jsonl",
                   folder=tmp_path, code=1)  # fmt: skip
    whole = all_lines(tmp_path / "whole.jsonl")
    assert all_lines(tmp_path / "out.jsonl") == whole
    assert all(len(lines) >= 5 for lines in whole), "kept, rejected and failed"
    assert "taken 180" in " ".join(done.stdout.split())
    assert "3 outputs merged" in done.stdout
    told, one = manifest_of(tmp_path / "out.jsonl"), manifest_of(tmp_path / "whole.jsonl")
    for name in ("settings", "settings_hash", "counts", "reasons", "errors", "usage"):
        assert told[name] == one[name], name
    assert manifest_of(tmp_path / "s-2.jsonl")["settings"]["shard"] == "2/3"
    assert manifest_of(tmp_path / "s-2.jsonl")["extra"] == {"whole": 180}
    before = all_lines(tmp_path / "out.jsonl")
    again = negdata("caption", source, "-o", "out.jsonl", *options, folder=tmp_path, code=1)
    assert f"{len(before[0]) + len(before[1])} done by an earlier run" in again.stdout
    assert all_lines(tmp_path / "out.jsonl") == before, "what failed fails again"


def test_a_filter_by_shards_is_the_filter(tmp_path: Path) -> None:
    source = corpus(tmp_path / "in.jsonl")
    negdata("caption", source, "-o", "made.jsonl", *SPARE, folder=tmp_path, code=1)
    made = tmp_path / "made.jsonl"
    twice = [json.loads(line) for line in made.read_text(encoding="utf-8").splitlines()[:12]]
    with made.open("a", encoding="utf-8") as file:
        for row in twice:
            file.write(json.dumps(row | {"id": f"{row['id']} again"}) + "\n")
        for number in range(12):
            file.write(json.dumps({"id": f"bad {number}", "image": "../x.jpg", "caption": "A cat."}) + "\n")
    ids = [json.loads(line)["id"] for line in made.read_text().splitlines()]
    marks = [{"id": id, "mark": "wrong" if number % 2 else "right"} for number, id in enumerate([*ids[:9], "nobody"])]
    (tmp_path / "marks.jsonl").write_text("".join(json.dumps(mark) + "\n" for mark in marks))
    options = (*SPARE, "--marks", "marks.jsonl")
    whole = negdata("filter", made, "-o", "whole.jsonl", *options, folder=tmp_path, code=1)
    shards = three("filter", made, "s", *options, folder=tmp_path, code=1)
    negdata("merge", *shards, "-o", "out.jsonl", folder=tmp_path, code=1)
    assert all_lines(tmp_path / "out.jsonl") == all_lines(tmp_path / "whole.jsonl")
    assert [len(lines) > 1 for lines in all_lines(tmp_path / "whole.jsonl")] == [True, True, True]
    reasons = manifest_of(tmp_path / "out.jsonl")["reasons"]
    assert {"duplicate", "marked-wrong"} <= reasons.keys()
    assert (
        manifest_of(tmp_path / "out.jsonl")["extra"]["marks"] == manifest_of(tmp_path / "whole.jsonl")["extra"]["marks"]
    )
    assert "1 of the 10 marks are for ids that are not among the records taken" in whole.stderr
    negdata("report", "out.jsonl", "-o", "out.html", folder=tmp_path)
    assert "Filtered captions" in (tmp_path / "out.html").read_text(encoding="utf-8")
    one = negdata("filter", made, "-o", "s-1.jsonl", "--shard", "1/3", *options, folder=tmp_path, code=1)
    assert "1 of the 10 marks are for ids" in one.stderr, "those of other shards are known"


@pytest.mark.parametrize(
    "options",
    [
        ("--pipeline", "random"),
        ("--objects", "objects.txt"),
        ("--pipeline", "vqa", "--vqa-questions", "q.json", "--vqa-annotations", "a.json"),
    ],
)
def test_other_ways_are_shared_out_too(tmp_path: Path, options: tuple[str, ...]) -> None:
    names = [f"COCO_train2014_{number:012}.jpg" for number in range(20)]
    with (tmp_path / "in.jsonl").open("w") as file:
        for number, name in enumerate(names * 2):
            row = {"id": f"r{number}", "image": name, "image_id": number % 20, "caption": "A man on a bench in a park."}
            file.write(json.dumps(row) + "\n")
    asked = [{"image_id": n, "question": "Is the man wearing a hat?", "question_id": n} for n in range(20)]
    told = {"answer_type": "yes/no", "multiple_choice_answer": "no"}
    answers = [{"answer": "no", "answer_confidence": "yes", "answer_id": number} for number in range(10)]
    (tmp_path / "q.json").write_text(json.dumps({"data_subtype": "train2014", "questions": asked}))
    (tmp_path / "a.json").write_text(
        json.dumps({"data_subtype": "train2014", "annotations": [one | told | {"answers": answers} for one in asked]})
    )
    (tmp_path / "objects.txt").write_text("dog\nbicycle\numbrella\n")
    source = tmp_path / "in.jsonl"
    negdata("caption", source, "-o", "whole.jsonl", "--no-cache", *options, folder=tmp_path)
    shards = three("caption", source, "s", "--no-cache", *options, folder=tmp_path)
    negdata("merge", *shards, "-o", "out.jsonl", folder=tmp_path)
    assert all_lines(tmp_path / "out.jsonl") == all_lines(tmp_path / "whole.jsonl")
    assert sum(map(len, all_lines(tmp_path / "whole.jsonl"))) == 40


@needs_coco
def test_coco_by_shards(tmp_path: Path) -> None:
    options = ("--limit", "600", "--no-cache")
    negdata("caption", CAPTIONS, "-o", "whole.jsonl", *options, folder=tmp_path)
    shards = three("caption", CAPTIONS, "s", *options, folder=tmp_path)
    negdata("merge", *shards, "-o", "out.jsonl", folder=tmp_path)
    assert all_lines(tmp_path / "out.jsonl") == all_lines(tmp_path / "whole.jsonl")
    negdata("filter", tmp_path / "whole.jsonl", "-o", "clean.jsonl", "--no-cache", folder=tmp_path)
    shards = three("filter", tmp_path / "whole.jsonl", "c", "--no-cache", folder=tmp_path)
    negdata("merge", *shards, "-o", "merged.jsonl", folder=tmp_path)
    assert all_lines(tmp_path / "merged.jsonl") == all_lines(tmp_path / "clean.jsonl")
    assert sum(map(len, all_lines(tmp_path / "out.jsonl"))) == 600


def test_a_shard_that_was_killed_goes_on(tmp_path: Path) -> None:
    source = corpus(tmp_path / "in.jsonl", 900)
    shard = ("caption", source, "-o", "s-2.jsonl", "--shard", "2/3", *SPARE)
    process = started(*shard, folder=tmp_path)
    deadline = time.monotonic() + 40
    while not (tmp_path / "s-2.jsonl").exists() or (tmp_path / "s-2.jsonl").read_bytes().count(b"\n") < 40:
        assert time.monotonic() < deadline
        assert process.poll() is None, "the run was over before it could be killed"
        time.sleep(0.01)
    os.kill(process.pid, signal.SIGKILL)
    process.communicate()
    for index in ("1", "3"):
        negdata("caption", source, "-o", f"s-{index}.jsonl", "--shard", f"{index}/3", *SPARE, folder=tmp_path, code=1)
    outputs = ("s-1.jsonl", "s-2.jsonl", "s-3.jsonl")
    assert "s-2.jsonl isn't finished (its state is running)" in refused(
        "merge", *outputs, "-o", "out.jsonl", folder=tmp_path
    )
    assert not list(tmp_path.glob("out*"))
    done = negdata(*shard, folder=tmp_path, code=1)
    assert "done by an earlier run" in done.stdout
    negdata("merge", *outputs, "-o", "out.jsonl", folder=tmp_path, code=1)
    negdata("caption", source, "-o", "whole.jsonl", *SPARE, folder=tmp_path, code=1)
    assert all_lines(tmp_path / "out.jsonl") == all_lines(tmp_path / "whole.jsonl")


def test_another_shard_is_another_run(tmp_path: Path) -> None:
    negdata("caption", EXAMPLE, "-o", "out.jsonl", "--shard", "1/3", folder=tmp_path)
    said = refused("caption", EXAMPLE, "-o", "out.jsonl", "--shard", "2/3", folder=tmp_path)
    assert 'shard was "1/3" and is now "2/3"' in said
    assert 'shard was "1/3" and is now not set' in refused("caption", EXAMPLE, "-o", "out.jsonl", folder=tmp_path)


def test_an_estimate_is_the_shards(tmp_path: Path) -> None:
    taken = []
    for index in (1, 2, 3):
        shard = ("--shard", f"{index}/3", "--dry-run", "--json", "--backend", "ollama", "--model", "m")
        taken.append(json.loads(negdata("caption", EXAMPLE, "-o", "o.jsonl", *shard, folder=tmp_path).stdout)["rows"])
    assert sum(taken) == 32
    assert max(taken) < 20


@pytest.mark.parametrize("shard", ["0/3", "4/3", "1/0", "a/b", "1"])
def test_what_is_no_shard_is_refused(tmp_path: Path, shard: str) -> None:
    assert "--shard" in refused("caption", EXAMPLE, "-o", "out.jsonl", "--shard", shard, folder=tmp_path)
    assert "--shard" in refused("filter", EXAMPLE, "-o", "out.jsonl", "--shard", shard, folder=tmp_path)
    assert not list(tmp_path.glob("out*"))


def test_a_check_of_verifiers_has_no_shards(tmp_path: Path) -> None:
    checking = ("--check-against", "i.json", "--verifier", "instances", "-o", "check.jsonl")
    assert "--shard is given with --check-against" in refused("filter", *checking, "--shard", "1/2", folder=tmp_path)


def test_a_folder_of_parts_becomes_one_file(tmp_path: Path) -> None:
    negdata("caption", EXAMPLE, "-o", "whole.jsonl", folder=tmp_path)
    into_parts(tmp_path / "whole.jsonl", tmp_path / "parts")
    summary = json.loads(negdata("merge", "parts", "-o", "out.json", "--json", folder=tmp_path).stdout)
    assert (summary["taken"], summary["merged"]) == (32, ["parts"])
    assert all_lines(tmp_path / "out.jsonl") == all_lines(tmp_path / "whole.jsonl")
    assert len(json.loads((tmp_path / "out.json").read_text())["annotations"]) == 32


def large(folder: Path, of: int, count: int) -> list[str]:
    """Shards of which only the manifest was ever written by a run."""
    negdata("caption", EXAMPLE, "-o", "shard-1.jsonl", "--shard", "1/1", "--limit", "1", folder=folder)
    made = manifest_of(folder / "shard-1.jsonl")
    from negdata.shards import Shard

    for index in range(1, of + 1):
        paths = OutputPaths.of(folder / f"shard-{index}.jsonl")
        owned = [id for id in (f"r{number}" for number in range(count)) if Shard(index, of).owns(id)]
        paths.kept.write_text("".join(f'{{"id": "{id}", "caption": "{"A cat. " * 20}"}}\n' for id in owned))
        counts = {"in": len(owned), "kept": len(owned), "rejected": 0, "failed": 0}
        settings = made["settings"] | {"shard": f"{index}/{of}"}
        paths.manifest.write_text(
            json.dumps(made | {"counts": counts, "settings": settings, "extra": {"whole": count}})
        )
    return [f"shard-{index}.jsonl" for index in range(1, of + 1)]


def test_a_merge_that_is_killed_leaves_nothing_half(tmp_path: Path) -> None:
    shards = large(tmp_path, 2, 100_000)
    chance = random.Random(3)
    killed_under_way = 0
    for kill in range(4):
        process = started("merge", *shards, "-o", "out.jsonl", folder=tmp_path)
        while process.poll() is None and not (tmp_path / "out.jsonl.tmp").exists():
            time.sleep(0.002)
        time.sleep(chance.uniform(0, 0.1) * kill)
        killed_under_way += process.poll() is None
        process.kill()
        process.communicate()
        if (tmp_path / "out.jsonl").exists():
            assert (tmp_path / "out.jsonl").read_bytes().count(b"\n") == 100_000
            assert (tmp_path / "out.manifest.json").exists()
    assert killed_under_way >= 2
    negdata("merge", *shards, "-o", "out.jsonl", folder=tmp_path)
    assert sum(map(len, all_lines(tmp_path / "out.jsonl"))) == 100_000
    assert manifest_of(tmp_path / "out.jsonl")["state"] == "finished"
    assert not list(tmp_path.glob("*.tmp")) + list(tmp_path.glob("*.lock"))
