"""``check_verifiers`` as one call: ground truth is always right, and a judge that errs is measured as it errs."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from PIL import Image

from negdata.errors import NegdataError
from negdata.filter import CheckFigures, CheckSettings, check_verifiers
from negdata.records import CheckedAnswer
from negdata.verify import VerifySettings
from tests.servers.vision_server import VisionServer, vision_server
from tests.verify.standins import instances_document, picture, written

NAMES = ("person", "dog", "cat", "cup", "couch", "car", "bus", "fork", "bowl", "pizza", "bench", "kite")
COLOURS = ("red", "lime", "blue", "yellow", "black", "white")
SHOWN = {f"{number}.png": list(NAMES[number : number + 4]) for number in range(len(COLOURS))}


def truth_file(folder: Path) -> Path:
    """Images of one colour each, and what is said to be in them."""
    for name, colour in zip(SHOWN, COLOURS, strict=True):
        picture(folder / "images" / name, colour)
    return written(folder / "truth.json", instances_document(SHOWN, NAMES))


def pope_file(folder: Path) -> Path:
    """Every question about every image, answered by ``SHOWN``."""
    lines = [
        {"image": image, "question": f"Is there a {name} in the image?", "label": "yes" if name in there else "no"}
        for image, there in SHOWN.items()
        for name in NAMES
    ]
    path = folder / "pope.jsonl"
    path.write_text("".join(json.dumps(line) + "\n" for line in lines), encoding="utf-8")
    return path


def answers(figures: CheckFigures) -> list[CheckedAnswer]:
    return [CheckedAnswer.model_validate_json(line) for line in Path(figures.out).read_bytes().splitlines()]


def p_yes(image: Image.Image, question: str) -> float:
    """A judge that errs in its own way: by the colour and the first letter of what is asked about."""
    (name,) = [name for name in NAMES if f" {name} " in question]
    colour = image.convert("RGB").getpixel((5, 5))
    assert isinstance(colour, tuple)
    return (sum(int(part) // 100 for part in colour) * 7 + ord(name[0]) * 3) % 21 / 20


@contextmanager
def judged_by(folder: Path, against: Path, **fields: Any) -> Iterator[tuple[CheckSettings, VisionServer]]:
    with vision_server(p_yes) as server:
        verify = VerifySettings(verifiers=("openai",), images=folder / "images", base_url=server.openai_url)
        yield (
            CheckSettings(against=against, out=folder / "out.jsonl", verify=verify, use_cache=False, **fields),
            server,
        )


def by_truth(folder: Path, against: Path, **fields: Any) -> CheckSettings:
    verify = VerifySettings(verifiers=("instances",), instances=folder / "truth.json")
    return CheckSettings(against=against, out=folder / "out.jsonl", verify=verify, **({"use_cache": False} | fields))


def test_ground_truth_is_right_about_questions_made_from_it(tmp_path: Path) -> None:
    truth_file(tmp_path)
    figures = check_verifiers(by_truth(tmp_path, pope_file(tmp_path)))
    assert (figures.taken, figures.answered, figures.failed) == (72, 72, 0)
    assert (figures.accuracy, figures.precision_absent, figures.recall_absent) == (1.0, 1.0, 1.0)
    assert (figures.truly_present.present, figures.truly_absent.absent) == (24, 48)
    assert (figures.ece, figures.brier) == (0.0, 0.0)
    assert figures.absent_at is not None
    assert (figures.absent_at.threshold, figures.absent_at.recall) == (0.0, 1.0)
    assert figures.verifiers == ["instances"]
    assert "100.00%" in Path(figures.report).read_text(encoding="utf-8")
    assert all(one.verdict.present is one.truth for one in answers(figures))


def test_ground_truth_is_right_about_its_own_questions(tmp_path: Path) -> None:
    path = truth_file(tmp_path)
    figures = check_verifiers(by_truth(tmp_path, path, per_image=2))
    assert (figures.taken, figures.accuracy) == (24, 1.0)
    assert figures.truly_present.total == figures.truly_absent.total == 12
    assert {(one.image, one.image_id) for one in answers(figures)} == {(name, n) for n, name in enumerate(SHOWN, 1)}


def test_a_judge_that_errs_is_measured_as_it_errs(tmp_path: Path) -> None:
    path = truth_file(tmp_path)
    with judged_by(tmp_path, path, per_image=4) as (settings, server):
        figures = check_verifiers(settings)
    expected: list[tuple[bool, float]] = []
    for one in answers(figures):
        assert one.image is not None
        assert one.truth is (one.object in SHOWN[one.image])
        with Image.open(tmp_path / "images" / one.image) as image:
            told = p_yes(image, f"Is there a {one.object} in this image?")
        assert one.verdict.p_present == pytest.approx(told, abs=1e-6)
        expected.append((one.truth, told))
    assert len(expected) == figures.taken == len(server.seen) == 48

    def count(truth: bool, low: float, high: float) -> int:
        return len([1 for true, told in expected if true is truth and low - 1e-6 <= told <= high + 1e-6])

    absent, present = figures.truly_absent, figures.truly_present
    assert (absent.absent, absent.unsure, absent.present) == (
        count(False, 0, 0.3),
        count(False, 0.35, 0.65),
        count(False, 0.7, 1),
    )
    assert (present.absent, present.unsure, present.present) == (
        count(True, 0, 0.3),
        count(True, 0.35, 0.65),
        count(True, 0.7, 1),
    )
    assert min(absent.absent, absent.unsure, absent.present, present.absent, present.unsure, present.present) > 0
    right = absent.absent + present.present
    assert figures.accuracy == right / (48 - absent.unsure - present.unsure)
    assert figures.precision_absent == absent.absent / (absent.absent + present.absent)
    assert figures.recall_absent == absent.absent / 24
    assert figures.with_probability == sum(one.answers for one in figures.bins) == 48
    assert figures.brier == pytest.approx(sum((told - true) ** 2 for true, told in expected) / 48, abs=1e-5)
    assert figures.verifiers == ["openai (seer)"]


def test_a_check_goes_on_and_a_longer_one_adds_to_it(tmp_path: Path) -> None:
    path = truth_file(tmp_path)
    with judged_by(tmp_path, path) as (settings, server):
        first = check_verifiers(replace(settings, limit=10))
        assert (first.taken, first.resumed, len(server.seen)) == (10, 0, 10)
        whole = check_verifiers(settings)
        assert (whole.taken, whole.resumed, len(server.seen)) == (36, 10, 36)
        again = check_verifiers(settings)
        assert len(server.seen) == 36
    assert again.model_dump(exclude={"seconds", "resumed"}) == whole.model_dump(exclude={"seconds", "resumed"})


def test_other_settings_are_refused_until_fresh(tmp_path: Path) -> None:
    settings = by_truth(tmp_path, truth_file(tmp_path))
    check_verifiers(settings)
    with pytest.raises(NegdataError, match="seed"):
        check_verifiers(replace(settings, seed=1))
    assert check_verifiers(replace(settings, seed=1, fresh=True)).resumed == 0


def test_the_records_own_objects_are_asked_about(tmp_path: Path) -> None:
    path = truth_file(tmp_path)
    rows = [
        {"id": "1", "image": "0.png", "caption": "A dog.", "negated": "kite"},
        {"id": "2", "image": "0.png", "caption": "A dog.", "negated": "dogs"},
        {"id": "3", "image": "0.png", "caption": "A dog.", "negated": "okapi"},
    ]
    source = tmp_path / "in.jsonl"
    source.write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf-8")
    with judged_by(tmp_path, path, source=source) as (settings, server):
        figures = check_verifiers(settings)
        assert len(server.seen) == 2
    assert [(one.id, one.object, one.truth) for one in sorted(answers(figures), key=lambda one: one.id)] == [
        ("1", "kite", False),
        ("2", "dogs", True),
    ]
    assert any("for 1 records" in note for note in figures.notes)


def test_images_that_are_not_there_are_told_of(tmp_path: Path) -> None:
    path = truth_file(tmp_path)
    (tmp_path / "images" / "0.png").unlink()
    with judged_by(tmp_path, path, per_image=1) as (settings, _):
        figures = check_verifiers(settings)
    assert figures.taken == 10
    assert any("1 of the 6 images" in note for note in figures.notes)


def test_an_image_that_is_broken_fails_its_questions_alone(tmp_path: Path) -> None:
    path = truth_file(tmp_path)
    (tmp_path / "images" / "0.png").write_bytes(b"\x89PNG broken")
    with judged_by(tmp_path, path, per_image=1) as (settings, _):
        figures = check_verifiers(settings)
    assert (figures.taken, figures.answered, figures.failed) == (12, 10, 2)
    failed = [json.loads(line) for line in (tmp_path / "out.failed.jsonl").read_bytes().splitlines()]
    assert {line["error"] for line in failed} == {"not-an-image"}
    assert figures.truly_absent.total + figures.truly_present.total == 10


def test_what_knows_no_answer_is_refused(tmp_path: Path) -> None:
    path = truth_file(tmp_path)
    nothing = written(tmp_path / "nothing.json", instances_document({"0.png": []}, NAMES))
    with pytest.raises(NegdataError, match="knows the answer to no question"):
        check_verifiers(by_truth(tmp_path, nothing))
    with pytest.raises(NegdataError, match="brings its own questions"):
        check_verifiers(by_truth(tmp_path, pope_file(tmp_path), source=path))
    line = {"question_id": 7, "image": "0.png", "question": "Is there a dog in the image?", "label": "yes"}
    twice = tmp_path / "twice.jsonl"
    twice.write_text(2 * (json.dumps(line) + "\n"))
    with pytest.raises(NegdataError, match="'twice:7' stands twice"):
        check_verifiers(by_truth(tmp_path, twice))
    assert not list(tmp_path.glob("out*"))


def test_ground_truth_leaves_no_cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NEGDATA_CACHE", str(tmp_path / "cache"))
    check_verifiers(by_truth(tmp_path, truth_file(tmp_path), use_cache=True))
    assert not (tmp_path / "cache").exists()
