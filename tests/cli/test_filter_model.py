"""``negdata filter`` end to end with a small model that really sees the drawn world, in this process."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

pytest.importorskip("torch", reason="the model runs in torch")
pytest.importorskip("transformers", reason="the model is one of transformers' classes")

from negdata.caption import CaptionSettings, caption_corpus
from negdata.demo import write_world
from negdata.demo.judge import SMALL_JUDGE
from negdata.demo.scene import KINDS
from negdata.filter import CheckSettings, FilterSettings, check_verifiers, filter_captions
from negdata.grammar import write_negation
from negdata.verify import VerifySettings
from tests.cli.command import negdata

SCENES = 60
SEED = 20_261_125
"""Of scenes that the model was not trained on."""


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Images, captions and instances, and ``in.jsonl``: for each scene two true negations and two false ones."""
    folder = tmp_path_factory.mktemp("world")
    made = write_world(folder, SCENES, SEED)
    with (folder / "in.jsonl").open("w") as file:
        for number, scene in enumerate(made.scenes):
            absent = [kind for kind in KINDS if kind not in scene.present]
            start = number % (len(absent) - 1)
            for truth, names in (("false", sorted(scene.present)[:2]), ("true", absent[start : start + 2])):
                for name in names:
                    caption = f"A drawing, number {number}."
                    row = {"id": f"{truth}:{number}:{name}", "image": f"{number:06}.png", "caption": caption}
                    written = write_negation(caption, name, number).text
                    file.write(json.dumps(row | {"negated": name, "negated_caption": written}) + "\n")
    return folder


def rows(path: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]


def by_id(folder: Path, name: str) -> dict[str, dict[str, Any]]:
    return {row["id"]: row for end in ("", ".rejected") for row in rows(folder / f"{name}{end}.jsonl")}


def test_false_negations_are_found_and_true_ones_kept(world: Path) -> None:
    command = ["filter", "in.jsonl", "-o", "clean.jsonl", "--images", "images", "--verifier", str(SMALL_JUDGE)]
    negdata(*command, folder=world, timeout=300)
    kept = [row["id"].split(":")[0] for row in rows(world / "clean.jsonl")]
    taken = [row["id"].split(":")[0] for row in rows(world / "in.jsonl")]
    assert kept.count("true") >= 0.95 * taken.count("true")
    assert kept.count("false") <= 0.05 * taken.count("false")
    assert taken.count("false") > SCENES
    found = [row for row in rows(world / "clean.rejected.jsonl") if row["reason"] == "present"]
    assert found[0]["verdict"]["model"] == SMALL_JUDGE.name
    assert found[0]["verdict"]["p_present"] > 0.7


def test_one_at_a_time_and_many_at_once_give_the_same_probabilities(world: Path) -> None:
    for name, size in (("single", 1), ("batch", 32)):
        model = VerifySettings(verifiers=(str(SMALL_JUDGE),), images=world / "images", batch_size=size)
        out = world / f"{name}.jsonl"
        filter_captions(FilterSettings(world / "in.jsonl", out, model, limit=60, use_cache=False))
    single, batch = by_id(world, "single"), by_id(world, "batch")
    assert single.keys() == batch.keys()
    assert len(single) == 60
    for identity, row in single.items():
        assert row["verdict"]["p_present"] == pytest.approx(batch[identity]["verdict"]["p_present"], abs=1e-4)


def test_a_check_counts_what_it_answered(world: Path) -> None:
    model = VerifySettings(verifiers=(str(SMALL_JUDGE),), images=world / "images")
    asked = CheckSettings(world / "instances.json", world / "check.jsonl", verify=model, use_cache=False)
    figures = check_verifiers(asked)
    answers = rows(world / "check.jsonl")
    right = [row["verdict"]["present"] is row["truth"] for row in answers if row["verdict"]["present"] is not None]
    assert figures.accuracy == pytest.approx(sum(right) / len(right))
    assert figures.accuracy is not None
    assert figures.accuracy >= 0.95
    off = [0.0] * 10
    for row in answers:
        p = row["verdict"]["p_present"]
        off[min(int(p * 10), 9)] += p - row["truth"]
    assert figures.ece == pytest.approx(sum(map(abs, off)) / len(answers))
    assert figures.absent_at is not None
    assert figures.absent_at.precision >= 0.99
    assert any("CPU" in note or "cuda" in note.lower() for note in figures.notes)


def test_captions_of_the_world_are_verified_as_they_are_written(world: Path) -> None:
    model = VerifySettings(verifiers=(str(SMALL_JUDGE),), images=world / "images")
    out = world / "verified.jsonl"
    caption_corpus(
        CaptionSettings(world / "captions.json", out, pipeline="random", limit=60, verify=model, use_cache=False)
    )
    shown: dict[str, set[str]] = {}
    truth = json.loads((world / "instances.json").read_text())
    names = {category["id"]: category["name"] for category in truth["categories"]}
    files = {image["id"]: image["file_name"] for image in truth["images"]}
    for annotation in truth["annotations"]:
        shown.setdefault(files[annotation["image_id"]], set()).add(names[annotation["category_id"]])
    kept = rows(world / "verified.jsonl")
    assert len(kept) >= 50
    assert sum(row["negated"] in shown.get(row["image"], set()) for row in kept) <= 0.05 * len(kept)
    assert all(row["verdict"]["present"] is False and row["made_by"]["proposals"] >= 1 for row in kept)
