"""``negdata caption --pipeline vqa`` end to end on VQAv2's questions."""

from __future__ import annotations

import json
import random
from collections import Counter
from pathlib import Path
from typing import Any

import pytest

from negdata.negation import find_cues
from tests.cli.command import negdata, refused

SHARED = Path(__file__).resolve().parents[3] / "shared" / "data"
QUESTIONS = SHARED / "vqav2/v2_OpenEnded_mscoco_train2014_questions.json"
ANNOTATIONS = SHARED / "vqav2/v2_mscoco_train2014_annotations.json"
CAPTIONS = SHARED / "coco/annotations/captions_train2017.json"
needs_vqa = pytest.mark.skipif(not SHARED.exists(), reason="VQAv2's questions are not beside the checkout")
FILES = ["--vqa-questions", str(QUESTIONS), "--vqa-annotations", str(ANNOTATIONS)]


def rows(path: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]


def small_files(folder: Path, *asked: tuple[int, int, str, int]) -> list[str]:
    """Files of (question id, image id, question, annotators who say no)."""
    questions = [{"question_id": q, "image_id": i, "question": text} for q, i, text, _ in asked]
    annotations = [
        {
            "question_id": q,
            "image_id": i,
            "answer_type": "yes/no",
            "multiple_choice_answer": "no" if noes > 5 else "yes",
            "answers": [{"answer": "no" if n < noes else "yes", "answer_id": n + 1} for n in range(10)],
        }
        for q, i, _, noes in asked
    ]
    (folder / "q.json").write_text(json.dumps({"data_subtype": "train2014", "questions": questions}))
    (folder / "a.json").write_text(json.dumps({"data_subtype": "train2014", "annotations": annotations}))
    captions = {
        "images": [{"id": i, "file_name": f"COCO_train2014_{i:012}.jpg"} for i in (1, 2)],
        "annotations": [
            {"id": 10 * i + n, "image_id": i, "caption": text}
            for i in (1, 2)
            for n, text in enumerate(("A man rides a wave on a surfboard.", "A surfer in the sea.", "A wave."))
        ],
    }
    (folder / "captions.json").write_text(json.dumps(captions))
    return ["--pipeline", "vqa", "--vqa-questions", "q.json", "--vqa-annotations", "a.json"]


@needs_vqa
def test_nearly_all_of_vqav2s_negative_answers_become_captions(tmp_path: Path) -> None:
    command = ["caption", "-o", "out.jsonl", "--pipeline", "vqa", "--standalone", *FILES, "--json"]
    summary = json.loads(negdata(*command, folder=tmp_path, timeout=120).stdout)
    assert summary["taken"] == 7285
    assert summary["kept"] >= 0.95 * summary["taken"]
    kept = rows(tmp_path / "out.jsonl")
    assert all(find_cues(row["negated_caption"]) for row in kept)
    assert all(row["image"] == f"COCO_train2014_{row['image_id']:012}.jpg" for row in kept)
    kinds = Counter(row["kind"] for row in kept)
    assert set(kinds) == {"object", "action", "attribute", "relation", "count"}
    assert min(kinds.values()) > 50
    assert {row["reason"] for row in rows(tmp_path / "out.rejected.jsonl")} >= {"not-a-yes-no-question"}


@needs_vqa
def test_questions_are_joined_with_captions_of_their_images(tmp_path: Path) -> None:
    done = negdata("caption", CAPTIONS, "-o", "out.jsonl", "--pipeline", "vqa", *FILES, folder=tmp_path)
    assert "7,285 were answered no" in done.stderr
    assert "7,279 questions are about images" in done.stderr
    kept = rows(tmp_path / "out.jsonl")
    assert len(kept) == 30
    asked = {question["question_id"]: question for question in json.loads(QUESTIONS.read_text())["questions"]}
    for row in kept:
        question = asked[int(row["id"].split("+vqa:")[1])]
        assert (question["image_id"], question["question"].strip()) == (row["image_id"], row["question"])
        assert row["caption"].split()[0] in row["negated_caption"]


def test_agreement_captions_an_image_and_verification(tmp_path: Path) -> None:
    options = small_files(
        tmp_path,
        (7, 1, "Is the man wearing a hat?", 10),
        (8, 1, "Is there a dog?", 7),
        (9, 1, "Is it sunny?", 6),
        (10, 2, "Is there a boat?", 9),
        (11, 2, "Which way is he going?", 9),
        (12, 3, "Is there a cat?", 10),
    )
    negdata("caption", "captions.json", "-o", "all.jsonl", *options, folder=tmp_path)
    ids = [row["id"] for end in ("", ".rejected") for row in rows(tmp_path / f"all{end}.jsonl")]
    assert len(ids) == 4 * 3
    negdata("caption", "captions.json", "-o", "one.jsonl", "--per-image", "1", *options, folder=tmp_path)
    kept = rows(tmp_path / "one.jsonl")
    assert len(kept) == 3
    assert len({row["caption_id"] for row in kept if row["image_id"] == 1}) == 2, "questions take turns"
    negdata("caption", "captions.json", "-o", "six.jsonl", "--min-agreement", "6", *options, folder=tmp_path)
    assert any("sunny" in row["question"] for row in rows(tmp_path / "six.jsonl"))
    negdata("caption", "captions.json", "-o", "contrast.jsonl", "--contrast", *options, folder=tmp_path)
    assert any("false_caption" in row for row in rows(tmp_path / "contrast.jsonl"))

    boxes = {
        "images": [{"id": i, "file_name": f"{i:012}.jpg"} for i in (1, 2)],
        "categories": [{"id": 1, "name": "dog"}, {"id": 2, "name": "boat"}],
        "annotations": [{"id": 1, "image_id": 2, "category_id": 2, "bbox": [0, 0, 1, 1]}],
    }
    (tmp_path / "boxes.json").write_text(json.dumps(boxes))
    truth = ["--verify", "instances", "--instances", "boxes.json"]
    negdata("caption", "captions.json", "-o", "verified.jsonl", *options, *truth, folder=tmp_path)
    kept = rows(tmp_path / "verified.jsonl")
    assert {row["question"] for row in kept} == {"Is there a dog?"}, "a boat is annotated, a hat is none of the boxes'"
    assert all(row["verdict"]["present"] is False for row in kept)


WRONG: dict[str, tuple[list[str], str]] = {
    "no-questions": (["captions.json", "--pipeline", "vqa"], "needs --vqa-questions"),
    "no-pipeline": (["captions.json", "--vqa-questions", "q.json"], "Add --pipeline vqa"),
    "no-source": (
        ["--pipeline", "vqa", "--vqa-questions", "q.json", "--vqa-annotations", "a.json"],
        "SOURCE is missing",
    ),
    "swapped": (
        ["captions.json", "--pipeline", "vqa", "--vqa-questions", "a.json", "--vqa-annotations", "q.json"],
        "seem to be swapped",
    ),
    "other-images": (
        ["other.jsonl", "--pipeline", "vqa", "--vqa-questions", "q.json", "--vqa-annotations", "a.json"],
        "has no caption of an image that",
    ),
    "agreement": (
        ["captions.json", "--pipeline", "vqa", "--min-agreement", "11", *["--vqa-questions", "q.json"]],
        "--min-agreement is 11",
    ),
}


@pytest.mark.parametrize("name", WRONG)
def test_wrong_use(tmp_path: Path, name: str) -> None:
    small_files(tmp_path, (7, 1, "Is the man wearing a hat?", 10))
    (tmp_path / "other.jsonl").write_text(json.dumps({"image": "99.jpg", "caption": "A cat."}))
    arguments, said = WRONG[name]
    assert said in refused("caption", *arguments, "-o", "out.jsonl", folder=tmp_path)


def test_the_same_seed_folds_the_same_way(tmp_path: Path) -> None:
    asked = [(100 + n, 1 + n % 2, f"Is the man wearing a {word}?", 10) for n, word in enumerate(("hat", "coat", "tie"))]
    random.Random(3).shuffle(asked)
    options = small_files(tmp_path, *asked)
    for name, seed in (("a", "1"), ("b", "1"), ("c", "2")):
        negdata("caption", "captions.json", "-o", f"{name}.jsonl", "--seed", seed, *options, folder=tmp_path)
    written = {name: sorted((tmp_path / f"{name}.jsonl").read_text().splitlines()) for name in "abc"}
    assert written["a"] == written["b"] != written["c"]
