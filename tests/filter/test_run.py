"""``filter_captions`` as one call: it keeps the equation, asks image by image and goes on where it stopped."""

from __future__ import annotations

import json
import os
import signal
import time
from collections import Counter
from collections.abc import Sequence
from dataclasses import replace
from itertools import groupby
from pathlib import Path
from typing import Any

import pytest
from PIL import Image

from negdata.errors import Interrupted, NegdataError, TooManyFailures
from negdata.filter import FilterSettings, filter_captions
from negdata.progress import Progress
from negdata.records import CaptionRecord, FailedCaption, RejectedCaption
from negdata.store import OutputPaths
from negdata.verify import VerifySettings
from tests.servers.vision_server import vision_server
from tests.verify.standins import instances_document, picture, written

NAMES = ("cat", "couch", "dog", "person", "cup")
SHOWN = {"a.png": ["cat", "couch"], "b.png": ["dog", "cat"], "c.png": []}
COLOURS = {"a.png": "red", "b.png": "lime", "c.png": "blue"}


def row(identity: str, image: str, negated: str | None = "dog", **fields: Any) -> dict[str, Any]:
    said = f"A cat {identity} on a bed with no {negated or 'dog'}."
    given = {"id": identity, "image": image, "caption": f"A cat {identity} on a bed.", "negated_caption": said}
    return given | ({"negated": negated} if negated else {}) | fields


ROWS = [
    row("one", "a.png", "dog"),
    row("two", "b.png", "dog"),
    row("three", "c.png", "cup"),
    row("four", "a.png", "couch"),
    row("five", "b.png", "okapi"),
    row("six", "a.png", "cup", negated_caption="A cat six on a bed."),
    row("seven", "b.png", None),
    row("eight", "nowhere.png", "cup"),
]


def jsonl(path: Path, rows: Sequence[dict[str, Any]]) -> Path:
    path.write_text("".join(json.dumps(one) + "\n" for one in rows), encoding="utf-8")
    return path


def by_truth(folder: Path, rows: Sequence[dict[str, Any]] = ROWS, **fields: Any) -> FilterSettings:
    truth = written(folder / "truth.json", instances_document(SHOWN, NAMES))
    verify = VerifySettings(verifiers=("instances",), instances=truth)
    source = jsonl(folder / "in.jsonl", rows)
    given: dict[str, Any] = {"source": source, "out": folder / "out.jsonl", "verify": verify, "use_cache": False}
    return FilterSettings(**(given | fields))


def by_model(folder: Path, url: str, rows: Sequence[dict[str, Any]] = ROWS, **fields: Any) -> FilterSettings:
    for name, colour in COLOURS.items():
        picture(folder / "images" / name, colour)
    verify = VerifySettings(verifiers=("openai",), images=folder / "images", base_url=url)
    return by_truth(folder, rows, verify=verify, **fields)


def files(out: Path) -> tuple[list[CaptionRecord], list[RejectedCaption], list[FailedCaption]]:
    paths = OutputPaths.of(out)
    return (
        [CaptionRecord.model_validate_json(line) for line in paths.kept.read_bytes().splitlines()],
        [RejectedCaption.model_validate_json(line) for line in paths.rejected.read_bytes().splitlines()],
        [FailedCaption.model_validate_json(line) for line in paths.failed.read_bytes().splitlines()],
    )


def test_the_equation_the_reasons_and_the_verdicts(tmp_path: Path) -> None:
    summary = filter_captions(by_truth(tmp_path))
    assert (summary.taken, summary.kept, summary.rejected, summary.failed) == (8, 2, 6, 0)
    kept, rejected, failed = files(tmp_path / "out.jsonl")
    assert {one.id for one in kept} == {"one", "three"}
    assert {one.id: one.reason for one in rejected} == {
        "two": "present",
        "four": "present",
        "five": "unsure",
        "six": "no-negation",
        "seven": "present",
        "eight": "unsure",
    }
    assert not failed
    assert summary.reasons == {"present": 3, "unsure": 2, "no-negation": 1}
    (verdicts,) = summary.verdicts
    assert (verdicts.verifier, verdicts.model) == ("instances", None)
    assert (verdicts.absent, verdicts.present, verdicts.unsure) == (2, 3, 2)
    assert (summary.requests, summary.unused_columns) == (0, [])
    assert {record.id for record in summary.examples} == {"one", "three"}


def test_a_verdict_shows_that_it_has_no_probability(tmp_path: Path) -> None:
    filter_captions(by_truth(tmp_path))
    lines = [json.loads(line) for line in (tmp_path / "out.rejected.jsonl").read_bytes().splitlines()]
    unsure = [line["verdict"] for line in lines if line["reason"] == "unsure"]
    assert unsure == [{"p_present": None, "present": None, "verifier": "instances"}] * 2


def test_without_a_verifier_the_words_alone_are_checked(tmp_path: Path) -> None:
    summary = filter_captions(by_truth(tmp_path, verify=VerifySettings()))
    assert (summary.kept, summary.rejected, summary.verdicts) == (7, 1, [])
    kept, _, _ = files(tmp_path / "out.jsonl")
    assert {one.id: one.negated for one in kept}["seven"] == "dog"
    assert all(one.verdict is None for one in kept)


def test_the_questions_about_an_image_are_asked_together(tmp_path: Path) -> None:
    objects = ("dog", "cup", "person", "horse", "car", "boat")
    rows = [row(f"{turn}{image[0]}", image, name) for turn, name in enumerate(objects) for image in COLOURS]
    with vision_server(lambda _image, _question: 0.1) as server:
        summary = filter_captions(by_model(tmp_path, server.openai_url, rows, concurrency=1))
        asked = [seen.image for seen in server.seen]
    assert (summary.taken, summary.kept, summary.requests) == (18, 18, 18)
    assert [len(list(group)) for _, group in groupby(asked)] == [6, 6, 6]


def test_a_models_verdicts_are_recorded(tmp_path: Path) -> None:
    def judge(image: Image.Image, question: str) -> float:
        colour = image.convert("RGB").getpixel((5, 5))
        assert isinstance(colour, tuple)
        return 0.9 if colour[1] > colour[0] else 0.5 if "couch" in question else 0.1

    with vision_server(judge) as server:
        summary = filter_captions(by_model(tmp_path, server.openai_url))
    kept, rejected, failed = files(tmp_path / "out.jsonl")
    assert {one.id for one in kept} == {"one", "three"}
    assert {one.id: one.reason for one in rejected} == {
        "two": "present",
        "four": "unsure",
        "five": "present",
        "six": "no-negation",
        "seven": "present",
    }
    assert [(one.id, one.error, one.negated) for one in failed] == [("eight", "image-missing", "cup")]
    for one in kept:
        assert one.verdict is not None
        assert one.verdict.p_present == pytest.approx(0.1, abs=1e-3)
        assert (one.verdict.verifier, one.verdict.model) == ("openai", "seer")
    assert summary.failed == 1
    assert [(one.model, one.absent, one.present, one.unsure) for one in summary.verdicts] == [("seer", 2, 3, 1)]
    manifest = (tmp_path / "out.manifest.json").read_text()
    assert "seer" in manifest
    assert "verify@" in manifest


def test_what_failed_is_tried_again_and_the_rest_is_not(tmp_path: Path) -> None:
    with vision_server(lambda _image, _question: 0.1) as server:
        settings = by_model(tmp_path, server.openai_url)
        first = filter_captions(settings)
        assert (first.failed, len(server.seen)) == (1, 6)
        picture(tmp_path / "images" / "nowhere.png", "white")
        second = filter_captions(settings)
        assert (second.taken, second.failed, second.resumed, len(server.seen)) == (8, 0, 7, 7)
    assert second.verdicts[0].absent == 7
    assert not (tmp_path / "out.failed.jsonl").read_bytes()


def test_an_interrupted_run_goes_on(tmp_path: Path) -> None:
    rows = [row(f"n{number}", "a.png", "dog") for number in range(60)]
    without: dict[str, Any] = {"without": ("duplicate", "near-duplicate"), "concurrency": 1}
    pressed: list[int] = []

    def press(progress: Progress) -> None:
        if progress.kept and not pressed:
            pressed.append(progress.kept)
            os.kill(os.getpid(), signal.SIGINT)

    def slow(_image: Image.Image, _question: str) -> float:
        time.sleep(0.01)
        return 0.1

    with vision_server(slow) as server:
        settings = by_model(tmp_path, server.openai_url, rows, **without)
        with pytest.raises(Interrupted):
            filter_captions(settings, on_progress=press)
        done = len(files(settings.out)[0])
        assert 0 < done < 60
        summary = filter_captions(settings)
        assert (summary.taken, summary.kept, summary.resumed) == (60, 60, done)
        assert len(server.seen) <= 61
    kept = [one.id for one in files(settings.out)[0]]
    assert Counter(kept) == Counter(str(one["id"]) for one in rows)


def test_a_trial_run_is_extended_and_equals_the_whole(tmp_path: Path) -> None:
    for folder in ("a", "b"):
        (tmp_path / folder).mkdir()
    first = filter_captions(by_truth(tmp_path / "a", limit=3))
    assert (first.taken, first.kept, first.rejected) == (3, 2, 1)
    whole = filter_captions(by_truth(tmp_path / "a"))
    assert (whole.taken, whole.resumed) == (8, 3)
    filter_captions(by_truth(tmp_path / "b"))
    for name in ("out.jsonl", "out.rejected.jsonl"):
        one, other = ((tmp_path / folder / name).read_bytes().splitlines() for folder in ("a", "b"))
        assert sorted(one) == sorted(other)


@pytest.mark.parametrize(
    ("changed", "said"),
    [({"without": ("duplicate",)}, "without"), ({"verify": VerifySettings()}, "verifiers")],
)
def test_other_settings_are_refused_until_fresh(tmp_path: Path, changed: dict[str, Any], said: str) -> None:
    settings = by_truth(tmp_path)
    filter_captions(settings)
    before = (tmp_path / "out.jsonl").read_bytes()
    with pytest.raises(NegdataError, match=said):
        filter_captions(replace(settings, **changed))
    assert (tmp_path / "out.jsonl").read_bytes() == before
    assert filter_captions(replace(settings, **changed, fresh=True)).resumed == 0


def test_other_ground_truth_is_refused(tmp_path: Path) -> None:
    settings = by_truth(tmp_path)
    filter_captions(settings)
    written(tmp_path / "truth.json", instances_document({"a.png": []}, NAMES))
    with pytest.raises(NegdataError, match="verifiers"):
        filter_captions(settings)


BAD = [row("good", "a.png", "dog"), row("null", "b.png") | {"caption": None}, row("outside", "../c.png")]


def test_bad_rows_are_refused_before_anything_is_written(tmp_path: Path) -> None:
    with pytest.raises(NegdataError) as refused:
        filter_captions(by_truth(tmp_path, BAD))
    for said in ("2 rows", "line 2: caption is null", "line 3", "--bad-rows fail"):
        assert said in str(refused.value)
    assert not list(tmp_path.glob("out*"))


def test_bad_rows_are_set_aside_where_asked(tmp_path: Path) -> None:
    summary = filter_captions(by_truth(tmp_path, BAD, bad_rows="fail"))
    assert (summary.taken, summary.kept, summary.failed) == (3, 1, 2)
    assert summary.reasons == {"bad-row": 2}
    assert {one.id for one in files(tmp_path / "out.jsonl")[2]} == {"null", "outside"}


def test_too_many_failures_stop_the_run_with_what_is_done_kept(tmp_path: Path) -> None:
    rows = [row("good", "a.png"), *(row(f"n{number}", f"{number}.png") for number in range(300))]
    with vision_server(lambda _image, _question: 0.1) as server:
        settings = by_model(tmp_path, server.openai_url, rows)
        with pytest.raises(TooManyFailures, match="image-missing"):
            filter_captions(settings)
    assert [one.id for one in files(settings.out)[0]] == ["good"]


def test_a_judge_without_eyes_ends_the_run(tmp_path: Path) -> None:
    with vision_server(lambda _image, _question: 0.1, vision=False) as server:
        settings = by_model(tmp_path, server.openai_url)
        with pytest.raises(NegdataError, match="can't see images"):
            filter_captions(settings)


def test_what_another_caption_of_the_image_names_is_not_absent(tmp_path: Path) -> None:
    more = jsonl(tmp_path / "more.jsonl", [{"image": "c.png", "caption": "A cup of tea."}])
    filter_captions(by_truth(tmp_path, captions=more))
    _, rejected, _ = files(tmp_path / "out.jsonl")
    (three,) = [one for one in rejected if one.id == "three"]
    assert three.reason == "contradiction"
    with pytest.raises(NegdataError, match="captions"):
        filter_captions(by_truth(tmp_path))


COCO: dict[str, Any] = {
    "images": [{"id": 1, "file_name": "a.png"}, {"id": 2, "file_name": "b.png"}],
    "annotations": [
        {"id": 11, "image_id": 1, "caption": "A cat.", "updated_caption": "A cat with no dog."},
        {"id": 12, "image_id": 2, "caption": "A cat.", "updated_caption": "A cat with no dog."},
        {"id": 13, "image_id": 1, "caption": "A cat in here.", "updated_caption": "A cat in here, without a cup."},
        {"id": 14, "image_id": 1, "caption": "A cat at home.", "updated_caption": "A cat at home."},
    ],
}


def test_the_papers_layout_goes_in_and_comes_out(tmp_path: Path) -> None:
    source = written(tmp_path / "paper.json", COCO)
    summary = filter_captions(by_truth(tmp_path, source=source, out=tmp_path / "clean.json"))
    assert (summary.kept, summary.reasons) == (2, {"present": 1, "no-negation": 1})
    kept, _, _ = files(tmp_path / "clean.jsonl")
    assert {one.id: one.negated for one in kept} == {"coco:11": "dog", "coco:13": "cup"}
    document = json.loads((tmp_path / "clean.json").read_bytes())
    assert document["images"] == [{"id": 1, "file_name": "a.png"}]
    assert document["annotations"] == [
        annotation | {"negated": negated}
        for annotation, negated in ((COCO["annotations"][0], "dog"), (COCO["annotations"][2], "cup"))
    ]
    again = by_truth(tmp_path, source=tmp_path / "clean.json", out=tmp_path / "again.json")
    assert filter_captions(again).kept == 2


def test_the_second_verifier_judges_what_the_first_cannot_tell(tmp_path: Path) -> None:
    with vision_server(lambda _image, _question: 0.1) as server:
        settings = by_model(tmp_path, server.openai_url)
        both = replace(settings.verify, verifiers=("instances", "openai"), instances=tmp_path / "truth.json")
        summary = filter_captions(replace(settings, verify=both))
        questions = [seen.question for seen in server.seen]
    assert [(one.verifier, one.absent, one.present, one.unsure) for one in summary.verdicts] == [
        ("instances", 2, 3, 0),
        ("openai", 1, 0, 0),
    ]
    assert questions == ["Is there an okapi in this image? Answer yes or no."]
    assert summary.failed == 1, "an image that neither knows"


def test_columns_that_no_record_carries_are_told(tmp_path: Path) -> None:
    rows = [row("one", "a.png", "dog", width=3)]
    assert filter_captions(by_truth(tmp_path, rows)).unused_columns == ["width"]


def test_what_was_asked_before_is_not_asked_again(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NEGDATA_CACHE", str(tmp_path / "cache"))
    picture(tmp_path / "images" / "nowhere.png", "white")
    with vision_server(lambda _image, _question: 0.1) as server:
        settings = by_model(tmp_path, server.openai_url, use_cache=True)
        first = filter_captions(settings)
        before = (tmp_path / "out.jsonl").read_bytes().splitlines()
        again = filter_captions(replace(settings, fresh=True))
        assert (first.requests, first.cached) == (len(server.seen), 0) == (7, 0)
    assert (again.requests, again.cached, again.resumed) == (0, 7, 0)
    assert sorted((tmp_path / "out.jsonl").read_bytes().splitlines()) == sorted(before)


def test_ground_truth_leaves_no_cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NEGDATA_CACHE", str(tmp_path / "cache"))
    filter_captions(by_truth(tmp_path, use_cache=True))
    assert not (tmp_path / "cache").exists()
