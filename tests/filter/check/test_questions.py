"""Questions whose answers are known: balanced, the same in every run, and never about what the file doesn't know."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from negdata.errors import NegdataError
from negdata.filter.check.questions import (
    KnownQuestion,
    from_instances,
    from_pope,
    from_records,
    is_pope,
    repeated,
)
from negdata.images import open_images
from negdata.records import CaptionRecord
from negdata.verify import Question
from negdata.verify.instances import Instances, InstancesVerifier
from negdata.verify.wording import prompt_inputs
from tests.verify.standins import instances_document, picture, written

NAMES = ("person", "dog", "cup", "couch", "dining table", "car", "bus", "fork", "knife", "bowl", "pizza", "bench")
SHOWN: dict[str, list[str]] = {
    "kitchen.jpg": ["person", "cup", "dining table", "bowl", "fork"],
    "street.jpg": ["car", "bus"],
    "empty.jpg": [],
    "all.jpg": list(NAMES),
}


def instances(folder: Path, document: dict[str, Any] | None = None) -> Instances:
    return Instances(written(folder / "truth.json", document or instances_document(SHOWN, NAMES)))


def lvis(*images: tuple[Sequence[int], Sequence[int]], names: Sequence[str]) -> dict[str, Any]:
    """Images as (annotated, looked for and not found) category numbers from 1."""
    return {
        "categories": [{"id": number, "name": name, "synonyms": [name]} for number, name in enumerate(names, 1)],
        "images": [
            {"id": number, "coco_url": f"http://x/train2017/{number}.jpg", "neg_category_ids": list(negative)}
            for number, (_, negative) in enumerate(images, 1)
        ],
        "annotations": [
            {"image_id": number, "category_id": category}
            for number, (has, _) in enumerate(images, 1)
            for category in has
        ],
    }


def pope(path: Path, *lines: object) -> Path:
    path.write_text("".join(line if isinstance(line, str) else json.dumps(line) + "\n" for line in lines))
    return path


def test_as_many_absent_as_present_and_all_true(tmp_path: Path) -> None:
    questions, lacking = from_instances(instances(tmp_path), per_image=3, seed=0, images=None)
    assert lacking == 0
    by_image: dict[str | None, Counter[bool]] = {}
    for one in questions:
        assert one.question.image is not None
        assert one.truth is (one.question.object in SHOWN[one.question.image])
        by_image.setdefault(one.question.image, Counter())[one.truth] += 1
    assert by_image["kitchen.jpg"] == Counter({True: 3, False: 3})
    assert by_image["street.jpg"] == Counter({True: 2, False: 2})
    assert by_image["all.jpg"] == Counter({True: 3}), "nothing is absent from it"
    assert "empty.jpg" not in by_image
    assert len({one.id for one in questions}) == len(questions)


def test_the_seed_alone_decides(tmp_path: Path) -> None:
    def made(seed: int, shown: dict[str, list[str]] = SHOWN) -> list[KnownQuestion]:
        truth = instances(tmp_path, instances_document(shown, NAMES))
        return from_instances(truth, per_image=2, seed=seed, images=None)[0]

    assert made(0) == made(0)
    assert made(0) != made(1)
    alone = made(0, {"kitchen.jpg": SHOWN["kitchen.jpg"]})
    assert alone == [one for one in made(0) if one.question.image == "kitchen.jpg"]


def test_every_other_absent_one_goes_with_what_is_there(tmp_path: Path) -> None:
    likely = ("cake", "pizza", "sandwich", "carrot", "broccoli", "hot dog", "donut", "orange")
    others = "car bus train truck boat bird horse sheep cow elephant bear zebra giraffe kite surfboard skis snowboard "
    others += "frisbee tie umbrella toilet bed mouse toothbrush scissors book clock bench motorcycle airplane"
    categories = ("person", "cup", "fork", "dining table", *likely, *others.split())
    shown = {f"{number}.jpg": ["person", "cup", "fork", "dining table"] for number in range(60)}
    truth = instances(tmp_path, instances_document(shown, categories))
    questions, _ = from_instances(truth, per_image=2, seed=0, images=None)
    absent = Counter(one.question.object for one in questions if not one.truth)
    assert absent.total() == 120
    by_chance = 120 * len(likely) / (len(categories) - 4)
    assert sum(absent[name] for name in likely) > 1.5 * by_chance
    assert sum(absent[name] for name in others.split()) > 30
    assert len(absent) > 25


def test_images_that_are_not_there_are_counted_and_not_asked_about(tmp_path: Path) -> None:
    picture(tmp_path / "images" / "street.jpg")
    (tmp_path / "images" / "all.jpg").mkdir()
    questions, lacking = from_instances(
        instances(tmp_path), per_image=3, seed=0, images=open_images(tmp_path / "images")
    )
    assert {one.question.image for one in questions} == {"street.jpg"}
    assert lacking == 3


@pytest.mark.parametrize("name", ["n" * 300 + ".jpg", "a\x00b.jpg", "", "../street.jpg", "/etc/hostname"])
def test_a_name_that_no_file_can_have_is_lacking(tmp_path: Path, name: str) -> None:
    picture(tmp_path / "street.jpg")
    (tmp_path / "images").mkdir()
    truth = instances(tmp_path, instances_document({name: ["car"]}, NAMES))
    assert from_instances(truth, per_image=3, seed=0, images=open_images(tmp_path / "images")) == ([], 1)


def test_in_lvis_only_what_was_looked_for_is_absent(tmp_path: Path) -> None:
    truth = instances(tmp_path, lvis(([1], [2]), ([2, 3], []), names=("dog", "cat", "cow")))
    questions, _ = from_instances(truth, per_image=3, seed=0, images=None)
    assert {(one.question.image_id, one.question.object, one.truth) for one in questions} == {
        (1, "dog", True),
        (1, "cat", False),
        (2, "cat", True),
        (2, "cow", True),
    }


def test_what_something_annotated_is_a_kind_of_is_not_absent(tmp_path: Path) -> None:
    names = ("cup", "mug", "sofa", "couch", "dog", "cow")
    truth = instances(tmp_path, lvis(([2, 3, 5], [1, 4, 6]), names=names))
    questions, _ = from_instances(truth, per_image=9, seed=0, images=None)
    told = {one.question.object: one.truth for one in questions}
    assert told == {"mug": True, "sofa": True, "dog": True, "cow": False}, "a mug is a cup, and a sofa a couch"


def test_a_category_that_cannot_be_asked_about_is_left_out(tmp_path: Path) -> None:
    names = ("bat_(animal)", "dog", "cap_(headwear)", "cow")
    truth = instances(tmp_path, lvis(([1, 2], [3, 4]), names=names))
    questions, _ = from_instances(truth, per_image=9, seed=0, images=None)
    assert {(one.question.object, one.truth) for one in questions} == {("dog", True), ("cow", False)}


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    shown=st.lists(st.sets(st.sampled_from(NAMES)), min_size=1, max_size=5),
    per_image=st.integers(1, 13),
    seed=st.integers(0, 9),
)
def test_questions_are_what_ground_truth_says(tmp_path: Path, shown: list[set[str]], per_image: int, seed: int) -> None:
    document = instances_document({f"{n}.jpg": sorted(names) for n, names in enumerate(shown)}, NAMES)
    truth = instances(tmp_path, document)
    judge = InstancesVerifier(truth)
    questions, _ = from_instances(truth, per_image=per_image, seed=seed, images=None)
    for number, names in enumerate(shown):
        about = [one for one in questions if one.question.image_id == number + 1]
        present = min(per_image, len(names))
        absent = min(present, len(NAMES) - len(names))
        assert Counter(one.truth for one in about) == Counter({True: present}) + Counter({False: absent})
    for one in questions:
        assert judge.tell(one.question).present is one.truth
        prompt_inputs(one.question)
    assert repeated(questions) is None


OFFICIAL = [
    {
        "question_id": 1,
        "image": "COCO_val2014_000000310196.jpg",
        "text": "Is there a snowboard in the image?",
        "label": "yes",
    },
    {
        "question_id": 2,
        "image": "COCO_val2014_000000310196.jpg",
        "text": "Is there a dining table in the image?",
        "label": "no",
    },
]


def test_the_official_layout_is_read(tmp_path: Path) -> None:
    path = pope(tmp_path / "coco_pope_random.json", *OFFICIAL)
    assert is_pope(path)
    image = "COCO_val2014_000000310196.jpg"
    assert from_pope(path) == [
        KnownQuestion("coco_pope_random:1", Question(image, None, "snowboard"), True),
        KnownQuestion("coco_pope_random:2", Question(image, None, "dining table"), False),
    ]


def test_lines_with_question_and_without_ids_are_read(tmp_path: Path) -> None:
    lines = [
        {"question": "Is there an apple in the picture?", "image": "a.jpg", "label": "Yes"},
        "\n",
        {"question": "Is the dog asleep?", "image": "a.jpg", "label": " no "},
    ]
    assert from_pope(pope(tmp_path / "mine.jsonl", *lines)) == [
        KnownQuestion("mine:1", Question("a.jpg", None, "apple"), True),
        KnownQuestion("mine:3", Question("a.jpg", None, "", "Is the dog asleep?"), False),
    ]


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("Is there a dog in the image?", "dog"),
        ("is there  an Umbrella in this photo?", "Umbrella"),
        ("Are there any people in the picture?", "people"),
        ("Is there some water in the image?", "water"),
        ("Are there apples in the image?", "apples"),
        ("Are there animals in the image?", "animals"),
        ("Is there person in the image?", "person"),
        ("Is there a cell phone in the image?", "cell phone"),
        ("Is there anything in the image?", ""),
        ("Is there someone in the image?", ""),
        ("Is there a dog, or a cat, in the image?", ""),
        ("Is there a dog (asleep) in the image?", ""),
        ("Is there a man in the middle of the big dark room in the image?", ""),
        ("Is there a dog in the image", ""),
        ("Is there a dog on the couch?", ""),
        ("Is the dog in the image?", ""),
    ],
)
def test_an_object_is_asked_about_as_a_filter_would_and_the_rest_as_it_stands(
    tmp_path: Path, text: str, name: str
) -> None:
    (one,) = from_pope(pope(tmp_path / "q.jsonl", {"question": text, "image": "a.jpg", "label": "no"}))
    assert one.question == Question("a.jpg", None, name, "" if name else text)
    prompt_inputs(one.question)


def test_wrong_lines_are_told_all_at_once(tmp_path: Path) -> None:
    good = {"question": "Is there a dog in the image?", "image": "a.jpg", "label": "no"}
    path = pope(
        tmp_path / "q.jsonl",
        good,
        "{no json\n",
        [1],
        good | {"question": 7},
        good | {"question": " "},
        good | {"label": "maybe"},
        good | {"label": None},
        good | {"image": "../a.jpg"},
        good | {"image": None},
    )
    with pytest.raises(NegdataError) as refused:
        from_pope(path)
    assert "8 lines" in refused.value.problem
    for said in (
        "line 2: it is not valid JSON ({no json)",
        "line 3: it is not a JSON object",
        "line 4: question is 7",
        "line 5: question is ' '",
        "line 6: label is 'maybe', neither yes nor no",
        "line 7: label is None",
        "line 8: image climbs out",
        "line 9: image is missing",
    ):
        assert said in refused.value.problem
    assert "line 1:" not in refused.value.problem


def test_of_many_wrong_lines_some_are_shown(tmp_path: Path) -> None:
    with pytest.raises(NegdataError, match=r"100 lines.*line 20: .*; and 80 more"):
        from_pope(pope(tmp_path / "q.jsonl", *["x\n"] * 100))


def test_a_file_without_a_question_is_refused(tmp_path: Path) -> None:
    with pytest.raises(NegdataError, match="holds no question"):
        from_pope(pope(tmp_path / "q.jsonl", "\n", " \n"))
    with pytest.raises(NegdataError, match="doesn't exist"):
        from_pope(tmp_path / "nowhere.jsonl")


def test_lines_are_told_from_a_document(tmp_path: Path) -> None:
    document = instances_document(SHOWN, NAMES)
    assert not is_pope(written(tmp_path / "one-line.json", document))
    (tmp_path / "many-lines.json").write_text(json.dumps(document, indent=1))
    assert not is_pope(tmp_path / "many-lines.json")
    assert not is_pope(pope(tmp_path / "empty.json"))
    assert is_pope(pope(tmp_path / "empty.jsonl"))


@settings(max_examples=100, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    content=st.lists(
        st.binary(max_size=30)
        | st.dictionaries(
            st.sampled_from(["question", "text", "image", "label"]),
            st.none() | st.text(max_size=9) | st.sampled_from(["yes", "a.jpg"]),
        ).map(lambda it: json.dumps(it).encode()),
        max_size=4,
    ).map(b"\n".join)
)
def test_any_file_is_read_or_refused(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "q.jsonl"
    path.write_bytes(content)
    try:
        questions = from_pope(path)
    except NegdataError:
        return
    assert 0 < len(questions) <= content.count(b"\n") + 1


def test_records_are_asked_about_where_the_file_knows(tmp_path: Path) -> None:
    def record(identity: str, **fields: Any) -> CaptionRecord:
        return CaptionRecord(id=identity, **({"image": "street.jpg", "caption": "A street."} | fields))

    records = [
        record("present", negated="cars"),
        record("absent", negated="mug"),
        record("unknown", negated="okapi"),
        record("elsewhere", negated="dog", image="nowhere.jpg"),
        record("silent"),
        record("words", question="Is there a dog on the street?", negated="dog", kind="object"),
        record("yes", question="Is there a car on the street?", negated="car", kind="object"),
        record("theirs", negated_caption="A street with no dog."),
    ]
    questions, untold = from_records(records, instances(tmp_path))
    assert [(one.id, one.question.object, one.question.text, one.truth) for one in questions] == [
        ("present", "cars", "", True),
        ("absent", "mug", "", False),
        ("words", "dog", "Is there a dog on the street?", False),
        ("theirs", "dog", "", False),
    ]
    assert untold == 4


def test_an_id_that_stands_twice_is_found() -> None:
    one = KnownQuestion("a", Question("a.jpg", None, "dog"), True)
    other = KnownQuestion("b", Question("a.jpg", None, "cat"), True)
    assert repeated([one, other]) is None
    assert repeated([one, other, one]) == "a"
