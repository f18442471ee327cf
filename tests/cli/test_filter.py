"""``negdata filter`` and ``caption --verify`` end to end, against ground truth and against a model on a real socket."""

from __future__ import annotations

import json
import os
import random
import signal
import subprocess
import time
from collections import Counter
from pathlib import Path
from typing import Any

import pytest
from PIL import Image, ImageDraw

from negdata.vocabulary import vocabulary
from tests.busy import slack
from tests.cli.command import negdata, refused, started
from tests.servers.vision_server import VisionServer, vision_server
from tests.test_pictures import READ, REFUSED

SHARED = Path(__file__).resolve().parents[3] / "shared" / "data" / "coco"
needs_coco = pytest.mark.skipif(not SHARED.exists(), reason="COCO's annotations are not beside the checkout")
CAPTIONS, INSTANCES = SHARED / "annotations/captions_val2017.json", SHARED / "annotations/instances_val2017.json"


def rows(path: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]


def red_or_blue(image: Image.Image, question: str) -> float:
    """There is a dog in what is red, none in what is blue, and perhaps one in what is neither."""
    red, _, blue = image.getpixel((image.width // 2, image.height // 2))  # type: ignore[misc]
    return 0.97 if red > 200 else 0.02 if blue > 200 else 0.5


def picture(colour: str, number: int) -> Image.Image:
    """All of one colour but for a corner, so that no two are the same and none finds another's answer stored."""
    made = Image.new("RGB", (40, 30), colour)
    for bit in range(12):
        if number >> bit & 1:
            ImageDraw.Draw(made).rectangle((3 * bit, 0, 3 * bit + 2, 6), "white")
    return made


def corpus(folder: Path, count: int) -> Path:
    """Records that deny a dog, of images that are red, blue or grey in turn."""
    (folder / "images").mkdir()
    with (folder / "in.jsonl").open("w") as file:
        for number in range(count):
            name = f"{number // 3}-{number % 3}.png"
            picture(("red", "blue", "gray")[number % 3], number).save(folder / "images" / name)
            caption = f"Picture {number} of a bench in a park."
            row = {"id": f"r{number}", "image": name, "caption": caption, "pipeline": "objects", "negated": "dog"}
            file.write(json.dumps(row | {"negated_caption": f"{caption[:-1]} with no dog."}) + "\n")
    return folder / "in.jsonl"


def asking(server: VisionServer, protocol: str = "openai") -> list[str]:
    """The options that put questions to a server."""
    url = server.openai_url if protocol == "openai" else server.ollama_url
    return ["--images", "images", "--verifier", f"{protocol}=seer", "--base-url", url]


@needs_coco
def test_no_kept_caption_denies_what_the_instances_show(tmp_path: Path) -> None:
    """Whether the check comes after the writing or before it."""
    truth = json.loads(INSTANCES.read_text())
    known = vocabulary()
    names = {category["id"]: category["name"] for category in truth["categories"]}
    files = {image["id"]: image["file_name"] for image in truth["images"]}
    shown: dict[str, set[str]] = {name: set() for name in files.values()}
    for annotation in truth["annotations"]:
        entry = known.lookup(names[annotation["category_id"]])
        assert entry is not None
        shown[files[annotation["image_id"]]] |= known.ancestors(entry.name)
    captions = [row for row in json.loads(CAPTIONS.read_text())["images"] if row["file_name"] in shown]
    assert len(captions) == 122

    negdata("caption", CAPTIONS, "-o", "captions.jsonl", folder=tmp_path)
    with_truth = ["--instances", str(INSTANCES)]
    negdata("filter", "captions.jsonl", "-o", "after.jsonl", "--verifier", "instances", *with_truth, folder=tmp_path)
    negdata("caption", CAPTIONS, "-o", "before.jsonl", "--verify", "instances", *with_truth, folder=tmp_path)
    for name, least in (("after", 100), ("before", 550)):
        kept = rows(tmp_path / f"{name}.jsonl")
        assert len(kept) >= least
        for row in kept:
            entry = known.lookup(row["negated"])
            assert entry is not None
            assert entry.name not in shown[row["image"]]
            assert row["verdict"] == {"p_present": 0.0, "present": False, "verifier": "instances"}
        reasons = Counter(row["reason"] for row in rows(tmp_path / f"{name}.rejected.jsonl"))
        assert len(kept) + reasons.total() == 1250
        assert reasons.keys() <= {"present", "unsure", "contradiction"}
    assert all(row["made_by"]["proposals"] in (1, 2, 3) for row in rows(tmp_path / "before.jsonl"))


@pytest.mark.parametrize("protocol", ["openai", "ollama"])
def test_a_server_with_probabilities(tmp_path: Path, protocol: str) -> None:
    source = corpus(tmp_path, 30)
    with vision_server(red_or_blue) as server:
        done = negdata("filter", source, "-o", "out.jsonl", *asking(server, protocol), folder=tmp_path)
    kept, rejected = rows(tmp_path / "out.jsonl"), rows(tmp_path / "out.rejected.jsonl")
    assert {row["image"][-5:] for row in kept} == {"1.png"}
    assert len(kept) == 10
    assert Counter((row["reason"], row["image"][-5:]) for row in rejected) == {
        ("present", "0.png"): 10,
        ("unsure", "2.png"): 10,
    }
    assert all(abs(row["verdict"]["p_present"] - 0.02) < 1e-3 for row in kept)
    assert kept[0]["verdict"]["model"] == "seer"
    assert {seen.question for seen in server.seen} == {"Is there a dog in this image? Answer yes or no."}
    assert "10 10 10" in " ".join(done.stdout.split())


@pytest.mark.parametrize("protocol", ["openai", "ollama"])
def test_a_server_without_probabilities_gives_none(tmp_path: Path, protocol: str) -> None:
    source = corpus(tmp_path, 30)
    with vision_server(red_or_blue, logprobs=False) as server:
        negdata("filter", source, "-o", "out.jsonl", *asking(server, protocol), folder=tmp_path)
    judged = [*rows(tmp_path / "out.jsonl"), *rows(tmp_path / "out.rejected.jsonl")]
    assert len(judged) == 30
    assert all(row["verdict"]["p_present"] is None for row in judged)
    assert Counter(row["verdict"]["present"] for row in judged)[False] == 10


def test_images_arrive_upright_and_within_the_pixels(tmp_path: Path) -> None:
    (tmp_path / "images").mkdir()
    picture = Image.new("RGB", (1600, 1200), "red")
    ImageDraw.Draw(picture).rectangle((800, 0, 1600, 1200), "blue")
    exif = Image.Exif()
    exif[0x0112] = 6
    picture.rotate(90, expand=True).save(tmp_path / "images" / "on-its-side.jpg", exif=exif)
    row = {"id": "1", "image": "on-its-side.jpg", "caption": "A bench.", "negated": "dog"}
    (tmp_path / "in.jsonl").write_text(json.dumps(row | {"negated_caption": "A bench with no dog."}))
    colours: list[tuple[Any, Any]] = []

    def look(image: Image.Image, _question: str) -> float:
        colours.append((image.getpixel((5, 5)), image.getpixel((image.width - 5, 5))))
        return 0.0

    with vision_server(look) as server:
        options = [*asking(server), "--max-pixels", "30000"]
        negdata("filter", "in.jsonl", "-o", "out.jsonl", *options, folder=tmp_path)
    (seen,) = server.seen
    width, height = seen.size
    assert 20_000 < width * height <= 30_000
    assert abs(width / height - 4 / 3) < 0.02
    ((left, right),) = colours
    assert left[0] > 200 > 60 > left[2]
    assert right[2] > 200 > 60 > right[0]


@pytest.mark.parametrize("protocol", ["openai", "ollama"])
def test_a_model_that_sees_nothing_is_refused_at_the_first_record(tmp_path: Path, protocol: str) -> None:
    source = corpus(tmp_path, 300)
    with vision_server(red_or_blue, vision=False) as server:
        said = refused("filter", source, "-o", "out.jsonl", *asking(server, protocol), folder=tmp_path)
    assert "can't see images" in said
    assert len(server.refused) <= 20, "those in flight, and no more"
    assert (tmp_path / "out.jsonl").read_text() == ""


def test_every_bad_image_has_its_outcome(tmp_path: Path) -> None:
    (tmp_path / "images").mkdir()
    with (tmp_path / "in.jsonl").open("w") as file:
        for name, (make, *_) in [*READ.items(), *REFUSED.items()]:
            (tmp_path / "images" / f"{name}.jpg").write_bytes(make())
        for name in [*READ, *REFUSED, "missing"]:
            row = {"id": name, "image": f"{name}.jpg", "caption": "A bench.", "negated": "dog"}
            file.write(json.dumps(row | {"negated_caption": "A bench with no dog."}) + "\n")
    with vision_server(lambda _image, _question: 0.01) as server:
        done = negdata("filter", "in.jsonl", "-o", "out.jsonl", *asking(server), folder=tmp_path, code=1)
    assert {row["id"] for row in rows(tmp_path / "out.jsonl")} == READ.keys()
    failed = {row["id"]: row for row in rows(tmp_path / "out.failed.jsonl")}
    assert {name: row["error"] for name, row in failed.items()} == {
        "missing": "image-missing",
        **{name: code for name, (_, code, _) in REFUSED.items()},
    }
    assert all(f"{name}.jpg" in row["message"] for name, row in failed.items())
    assert not (tmp_path / "out.rejected.jsonl").read_text()
    assert "failed" in done.stdout


def test_a_folder_without_the_images_stops_the_run(tmp_path: Path) -> None:
    source = corpus(tmp_path, 400)
    (tmp_path / "empty").mkdir()
    with vision_server(red_or_blue) as server:
        options = [*asking(server), "--images", "empty"]
        done = negdata("filter", source, "-o", "out.jsonl", *options, folder=tmp_path, code=1)
    assert "image-missing" in done.stderr
    assert "records failed" in done.stderr
    assert not server.seen


@pytest.mark.parametrize("kills", [3, pytest.param(8, marks=pytest.mark.slow)])
def test_kills_lose_nothing_and_ask_nothing_twice(tmp_path: Path, kills: int) -> None:
    source = corpus(tmp_path, 300)

    def slowly(image: Image.Image, question: str) -> float:
        time.sleep(0.005)
        return red_or_blue(image, question)

    with vision_server(slowly) as server:
        command: list[str | Path] = ["filter", source, *asking(server), "--concurrency", "4"]
        negdata(*command, "-o", "whole.jsonl", "--no-cache", folder=tmp_path)
        asked_once = len(server.seen)
        assert asked_once == 300
        server.seen.clear()
        killed = 0
        for _ in range(kills):
            process = started(*command, "-o", "out.jsonl", folder=tmp_path)
            time.sleep(random.uniform(0.5, 1.3))
            if process.poll() is None:
                os.kill(process.pid, signal.SIGKILL)
                killed += 1
            process.communicate()
        negdata(*command, "-o", "out.jsonl", folder=tmp_path)
    assert killed
    for end in (".jsonl", ".rejected.jsonl"):
        whole = (tmp_path / f"whole{end}").read_text().splitlines()
        out = (tmp_path / f"out{end}").read_text().splitlines()
        assert len(out) == len(set(out))
        assert set(out) == set(whole)
    # Those in flight at a kill are asked again, four at most.
    assert asked_once <= len(server.seen) <= asked_once + 4 * killed


def test_an_interrupt_exits_130_and_the_same_command_goes_on(tmp_path: Path) -> None:
    source = corpus(tmp_path, 400)

    def slowly(image: Image.Image, question: str) -> float:
        time.sleep(0.02)
        return red_or_blue(image, question)

    with vision_server(slowly) as server:
        command: list[str | Path] = ["filter", source, "-o", "out.jsonl", *asking(server)]
        process = started(*command, folder=tmp_path)
        while len(server.seen) < 20 and process.poll() is None:
            time.sleep(0.02)
        assert str(process.pid) in refused(*command, folder=tmp_path)
        process.send_signal(signal.SIGINT)
        began = time.monotonic()
        _, told = process.communicate(timeout=20)
        assert process.returncode == 130
        assert time.monotonic() - began < 8 + slack()
        assert "again to go on" in told
        refusal = refused(*command, "--votes", "2", folder=tmp_path)
        assert "--fresh" in refusal
        negdata(*command, folder=tmp_path)
    lines = [row["id"] for end in ("", ".rejected") for row in rows(tmp_path / f"out{end}.jsonl")]
    assert sorted(lines) == sorted(f"r{number}" for number in range(400))


def test_captions_are_checked_before_they_are_written_without_a_barrier(tmp_path: Path) -> None:
    (tmp_path / "images").mkdir()
    with (tmp_path / "in.jsonl").open("w") as file:
        for number in range(200):
            picture("blue", number).save(tmp_path / "images" / f"{number}.png")
            row = {"id": f"r{number}", "image": f"{number}.png", "caption": f"A dog on bench {number}."}
            file.write(json.dumps(row) + "\n")
    written_early: list[int] = []
    first: list[str] = []

    def judge(image: Image.Image, question: str) -> float:
        first.append(question)
        if len(first) == 150:
            written_early.append(len(rows(tmp_path / "out.jsonl")))
        return 0.9 if len(first) % 3 == 1 else 0.1

    with vision_server(judge) as server:
        verify = ["--verify", "openai=seer", "--verify-base-url", server.openai_url, "--images", "images"]
        done = negdata("caption", "in.jsonl", "-o", "out.jsonl", *verify, "--json", folder=tmp_path)
    summary = json.loads(done.stdout)
    kept = rows(tmp_path / "out.jsonl")
    assert 0 < written_early[0] < 150
    assert 1.0 < summary["proposals_per_caption"] < 3.0
    assert all(row["verdict"]["present"] is False and row["negated_caption"] for row in kept)
    rejected = rows(tmp_path / "out.rejected.jsonl") if (tmp_path / "out.rejected.jsonl").exists() else []
    assert len(kept) + len(rejected) == 200
    assert all(row["reason"] == "present" and "negated_caption" not in row for row in rejected)


def test_a_check_gives_the_figures_of_an_independent_count(tmp_path: Path) -> None:
    (tmp_path / "images").mkdir()
    with (tmp_path / "pope.jsonl").open("w") as file:
        for number in range(200):
            colour = ("red", "blue", "gray")[number % 3]
            picture(colour, number).save(tmp_path / "images" / f"{number}.png")
            label = "yes" if (colour == "red") != (number % 10 == 0) else "no"
            question = {"question": "Is there a dog in the image?", "image": f"{number}.png", "label": label}
            file.write(json.dumps(question) + "\n")
    with vision_server(red_or_blue) as server:
        options = [*asking(server), "--check-against", "pope.jsonl"]
        done = negdata("filter", "-o", "check.jsonl", *options, "--json", folder=tmp_path)
        shown = negdata("filter", "-o", "check.jsonl", *options, folder=tmp_path)
    figures = json.loads(done.stdout)
    answers = rows(tmp_path / "check.jsonl")
    assert len(answers) == figures["taken"] == 200
    absent = [row for row in answers if row["verdict"]["present"] is False]
    truly = [row for row in absent if not row["truth"]]
    decided = [row for row in answers if row["verdict"]["present"] is not None]
    right = [row for row in decided if row["verdict"]["present"] is row["truth"]]
    assert figures["precision_absent"] == pytest.approx(len(truly) / len(absent))
    assert figures["recall_absent"] == pytest.approx(len(truly) / sum(not row["truth"] for row in answers))
    assert figures["accuracy"] == pytest.approx(len(right) / len(decided))
    assert 0.85 < figures["accuracy"] < 0.95
    page = (tmp_path / "check.html").read_text(encoding="utf-8")
    assert f"{figures['ece']:.2%}" in page
    assert f"{figures['ece']:.2%}" in shown.stdout


@needs_coco
def test_a_check_against_instances_asks_of_what_is_there_and_of_what_is_not(tmp_path: Path) -> None:
    with vision_server(lambda _image, question: 0.9 if "person" in question else 0.1) as server:
        url = ["--base-url", server.openai_url, "--images", str(SHARED / "val2017")]
        command = ["filter", "-o", "check.jsonl", "--check-against", str(INSTANCES), "--verifier", "openai=seer"]
        figures = json.loads(negdata(*command, *url, "--limit", "200", "--json", folder=tmp_path).stdout)
    answers = rows(tmp_path / "check.jsonl")
    assert abs(sum(row["truth"] for row in answers) - 100) <= 3
    persons = [row for row in answers if row["object"] == "person"]
    assert figures["truly_present"]["present"] == sum(row["truth"] for row in persons) > 5


USES: dict[str, tuple[list[str], str]] = {
    "no-input": ([], "The argument RECORDS is missing"),
    "unknown-verifier": (["in.jsonl", "--verifier", "instance"], "Did you mean 'instances'?"),
    "no-instances": (["in.jsonl", "--verifier", "instances"], "--instances"),
    "instances-unread": (["in.jsonl", "--instances", "x.json"], "no verifier reads it"),
    "no-images": (["in.jsonl", "--verifier", "ollama"], "--images"),
    "no-such-folder": (["in.jsonl", "--verifier", "ollama", "--images", "nowhere"], "nowhere doesn't exist"),
    "no-such-model": (["in.jsonl", "--verifier", "./nowhere", "--images", "."], "./nowhere doesn't exist"),
    "unknown-check": (["in.jsonl", "--without", "duplicates"], "Did you mean 'duplicate'?"),
    "thresholds": (["in.jsonl", "--absent-below", "0.8"], "not above the second"),
    "votes": (["in.jsonl", "--votes", "9"], "--votes is 9"),
    "no-such-file": (["nothing.jsonl"], "doesn't exist"),
    "no-text-checked": (
        ["--check-against", "in.jsonl", "--verifier", "ollama", "--without", "empty"],
        "Leave --without out",
    ),
    "nothing-measured": (["--check-against", "in.jsonl"], "No verifier is named"),
}


@pytest.mark.parametrize("name", USES)
def test_wrong_use(tmp_path: Path, name: str) -> None:
    arguments, said = USES[name]
    row = {"id": "1", "image": "a.png", "caption": "A bench.", "negated": "dog", "negated_caption": "A bench, no dog."}
    (tmp_path / "in.jsonl").write_text(json.dumps(row))
    assert said in refused("filter", *arguments, "-o", "out.jsonl", folder=tmp_path)


def test_the_text_alone_needs_neither_image_nor_model(tmp_path: Path) -> None:
    row = {"image": "a.png", "caption": "A bench in a park.", "negated": "dog"}
    texts = {
        "good": "A bench in a park with no dog.",
        "again": "a bench in a park, with no dog",
        "link": "A bench in a park with no dog, see https://example.org.",
        "nothing": "A bench in a park with a dog.",
        "left": "A bench in a park with no no dog.",
    }
    lines = [json.dumps(row | {"id": name, "negated_caption": text}) for name, text in texts.items()]
    other = {"id": "other", "image": "a.png", "caption": "A puppy by a bench.", "negated": "cat"}
    lines.append(json.dumps(other | {"image": "b.png", "negated_caption": "A puppy by a bench, no cat in sight."}))
    (tmp_path / "in.jsonl").write_text("\n".join(lines))
    negdata("filter", "in.jsonl", "-o", "out.jsonl", folder=tmp_path)
    assert {row["id"] for row in rows(tmp_path / "out.jsonl")} == {"good", "other"}
    assert {row["id"]: row["reason"] for row in rows(tmp_path / "out.rejected.jsonl")} == {
        "again": "duplicate",
        "link": "unsafe",
        "nothing": "no-negation",
        "left": "ungrammatical",
    }
    (tmp_path / "more.jsonl").write_text(json.dumps({"image": "a.png", "caption": "A puppy on a bench."}))
    more = ["--captions", "more.jsonl", "--without", "duplicate,near-duplicate"]
    negdata("filter", "in.jsonl", "-o", "more-out.jsonl", *more, folder=tmp_path)
    assert {row["id"] for row in rows(tmp_path / "more-out.jsonl")} == {"other"}
    reasons = {row["id"]: row["reason"] for row in rows(tmp_path / "more-out.rejected.jsonl")}
    assert reasons["good"] == reasons["again"] == "contradiction"


def test_the_papers_layout_is_read_and_written(tmp_path: Path) -> None:
    image = {"id": 7, "file_name": "000000000007.jpg"}
    kept = {"id": 1, "image_id": 7, "caption": "A cat on a bed.", "updated_caption": "A cat on a bed with no dog."}
    wrong = {"id": 2, "image_id": 7, "caption": "A bed.", "updated_caption": "A bed without a cat."}
    document = {"images": [image], "annotations": [kept, wrong]}
    (tmp_path / "in.json").write_text(json.dumps(document))
    boxes = {
        "images": [image],
        "categories": [{"id": 1, "name": "dog"}, {"id": 2, "name": "cat"}],
        "annotations": [{"id": 1, "image_id": 7, "category_id": 2, "bbox": [0, 0, 5, 5], "iscrowd": 0}],
    }
    (tmp_path / "boxes.json").write_text(json.dumps(boxes))
    truth = ["--verifier", "instances", "--instances", "boxes.json", "--without", "contradiction"]
    negdata("filter", "in.json", "-o", "out.json", *truth, folder=tmp_path)
    written = json.loads((tmp_path / "out.json").read_text())
    assert [row["updated_caption"] for row in written["annotations"]] == ["A cat on a bed with no dog."]
    assert written["annotations"][0]["negated"] == "dog"
    (rejected,) = rows(tmp_path / "out.rejected.jsonl")
    assert (rejected["negated"], rejected["reason"]) == ("cat", "present")


def test_a_key_reaches_no_file_and_no_error(tmp_path: Path) -> None:
    source = corpus(tmp_path, 6)
    with vision_server(red_or_blue) as server:
        options = [*asking(server), "--api-key-env", "SECRET_OF_MINE"]
        negdata("filter", source, "-o", "out.jsonl", *options, folder=tmp_path, SECRET_OF_MINE="sk-very-secret-123456")
        said = refused("filter", source, "-o", "other.jsonl", *options, folder=tmp_path)
    assert "SECRET_OF_MINE" in said
    found = subprocess.run(["grep", "-r", "sk-very-secret", str(tmp_path)], capture_output=True, text=True)
    assert found.stdout == ""
