"""Captions and instances, joined: what both files have, what only one has, and what a broken file is told."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from negdata.benchmark.negbench.annotated import AnnotatedCorpus, read_coco_pair
from negdata.errors import NegdataError
from tests.benchmark.negbench.scenes import coco
from tests.verify.standins import instances_document, written

ROOM = {"000000000001.jpg": ["person", "dog", "dog"], "000000000002.jpg": [], "000000000003.jpg": ["cup"]}


def captions_document(**captions: list[Any]) -> dict[str, Any]:
    """Captions by the image's number, as COCO lays them out."""
    numbers = [int(name.removeprefix("image")) for name in captions]
    return {
        "images": [{"id": number, "file_name": f"{number:012}.jpg"} for number in numbers],
        "annotations": [
            {"id": 10 * number + place, "image_id": number, "caption": caption}
            for number, texts in zip(numbers, captions.values(), strict=True)
            for place, caption in enumerate(texts)
        ],
    }


def read(folder: Path, captions: Any, instances: Any) -> AnnotatedCorpus:
    return read_coco_pair(written(folder / "captions.json", captions), written(folder / "instances.json", instances))


def test_images_of_both_files_have_captions_and_categories(tmp_path: Path) -> None:
    captions = captions_document(image2=["An empty room."], image1=["A man.", "A man and a dog."], image9=["A boat."])
    corpus = read(tmp_path, captions, instances_document(ROOM))
    assert [(image.image_id, image.captions, image.present) for image in corpus.images] == [
        (1, ("A man.", "A man and a dog."), ("person", "dog")),
        (2, ("An empty room.",), ()),
    ]
    assert corpus.images[0].exhaustive == ("person", "dog", "cup", "couch", "dining table", "quokka")
    assert corpus.skipped == {
        "captioned images that the instances file doesn't have": 1,
        "annotated images without a caption": 1,
    }
    assert set(corpus.digests) == {"captions.json", "instances.json"}


def test_crowds_are_there_too(tmp_path: Path) -> None:
    document = instances_document(ROOM)
    for annotation in document["annotations"]:
        annotation["iscrowd"] = 1
    assert read(tmp_path, captions_document(image1=["A man."]), document).images[0].present == ("person", "dog")


def test_the_largest_box_tells_how_much_of_the_image_an_object_covers(tmp_path: Path) -> None:
    document = instances_document(ROOM)
    document["images"][0] |= {"width": 100, "height": 50}
    boxes = iter([[0, 0, 10, 50], [0, 0, 10, 10], [5, 5, 20, 10]])
    for annotation in document["annotations"][:3]:
        annotation["bbox"] = next(boxes)
    image = read(tmp_path, captions_document(image1=["A man."]), document).images[0]
    assert image.shares == {"person": 0.1, "dog": 0.04}


@pytest.mark.parametrize(
    "box", [None, [], [0, 0, 5], [0, 0, -5, 5], [0, 0, True, 5], [0, 0, "5", 5], [0, 0, 10**400, 1]]
)
def test_boxes_that_are_none_tell_no_size_and_still_presence(tmp_path: Path, box: object) -> None:
    document = instances_document({"000000000001.jpg": ["dog"]})
    document["images"][0] |= {"width": 100, "height": 50}
    document["annotations"][0]["bbox"] = box
    if box == [0, 0, 10**400, 1]:
        document["annotations"][0]["bbox"] = [0, 0, 1e308, 1]
    image = read(tmp_path, captions_document(image1=["A dog."]), document).images[0]
    assert (image.present, image.shares) == (("dog",), {})


def test_of_lvis_only_what_was_looked_for_is_exhaustive(tmp_path: Path) -> None:
    document = instances_document({"000000000001.jpg": ["dog"]}, neg="ignored")
    numbers = {category["name"]: category["id"] for category in document["categories"]}
    document["images"][0]["neg_category_ids"] = [numbers["cup"], numbers["couch"]]
    # A second category of the same meaning, of which nothing is known: a couch may be there under its name.
    document["categories"].append({"id": 999, "name": "sofa"})
    image = read(tmp_path, captions_document(image1=["A dog."]), document).images[0]
    assert image.exhaustive == ("cup",)


def test_captions_that_can_not_be_used_are_counted_and_kept_aside(tmp_path: Path) -> None:
    corpus = read(tmp_path, captions_document(image1=["A dog.", None, " ", 7]), instances_document(ROOM))
    assert corpus.images[0].captions == ("A dog.",)
    assert corpus.skipped["captions that can't be used"] == len(corpus.bad) == 3


@pytest.mark.parametrize("name", ["/etc/passwd.jpg", "../000000000001.jpg"])
def test_images_outside_the_folder_are_not_taken(tmp_path: Path, name: str) -> None:
    captions = captions_document(image1=["A dog."], image2=["A cat."])
    captions["images"][0]["file_name"] = name
    corpus = read(tmp_path, captions, instances_document(ROOM))
    assert [image.image_id for image in corpus.images] == [2]
    assert len(corpus.bad) == 1


def test_two_splits_have_nothing_in_common(tmp_path: Path) -> None:
    with pytest.raises(NegdataError, match="no image in common"):
        read(tmp_path, captions_document(image9=["A dog."]), instances_document(ROOM))


@pytest.mark.parametrize("broken", [[], {}, {"images": [], "annotations": []}, {"images": {}, "annotations": 3}])
def test_broken_files_are_told(tmp_path: Path, broken: Any) -> None:
    with pytest.raises(NegdataError):
        read(tmp_path, broken, instances_document(ROOM))
    with pytest.raises(NegdataError):
        read(tmp_path, captions_document(image1=["A dog."]), broken)


def test_coco_joins() -> None:
    images = coco("val2017")
    assert len(images) == 122
    assert all(len(image.captions) == 5 and len(image.exhaustive) == 80 for image in images)
