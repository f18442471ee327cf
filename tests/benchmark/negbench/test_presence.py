"""What may be affirmed and denied of an image."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given, settings
from pydantic import ValidationError

from negdata.benchmark.negbench.annotated import AnnotatedCaptions
from negdata.benchmark.negbench.presence import LOOKALIKES, ObjectOptions, noun, presence
from negdata.vocabulary import vocabulary
from tests.benchmark.negbench.scenes import CATEGORIES, albums, coco, pictured

OPTIONS = ObjectOptions()
ALL = ObjectOptions(least_plausible=0.0, most_absent=200)


def absent(captions: list[str], present: list[str] | None = None) -> set[str]:
    return set(presence(pictured(1, captions, present or []), ALL).absent)


def test_what_is_annotated_is_shown_and_the_rest_absent() -> None:
    found = presence(pictured(1, ["A cat on a bed."], ["cat", "bed"]), OPTIONS)
    assert found.shown == ("cat", "bed")
    assert "dog" in found.absent
    assert {"cat", "bed"}.isdisjoint(found.absent)


@pytest.mark.parametrize(
    ("caption", "name"),
    [
        ("A puppy in the grass.", "dog"),
        ("Two taxis on the street.", "car"),
        ("An animal in the park.", "dog"),  # it may be one
        ("A surfer at sea.", "person"),
        ("A restaurant table with food.", "pizza"),
        ("A cat on an armchair.", "couch"),  # people call either by both names
        ("A pickup on the street.", "car"),
        ("A hand with a spoon.", "person"),
        ("There is no dog in the park.", "dog"),  # true or not, it was spoken of
    ],
)
def test_what_a_caption_may_mean_is_not_absent(caption: str, name: str) -> None:
    plain = {
        "dog": "A park with a bench.",
        "car": "A horse.",
        "person": "A cup.",
        "pizza": "A fork.",
        "couch": "A cat and a book.",
    }
    assert name in absent([plain[name]])
    assert name not in absent([caption])


def test_what_is_taken_for_an_annotated_object_is_not_absent() -> None:
    assert "truck" in absent(["A horse."], ["horse"])
    assert "truck" not in absent(["A horse."], ["horse", "car"])


def test_implausible_objects_are_not_spoken_of() -> None:
    found = presence(pictured(1, ["A cat sleeps on a laptop in an office."], ["cat", "laptop"]), OPTIONS)
    assert "cup" in found.absent
    assert {"horse", "bus", "skis", "oven"}.isdisjoint(found.absent)


def test_people_and_sinks_are_missed_where_they_belong() -> None:
    street = presence(pictured(1, ["A bus on a street."], ["bus"]), OPTIONS)
    towel = presence(pictured(1, ["A towel and soap."], []), OPTIONS)
    assert "person" in street.absent
    assert "sink" not in street.absent
    assert {"person", "sink"} <= set(towel.absent)


def test_small_objects_count_only_where_a_caption_names_them() -> None:
    image = replace(pictured(1, ["A bus on a street."], ["bus", "bicycle"]), shares={"bus": 0.3, "bicycle": 0.001})
    assert presence(image, OPTIONS).shown == ("bus",)
    assert presence(replace(image, captions=("A bus and a bike.",)), OPTIONS).shown == ("bus", "bicycle")


def test_what_captions_deny_or_call_otherwise_is_not_shown() -> None:
    assert presence(pictured(1, ["A street without a bus."], ["bus"]), OPTIONS).shown == ()
    assert presence(pictured(1, ["Goats in a field."], ["sheep"]), OPTIONS).shown == ()
    assert presence(pictured(1, ["Animals in a field."], ["horse"]), OPTIONS).shown == ("horse",)


def test_left_out_and_only_named_categories() -> None:
    options = ObjectOptions(left_out=["bed"], only_named=["person"], least_plausible=0.0, most_absent=200)
    found = presence(pictured(1, ["A cat in a bedroom."], ["cat", "person"]), options)
    assert found.shown == ("cat",)
    assert {"bed", "person"}.isdisjoint(found.absent)
    assert "person" in presence(pictured(1, ["A man and a cat."], ["cat", "person"]), options).shown


def test_names_must_be_known() -> None:
    with pytest.raises(ValidationError, match="quokka"):
        ObjectOptions(left_out=["quokka"])
    with pytest.raises(ValidationError):
        ObjectOptions(names={"dog": ("{dog}", "dogs")})
    with pytest.raises(ValidationError):
        ObjectOptions.model_validate({"colour": "red"})


def test_a_category_goes_by_the_name_that_it_is_given() -> None:
    assert noun("sports ball", {"sports ball": ("ball", "balls")}).bare == "ball"
    assert noun("tv", {}).singular == "television"
    assert noun("Dining Table!", {}).singular == "dining table"


def test_lookalikes_are_objects_of_the_vocabulary() -> None:
    lines = [line for line in LOOKALIKES.read_text(encoding="utf-8").splitlines() if line and not line.startswith("#")]
    names = [name for line in lines for name in line.split(", ")]
    assert len(lines) > 20
    assert [name for name in names if name not in vocabulary().entries] == []


@settings(max_examples=40, deadline=None)
@given(albums(most=3))
def test_nothing_is_both_and_all_is_known_for_certain(images: list[AnnotatedCaptions]) -> None:
    known = vocabulary()
    for image in images:
        found = presence(image, ALL)
        assert set(found.shown) <= set(image.present)
        assert set(found.absent) <= set(CATEGORIES) - set(image.present)
        for name in found.absent:
            entry = known.lookup(name)
            assert entry is not None
            for caption in image.captions:
                assert not any(known.kin(entry.name, mention.name) for mention in known.find(caption))


def test_coco_offers_absent_objects() -> None:
    found = [presence(image, OPTIONS) for image in coco("val2017")]
    assert sum(len(one.absent) >= 4 for one in found) > 100
