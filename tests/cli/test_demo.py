"""``negdata demo``: from nothing to a page, by commands that one could type."""

from __future__ import annotations

import json
import re
import shlex
import time
from pathlib import Path

import pytest

pytest.importorskip("torch", reason="the demonstration trains a model")
pytest.importorskip("transformers", reason="the demonstration trains a model")

from negdata.records import read_lines
from tests.cli.command import negdata, refused

FEW = ("demo", "--out", "shown", "--scenes", "100")
"""Too few to learn from, and enough to go the whole way."""


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, str]:
    folder = tmp_path_factory.mktemp("demo")
    return folder, negdata(*FEW, folder=folder, timeout=400).stdout


def _commands(said: str) -> list[list[str]]:
    return [shlex.split(line[2:]) for line in said.splitlines() if line.startswith("$ ")]


def test_every_step_is_a_command(run: tuple[Path, str]) -> None:
    words = [command[1] for command in _commands(run[1])]
    assert words[:7] == ["caption", "filter", "build-bench", "finetune", "finetune", "eval", "report"]
    assert re.findall(r"^(\d)  ", run[1], re.MULTILINE) == [str(number) for number in range(1, 8)]


def test_a_printed_command_does_the_same(run: tuple[Path, str], tmp_path: Path) -> None:
    folder, said = run
    command = next(words for words in _commands(said) if words[1] == "caption")
    before = (folder / "shown" / "captions.jsonl").read_bytes().splitlines()
    again = [str(tmp_path / "again.jsonl") if word == "shown/captions.jsonl" else word for word in command[1:]]
    negdata(*again, folder=folder)
    # A run writes its records as they are done.
    assert sorted((tmp_path / "again.jsonl").read_bytes().splitlines()) == sorted(before)


def test_the_equation_holds_and_the_judge_is_right(run: tuple[Path, str]) -> None:
    folder = run[0] / "shown"
    kept, rejected = (list(read_lines(folder / f"clean{part}.jsonl")) for part in ("", ".rejected"))
    assert f"200 captions = {len(kept)} kept + {len(rejected)} rejected + 0 failed." in run[1]
    boxes = json.loads((folder / "world" / "instances.json").read_text())
    names = {one["id"]: one["name"] for one in boxes["categories"]}
    shown = {(one["image_id"], names[one["category_id"]]) for one in boxes["annotations"]}
    false = [row for row in kept if (row["image_id"], row["negated"]) in shown]
    assert len(false) <= len(kept) / 100
    assert {row["negated"] for row in kept} <= set(names.values())


def test_it_ends_with_a_table_what_flipped_and_what_to_do_next(run: tuple[Path, str]) -> None:
    folder, said = run
    for row in ("before", "after", "paper's recipe", "chance"):
        assert re.search(rf"^{row} +\d+\.\d %", said, re.MULTILINE), row
    assert "Read wrongly before, and rightly now" in said
    assert said.count("before: ✗") == said.count("now:    ✓") <= 3
    assert "--backend ollama" in said
    assert "openai/clip-vit-base-patch32" in said
    assert (folder / "shown" / "report.html").stat().st_size > 100_000
    assert "shown/report.html" in said


def test_the_same_command_goes_on_and_answers_machines(run: tuple[Path, str]) -> None:
    folder, said = run
    weights = folder / "shown" / "negationclip" / "model.safetensors"
    before = weights.stat().st_mtime_ns
    report = json.loads(negdata(*FEW, "--json", folder=folder, timeout=400).stdout)
    assert weights.stat().st_mtime_ns == before
    assert [row["name"] for row in report["rows"]] == ["before", "after", "paper's recipe"]
    for row in report["rows"]:
        told = rf"^{row['name']} +{100 * row['negation']['value']:.1f} % .* {100 * row['retrieval']['value']:.1f} %"
        assert re.search(told, said, re.MULTILINE)
    assert report["rows"][0]["negation"]["value"] <= 0.6
    assert report["items"] == report["rows"][0]["negation"]["n"]
    assert report["captions"] == report["kept"] + sum(report["rejected"].values())


def test_what_cannot_be_done_is_told(run: tuple[Path, str], tmp_path: Path) -> None:
    assert "seed 0, not 1" in refused(*FEW, "--seed", "1", folder=run[0])
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine" / "thesis.tex").write_text("")
    assert "isn't empty" in refused("demo", "--out", "mine", folder=tmp_path)
    assert "olama" in refused("demo", "--backend", "olama", folder=tmp_path)


@pytest.mark.slow
@pytest.mark.parametrize("seed", [0, 1, 2])
def test_it_learns_to_read_no(tmp_path: Path, seed: int) -> None:
    started = time.monotonic()
    done = negdata("demo", "--json", "--seed", str(seed), folder=tmp_path, timeout=600)
    print(f"{time.monotonic() - started:.0f} s")
    before, after, papers = json.loads(done.stdout)["rows"]
    assert before["negation"]["value"] <= 0.6
    assert after["negation"]["value"] >= 0.85
    assert after["change"][0] >= -2
    assert after["negation"]["value"] > papers["negation"]["value"] + 0.1
