"""``negdata build-bench`` and ``negdata benchmarks`` as a user runs them."""

from __future__ import annotations

import json
from collections import Counter
from pathlib import Path

import pytest
from PIL import Image

from negdata.benchmark.regions import ReferringCorpus
from negdata.benchmark.suites.base import ChoiceBench
from negdata.benchmark.suites.registry import read_bench
from tests.benchmark.corpora import corpus_of, image_of
from tests.benchmark.refcocog_folder import write_folder
from tests.cli.command import negdata, refused
from tests.servers.vision_server import vision_server

LEFT, RIGHT, FAR = (20.0, 100.0, 150.0, 200.0), (300.0, 100.0, 160.0, 210.0), (480.0, 60.0, 150.0, 300.0)


def men(number: int = 24) -> ReferringCorpus:
    """Images of two men, of whom one has no hat; one image has a number and a sign instead."""
    images = [
        image_of(
            [(1, LEFT), (1, RIGHT)], {at % 2: [f"man {at} with no hat"], (at + 1) % 2: ["a man in a hat"]}, number=at
        )
        for at in range(1, number)
    ]
    images.append(image_of([(1, LEFT), (1, RIGHT)], {0: ["player no . 12", "bus that says not in service"]}, number=99))
    return corpus_of(*images)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    write_folder(tmp_path / "refcocog", men())
    return tmp_path


def lines(path: Path) -> list[dict[str, object]]:
    return [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]


def test_the_published_edition(folder: Path) -> None:
    done = negdata("build-bench", "refcocog", "-o", "out/bench.json", "--split", "val", folder=folder)
    items = json.loads((folder / "out" / "bench.json").read_text(encoding="utf-8"))
    assert "25 phrases with a cue = 25 items + 0 rejected" in done.stdout
    assert all(list(item) == ["image", "phrase", "ref_bbox", "bbox_list"] for item in items)
    assert all(item["bbox_list"][0] == item["ref_bbox"] for item in items)
    assert sorted(path.name for path in (folder / "out").iterdir()) == [
        "bench.json", "bench.manifest.json", "bench.md", "bench.rejected.jsonl",
    ]  # fmt: skip
    manifest = json.loads((folder / "out" / "bench.manifest.json").read_text(encoding="utf-8"))
    assert manifest["counts"] == {"in": 25, "kept": 25, "rejected": 0, "failed": 0}
    assert manifest["settings"]["definition"].startswith("negrefcocog@1-")
    assert set(manifest["settings"]["sources"]) == {"refs(umd).p", "instances.json"}


def test_the_strict_edition_accounts_for_every_phrase(folder: Path) -> None:
    done = negdata(
        "build-bench", "refcocog", "-o", "strict.json", "--definition", "negrefcocog-strict", "--split", "val",
        "--rich", "--contact-sheet", "5", "--json", folder=folder,
    )  # fmt: skip
    summary = json.loads(done.stdout)
    items = json.loads((folder / "strict.json").read_text(encoding="utf-8"))
    rejected = lines(folder / "strict.rejected.jsonl")
    assert summary["taken"] == 25 == len(items) + len(rejected)
    assert {line["reason"] for line in rejected} <= {"number", "sign-text", "unbalanced"}
    assert {"number", "sign-text"} <= {str(line["reason"]) for line in rejected}
    assert {item["cue"] for item in items} == {"no"}
    assert {item["kind"] for item in items} == {"object"}
    assert all(bias["accuracy"] <= 0.53 for bias in summary["biases"])
    assert (folder / "strict.html").read_text(encoding="utf-8").count("<article>") == 5
    assert "negrefcocog, from the same source: 25 of 25" in (folder / "strict.md").read_text(encoding="utf-8")


def test_the_same_seed_gives_the_same_file_and_another_another(folder: Path) -> None:
    for name, seed in (("a", "1"), ("b", "1"), ("c", "2")):
        negdata(
            "build-bench", "refcocog", "-o", f"{name}.json", "--definition", "negrefcocog-strict", "--seed", seed,
            folder=folder,
        )  # fmt: skip
    contents = [(folder / f"{name}.json").read_bytes() for name in "abc"]
    assert contents[0] == contents[1] != contents[2]


def test_a_verifier_is_asked_about_each_crop(folder: Path) -> None:
    (folder / "images").mkdir()
    corpus = men()
    for image in corpus.images[:-2]:
        picture = Image.new("RGB", (640, 480), "white")
        no_hat = image.references[0].annotation_id % 1000
        box = (LEFT, RIGHT)[no_hat]
        picture.paste((30, 160, 30), (int(box[0]), int(box[1]), int(box[0] + box[2]), int(box[1] + box[3])))
        picture.save(folder / "images" / image.file_name)

    def fits(picture: Image.Image, question: str) -> float:
        green = sum(1 for pixel in picture.resize((20, 20)).tobytes()[::3] if pixel < 128)
        return 0.9 if green else 0.1

    with vision_server(fits) as seer:
        done = negdata(
            "build-bench", "refcocog", "-o", "v.json", "--definition", "negrefcocog-strict", "--images", "images",
            "--verifier", "openai=seer", "--base-url", seer.openai_url, "--max-failures", "1", "--json",
            folder=folder, code=1,
        )  # fmt: skip
    summary = json.loads(done.stdout)
    answers = lines(folder / "v.asked.jsonl")
    assert summary["reasons"]["unasked"] == 1
    assert len(answers) == 2 * 22
    assert all(answer["verdict"]["present"] is answer["expected"] for answer in answers)  # type: ignore[index]
    assert "openai=seer" in (folder / "v.md").read_text(encoding="utf-8")
    assert len(seer.seen) >= len(answers)


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["nowhere", "-o", "x.json"], "nowhere"),
        (["refcocog", "-o", "x.jsonl"], "doesn't end in .json"),
        (["refcocog", "-o", "x.json", "--split", "trian"], "val"),
        (["refcocog", "-o", "x.json", "--split-by", "google"], "umd"),
        (["refcocog", "-o", "x.json", "--definition", "negrefcoco"], "Did you mean 'negrefcocog'?"),
        (["refcocog", "-o", "x.json", "--definition", "my.yaml"], "my.yaml doesn't exist"),
        (["refcocog", "-o", "x.json", "--definition", "pope"], "is scored, not built"),
        (["refcocog", "-o", "x.json", "--contact-sheet", "-1"], "--contact-sheet is -1"),
        (["refcocog", "-o", "x.json", "--verifier", "instances"], "knows images, not crops"),
        (["refcocog", "-o", "x.json", "--verifier", "qwen-vl"], "no folder of images"),
        (["refcocog", "-o", "refcocog/instances.json"], "would take the place of"),
    ],
)
def test_what_is_wrong_is_said_in_two_sentences(folder: Path, arguments: list[str], said: str) -> None:
    before = (folder / "refcocog" / "instances.json").read_bytes()
    assert said in refused("build-bench", *arguments, folder=folder)
    assert (folder / "refcocog" / "instances.json").read_bytes() == before
    assert not (folder / "x.json").exists()


def test_a_hostile_pickle_runs_nothing(folder: Path) -> None:
    canary = folder / "canary"
    (folder / "refcocog" / "refs(umd).p").write_bytes(b"cposix\nsystem\n(S'touch " + str(canary).encode() + b"'\ntR.")
    told = refused("build-bench", "refcocog", "-o", "x.json", folder=folder)
    assert "posix.system" in told
    assert not canary.exists()


def test_a_split_without_a_cue_says_so(tmp_path: Path) -> None:
    write_folder(tmp_path / "refcocog", corpus_of(image_of([(1, LEFT), (1, RIGHT)], {0: ["a man"]})))
    told = refused("build-bench", "refcocog", "-o", "x.json", "--split", "val", folder=tmp_path)
    assert "None of the 0 phrases with a cue" in told


def test_definitions_are_listed_shown_and_validated(folder: Path) -> None:
    table = negdata("benchmarks", "ls", folder=folder).stdout
    assert "negrefcocog-strict" in table
    rows = json.loads(negdata("benchmarks", "ls", "--json", folder=folder).stdout)
    assert {row["name"] for row in rows if row["built"]} >= {"negrefcocog", "negrefcocog-strict"}
    shown = negdata("benchmarks", "show", "negrefcocog", folder=folder).stdout
    (folder / "negrefcocog.yaml").write_text(shown, encoding="utf-8")
    assert "1 definitions are valid" in negdata("benchmarks", "validate", "negrefcocog.yaml", folder=folder).stdout
    negdata("benchmarks", "validate", folder=folder)
    own = shown.replace("max_crop_iou: 0.3", "max_crop_iou: 0.29").replace("name: negrefcocog", "name: mine")
    (folder / "mine.yaml").write_text(own, encoding="utf-8")
    negdata("build-bench", "refcocog", "-o", "x.json", "--definition", "mine.yaml", folder=folder)
    (folder / "mine.yaml").write_text(own.replace("at_most: 1", "at_most: 0"), encoding="utf-8")
    assert "at_most" in refused("benchmarks", "validate", "mine.yaml", folder=folder)


@pytest.fixture
def coco(tmp_path: Path) -> Path:
    """A COCO of 40 images with three objects and two captions each."""
    names = ["person", "dog", "cat", "car", "bicycle", "chair", "bench", "umbrella", "bottle", "cup"]
    images = [{"id": at, "file_name": f"{at:012}.jpg", "width": 640, "height": 480} for at in range(1, 41)]
    shown = {at: [(at * step) % 10 for step in (1, 3, 7)] for at in range(1, 41)}
    annotations = [
        {
            "id": 10 * at + nth,
            "image_id": at,
            "category_id": one,
            "bbox": [0, 0, 200, 200],
            "area": 40_000,
            "iscrowd": 0,
        }
        for at, those in shown.items()
        for nth, one in enumerate(dict.fromkeys(those))
    ]
    categories = [{"id": at, "name": name} for at, name in enumerate(names)]
    captions = [
        {"id": 10 * at + nth, "image_id": at, "caption": f"A {names[those[0]]} beside a {names[those[1]]}{end}"}
        for at, those in shown.items()
        for nth, end in enumerate((".", " on a street."))
    ]
    for name, content in (
        ("captions.json", {"images": images, "annotations": captions}),
        ("instances.json", {"images": images, "annotations": annotations, "categories": categories}),
    ):
        (tmp_path / name).write_text(json.dumps(content), encoding="utf-8")
    return tmp_path


@pytest.mark.parametrize(("definition", "unit"), [("negbench-mcq", "questions"), ("negbench-retrieval", "captions")])
def test_negbench_from_captions_and_instances(coco: Path, definition: str, unit: str) -> None:
    done = negdata(
        "build-bench", "captions.json", "--instances", "instances.json", "-o", "out.csv", "--definition", definition,
        "--json", folder=coco,
    )  # fmt: skip
    summary = json.loads(done.stdout)
    assert summary["unit"] == unit
    assert summary["taken"] == summary["kept"] + summary["rejected"]
    assert summary["kept"] > 20
    assert len(lines(coco / "out.rejected.jsonl")) == summary["rejected"]
    bench = read_bench(coco / "out.csv")
    assert bench.suite == definition
    sheet = (coco / "out.md").read_text(encoding="utf-8")
    assert f"{summary['taken']} {unit} = {summary['kept']} kept + {summary['rejected']} rejected" in sheet
    if isinstance(bench, ChoiceBench):
        assert len(bench.items) == summary["kept"]
        counted = Counter(item.right for item in bench.items)
        assert max(counted.values()) - min(counted[place] for place in range(4)) <= 1
        assert all(bias["low"] <= 0.25 for bias in summary["biases"])


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["-o", "x.csv"], "--instances is missing"),
        (["-o", "x.json", "--instances", "instances.json"], "doesn't end in .csv"),
        (["-o", "x.csv", "--instances", "instances.json", "--split", "val"], "--split is given"),
        (["-o", "x.csv", "--instances", "instances.json", "--rich"], "--rich is given"),
        (["-o", "x.csv", "--instances", "captions.json"], "captions.json"),
    ],
)
def test_what_is_wrong_with_negbench(coco: Path, arguments: list[str], said: str) -> None:
    assert said in refused("build-bench", "captions.json", "--definition", "negbench-mcq", *arguments, folder=coco)
    assert not (coco / "x.csv").exists()
