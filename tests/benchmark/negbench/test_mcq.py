"""Multiple-choice questions: one right answer by the annotations, and none to be had without the image."""

from __future__ import annotations

import random
from collections import Counter
from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import ValidationError

from negdata.benchmark.negbench.annotated import AnnotatedCaptions
from negdata.benchmark.negbench.mcq import McqOptions, McqResult, build_mcq
from negdata.benchmark.negbench.presence import noun
from negdata.benchmark.negbench.statements import LAYOUTS
from negdata.filter.misfits import misfits
from tests.benchmark.negbench.scenes import (
    SCENES,
    albums,
    coco,
    definition,
    is_true,
    mcq_options,
    pictured,
    spoken_coco,
)

ROOM = [
    pictured(1, SCENES[0], ["person", "dog", "bench", "bird"]),
    pictured(2, SCENES[1], ["cat", "laptop", "keyboard", "chair"]),
    pictured(3, SCENES[2], ["oven", "refrigerator", "bowl", "sink"]),
    pictured(4, SCENES[3], ["bus", "bicycle", "person"]),
]


def check_truth(images: list[AnnotatedCaptions], built: McqResult) -> None:
    """By the words of every caption: the right one is true of what is annotated, and no other is."""
    present = {image.image_id: image.present for image in images}
    for row in built.rows:
        names = {name for one in row.statements for name in one.objects}
        spoken = {name: noun(name, mcq_options().objects.names) for name in names}
        true = [is_true(caption, present[row.image_id], spoken) for caption in row.captions]
        assert [place for place, holds in enumerate(true) if holds] == [row.right], row


@settings(max_examples=15, deadline=None)
@given(albums(), st.integers(0, 3))
def test_the_right_answer_is_true_and_no_other_is(images: list[AnnotatedCaptions], seed: int) -> None:
    built = build_mcq(images, mcq_options(), seed)
    check_truth(images, built)
    for row in built.rows:
        assert row.template == row.statements[row.right].kind
        assert len(set(row.captions)) == 4
        assert not [slip for caption in row.captions for slip in misfits(caption)]
        forms = Counter(statement.form for statement in row.statements)
        assert forms in [Counter(form for form, _ in layout) for layout in LAYOUTS.values()]


@settings(max_examples=15, deadline=None)
@given(albums(), st.integers(0, 3))
def test_every_question_is_kept_or_rejected(images: list[AnnotatedCaptions], seed: int) -> None:
    options = mcq_options()
    built = build_mcq(images, options, seed)
    assert len(built.rows) + len(built.rejected) == options.questions * len(images)
    for image in images:
        mine = [one for one in built.rejected if one.image_id == image.image_id]
        if not image.captions:
            assert [one.reason for one in mine] == ["no-captions"] * options.questions
    assert {one.reason for one in built.rejected} <= {
        "no-captions",
        "no-absent-object",
        "too-few-objects",
        "would-tell",
    }


@settings(max_examples=15, deadline=None)
@given(albums(), st.integers(0, 3), st.randoms(use_true_random=False))
def test_order_of_the_images_does_not_matter(images: list[AnnotatedCaptions], seed: int, rng: random.Random) -> None:
    shuffled = list(images)
    rng.shuffle(shuffled)
    assert build_mcq(images, mcq_options(), seed) == build_mcq(shuffled, mcq_options(), seed)


@settings(max_examples=15, deadline=None)
@given(albums(), st.integers(0, 3))
def test_right_answers_stand_everywhere_equally_often(images: list[AnnotatedCaptions], seed: int) -> None:
    built = build_mcq(images, mcq_options(), seed)
    stood = Counter(row.right for row in built.rows)
    assert max(stood[place] for place in range(4)) - min(stood[place] for place in range(4)) <= 1


def test_another_seed_asks_other_questions() -> None:
    one, other = (build_mcq(ROOM, mcq_options(), seed) for seed in (0, 1))
    assert one.rows
    assert one.rows != other.rows


def test_no_object_of_an_image_is_in_two_of_its_questions() -> None:
    named: Counter[tuple[object, str]] = Counter()
    for row in build_mcq(ROOM, mcq_options(), 0).rows:
        named.update({(row.image_id, name) for one in row.statements for name in one.objects})
    assert set(named.values()) == {1}


def test_what_it_is_about_is_said_as_told() -> None:
    options = mcq_options(templates={**definition("negbench-mcq")["build"]["templates"], "affirm": ["I see {an 1}."]})
    single = [
        caption
        for row in build_mcq(ROOM, options, 0).rows
        for caption, one in zip(row.captions, row.statements, strict=True)
        if one.form == "affirm"
    ]
    assert single
    assert all(caption.startswith("I see ") for caption in single)


@pytest.mark.parametrize(
    ("image", "reason"),
    [
        (pictured(1, (), ["dog", "cat"]), "no-captions"),
        (replace(pictured(1, SCENES[0], ["dog"]), exhaustive=()), "no-absent-object"),
        (replace(pictured(1, SCENES[2], []), exhaustive=("person",)), "too-few-objects"),
    ],
)
def test_why_nothing_can_be_asked(image: AnnotatedCaptions, reason: str) -> None:
    built = build_mcq([image], mcq_options(), 0)
    assert built.rows == ()
    assert [one.reason for one in built.rejected] == [reason] * 3
    assert [one.what for one in built.rejected] == ["question 1", "question 2", "question 3"]
    assert built.blind == ()


def test_no_images_no_questions() -> None:
    assert build_mcq([], mcq_options(), 0) == McqResult((), (), ())


def test_hostile_categories_and_captions_do_no_harm() -> None:
    image = AnnotatedCaptions(
        "<b>.jpg",
        "=1+1",
        ("A dog on a bench.\n<script>alert(1)</script>", "{an 1} {0.__class__} %s"),
        ("dog", "bench", "cup!!", "<img>", "", "{no 1}"),
        ("dog", "bench", "cup!!", "<img>", "", "{no 1}", "bird", "kite", "cat", "horse"),
    )
    for row in build_mcq([image], mcq_options(), 0).rows:
        assert all("<" not in caption and "{" not in caption for caption in row.captions)


@pytest.mark.parametrize(
    "changed",
    [
        {"colour": "red"},
        {"questions": 0},
        {"worth": -1},
        {"templates": {}},
        {"templates": {**definition("negbench-mcq")["build"]["templates"], "deny": ["There is {an 1}."]}},
        {"templates": {**definition("negbench-mcq")["build"]["templates"], "perhaps": ["There may be {an 1}."]}},
        {"objects": {"names": {"dog": ["dog"]}}},
    ],
)
def test_wrong_options_are_refused(changed: dict[str, object]) -> None:
    with pytest.raises(ValidationError):
        McqOptions.model_validate({**definition("negbench-mcq")["build"], **changed})


def test_coco_by_its_own_annotations() -> None:
    images = coco("val2017")[:60] + coco("train2017")[:30]
    check_truth(images, build_mcq(images, mcq_options(), 0))


def test_on_coco_no_blind_rule_wins() -> None:
    images = coco("val2017")
    options = McqOptions.model_validate(definition("negbench-mcq")["build"])
    built = build_mcq(images, options, 0)
    assert len(built.rows) > 200
    assert [(one.rule, one.accuracy) for one in built.blind if not one.is_chance and one.accuracy > 0.27] == []
    affirmed: Counter[str] = Counter()
    for row in built.rows:
        for place, statement in enumerate(row.statements):
            for name in statement.affirmed:
                affirmed[name] += 1 if place == row.right else 0
                affirmed[f"wrong {name}"] += 1 if place != row.right else 0
    for name in ("person", "cat", "chair", "bus", "umbrella"):
        assert affirmed[f"wrong {name}"] >= affirmed[name], f"where {name} is affirmed it is mostly there"


def test_the_words_of_the_tests_are_those_of_the_options() -> None:
    assert spoken_coco()["sports ball"].singular == "ball"
