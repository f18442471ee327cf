"""``negdata eval`` as a user runs it: a small CLIP in a folder, drawn pictures, files in the layouts of the suites."""

from __future__ import annotations

import csv
import io
import json
import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from negdata.demo import draw_scene
from tests.cli.command import ROOT, environment
from tests.cli.forked import Done, negdata, refused, started
from tests.torchrun import torchrun_says

pytest.importorskip("torch")
pytest.importorskip("transformers")

ITEMS = 12


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Two models, pictures, and a benchmark of regions as the published one is written."""
    from tests.clip.tiny import clip_folder, state_dict

    folder = tmp_path_factory.mktemp("home")
    for seed, name in enumerate(("clip", "negationclip")):
        clip_folder(folder / name, state_dict(seed=seed))
    (folder / "train2014").mkdir()
    items = []
    for number in range(ITEMS):
        name = f"COCO_train2014_{number:012}.jpg"
        draw_scene(number).image().save(folder / "train2014" / name)
        edge = 40.5 + number * 3  # neither the size of a box nor its side tells which is right
        left, right = [0, 0, edge, 112], [edge, 0, 112 - edge, 112]
        if number % 2:
            left, right = right, left
        phrase = f"a thing {'without' if number % 3 else 'with no'} {number} hats"
        items.append({"image": name, "phrase": phrase, "ref_bbox": left, "bbox_list": [left, right]})
    (folder / "NegRefCOCOg.json").write_text(json.dumps(items))
    return folder


MODELS = ("--model", "clip", "--model", "negationclip")


def _eval(home: Path, *arguments: str, code: int = 0) -> str:
    return negdata("eval", "NegRefCOCOg.json", *arguments, folder=home, code=code).stdout


def test_tables_comparison_and_breakdown(home: Path) -> None:
    shown = _eval(home, *MODELS, "--images", "train2014")
    lines = [" ".join(line.split()) for line in shown.splitlines()]
    assert lines[0] == f"negrefcocog · NegRefCOCOg.json · {ITEMS} items"
    assert lines[1].startswith("accuracy 95 % interval n")
    assert any(line.startswith("clip ") and line.endswith(f" {ITEMS}") for line in lines)
    assert "chance 50.00 %" in lines
    assert any(line.startswith("blind: ") for line in lines)
    assert any("published" in line and line.startswith("NegationCLIP ViT-B/32") for line in lines)
    assert any(line.startswith("without ") and line.endswith(" 8") for line in lines)
    (compared,) = [line for line in lines if "McNemar" in line]
    assert compared.startswith("negationclip is ")
    assert compared.endswith("only negationclip has right.") or "only clip has right" in compared
    assert lines[-1].startswith("scoring strict · seed 0 · ")


def test_json_csv_and_predictions(home: Path, tmp_path: Path) -> None:
    lines, table = tmp_path / "lines.jsonl", tmp_path / "table.csv"
    shown = _eval(
        home, *MODELS, "--images", "train2014", "--json", "--predictions", str(lines), "--csv", str(table),
        "--scoring", "paper", "--baseline", "negationclip", "--batch-size", "5", "--workers", "1",
    )  # fmt: skip
    report: dict[str, Any] = json.loads(shown)
    assert report["scoring"] == "paper"
    (bench,) = report["benches"]
    accuracies = {scores["model"]: scores["figures"][0]["value"] for scores in bench["models"]}
    answers = [json.loads(line) for line in lines.read_text().splitlines()]
    for model, accuracy in accuracies.items():
        credits = [line["credit"] for line in answers if line["model"] == model]
        assert len(credits) == ITEMS
        assert sum(credits) / ITEMS == pytest.approx(accuracy)
    rows = list(csv.DictReader(io.StringIO(table.read_text())))
    assert {row["model"]: float(row["value"]) for row in rows if row["of"]} == pytest.approx(accuracies)
    (compared,) = bench["comparisons"]
    assert (compared["a"], compared["b"]) == ("negationclip", "clip")
    assert bench["models"][0]["figures"][0]["blind"] == {"rule": "first box", "value": 1.0}


def test_images_that_are_missing_make_a_partial_score_and_exit_code_1(home: Path, tmp_path: Path) -> None:
    some = tmp_path / "some"
    some.mkdir()
    for image in sorted((home / "train2014").iterdir())[: ITEMS - 1]:
        (some / image.name).write_bytes(image.read_bytes())
    sorted(some.iterdir())[0].write_bytes(b"<html>no picture</html>")
    done = negdata("eval", "NegRefCOCOg.json", *MODELS, "--images", some, folder=home, code=1)
    assert done.stdout.count("10 of 12  partial") == 2
    said = " ".join(done.stderr.split())
    assert "partial for clip, negationclip, as not all of it can be scored: 1 not-an-image, 1 image-missing" in said


def test_what_cannot_be_scored_is_said_in_two_sentences(home: Path, tmp_path: Path) -> None:
    (tmp_path / "empty").mkdir()
    said = refused("eval", "NegRefCOCOg.json", "--model", "clip", "--images", tmp_path / "empty", folder=home)
    assert f"None of the {ITEMS} images of NegRefCOCOg.json is in" in said
    said = refused("eval", "NegRefCOCOg.json", "--model", "clip", folder=home)
    assert "no folder of images is named" in said
    said = refused("eval", "NegRefCOCOg.jsn", "--model", "clip", "--images", "train2014", folder=home)
    assert "NegRefCOCOg.jsn doesn't exist" in said
    options = ("--model", "clip", "--images", "train2014", "--scoring", "lenient")
    assert "There is no scoring named 'lenient'." in refused("eval", "NegRefCOCOg.json", *options, folder=home)


def test_a_model_that_gives_no_numbers_is_an_error_or_as_published_always_right(home: Path, tmp_path: Path) -> None:
    """Its weights are finite, and too large for sums of them to be."""
    from safetensors.torch import load_file, save_file

    broken = Path(shutil.copytree(home / "clip", tmp_path / "broken"))
    weights = load_file(broken / "model.safetensors")
    weights["visual_projection.weight"] = weights["visual_projection.weight"].sign() * 3e38
    save_file(weights, broken / "model.safetensors", metadata={"format": "pt"})
    options = ("--model", broken, "--images", "train2014")
    said = refused("eval", "NegRefCOCOg.json", *options, folder=home)
    assert f"gives scores that are no finite numbers (NaN or infinity) on {ITEMS} of {ITEMS} items" in said
    done = negdata("eval", "NegRefCOCOg.json", *options, "--scoring", "paper", "--csv", "-", folder=home)
    (row, *_) = csv.DictReader(io.StringIO(done.stdout))
    assert (row["model"], row["metric"], row["value"], row["n"]) == (str(broken), "accuracy", "1.0", str(ITEMS))
    assert f"gives scores that are no numbers on {ITEMS} items" in " ".join(done.stderr.split())


def test_questions_about_images_are_put_to_verifiers(home: Path, tmp_path: Path) -> None:
    images = sorted(image.name for image in (home / "train2014").iterdir())[:2]
    truth = {
        "images": [{"id": number, "file_name": image} for number, image in enumerate(images)],
        "annotations": [{"id": 1, "image_id": 0, "category_id": 1, "bbox": [0, 0, 1, 1], "iscrowd": 0}],
        "categories": [{"id": 1, "name": "dog"}, {"id": 2, "name": "cat"}],
    }
    (tmp_path / "truth.json").write_text(json.dumps(truth))
    asked = [
        {"question_id": number, "image": image, "text": f"Is there a {name} in the image?", "label": label}
        for number, (image, name, label) in enumerate(
            [(images[0], "dog", "yes"), (images[0], "cat", "no"), (images[1], "dog", "no"), (images[1], "cat", "yes")]
        )
    ]
    (tmp_path / "pope.json").write_text("".join(json.dumps(one) + "\n" for one in asked))
    model = f"instances={tmp_path / 'truth.json'}"
    done = negdata(
        "eval", tmp_path / "pope.json", "--model", model, "--images", home / "train2014", "--json", folder=home
    )
    figures = {one["metric"]: one["value"] for one in json.loads(done.stdout)["benches"][0]["models"][0]["figures"]}
    assert figures == pytest.approx(
        {"accuracy": 0.75, "precision": 1.0, "recall": 0.5, "F1": 2 / 3, "yes": 0.25, "unanswered": 0.0}
    )


# Several processes


@pytest.fixture(scope="module")
def kinds(home: Path) -> tuple[str, ...]:
    """A benchmark of each kind; some of the images are broken, or not there."""
    images = home / "some"
    shutil.copytree(home / "train2014", images)
    names = sorted(path.name for path in images.iterdir())
    (images / names[2]).write_bytes(b"<html>no picture</html>")
    (images / names[7]).unlink()
    numbered = list(enumerate(names))
    coco = {
        "images": [{"id": number, "file_name": name} for number, name in numbered],
        "annotations": [
            {"id": number, "image_id": number // 2, "caption": f"caption {number} of an image"} for number in range(24)
        ],
    }
    (home / "captions.json").write_text(json.dumps(coco))
    for kind in ("cat", "dog", "bird"):
        (home / "classes" / kind).mkdir(parents=True)
        for number in range(3):
            draw_scene(len(kind) + number).image().save(home / "classes" / kind / f"{number}.png")
    return ("NegRefCOCOg.json", "captions.json", "classes")


def together(size: int, *arguments: str | Path, folder: Path) -> list[Done]:
    """How each of so many processes ended."""
    running = [started(*arguments, folder=folder, before=None, **says) for says in torchrun_says(size)]
    return [one.ended() for one in running]


@pytest.mark.parametrize("size", [2, 3])
def test_several_processes_find_what_one_finds(home: Path, kinds: tuple[str, ...], size: int, tmp_path: Path) -> None:
    """To the byte, but for the seconds, and with whatever failed."""
    asked = ("eval", *kinds, *MODELS, "--images", "some", "--json", "--batch-size", "4", "--predictions", "lines.jsonl")
    alone = negdata(*asked, folder=home, code=1)
    lines = (home / "lines.jsonl").read_bytes()
    (home / "lines.jsonl").unlink()
    first, *others = together(size, *asked, folder=home)
    assert first.code == 1
    assert without_seconds(first.stdout) == without_seconds(alone.stdout)
    assert (home / "lines.jsonl").read_bytes() == lines
    assert b"not-an-image" in lines
    assert b"image-missing" in lines
    assert [(one.code, one.stdout, one.stderr) for one in others] == [(0, "", "")] * (size - 1)


def without_seconds(printed: str) -> str:
    report = json.loads(printed)
    assert report.pop("seconds") > 0
    return json.dumps(report)


def test_processes_share_questions_too(home: Path, tmp_path: Path) -> None:
    names = sorted(path.name for path in (home / "train2014").iterdir())[:5]
    things = ("dog", "cat")
    (tmp_path / "truth.json").write_text(
        json.dumps(
            {
                "images": [{"id": number, "file_name": name} for number, name in enumerate(names[:4])],
                "annotations": [{"id": 1, "image_id": 2, "category_id": 1, "bbox": [0, 0, 1, 1], "iscrowd": 0}],
                "categories": [{"id": number, "name": thing} for number, thing in enumerate(things)],
            }
        )
    )
    asked = [
        {"question_id": 2 * number + place, "image": name, "text": f"Is there a {thing} in the image?", "label": label}
        for number, name in enumerate([*names, "gone.jpg"])
        for place, (thing, label) in enumerate(zip(things, ("yes", "no"), strict=True))
    ]
    (tmp_path / "pope.json").write_text("".join(json.dumps(one) + "\n" for one in asked))
    words = (
        *("eval", tmp_path / "pope.json", "--model", f"instances={tmp_path / 'truth.json'}"),
        *("--images", home / "train2014", "--json", "--predictions", tmp_path / "lines.jsonl"),
    )
    alone = negdata(*words, folder=tmp_path, code=1)
    lines = (tmp_path / "lines.jsonl").read_bytes()
    first, *others = together(3, *words, folder=tmp_path)
    assert without_seconds(first.stdout) == without_seconds(alone.stdout)
    assert (tmp_path / "lines.jsonl").read_bytes() == lines
    assert lines.count(b"\n") == 12
    assert [(one.code, one.stdout) for one in others] == [(0, "")] * 2


def test_a_process_that_ends_ends_the_others(home: Path, tmp_path: Path) -> None:
    """The second doesn't find the model; the first says that it is gone, and hangs on nobody."""
    asked = ("eval", "NegRefCOCOg.json", "--images", "train2014", "--csv", tmp_path / "table.csv", "--model")
    one, two = torchrun_says(2)
    running = [
        started(*asked, "clip", folder=home, before=None, **one),
        started(*asked, "./gone", folder=home, before=None, **two),
    ]
    first, second = (process.ended(60) for process in running)
    assert (first.code, second.code) == (2, 2)
    assert "The model './gone' doesn't exist." in second.said
    assert "Another process of this command has ended" in first.said
    assert not (tmp_path / "table.csv").exists()


@pytest.mark.slow
def test_the_launcher_starts_as_many_as_it_is_told(home: Path, kinds: tuple[str, ...]) -> None:
    variables = environment(
        home,
        PATH=f"{Path(sys.executable).parent}:{os.environ['PATH']}",
        PYTHONPATH=str(ROOT),
        PROCESSES="2",
        OMP_NUM_THREADS="1",
    )
    asked = ("NegRefCOCOg.json", *MODELS, "--images", "train2014", "--json")
    done = subprocess.run(
        ["bash", str(ROOT / "train" / "eval.sh"), *asked],
        cwd=home, env=variables, capture_output=True, text=True, timeout=300,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    assert without_seconds(done.stdout) == without_seconds(_eval(home, *asked[1:]))
