"""The shipped objects: enough of them, consistent, and an error that names the line of a bad file."""

from __future__ import annotations

from pathlib import Path

import pytest

from negdata.errors import NegdataError
from negdata.vocabulary import entries, vocabulary
from negdata.vocabulary.cooccurrence import FAMILIES, SELDOM_TOLD
from negdata.vocabulary.entries import data_digest, read_object_files

COCO = (
    "person, bicycle, car, motorcycle, airplane, bus, train, truck, boat, traffic light, fire hydrant, stop sign, "
    "parking meter, bench, bird, cat, dog, horse, sheep, cow, elephant, bear, zebra, giraffe, backpack, umbrella, "
    "handbag, tie, suitcase, frisbee, skis, snowboard, sports ball, kite, baseball bat, baseball glove, skateboard, "
    "surfboard, tennis racket, bottle, wine glass, cup, fork, knife, spoon, bowl, banana, apple, sandwich, orange, "
    "broccoli, carrot, hot dog, pizza, donut, cake, chair, couch, potted plant, bed, dining table, toilet, tv, laptop, "
    "mouse, remote, keyboard, cell phone, microwave, oven, toaster, sink, refrigerator, book, clock, vase, scissors, "
    "teddy bear, hair drier, toothbrush"
).split(", ")


def test_there_are_at_least_500_objects_and_300_to_propose() -> None:
    files = read_object_files()
    assert len({entry.name for entry in files.entries}) == len(files.entries) >= 500
    assert sum(not entry.background for entry in files.entries) >= 300


@pytest.mark.parametrize("category", COCO)
def test_every_coco_category_is_known(category: str) -> None:
    assert vocabulary().lookup(category) is not None


def test_every_reference_between_objects_resolves() -> None:
    files = read_object_files()
    names = {entry.name for entry in files.entries}
    kinds = {kind for entry in files.entries for kind in entry.isa}
    implied = {name for entry in files.entries for name in entry.implies}
    implied |= {name for activity in files.activities for name in activity.implies}
    assert implied <= names
    # A kind may be a name that nothing is called by itself, but then several objects are of it.
    for kind in kinds - names:
        assert sum(kind in entry.isa for entry in files.entries) >= 2, kind


def test_no_object_is_a_kind_of_itself() -> None:
    for name, entry in vocabulary().entries.items():
        assert not any(name in vocabulary().ancestors(parent) for parent in entry.isa), name


def test_every_scene_belongs_to_a_family() -> None:
    told = {scene for entry in read_object_files().entries for scene in entry.scenes}
    told |= {scene for activity in read_object_files().activities for scene in activity.scenes}
    assert told - {"any"} <= frozenset().union(*FAMILIES)


def test_what_is_seldom_told_is_known() -> None:
    assert set(vocabulary().entries) >= SELDOM_TOLD


@pytest.mark.parametrize("line", ["dog | a | b", "dog", "- | | | |", "dog | | | | | extra"])
def test_a_bad_line_is_named(line: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "pets.txt").write_text(f"# pets\ncat | | | home |\n{line}\n")
    (tmp_path / entries.ACTIVITIES).write_text("")
    monkeypatch.setattr(entries, "FOLDER", tmp_path)
    with pytest.raises(NegdataError, match=r"pets\.txt, line 3"):
        read_object_files.__wrapped__()


def test_the_digest_follows_the_data(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    shipped = data_digest()
    assert shipped == data_digest()
    (tmp_path / "objects").mkdir()
    for path in entries.FOLDER.glob("*.txt"):
        (tmp_path / "objects" / path.name).write_bytes(path.read_bytes())
    for path in entries.FOLDER.parent.glob("*.tsv.gz"):
        (tmp_path / path.name).write_bytes(path.read_bytes())
    monkeypatch.setattr(entries, "FOLDER", tmp_path / "objects")
    assert data_digest() == shipped
    with (tmp_path / "objects" / "animals.txt").open("a") as file:
        file.write("unicorn | | animal | wild |\n")
    assert data_digest() != shipped
