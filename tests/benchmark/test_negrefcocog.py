"""Benchmarks of regions: the published edition and the strict one."""

from __future__ import annotations

import json
from collections import Counter
from pathlib import Path

import pytest
from hypothesis import given, settings

from negdata.benchmark.biases import biases
from negdata.benchmark.crops import area, crops, greatest_iou, iou
from negdata.benchmark.definition import RegionsBuild, load_definition
from negdata.benchmark.negatives import REASONS
from negdata.benchmark.negrefcocog import Built, build_regions
from negdata.benchmark.refcocog import read_refcocog
from negdata.benchmark.regions import ReferringCorpus
from tests.benchmark.corpora import corpora, corpus_of, image_of
from tests.benchmark.published import REFCOCOG, published_items

LEFT, RIGHT, FAR = (20.0, 100.0, 150.0, 200.0), (300.0, 100.0, 160.0, 210.0), (500.0, 60.0, 120.0, 300.0)


def build_of(name: str) -> RegionsBuild:
    build = load_definition(name).build
    assert isinstance(build, RegionsBuild)
    return build


PUBLISHED, STRICT = "negrefcocog", "negrefcocog-strict"


@pytest.fixture(scope="module")
def validation() -> ReferringCorpus:
    if not REFCOCOG.is_dir():
        pytest.skip("RefCOCOg is not here")
    return read_refcocog(REFCOCOG, split="val")


@pytest.fixture(scope="module")
def published(validation: ReferringCorpus) -> Built:
    return build_regions(validation, build_of(PUBLISHED))


@pytest.fixture(scope="module")
def strict(validation: ReferringCorpus) -> Built:
    return build_regions(validation, build_of(STRICT))


def test_every_published_item_of_the_split_comes_out_to_the_pixel(
    validation: ReferringCorpus, published: Built
) -> None:
    told = {
        (image.file_name, phrase.text)
        for image in validation.images
        for reference in image.references
        for phrase in reference.phrases
    }
    built = {(item.image, item.phrase): item for item in published.items}
    expected = [item for item in published_items() if (item["image"], item["phrase"]) in told]
    assert len(expected) == 14
    for item in expected:
        found = built[item["image"], item["phrase"]]  # type: ignore[index]
        theirs: list[list[float]] = item["bbox_list"]  # type: ignore[assignment]
        for box, its in zip(found.bbox_list, theirs, strict=True):
            assert box == pytest.approx(its, abs=1)
        assert found.ref_bbox == found.bbox_list[0]


def test_no_phrase_with_a_cue_is_lost(validation: ReferringCorpus, published: Built) -> None:
    with_a_cue = [
        phrase.text
        for image in validation.images
        for reference in image.references
        for phrase in reference.phrases
        if {"no", "not", "without"} & set(phrase.text.lower().replace(".", " ").replace(",", " ").split())
    ]
    assert published.taken == len(with_a_cue) == 67
    assert sorted(with_a_cue) == sorted(
        [item.phrase for item in published.items] + [one.phrase for one in published.rejected]
    )


def test_the_strict_edition_has_no_numbers_and_no_printed_text(strict: Built) -> None:
    assert not [item.phrase for item in strict.items if "no 49" in item.phrase or "do not" in item.phrase]
    reasons = Counter(one.reason for one in strict.rejected)
    assert reasons["number"] >= 1
    assert reasons["sign-text"] >= 1
    assert {"n't", "nothing", "un-"} <= {item.cue for item in strict.items}


def test_no_rule_that_never_reads_the_phrase_beats_chance_on_the_strict_edition(
    strict: Built, published: Built
) -> None:
    for bias in biases(strict.items, category_of=10_000):
        assert bias.accuracy <= 0.52, bias
    assert max(bias.accuracy for bias in biases(published.items, category_of=10_000)) == 1.0


@settings(max_examples=60, deadline=None)
@given(corpora())
def test_any_corpus_gives_sound_items(corpus: ReferringCorpus) -> None:
    for name in (PUBLISHED, STRICT):
        build = build_of(name)
        built = build_regions(corpus, build)
        again = build_regions(corpus, build)
        assert built == again
        assert {one.reason for one in built.rejected} <= set(REASONS)
        ids = [item.id for item in built.items] + [one.id for one in built.rejected]
        assert len(ids) == len(set(ids))
        for item in built.items:
            image = next(one for one in corpus.images if one.file_name == item.image)
            assert item.bbox_list.count(item.ref_bbox) == 1
            assert 2 <= len(item.bbox_list) <= 1 + build.negatives.at_most
            assert crops(item.boxes, item.image_size) == item.bbox_list
            assert greatest_iou(item.bbox_list) < build.negatives.max_crop_iou
            right = item.bbox_list.index(item.ref_bbox)
            for at, box in enumerate(item.boxes):
                region = image.region(item.annotation_ids[at])
                assert region is not None
                assert region.box == box
                assert at == right or iou(box, item.boxes[right]) <= build.negatives.max_box_iou
            assert (
                min(area(box) for box in item.bbox_list) >= build.negatives.min_crop_area * image.width * image.height
            )


def test_the_right_one_is_in_each_place_equally_often() -> None:
    images = [image_of([(1, LEFT), (1, RIGHT)], {at % 2: [f"man {at} with no hat"]}, number=at) for at in range(1, 41)]
    built = build_regions(corpus_of(*images), build_of(STRICT))
    places = Counter(item.bbox_list.index(item.ref_bbox) for item in built.items)
    assert len(built.items) >= 36
    assert abs(places[0] - places[1]) <= 1


def test_another_phrase_that_says_the_same_rules_a_region_out() -> None:
    phrases = {0: ["man with no hat"], 1: ["guy without a hat"]}
    corpus = corpus_of(image_of([(1, LEFT), (1, RIGHT)], phrases))
    built = build_regions(corpus, build_of(STRICT))
    assert not built.items
    assert {one.reason for one in built.rejected} == {"fits"}
    assert "guy without a hat" in built.rejected[0].detail or "man with no hat" in built.rejected[0].detail
    assert len(build_regions(corpus, build_of(PUBLISHED)).items) == 2


def test_a_phrase_that_says_the_same_of_another_is_no_test() -> None:
    text = "the donut without sprinkles beside another donut without sprinkles"
    built = build_regions(corpus_of(image_of([(2, LEFT), (2, RIGHT)], {0: [text]})), build_of(STRICT))
    assert [one.reason for one in built.rejected] == ["fits"]


def test_a_region_that_has_what_is_negated_comes_first() -> None:
    phrases = {0: ["man with no hat"], 2: ["a man in a hat"]}
    regions = [(1, LEFT), (1, (200.0, 60.0, 200.0, 400.0)), (1, (450.0, 60.0, 150.0, 300.0))]
    build = build_of(STRICT).model_copy(update={"balance": None, "order": "positive-first"})
    (item,) = build_regions(corpus_of(image_of(regions, phrases)), build).items
    assert item.annotation_ids[1] == 1002
    assert item.why[1] == "what is negated is said of it: “a man in a hat”"
    assert len(item.bbox_list) == 3


@pytest.mark.parametrize(
    ("regions", "reason"),
    [
        ([(1, LEFT)], "alone"),
        ([(1, LEFT), (2, RIGHT)], "alone"),
        ([(1, LEFT), (1, (100.0, 100.0, 200.0, 200.0))], "overlapping"),
        ([(1, LEFT), (1, (400.0, 100.0, 30.0, 30.0))], "too-small"),
        ([(1, (0.0, 100.0, 214.0, 200.0)), (1, (427.0, 100.0, 213.0, 200.0))], "crops-overlap"),
    ],
)
def test_why_a_phrase_gives_no_item(regions: list[tuple[int, tuple[float, float, float, float]]], reason: str) -> None:
    built = build_regions(corpus_of(image_of(regions, {0: ["man with no hat"]})), build_of(STRICT))
    assert [one.reason for one in built.rejected] == [reason]


def test_crowds_stand_against_nobody() -> None:
    image = image_of([(1, LEFT), (1, RIGHT)], {0: ["man with no hat"]})
    crowded = image.__class__(
        image.id, image.file_name, image.width, image.height,
        (image.regions[0], image.regions[1].__class__(1001, 1, RIGHT, crowd=True)), image.references,
    )  # fmt: skip
    built = build_regions(corpus_of(crowded), build_of(PUBLISHED))
    assert [one.reason for one in built.rejected] == ["alone"]


def test_definitions_say_all_their_errors_at_once(tmp_path: Path) -> None:
    from negdata.errors import NegdataError

    source = (Path(__file__).resolve().parents[2] / "benchmark" / "negrefcocog.yaml").read_text(encoding="utf-8")
    broken = source.replace("max_crop_iou: 0.3", "max_crop_iou: 3").replace("order: positive-first", "order: any")
    broken = broken.replace("at_most: 1", "at_least: 1").replace("version: 1", "version: one")
    (tmp_path / "negrefcocog.yaml").write_text(broken, encoding="utf-8")
    with pytest.raises(NegdataError) as told:
        load_definition(str(tmp_path / "negrefcocog.yaml"))
    said = str(told.value)
    assert said.startswith("5 errors")
    for part in ("max_crop_iou", "order", "at_least'", "at_most' is missing", "version"):
        assert part in said
    assert json.dumps(said)
