"""``--exclude`` end to end: no row about a benchmark's image is kept, asked about or lost."""

from __future__ import annotations

import json
from collections import Counter
from pathlib import Path
from typing import Any

import pytest

from tests.cli.command import negdata, refused
from tests.cli.test_filter import asking, corpus, red_or_blue
from tests.cli.test_questions import small_files
from tests.servers.vision_server import vision_server

SHARED = Path(__file__).resolve().parents[3] / "shared" / "data"
needs_data = pytest.mark.skipif(not SHARED.exists(), reason="the published files are not beside the checkout")
CAPTIONS = ("A black motorcycle parked in front of a garage.", "A motorcycle stands beside a closed garage door.")
IMAGES = {9: "000000000009.jpg", 42: "COCO_val2014_000000000042.jpg", 250196: "000000250196.jpg"}


def rows(path: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]


def coco(folder: Path) -> str:
    """Two captions of each of three photographs."""
    document = {
        "images": [{"id": number, "file_name": name} for number, name in IMAGES.items()],
        "annotations": [
            {"id": 10 * number + place, "image_id": number, "caption": text}
            for number in IMAGES
            for place, text in enumerate(CAPTIONS)
        ],
    }
    (folder / "captions.json").write_text(json.dumps(document))
    return "captions.json"


def bench(folder: Path, *names: str, file: str = "bench.json") -> str:
    items = [{"image": name, "phrase": "a zebra", "ref_bbox": [0, 0, 1, 1], "bbox_list": []} for name in names]
    (folder / file).write_text(json.dumps(items))
    return file


def outcome(folder: Path, out: str = "out") -> tuple[set[int], Counter[str]]:
    """The numbers of the images that are kept, and the reasons of what is rejected."""
    rejected = rows(folder / f"{out}.rejected.jsonl")
    return {row["image_id"] for row in rows(folder / f"{out}.jsonl")}, Counter(row["reason"] for row in rejected)


@pytest.mark.parametrize("pipeline", ["objects", "random"])
def test_captions_of_a_benchmarks_images_are_rejected_and_counted(tmp_path: Path, pipeline: str) -> None:
    used = bench(tmp_path, "COCO_train2014_000000250196_1954731.jpg", "train2017/000000000042.jpg")
    command = ["caption", coco(tmp_path), "-o", "out.jsonl", "--pipeline", pipeline, "--exclude", used, "--json"]
    summary = json.loads(negdata(*command, folder=tmp_path).stdout)
    assert outcome(tmp_path) == ({9}, {"excluded": 4})
    assert summary["taken"] == 6 == summary["kept"] + summary["rejected"] + summary["failed"]
    assert summary["reasons"] == {"excluded": 4}
    details = {row["image_id"]: row["detail"] for row in rows(tmp_path / "out.rejected.jsonl")}
    assert details == {number: f"bench.json uses the image number {number}" for number in (42, 250196)}


def test_several_benchmarks_are_left_out_together(tmp_path: Path) -> None:
    one = bench(tmp_path, "000000000009.jpg", file="one, of two.json")
    (tmp_path / "two.txt").write_text("250196\n")
    command = ["caption", coco(tmp_path), "-o", "out.jsonl", "--exclude", one, "--exclude", "two.txt"]
    negdata(*command, folder=tmp_path)
    assert outcome(tmp_path) == ({42}, {"excluded": 4})
    manifest = json.loads((tmp_path / "out.manifest.json").read_text())
    assert len(manifest["settings"]["exclude"]) == 2
    assert manifest["command"].endswith(f"--exclude '{one}' --exclude two.txt")


def test_a_run_goes_on_with_the_same_images_alone(tmp_path: Path) -> None:
    source, used = coco(tmp_path), bench(tmp_path, "000000000009.jpg")
    negdata("caption", source, "-o", "out.jsonl", "--exclude", used, "--limit", "3", folder=tmp_path)
    (tmp_path / "same.txt").write_text("COCO_train2014_000000000009.jpg\n")
    negdata("caption", source, "-o", "out.jsonl", "--exclude", "same.txt", folder=tmp_path)
    assert outcome(tmp_path) == ({42, 250196}, {"excluded": 2})
    other = bench(tmp_path, "000000000042.jpg", file="other.json")
    for options in (["--exclude", other], []):
        said = refused("caption", source, "-o", "out.jsonl", *options, folder=tmp_path)
        assert "made with other settings: exclude was" in said
    records = tmp_path / "out.jsonl"
    negdata("filter", records, "-o", "clean.jsonl", "--exclude", used, folder=tmp_path)
    assert "exclude was" in refused("filter", records, "-o", "clean.jsonl", "--exclude", other, folder=tmp_path)


@pytest.mark.parametrize("standalone", [False, True])
def test_questions_about_a_benchmarks_images_are_rejected(tmp_path: Path, standalone: bool) -> None:
    asked = [(7, 1, "Is the man wearing a hat?", 10), (8, 2, "Is there a boat?", 9), (9, 3, "Is there a cat?", 10)]
    options = small_files(tmp_path, *asked)
    source = ["--standalone"] if standalone else ["captions.json"]
    used = bench(tmp_path, "000000000002.jpg", "000000000003.jpg")
    negdata("caption", *source, "-o", "out.jsonl", *options, "--exclude", used, folder=tmp_path)
    assert outcome(tmp_path) == ({1}, {"excluded": 2 if standalone else 3})


def test_a_dry_run_counts_them_and_asks_nothing_for_them(tmp_path: Path) -> None:
    source, used = coco(tmp_path), bench(tmp_path, "000000000009.jpg", "000000000042.jpg")
    command = ["caption", source, "-o", "out.jsonl", "--backend", "openai", "--model", "m", "--dry-run"]
    whole = json.loads(negdata(*command, "--json", folder=tmp_path).stdout)
    left = json.loads(negdata(*command, "--json", "--exclude", used, folder=tmp_path).stdout)
    assert (whole["rows"], whole["requests"], whole["excluded"]) == (6, 12, None)
    assert (left["rows"], left["requests"], left["excluded"]) == (6, 4, 4)
    cut = negdata(*command, "--exclude", used, "--offset", "1", "--limit", "4", folder=tmp_path).stdout
    assert "of them left out by --exclude 3" in " ".join(cut.split())


def test_no_model_is_asked_about_them(tmp_path: Path) -> None:
    source = corpus(tmp_path, 30)
    used = bench(tmp_path, *(f"elsewhere/{number}-1.jpg" for number in range(9)))
    with vision_server(red_or_blue) as server:
        done = negdata("filter", source, "-o", "out.jsonl", *asking(server), "--exclude", used, folder=tmp_path)
        assert len(server.seen) == 30 - 9
    assert [row["image"] for row in rows(tmp_path / "out.jsonl")] == ["9-1.png"]
    rejected = rows(tmp_path / "out.rejected.jsonl")
    assert Counter(row["reason"] for row in rejected) == {"excluded": 9, "present": 10, "unsure": 10}
    assert all("verdict" not in row for row in rejected if row["reason"] == "excluded")
    assert "folders aren't compared" in next(row["detail"] for row in rejected if row["reason"] == "excluded")
    assert "excluded 9" in " ".join(done.stdout.split())


def test_what_names_no_image_is_kept_out(tmp_path: Path) -> None:
    said = {"caption": "A bench in a park.", "negated": "dog", "negated_caption": "A bench in a park with no dog."}
    lines = [{**said, "id": str(n), "image": image} for n, image in enumerate(["1.jpg", None, "2.jpg"])]
    (tmp_path / "in.jsonl").write_text("".join(json.dumps(line) + "\n" for line in lines))
    used = bench(tmp_path, "1.jpg")
    negdata("filter", "in.jsonl", "-o", "out.jsonl", "--exclude", used, folder=tmp_path)
    assert [row["image"] for row in rows(tmp_path / "out.jsonl")] == ["2.jpg"]
    rejected = {row["id"]: row["reason"] for row in rows(tmp_path / "out.rejected.jsonl")}
    assert rejected == {"0": "excluded", "1": "image-unknown"}
    (tmp_path / "nameless.jsonl").write_text(json.dumps(lines[1]) + "\n")
    assert "No row of nameless.jsonl names its image" in refused(
        "filter", "nameless.jsonl", "-o", "none.jsonl", "--exclude", used, folder=tmp_path
    )
    assert not list(tmp_path.glob("none*"))


def test_a_benchmark_of_other_images_is_told_of(tmp_path: Path) -> None:
    used = bench(tmp_path, "v7w_1.jpg", "v7w_2.jpg")
    done = negdata("caption", coco(tmp_path), "-o", "out.jsonl", "--exclude", used, folder=tmp_path)
    assert "bench.json uses 2 images, and no row of the source is about one of them" in done.stderr


def test_wrong_use(tmp_path: Path) -> None:
    source, used = coco(tmp_path), bench(tmp_path, "000000000009.jpg")
    (tmp_path / "prose.txt").write_text("The images of COCO.\n")
    for command, unusable, said in (
        ("caption", "none.json", "none.json doesn't exist"),
        ("filter", "prose.txt", "is no name of an image"),
        ("caption", "out.rejected.jsonl", "is the source itself"),
        ("filter", "out.jsonl", "is the source itself"),
    ):
        assert said in refused(command, source, "-o", "out.jsonl", "--exclude", unusable, folder=tmp_path)
    checking = ["filter", "--check-against", "boxes.json", "-o", "check.jsonl", "--exclude", used]
    assert "--exclude is given with --check-against" in refused(*checking, folder=tmp_path)


@needs_data
def test_training_on_cocos_train_split_leaves_negrefcocog_out(tmp_path: Path) -> None:
    """NegRefCOCOg is made of COCO's train2014, on which CLIP is fine-tuned: under the names of 2017 as well."""
    published = SHARED / "negrefcocog" / "NegRefCOCOg.half.json"
    captions = SHARED / "coco" / "annotations" / "captions_train2017.json"
    numbers = {int(item["image"][-16:-4]) for item in json.loads(published.read_text())}
    document = json.loads(captions.read_text())
    both = numbers & {image["id"] for image in document["images"]}
    assert both
    negdata("caption", captions, "-o", "out.jsonl", "--exclude", published, folder=tmp_path)
    excluded = [row for row in rows(tmp_path / "out.rejected.jsonl") if row["reason"] == "excluded"]
    assert {row["image_id"] for row in excluded} == both
    assert len(excluded) == sum(annotation["image_id"] in both for annotation in document["annotations"])
    kept = {row["image_id"] for row in rows(tmp_path / "out.jsonl")}
    assert not kept & numbers
    assert len(kept) > 70
