"""``caption_corpus`` with judges of absence, and on visual questions."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import orjson
import pytest
from PIL import Image

from negdata.caption import CaptionSettings, caption_corpus, estimate_caption_run
from negdata.errors import NegdataError
from negdata.negation import check_negated_caption, check_question_caption
from negdata.records import CaptionRecord, RejectedCaption
from negdata.verify import Question, VerifySettings
from negdata.verify.instances import Instances, InstancesVerifier
from negdata.vocabulary import vocabulary
from tests.servers.vision_server import vision_server
from tests.sources.test_vqa import answered, asked, write
from tests.verify.standins import instances_document, picture, written

EXAMPLE = Path(__file__).resolve().parents[2] / "docs" / "example" / "captions.jsonl"
NAMES = (
    "person dog cat car bus truck bicycle motorcycle bench chair couch cup fork bowl laptop book umbrella tie".split()
)


def images() -> list[str]:
    return list(dict.fromkeys(orjson.loads(line)["image"] for line in EXAMPLE.read_bytes().splitlines()))


def settings(folder: Path, verify: VerifySettings, **fields: Any) -> CaptionSettings:
    given: dict[str, Any] = {"source": EXAMPLE, "out": folder / "out.jsonl", "use_cache": False, "verify": verify}
    return CaptionSettings(**(given | fields))


def truth(folder: Path, shown: Callable[[int], list[str]]) -> VerifySettings:
    """Ground truth in which each image shows what ``shown`` gives for its number."""
    document = instances_document({name: shown(number) for number, name in enumerate(images())}, NAMES)
    return VerifySettings(verifiers=("instances",), instances=written(folder / "truth.json", document))


def kept(folder: Path) -> list[CaptionRecord]:
    return [CaptionRecord.model_validate_json(line) for line in (folder / "out.jsonl").read_bytes().splitlines()]


def rejected(folder: Path) -> list[RejectedCaption]:
    lines = (folder / "out.rejected.jsonl").read_bytes().splitlines()
    return [RejectedCaption.model_validate_json(line) for line in lines]


def test_only_what_ground_truth_knows_to_be_absent_is_written_about(tmp_path: Path) -> None:
    verify = truth(tmp_path, lambda number: NAMES[number % 3 :: 3])
    summary = caption_corpus(settings(tmp_path, verify))
    assert verify.instances is not None
    judge = InstancesVerifier(Instances(verify.instances))
    records = kept(tmp_path)
    assert len(records) == summary.kept > 5
    for one in records:
        assert one.negated is not None
        assert one.negated_caption is not None
        assert judge.tell(Question(one.image, None, one.negated)).present is False
        assert check_negated_caption(one.caption, one.negated_caption, one.negated) is None
        assert one.verdict is not None
        assert one.verdict.model_dump() == {"p_present": 0.0, "present": False, "verifier": "instances"}
    proposals = [one.made_by.proposals for one in records if one.made_by and one.made_by.proposals]
    assert len(proposals) == len(records)
    assert summary.proposals_per_caption == pytest.approx(sum(proposals) / len(proposals), abs=1e-3)
    assert max(proposals) > 1, "some first proposals were there"
    assert summary.taken == summary.kept + summary.rejected + summary.failed


def test_nothing_is_proposed_that_no_verifier_knows(tmp_path: Path) -> None:
    caption_corpus(settings(tmp_path, truth(tmp_path, lambda _: [])))
    known = vocabulary()
    proposed = {one.negated for one in (*kept(tmp_path), *rejected(tmp_path)) if one.negated}
    assert proposed
    for name in proposed:
        assert known.ancestors(name) & set(NAMES), name


def test_what_is_all_there_leaves_nothing_to_deny(tmp_path: Path) -> None:
    summary = caption_corpus(settings(tmp_path, truth(tmp_path, lambda _: list(NAMES))))
    assert (summary.kept, summary.failed, summary.proposals_per_caption) == (0, 0, None)
    assert set(summary.reasons) <= {"present", "no-candidate", "unsure"}
    for one in rejected(tmp_path):
        assert one.reason != "present" or (one.verdict is not None and one.verdict.present)


def test_a_model_behind_a_server_judges_each_proposal(tmp_path: Path) -> None:
    for number, name in enumerate(images()):
        picture(tmp_path / "images" / name, "lime" if number % 2 else "red")

    def judge(image: Image.Image, question: str) -> float:
        return 0.9 if "umbrella" in question else 0.1

    with vision_server(judge) as server:
        verify = VerifySettings(verifiers=("openai",), images=tmp_path / "images", base_url=server.openai_url)
        summary = caption_corpus(settings(tmp_path, verify))
        asked_of_it = len(server.seen)
    records = kept(tmp_path)
    assert summary.kept == len(records) > 5
    assert "umbrella" not in {one.negated for one in records}
    assert {one.verdict.model for one in records if one.verdict} == {"seer"}
    proposals = sum(one.made_by.proposals or 0 for one in records if one.made_by)
    assert proposals <= asked_of_it <= summary.requests


def test_another_verifier_is_another_run(tmp_path: Path) -> None:
    before = settings(tmp_path, truth(tmp_path, lambda _: []))
    caption_corpus(before)
    with pytest.raises(NegdataError, match="verify"):
        caption_corpus(replace(before, verify=VerifySettings()))
    truth(tmp_path, lambda _: ["dog"])
    with pytest.raises(NegdataError, match="verify"):
        caption_corpus(before)


def test_an_estimate_needs_no_verifier(tmp_path: Path) -> None:
    verify = VerifySettings(verifiers=("instances",), instances=tmp_path / "nowhere.json")
    assert estimate_caption_run(settings(tmp_path, verify)).rows == len(EXAMPLE.read_bytes().splitlines())


CAPTIONS = [
    {"id": "a", "image": "000000000009.jpg", "caption": "A man rides a brown horse on the beach."},
    {"id": "b", "image": "000000000009.jpg", "caption": "A man on a horse near the water."},
    {"id": "c", "image": "000000000010.jpg", "caption": "A cat sleeps on a couch."},
]
QUESTIONS = [
    (90, 9, "Is there a dog on the sand?"),
    (91, 9, "Is the man wearing a red hat?"),
    (100, 10, "Is it raining?"),
]


def vqa(folder: Path, **fields: Any) -> CaptionSettings:
    questions, annotations = write(
        folder,
        [asked(number, image_id=image, question=text) for number, image, text in QUESTIONS],
        [answered(number, 10, image_id=image) for number, image, _ in QUESTIONS],
    )
    source = folder / "captions.jsonl"
    source.write_text("".join(json.dumps(one) + "\n" for one in CAPTIONS), encoding="utf-8")
    given: dict[str, Any] = {"source": source, "out": folder / "out.jsonl", "pipeline": "vqa", "use_cache": False}
    return CaptionSettings(**(given | {"vqa_questions": questions, "vqa_annotations": annotations} | fields))


def test_questions_are_folded_into_the_captions_of_their_images(tmp_path: Path) -> None:
    summary = caption_corpus(vqa(tmp_path))
    assert (summary.taken, summary.failed) == (5, 0)
    records = kept(tmp_path)
    assert {one.id for one in (*records, *rejected(tmp_path))} == {
        "a+vqa:90",
        "b+vqa:90",
        "a+vqa:91",
        "b+vqa:91",
        "c+vqa:100",
    }
    assert len(records) >= 4
    for one in records:
        assert one.question is not None
        assert one.negated_caption is not None
        assert check_question_caption(one.caption, one.negated_caption, one.question) is None
    assert any("3 questions" in note for note in summary.notes)
    assert caption_corpus(vqa(tmp_path)).resumed == 5


def test_one_caption_a_question(tmp_path: Path) -> None:
    summary = caption_corpus(vqa(tmp_path, per_image=1))
    assert summary.taken == 3
    with pytest.raises(NegdataError, match="per_image"):
        caption_corpus(vqa(tmp_path, per_image=2))


def test_questions_alone_need_no_captions(tmp_path: Path) -> None:
    summary = caption_corpus(vqa(tmp_path, source=None, standalone=True))
    assert (summary.taken, summary.kept) == (3, 3)
    records = {one.id: one for one in kept(tmp_path)}
    assert records["vqa:91"].negated_caption == records["vqa:91"].caption == "The man is not wearing a red hat."
    assert records["vqa:100"].image == "COCO_train2014_000000000010.jpg"


def test_ground_truth_confirms_a_no(tmp_path: Path) -> None:
    document = instances_document({"000000000009.jpg": ["person"], "000000000010.jpg": ["cat"]}, NAMES)
    document["images"][0]["id"], document["images"][1]["id"] = 9, 10
    document["annotations"][0]["image_id"], document["annotations"][1]["image_id"] = 9, 10
    verify = VerifySettings(verifiers=("instances",), instances=written(tmp_path / "truth.json", document))
    caption_corpus(vqa(tmp_path, verify=verify))
    assert {one.question for one in kept(tmp_path)} == {"Is there a dog on the sand?"}
    assert {one.reason for one in rejected(tmp_path) if one.question != "Is there a dog on the sand?"} == {"unsure"}


def test_captions_that_cannot_be_used_are_set_aside_where_asked(tmp_path: Path) -> None:
    told = vqa(tmp_path, bad_rows="fail")
    assert told.source is not None
    with told.source.open("a") as file:
        file.write('{"id": "bad", "image": "../x.jpg", "caption": "A dog."}\n')
    summary = caption_corpus(told)
    assert (summary.taken, summary.failed, summary.reasons.get("bad-row")) == (6, 1, 1)
