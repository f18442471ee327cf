"""The world on disk: COCO's layouts, exhaustive boxes, the same files from the same seed."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from PIL import Image

from negdata.demo import World, write_world
from negdata.demo.captions import ALL_FORMS, caption
from negdata.demo.scene import KINDS, SIDE
from negdata.demo.world import CAPTIONS_AN_IMAGE

COUNT = 40


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> World:
    return write_world(tmp_path_factory.mktemp("world"), COUNT, 3)


def test_every_image_is_there(world: World) -> None:
    names = sorted(path.name for path in world.images.iterdir())
    assert names == [f"{number:06d}.png" for number in range(COUNT)]
    for name, scene in zip(names, world.scenes, strict=True):
        with Image.open(world.images / name) as image:
            assert image.size == (SIDE, SIDE)
            assert image.tobytes() == scene.image().tobytes()


def test_captions_have_the_layout_of_coco(world: World) -> None:
    content = json.loads(world.captions.read_text())
    assert [image["id"] for image in content["images"]] == list(range(COUNT))
    ids = [annotation["id"] for annotation in content["annotations"]]
    assert len(set(ids)) == len(ids) == COUNT * CAPTIONS_AN_IMAGE
    for number, scene in enumerate(world.scenes):
        mine = [a["caption"] for a in content["annotations"] if a["image_id"] == number]
        assert len(mine) == CAPTIONS_AN_IMAGE
        assert set(mine) <= {caption(scene, number) for number in range(ALL_FORMS)}


def test_boxes_are_exhaustive(world: World) -> None:
    content = json.loads(world.instances.read_text())
    names = {category["id"]: category["name"] for category in content["categories"]}
    assert set(names.values()) == set(KINDS)
    assert content["images"] == json.loads(world.captions.read_text())["images"]
    for number, scene in enumerate(world.scenes):
        mine = [a for a in content["annotations"] if a["image_id"] == number]
        assert {(names[a["category_id"]], *a["bbox"]) for a in mine} == {(t.name, *t.box) for t in scene.objects}
        assert all(a["iscrowd"] == 0 and a["area"] == a["bbox"][2] * a["bbox"][3] for a in mine)


def test_a_seed_writes_the_same_files(world: World, tmp_path: Path) -> None:
    again, other = write_world(tmp_path / "again", COUNT, 3), write_world(tmp_path / "other", COUNT, 4)
    assert again.scenes == world.scenes != other.scenes
    for mine, its in ((again.captions, world.captions), (again.instances, world.instances)):
        assert mine.read_bytes() == its.read_bytes()
    assert other.captions.read_bytes() != world.captions.read_bytes()
