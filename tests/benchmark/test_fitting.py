"""A verifier that looks at crops: through a real socket, on images that were drawn."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import pytest
from PIL import Image

from negdata.benchmark.fitting import ask_whether_phrases_fit, sort_out
from negdata.benchmark.negrefcocog import Draft, Rejection, build_regions
from negdata.benchmark.regions import ReferringCorpus
from negdata.benchmark.settings import BuildSettings
from negdata.errors import NegdataError
from negdata.records import read_lines
from negdata.verify import VerifySettings
from tests.benchmark.corpora import corpus_of, image_of
from tests.benchmark.test_negrefcocog import STRICT, build_of
from tests.servers.vision_server import vision_server

ONE, TWO, THREE = (0.0, 0.0, 200.0, 300.0), (210.0, 0.0, 200.0, 300.0), (420.0, 0.0, 200.0, 300.0)
RED, GREEN, BLUE = (200, 30, 30), (30, 160, 30), (30, 30, 200)


def drawn(folder: Path, number: int, colours: list[tuple[int, int, int]]) -> None:
    """An image whose regions have these colours."""
    picture = Image.new("RGB", (640, 480), "white")
    for box, colour in zip((ONE, TWO, THREE), colours, strict=False):
        left, top = int(box[0]), int(box[1])
        picture.paste(colour, (left, top, left + int(box[2]), top + int(box[3])))
    picture.save(folder / f"COCO_train2014_{number:012}.jpg", quality=95)


def commonest(picture: Image.Image) -> str:
    """The colour that most of a crop has: r, g or b."""
    small = picture.convert("RGB").resize((16, 16), Image.Resampling.NEAREST)
    data = small.tobytes()
    pixels = [tuple(data[at : at + 3]) for at in range(0, len(data), 3)]
    told = [max(range(3), key=pixel.__getitem__) for pixel in pixels if min(pixel) < 150]
    return "rgb"[max(range(3), key=told.count)]


def asked(corpus: ReferringCorpus, folder: Path, url: str, out: Path) -> tuple[list[Draft], dict[str, str]]:
    """What is left of the corpus's drafts, and the reasons of what isn't."""
    settings = BuildSettings(
        source=folder,
        out=out,
        verify=VerifySettings(verifiers=("openai=seer",), images=folder, base_url=url),
        use_cache=False,
    )
    left: list[Draft] = []
    reasons: dict[str, str] = {}

    def fitting(drafts: Sequence[Draft]) -> tuple[list[Draft], list[Rejection]]:
        kept, rejected = ask_whether_phrases_fit(drafts, corpus, settings, {"test": "yes"}, None)
        left.extend(kept)
        reasons.update({negated.phrase.text: refusal.reason for negated, refusal in rejected})
        return kept, rejected

    build_regions(corpus, build_of(STRICT), fitting=fitting)
    return left, reasons


def test_regions_that_the_phrase_fits_are_left_out(tmp_path: Path) -> None:
    """The model says that a phrase fits what is red, that it can't tell of blue, and that it doesn't fit green."""
    images = []
    for number, colours in enumerate(
        ([RED, GREEN, RED], [RED, RED, RED], [RED, BLUE, BLUE], [GREEN, GREEN, GREEN], [RED, GREEN, GREEN]), 1
    ):
        drawn(tmp_path, number, colours)
        text = f"man {number} with no hat"
        images.append(image_of([(1, ONE), (1, TWO), (1, THREE)], {0: [text]}, number=number))
    images.append(image_of([(1, ONE), (1, TWO)], {0: ["man of a lost picture with no hat"]}, number=77))
    with vision_server(lambda image, _: {"r": 0.95, "g": 0.05, "b": 0.5}[commonest(image)]) as seer:
        left, reasons = asked(corpus_of(*images), tmp_path, seer.openai_url, tmp_path / "out.json")
    assert {draft.negated.phrase.text for draft in left} == {"man 1 with no hat", "man 5 with no hat"}
    assert reasons == {
        "man 2 with no hat": "fits",
        "man 3 with no hat": "unsure",
        "man 4 with no hat": "unfit",
        "man of a lost picture with no hat": "unasked",
    }
    first = next(draft for draft in left if draft.negated.phrase.text == "man 1 with no hat")
    assert {region.annotation_id for choice in first.choices for region in choice.regions} == {1000, 1001}
    answers = list(read_lines(tmp_path / "out.asked.jsonl"))
    assert len(answers) == 15
    assert sum(answer["expected"] for answer in answers) == 5
    assert answers[0]["question"].startswith('Does "man')
    assert "#xywh=" in answers[0]["image"]


def test_the_question_names_the_phrase_and_the_crop_is_what_the_benchmark_shows(tmp_path: Path) -> None:
    drawn(tmp_path, 1, [RED, GREEN])
    corpus = corpus_of(image_of([(1, ONE), (1, TWO)], {0: ["man with no hat"]}))
    with vision_server(lambda image, _: 0.9 if commonest(image) == "r" else 0.1) as seer:
        left, _ = asked(corpus, tmp_path, seer.openai_url, tmp_path / "out.json")
    assert len(left) == 1
    assert {seen.question.split(" Answer")[0] for seen in seer.seen} == {
        'Does "man with no hat" describe the person in this image?'
    }
    shown = sorted((round(crop[2]), round(crop[3])) for crop in left[0].choices[0].crops)
    assert sorted(seen.size for seen in seer.seen) == shown


def test_what_was_answered_is_not_asked_again(tmp_path: Path) -> None:
    drawn(tmp_path, 1, [RED, GREEN])
    corpus = corpus_of(image_of([(1, ONE), (1, TWO)], {0: ["man with no hat"]}))
    with vision_server(lambda image, _: 0.9 if commonest(image) == "r" else 0.1) as seer:
        first, _ = asked(corpus, tmp_path, seer.openai_url, tmp_path / "out.json")
        before = len(seer.seen)
        again, _ = asked(corpus, tmp_path, seer.openai_url, tmp_path / "out.json")
    assert before == 2
    assert len(seer.seen) == before
    assert first == again


def test_a_draft_keeps_the_choices_whose_regions_all_pass() -> None:
    corpus = corpus_of(image_of([(1, ONE), (1, TWO), (1, THREE)], {0: ["man with no hat"]}))
    drafts: list[Draft] = []

    def catch(found: Sequence[Draft]) -> tuple[list[Draft], list[Rejection]]:
        drafts.extend(found)
        return list(found), []

    build_regions(corpus, build_of(STRICT), fitting=catch)
    (draft,) = drafts
    assert len(draft.choices) == 3
    own, two, three = (f"{draft.negated.id}/{number}" for number in (1000, 1001, 1002))
    kept, _ = sort_out(drafts, {own: True, two: False, three: None})
    assert [len(choice.regions) for choice in kept[0].choices] == [2]
    kept, _ = sort_out(drafts, {own: None, two: False, three: False})
    assert len(kept[0].choices) == 3
    assert sort_out(drafts, {own: False, two: False, three: False})[1][0][1].reason == "unfit"
    assert sort_out(drafts, {two: False, three: False})[1][0][1].reason == "unasked"


def test_ground_truth_is_no_judge_of_crops() -> None:
    with pytest.raises(NegdataError, match="knows images, not crops"):
        BuildSettings(source=Path("a"), out=Path("b.json"), verify=VerifySettings(verifiers=("instances",)))
