"""Captions of scenes: true, varied, and none denies anything."""

from __future__ import annotations

import random

from negdata.demo import Scene, draw_scene
from negdata.demo.captions import ALL_FORMS, FORMS, caption, captions_of
from negdata.demo.pictograms import PICTOGRAMS
from negdata.demo.places import PLACES
from negdata.demo.scene import KINDS
from negdata.demo.shapes import COLORS
from negdata.negation import find_cues
from negdata.vocabulary import vocabulary

SCENES = [draw_scene(seed) for seed in range(200)]
DOINGS = {doing for poses in PICTOGRAMS.values() for doing in poses if doing}


def _said(scene: Scene) -> list[str]:
    return [caption(scene, number) for number in range(ALL_FORMS)]


def test_they_name_only_what_is_there() -> None:
    known = vocabulary()
    counts = set()
    for scene in SCENES:
        for text in _said(scene):
            named = {mention.name for mention in known.find(text)} & set(KINDS)
            assert named
            assert named <= scene.present, text
            counts.add(len(named))
        assert {mention.name for mention in known.find(caption(scene))} & set(KINDS) == scene.present
    assert counts == {1, 2, 3}


def test_colors_doings_and_places_are_the_scenes_own() -> None:
    for scene in SCENES:
        colors = {(thing.color, thing.name) for thing in scene.objects}
        doings = {(thing.name, thing.doing) for thing in scene.objects if thing.doing}
        for text in _said(scene):
            words = text.lower().strip(".").replace(",", "").split()
            for place, word in enumerate(words):
                if word in COLORS:
                    assert (word, words[place + 1]) in colors, text
                if word in DOINGS:
                    subject = words[place - 2] if words[place - 1] == "is" else words[place - 1]
                    assert (subject, word) in doings, text
            elsewhere = {one.noun.split()[0] for name, one in PLACES.items() if name != scene.place}
            assert not elsewhere & set(words), text


def test_relations_hold() -> None:
    checked = 0
    for scene in SCENES:
        if len(scene.objects) < 2:
            continue
        (x, y), (other_x, other_y) = scene.objects[0].center, scene.objects[1].center
        text = caption(scene, 3)
        truth = {
            "to the left of": x < other_x,
            "to the right of": x > other_x,
            " above ": y < other_y,
            " below ": y > other_y,
        }
        (said,) = [words for words in truth if words in text]
        assert truth[said], text
        checked += 1
    assert checked > 100


def test_they_vary_and_deny_nothing() -> None:
    said = [text for scene in SCENES for text in _said(scene)]
    assert len(set(said)) > 2_000
    assert not any(find_cues(text) for text in said)
    for scene in SCENES:
        drawn = captions_of(scene, 3, random.Random(0))
        assert len(drawn) == len(set(drawn)) == 3
        assert captions_of(scene, 3, random.Random(0)) == drawn
    assert FORMS >= 6
