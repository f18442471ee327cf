"""Scenes: known content, the same picture from the same seed."""

from __future__ import annotations

import hashlib
import random

import pytest
from PIL import ImageChops, ImageStat

from negdata.demo import Background, PlacedObject, Scene, draw_scene
from negdata.demo.pictograms import PICTOGRAMS
from negdata.demo.places import PLACES
from negdata.demo.scene import KINDS, MOST_OBJECTS, SIDE
from negdata.demo.shapes import COLORS
from negdata.vocabulary import vocabulary

SCENES = [draw_scene(seed) for seed in range(200)]


def _empty(scene: Scene) -> Scene:
    return Scene((), scene.background)


@pytest.mark.parametrize("kind", KINDS)
def test_the_vocabulary_knows_every_kind_and_may_say_that_it_is_absent(kind: str) -> None:
    entry = vocabulary().lookup(kind)
    assert entry is not None
    assert entry.name == kind
    assert not entry.background


def test_no_kind_is_a_kind_of_another() -> None:
    known = vocabulary()
    assert not [(one, other) for one in KINDS for other in KINDS if one != other and known.kin(one, other)]


def test_scenes_differ_in_number_kind_color_doing_and_place() -> None:
    things = [thing for scene in SCENES for thing in scene.objects]
    assert len(KINDS) >= 20
    assert {len(scene.objects) for scene in SCENES} == set(range(1, MOST_OBJECTS + 1))
    assert {thing.name for thing in things} == set(KINDS)
    assert {thing.color for thing in things} == set(COLORS)
    assert {thing.side for thing in things} == {"left", "middle", "right"}
    assert {(thing.name, thing.doing) for thing in things} == {(k, doing) for k in KINDS for doing in PICTOGRAMS[k]}
    assert {scene.place for scene in SCENES} == set(PLACES)


def test_things_are_where_they_are_found() -> None:
    for scene in SCENES:
        assert scene.present <= set(PLACES[scene.place].kinds)
        assert draw_scene(1, kinds=sorted(scene.present), count=1, place=scene.place).place == scene.place
    assert set(KINDS) == {kind for place in PLACES.values() for kind in place.kinds}


def test_objects_lie_inside_and_apart_and_are_of_different_kinds() -> None:
    for scene in SCENES:
        assert len(scene.present) == len(scene.objects)
        for index, thing in enumerate(scene.objects):
            left, top, width, height = thing.box
            assert min(left, top) >= 0
            assert max(left + width, top + height) <= SIDE
            for other in scene.objects[:index]:
                x, y, w, h = other.box
                assert left + width <= x or x + w <= left or top + height <= y or y + h <= top


@pytest.mark.parametrize("kind", KINDS)
def test_the_box_is_what_is_drawn(kind: str) -> None:
    for seed in range(10):
        scene = draw_scene(seed, kinds=[kind], count=1)
        painted = ImageChops.difference(scene.image(), _empty(scene).image()).getbbox()
        assert painted is not None
        left, top, width, height = scene.objects[0].box
        expected = (left, top, left + width, top + height)
        assert all(abs(mine - its) <= 4 for mine, its in zip(painted, expected, strict=True)), (painted, expected)


def test_an_object_is_drawn_in_its_color() -> None:
    for kind in KINDS:
        for seed in range(4):
            scene = draw_scene(seed, kinds=[kind], count=1)
            colors = scene.image().getcolors(SIDE * SIDE)
            assert colors is not None
            assert COLORS[scene.objects[0].color] in {color for _, color in colors}


def test_kinds_look_different() -> None:
    background = Background("snow", 0)
    plain = []
    for kind, doing in [(kind, doing) for kind, poses in PICTOGRAMS.items() for doing in poses]:
        color = PICTOGRAMS[kind][doing].colors[0]
        placed = PlacedObject(kind, color, doing, (62, 62, 100, 100), False)
        plain.append(Scene((placed,), background).image().convert("L"))
    for index, one in enumerate(plain):
        for other in plain[:index]:
            assert ImageStat.Stat(ImageChops.difference(one, other)).mean[0] > 3


def test_a_seed_gives_the_same_scene_and_picture() -> None:
    assert draw_scene(7) == draw_scene(random.Random(7))
    assert draw_scene(7) != draw_scene(8)
    assert draw_scene(7).image().tobytes() == draw_scene(7).image().tobytes()
    assert draw_scene(7).image().size == (SIDE, SIDE)


def test_a_seed_means_the_same_scenes_on_every_machine() -> None:
    drawn = "\n".join(repr(draw_scene(seed)) for seed in range(20))
    assert (
        hashlib.sha256(drawn.encode()).hexdigest() == "c40f9990045ecf143031d7564195bab73e9b5a5c8b9a7da43880b24c905b0c57"
    )


def test_kinds_and_count_are_kept() -> None:
    for seed in range(20):
        assert draw_scene(seed, kinds=["dog", "cat"], count=2).present == {"dog", "cat"}
    with pytest.raises(ValueError, match="3 can't be placed"):
        draw_scene(0, kinds=["dog", "cat"], count=3)
