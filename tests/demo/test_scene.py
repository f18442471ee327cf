"""Scenes: true captions, known content, the same picture from the same seed."""

from __future__ import annotations

import hashlib
import random

import pytest
from PIL import ImageChops, ImageStat

from negdata.demo import Background, Scene, draw_scene
from negdata.demo.pictograms import COLORS, PICTOGRAMS
from negdata.demo.scene import KINDS, MOST_OBJECTS, SIDE
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


def test_scenes_differ_in_number_kind_color_place_and_background() -> None:
    things = [thing for scene in SCENES for thing in scene.objects]
    assert {len(scene.objects) for scene in SCENES} == set(range(1, MOST_OBJECTS + 1))
    assert {thing.name for thing in things} == set(KINDS)
    assert {thing.color for thing in things} == set(COLORS)
    assert len({thing.position for thing in things}) == 9
    assert {scene.background.pattern for scene in SCENES} == {"plain", "gradient", "striped"}


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
        assert all(abs(mine - its) <= 2 for mine, its in zip(painted, expected, strict=True)), (painted, expected)


def test_an_object_is_drawn_in_its_color() -> None:
    for kind in KINDS:
        for seed in range(4):
            scene = draw_scene(seed, kinds=[kind], count=1)
            colors = scene.image().getcolors(SIDE * SIDE)
            assert colors is not None
            assert COLORS[scene.objects[0].color] in {color for _, color in colors}


def test_kinds_look_different() -> None:
    chance = random.Random(0)
    background = Background("plain", "white", "white")
    plain = []
    for kind in KINDS:
        thing = draw_scene(chance, kinds=[kind], count=1).objects[0]
        color = PICTOGRAMS[kind].colors[0]
        placed = type(thing)(kind, color, (30, 30, 50, 50), False)
        plain.append(Scene((placed,), background).image().convert("L"))
    for index, one in enumerate(plain):
        for other in plain[:index]:
            assert ImageStat.Stat(ImageChops.difference(one, other)).mean[0] > 3


def test_captions_name_only_what_is_there() -> None:
    known = vocabulary()
    forms = set()
    for scene in SCENES:
        for number in range(20):
            caption = scene.caption(number)
            named = {mention.name for mention in known.find(caption)} & set(KINDS)
            assert named
            assert named <= scene.present, caption
            forms.add(len(named))
        assert {mention.name for mention in known.find(scene.caption())} & set(KINDS) == scene.present
    assert forms == {1, 2, 3, 4}


def test_relations_hold() -> None:
    checked = 0
    for scene in SCENES:
        if len(scene.objects) < 2:
            continue
        (x, y), (other_x, other_y) = scene.objects[0].center, scene.objects[1].center
        caption = scene.caption(3)
        truth = {
            "to the left of": x < other_x,
            "to the right of": x > other_x,
            " above ": y < other_y,
            " below ": y > other_y,
        }
        (said,) = [words for words in truth if words in caption]
        assert truth[said], caption
        checked += 1
    assert checked > 100


def test_a_seed_gives_the_same_scene_and_picture() -> None:
    assert draw_scene(7) == draw_scene(random.Random(7))
    assert draw_scene(7) != draw_scene(8)
    assert draw_scene(7).image().tobytes() == draw_scene(7).image().tobytes()
    assert draw_scene(7).image().size == (SIDE, SIDE)


def test_a_seed_means_the_same_scenes_on_every_machine() -> None:
    drawn = "\n".join(repr(draw_scene(seed)) for seed in range(20))
    assert (
        hashlib.sha256(drawn.encode()).hexdigest() == "628e1a888190435d13384d11f80acf542969fa7bd9de9079ae66c908cf10f1c4"
    )


def test_kinds_and_count_are_kept() -> None:
    for seed in range(20):
        assert draw_scene(seed, kinds=["dog", "cat"], count=2).present == {"dog", "cat"}
    with pytest.raises(ValueError, match="3 can't be placed"):
        draw_scene(0, kinds=["dog", "cat"], count=3)
