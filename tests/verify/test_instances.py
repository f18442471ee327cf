"""Ground truth as a verifier: what boxes say of an object, and what a broken file is told."""

from __future__ import annotations

import json
from collections.abc import Callable
from copy import deepcopy
from pathlib import Path
from typing import Any

import orjson
import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from negdata.errors import NegdataError
from negdata.verify.base import Judgement, Question
from negdata.verify.instances import Instances, InstancesVerifier
from tests.verify.standins import instances_document, written

COCO_FOLDER = Path(__file__).resolve().parents[3] / "shared" / "data" / "coco" / "annotations"
ROOM = {"000000000001.jpg": ["person", "dog", "dog", "couch"], "000000000002.jpg": [], "street/3.jpg": ["cup"]}
PRESENT, ABSENT = Judgement(True, 1.0), Judgement(False, 0.0)


def verifier(folder: Path, document: dict[str, Any] | None = None) -> InstancesVerifier:
    return InstancesVerifier(Instances(written(folder / "truth.json", document or instances_document(ROOM))))


def about(name: str, image: str | None = "000000000001.jpg", identity: int | str | None = None) -> Question:
    return Question(image, identity, name)


def lvis(**images: dict[str, list[int]]) -> dict[str, Any]:
    """LVIS's layout: categories have synonyms, images a ``coco_url`` and what was looked for and not found."""
    return {
        "categories": [
            {"id": 1, "name": "cup", "synonyms": ["cup"]},
            {"id": 2, "name": "mug", "synonyms": ["mug"]},
            {"id": 3, "name": "sofa", "synonyms": ["sofa", "couch", "lounge"]},
            {"id": 4, "name": "bat_(animal)", "synonyms": ["bat_(animal)"]},
            {"id": 5, "name": "frisbee_golf_basket", "synonyms": ["frisbee_golf_basket", "", "disc catcher"]},
        ],
        "images": [
            {
                "id": number,
                "coco_url": f"http://images.cocodataset.org/val2017/{name}.jpg",
                "neg_category_ids": told.get("neg", []),
                "not_exhaustive_category_ids": told.get("open", []),
            }
            for number, (name, told) in enumerate(images.items(), 1)
        ],
        "annotations": [
            {"id": 1000 * number + category, "image_id": number, "category_id": category}
            for number, told in enumerate(images.values(), 1)
            for category in told.get("has", [])
        ],
    }


def test_what_is_annotated_is_present_and_what_is_not_is_absent(tmp_path: Path) -> None:
    truth = verifier(tmp_path)
    assert truth.tell(about("dog")) == PRESENT
    assert truth.tell(about("cup")) == ABSENT
    assert truth.tell(about("dog", "000000000002.jpg")) == ABSENT


@pytest.mark.parametrize("name", ["sofa", "couch", "Sofas", "a couch", "the sofa", "dogs", "puppy", "people", "man"])
def test_synonyms_plurals_and_articles_name_the_same(tmp_path: Path, name: str) -> None:
    truth = verifier(tmp_path)
    assert truth.knows(name)
    there = truth.tell(about(name)).present
    assert there is (None if name == "man" else True), "a man is a person, and the person may be none"
    assert truth.tell(about(name, "000000000002.jpg")) == ABSENT


def test_a_kind_of_a_category_is_absent_where_the_category_is(tmp_path: Path) -> None:
    truth = verifier(tmp_path)
    assert truth.knows("mug")
    assert truth.tell(about("mug")) == ABSENT
    unknown = truth.tell(about("mug", "street/3.jpg"))
    assert (unknown.present, unknown.p_present) == (None, None)
    assert "something of its kind" in unknown.detail


def test_what_a_category_is_a_kind_of_can_be_present_and_never_absent(tmp_path: Path) -> None:
    truth = verifier(tmp_path)
    assert not truth.knows("animal")
    assert truth.tell(about("animal")) == PRESENT
    assert truth.tell(about("animal", "000000000002.jpg")).present is None
    assert truth.tell(about("furniture")) == PRESENT


def test_a_crowd_is_there(tmp_path: Path) -> None:
    document = instances_document(ROOM)
    document["annotations"].append({"id": 9, "image_id": 2, "category_id": 10, "iscrowd": 1, "segmentation": {}})
    assert verifier(tmp_path, document).tell(about("person", "000000000002.jpg")) == PRESENT


@pytest.mark.parametrize("name", ["traffic light", "okapi", "", "   ", "?", "dog" * 1_000, "a\x00b", "\ud800"])
def test_an_object_of_no_category_cannot_be_told(tmp_path: Path, name: str) -> None:
    truth = verifier(tmp_path)
    assert not truth.knows(name)
    for image in ROOM:
        told = truth.tell(about(name, image))
        assert (told.present, told.p_present) == (None, None)
        assert told.detail


def test_a_category_that_no_vocabulary_has_is_known_by_its_words(tmp_path: Path) -> None:
    truth = verifier(tmp_path)
    assert truth.knows("Quokka")
    assert truth.tell(about("quokka")) == ABSENT
    assert truth.tell(about("quokka stand")).present is None


@pytest.mark.parametrize(
    ("image", "identity", "there"),
    [
        ("000000000001.jpg", None, True),
        ("val2017/000000000001.jpg", None, True),
        ("000000000001.jpg", 1, True),
        ("COCO_val2014_000000000001.jpg", 1, True),
        ("COCO_val2014_000000000001.jpg", None, True),
        ("COCO_train2014_000000000001.jpg", "1", True),
        ("COCO_train2014_000000000001_1954731.jpg", 1, True),
        ("COCO_train2014_000000000001_1954731.jpg", None, True),
        (None, 1, True),
        (None, "1", True),
        ("000000000001.jpg", 77, True),
        ("000000000001.jpg", "one", True),
        ("000000000001.jpg", 2, None),
        ("COCO_val2014_000000000002.jpg", 1, None),
        ("000000000009.jpg", None, None),
        ("photo1.jpg", None, None),
        ("photo1.jpg", 1, None),
        ("", None, None),
        (None, None, None),
        (None, 77, None),
    ],
)
def test_an_image_is_found_by_its_name_and_its_id_where_they_agree(
    tmp_path: Path, image: str | None, identity: int | str | None, there: bool | None
) -> None:
    told = verifier(tmp_path).tell(Question(image, identity, "dog"))
    assert told.present is there
    if there is None:
        assert told.detail == "the instances file doesn't have the image"


def test_images_of_2014_are_found_by_the_names_of_2017(tmp_path: Path) -> None:
    document = instances_document({"COCO_val2014_000000000001.jpg": ["dog"], "COCO_val2014_000000000002.jpg": []})
    truth = verifier(tmp_path, document)
    assert truth.tell(about("dog", "000000000001.jpg")) == PRESENT
    assert truth.tell(about("dog", "000000000002.jpg")) == ABSENT
    assert truth.tell(about("dog", "000000000003.jpg")).present is None


def test_of_two_images_with_one_name_neither_is_found_by_it(tmp_path: Path) -> None:
    truth = verifier(tmp_path, instances_document({"a/1.jpg": ["dog"], "b/1.jpg": []}))
    assert truth.tell(about("dog", "a/1.jpg")).present is None
    assert truth.tell(about("dog", "a/1.jpg", 1)) == PRESENT
    assert truth.tell(about("dog", "b/1.jpg", 2)) == ABSENT


def test_lvis_tells_absence_only_of_what_was_looked_for(tmp_path: Path) -> None:
    truth = verifier(tmp_path, lvis(a={"has": [1], "neg": [3]}, b={"has": [], "neg": [1], "open": [3]}))
    assert truth.tell(about("cup", "a.jpg")) == PRESENT
    assert truth.tell(about("couch", "a.jpg")) == ABSENT
    assert truth.tell(about("cup", "b.jpg")) == ABSENT
    assert truth.tell(about("couch", "b.jpg")).present is None
    assert truth.tell(about("disc catcher", "b.jpg")).present is None
    assert truth.knows("couch")
    assert truth.knows("disc catcher")


def test_lvis_knows_kinds_both_ways(tmp_path: Path) -> None:
    truth = verifier(
        tmp_path, lvis(mug={"has": [2]}, nocup={"neg": [1]}, nomug={"neg": [2]}, cup={"has": [1], "neg": [2]})
    )
    assert truth.tell(about("cup", "mug.jpg")) == PRESENT
    assert truth.tell(about("mug", "nocup.jpg")) == ABSENT, "a mug is a cup, and no cup was found"
    assert truth.tell(about("cup", "nomug.jpg")).present is None
    assert truth.tell(about("mug", "cup.jpg")) == ABSENT


def test_an_image_whose_list_is_no_list_tells_no_absence(tmp_path: Path) -> None:
    document = lvis(a={"has": [1]})
    document["images"][0]["neg_category_ids"] = "all"
    truth = verifier(tmp_path, document)
    assert truth.tell(about("cup", "a.jpg")) == PRESENT
    assert truth.tell(about("couch", "a.jpg")).present is None


def test_to_a_question_in_words_boxes_say_no_or_nothing(tmp_path: Path) -> None:
    truth = verifier(tmp_path)

    def told(name: str, image: str = "000000000001.jpg") -> bool | None:
        return truth.tell(Question(image, None, name, "Is there a dog on the couch?")).present

    assert told("dog") is None, "the dog may lie on the floor"
    assert told("dog", "000000000002.jpg") is False
    assert told("animal") is None
    assert told("okapi") is None
    assert told("") is None
    assert told("dog", "elsewhere.jpg") is None


def test_no_name_at_all_is_the_name_of_no_category(tmp_path: Path) -> None:
    truth = verifier(tmp_path, lvis(a={"neg": [1, 2, 3, 4, 5]}))
    assert truth.tell(Question("a.jpg", None, "", "Is it raining?")).present is None
    assert not truth.knows("")


def test_the_same_file_is_the_same_verifier(tmp_path: Path) -> None:
    one = verifier(tmp_path).identity()
    assert one == verifier(tmp_path).identity()
    assert one["verifier"] == "instances"
    assert one != verifier(tmp_path, instances_document({"a.jpg": []})).identity()


def _without(key: str) -> Callable[[dict[str, Any]], object]:
    return lambda document: document.pop(key)


def _with(key: str, place: int, **fields: Any) -> Callable[[dict[str, Any]], object]:
    return lambda document: document[key][place].update(fields)


def _instead(key: str, place: int, value: Any) -> Callable[[dict[str, Any]], object]:
    return lambda document: document[key].__setitem__(place, value)


@pytest.mark.parametrize(
    ("harm", "said"),
    [
        (_without("images"), ("no list of 'images'", "'annotations', 'categories'")),
        (_without("annotations"), ("no list of 'annotations'",)),
        (_without("categories"), ("no list of 'categories'",)),
        (lambda document: document.update(images={}), ("no list of 'images'",)),
        (_with("images", 1, id=1.5), ("Image number 2", "id 1.5")),
        (_with("images", 1, id=None), ("Image number 2", "id None")),
        (_with("images", 1, id=2**70), ("Image number 2", "id 1.18")),
        (_with("images", 1, id=True), ("Image number 2", "id True")),
        (_with("images", 1, id=1), ("Image number 2", "id 1")),
        (_with("images", 2, file_name=None), ("Image number 3", "file_name None")),
        (_with("images", 2, file_name=["x"]), ("Image number 3", "file_name ['x']")),
        (_instead("images", 0, "x.jpg"), ("Image number 1", "None")),
        (_with("categories", 3, id="4"), ("Category number 4", "id '4'", "'couch'")),
        (_with("categories", 3, id=20), ("Category number 4", "id 20")),
        (_with("categories", 3, id=False), ("Category number 4", "id False")),
        (_with("categories", 3, name="  "), ("Category number 4", "name '  '")),
        (_with("categories", 3, name={"en": "x" * 500}), ("Category number 4", "name {'en'")),
        (_instead("categories", 5, None), ("Category number 6", "None")),
        (_with("annotations", 2, image_id=99), ("Annotation number 3", "image_id 99")),
        (_with("annotations", 2, image_id=[1]), ("Annotation number 3", "image_id [1]")),
        (_with("annotations", 2, category_id=99), ("Annotation number 3", "category_id 99")),
        (_with("annotations", 2, category_id={}), ("Annotation number 3", "category_id {}")),
        (_with("annotations", 2, category_id=None), ("Annotation number 3", "category_id None")),
        (_instead("annotations", 4, 7), ("Annotation number 5", "image_id None")),
    ],
)
def test_a_broken_file_is_refused_by_record_field_and_value(
    tmp_path: Path, harm: Callable[[dict[str, Any]], object], said: tuple[str, ...]
) -> None:
    document = deepcopy(instances_document(ROOM))
    harm(document)
    path = written(tmp_path / "truth.json", document)
    with pytest.raises(NegdataError) as refused:
        Instances(path)
    assert str(path) in refused.value.problem
    for words in said:
        assert words in refused.value.problem
    assert refused.value.problem.endswith(".")
    assert refused.value.remedy.endswith(".")
    assert len(str(refused.value)) < 500 + len(str(path))


@pytest.mark.parametrize("content", [b"", b" \n", b"{", b"[]", b"null", b"\xff\xfe", b'{"images": [}', b"[" * 5_000])
def test_what_is_no_json_object_is_refused(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "truth.json"
    path.write_bytes(content)
    with pytest.raises(NegdataError, match=r"truth\.json"):
        Instances(path)


def test_a_file_that_is_not_there_is_refused(tmp_path: Path) -> None:
    with pytest.raises(NegdataError, match="doesn't exist"):
        Instances(tmp_path / "truth.json")
    with pytest.raises(NegdataError, match="can't be read"):
        Instances(tmp_path)


SCALARS = st.none() | st.booleans() | st.integers(-2, 3) | st.floats(allow_nan=False) | st.text(max_size=8)
VALUES = st.recursive(
    SCALARS, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=3), inner, max_size=3)
)
IDS = st.integers(0, 3) | VALUES
NAMES = st.sampled_from(["dog", "a.jpg", "sofa", "_", "", "COCO_val2014_000000000001.jpg"]) | VALUES
RECORDS = (
    st.fixed_dictionaries(
        {},
        optional={
            "id": IDS,
            "name": NAMES,
            "file_name": NAMES,
            "coco_url": NAMES,
            "synonyms": st.lists(NAMES, max_size=2) | VALUES,
            "image_id": IDS,
            "category_id": IDS,
            "neg_category_ids": st.lists(IDS, max_size=2) | VALUES,
        },
    )
    | VALUES
)
DOCUMENTS = st.fixed_dictionaries(
    {},
    optional={key: st.lists(RECORDS, max_size=3) | VALUES for key in ("images", "annotations", "categories")},
)


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(document=DOCUMENTS | VALUES, image=NAMES, identity=IDS, name=NAMES)
@example(
    document={
        "images": [{"id": "1", "file_name": "a.jpg"}],
        "annotations": [{"image_id": "1", "category_id": 1}],
        "categories": [{"id": 1, "name": "dog", "synonyms": [None, ""]}],
    },
    image="a.jpg",
    identity=None,
    name="dog",
)
def test_any_document_is_read_or_refused(tmp_path: Path, document: Any, image: Any, identity: Any, name: Any) -> None:
    path = tmp_path / "truth.json"
    path.write_bytes(json.dumps(document).encode())
    try:
        truth = InstancesVerifier(Instances(path))
    except NegdataError:
        return
    question = Question(
        image if isinstance(image, str) else None,
        identity if isinstance(identity, int | str) else None,
        name if isinstance(name, str) else "dog",
    )
    told = truth.tell(question)
    assert told.p_present == {True: 1.0, False: 0.0, None: None}[told.present]
    if told.present is False:
        assert truth.knows(question.object)


@settings(max_examples=100, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(content=st.binary(max_size=60))
def test_any_bytes_are_refused(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "truth.json"
    path.write_bytes(content)
    with pytest.raises(NegdataError):
        Instances(path)


@pytest.mark.parametrize("split", ["train2017", "val2017"])
def test_of_every_image_and_category_of_coco_it_says_what_the_file_says(split: str) -> None:
    path = COCO_FOLDER / f"instances_{split}.json"
    if not path.is_file():
        pytest.skip(f"needs COCO's {path.name} in {COCO_FOLDER}")
    document = orjson.loads(path.read_bytes())
    annotated = {(one["image_id"], one["category_id"]) for one in document["annotations"]}
    truth = InstancesVerifier(Instances(path))
    wrong = [
        (image["id"], category["name"])
        for image in document["images"]
        for category in document["categories"]
        if truth.tell(Question(image["file_name"], image["id"], category["name"]))
        != (PRESENT if (image["id"], category["id"]) in annotated else ABSENT)
    ]
    assert not wrong
    assert len(document["categories"]) == 80
