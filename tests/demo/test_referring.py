"""Walls of pictures: what each shows, what it is called, and the benchmarks that are built of them."""

from __future__ import annotations

import json
from collections import Counter
from pathlib import Path

import pytest
from PIL import Image, ImageChops

from negdata.benchmark import BuildSettings, build_benchmark
from negdata.demo.holdout import balanced_scenes, every_pair, held_out, held_out_pairs, training_scenes, unseen_scenes
from negdata.demo.phrases import AFFIRMED, DENIED, NAMED
from negdata.demo.places import PLACES
from negdata.demo.referring import Gallery, Wall, box_of, write_referring, write_retrieval
from negdata.demo.scene import KINDS, SIDE
from negdata.negation import find_cues, negated_spans

WALLS = 80


@pytest.fixture(scope="module")
def gallery(tmp_path_factory: pytest.TempPathFactory) -> Gallery:
    return write_referring(tmp_path_factory.mktemp("refcocog"), WALLS, 3)


def shown_kind(wall: Wall) -> str:
    return wall.shown.split()[-1]


def test_only_the_denied_kind_tells_the_pictures_apart(gallery: Gallery) -> None:
    for wall in gallery.walls:
        assert shown_kind(wall) in wall.fitting.present & wall.other.present
        assert wall.negated in wall.other.present - wall.fitting.present
        assert held_out((shown_kind(wall), wall.negated))
        (mine, its) = (
            next(thing.color for thing in scene.objects if thing.name == shown_kind(wall)) for scene in wall.scenes
        )
        assert mine == its


def test_both_pictures_are_of_one_place(gallery: Gallery) -> None:
    assert all(wall.fitting.place == wall.other.place for wall in gallery.walls)
    assert len({wall.fitting.place for wall in gallery.walls}) == len(PLACES)


def test_what_a_picture_holds_besides_is_left_to_chance(gallery: Gallery) -> None:
    more = Counter(len(wall.fitting.objects) - len(wall.other.objects) for wall in gallery.walls)
    assert abs(sum(count for by, count in more.items() if by > 0) - sum(more[by] for by in more if by < 0)) < WALLS / 4
    assert sum(wall.right for wall in gallery.walls) == WALLS / 2


def test_phrases_deny_and_affirm_what_they_should(gallery: Gallery) -> None:
    for wall in gallery.walls:
        for phrase in wall.denying:
            assert len(find_cues(phrase)) == 1
            (span,) = (phrase[start:end] for _, start, end in negated_spans(phrase))
            assert wall.negated in span
            assert shown_kind(wall) not in span
        assert not find_cues(wall.affirming)
    assert not any(find_cues(form) for form in (*AFFIRMED, *NAMED))
    assert all(find_cues(form.format(a="a cat", b="a dog", bare="dog")) for form in DENIED)


@pytest.mark.parametrize("definition", ["negrefcocog", "negrefcocog-strict"])
def test_every_phrase_gives_an_item_whose_crops_show_one_scene_each(gallery: Gallery, definition: str) -> None:
    out = gallery.folder / f"{definition}.json"
    summary = build_benchmark(BuildSettings(source=gallery.folder, out=out, definition=definition, rich=True))
    assert (summary.kept, summary.rejected, summary.skipped) == (2 * WALLS, 0, {})
    for item in json.loads(out.read_text()):
        wall = gallery.walls[int(item["image"].split("-")[1].split(".")[0])]
        with Image.open(gallery.images / item["image"]) as image:
            for crop in item["bbox_list"]:
                scene = wall.fitting if crop == item["ref_bbox"] else wall.other
                assert_shows_alone(image, crop, scene.image(), wall)


def assert_shows_alone(image: Image.Image, crop: list[float], scene: Image.Image, wall: Wall) -> None:
    """The crop holds the scene's pixels, and around them the wall and the frame, which shows nothing."""
    left, top, width, height = map(int, crop)
    held = [box_of(place) for place in range(len(wall.scenes)) if left <= box_of(place)[0] < left + width]
    assert len(held) == 1
    x, y, outer, _ = held[0]
    edge = (outer - SIDE) // 2
    inner = (x + edge, y + edge, x + edge + SIDE, y + edge + SIDE)
    assert left <= inner[0] < inner[2] <= left + width
    assert top <= inner[1] < inner[3] <= top + height
    assert not ImageChops.difference(image.crop(inner), scene).getbbox()
    around = image.crop((left, top, left + width, top + height))
    around.paste(image.getpixel((0, 0)), (x - left, y - top, x - left + outer, y - top + outer))  # type: ignore[arg-type]
    assert len(around.getcolors() or ()) == 1


def test_no_rule_that_never_reads_does_well(gallery: Gallery) -> None:
    out = gallery.folder / "strict.json"
    settings = BuildSettings(source=gallery.folder, out=out, definition="negrefcocog-strict")
    assert all(abs(bias.excess) < 0.03 for bias in build_benchmark(settings).biases)


def test_a_seed_writes_the_same_files(gallery: Gallery, tmp_path: Path) -> None:
    again, other = write_referring(tmp_path / "again", WALLS, 3), write_referring(tmp_path / "other", 10, 4)
    assert again.walls == gallery.walls
    assert other.walls != gallery.walls[:10]
    for name in ("refs(umd).p", "instances.json", "images/wall-000007.png"):
        assert (again.folder / name).read_bytes() == (gallery.folder / name).read_bytes()


def test_training_never_shows_a_pair_that_is_held_out() -> None:
    pairs = held_out_pairs()
    assert Counter(kind for pair in pairs for kind in pair) == dict.fromkeys(KINDS, 2)
    assert all(held_out(pair) and held_out(reversed(pair)) for pair in pairs)
    assert set(pairs) < set(every_pair())
    assert Counter(len(scene.objects) for scene in balanced_scenes(20, 1)) == {1: 7, 2: 7, 3: 6}
    assert not any(held_out(scene.present) for scene in balanced_scenes(100, 1))
    assert not any(held_out(scene.present) for scene in training_scenes(200, 1))
    assert all(held_out(scene.present) for scene in unseen_scenes(50, 1))
    assert training_scenes(5, 1) == training_scenes(20, 1)[:5] != training_scenes(5, 2)


def test_a_retrieval_set_of_unseen_scenes(tmp_path: Path) -> None:
    world = write_retrieval(tmp_path, 12, 0)
    content = json.loads(world.captions.read_text())
    assert world.scenes == tuple(unseen_scenes(12, 0))
    assert [image["file_name"] for image in content["images"]] == [f"unseen-{number:06d}.png" for number in range(12)]
    assert not any(find_cues(row["caption"]) for row in content["annotations"])
