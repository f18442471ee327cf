"""Every distinct image is encoded once, and what can't be is told of."""

from __future__ import annotations

import random
import shutil
from pathlib import Path
from typing import Any

import pytest
from PIL import Image

from negdata.benchmark.evaluate.encode import Encoding
from negdata.benchmark.evaluate.plan import Sight, plan_for
from negdata.benchmark.suites.base import ChoiceBench, ChoiceItem, View
from negdata.locks import OutputLock
from negdata.train.features import Features, default_cache
from tests.benchmark.evaluate.standins import read
from tests.images.made import in_tars
from tests.train.feature_worker import BATCH
from tests.train.watched import IMAGES, NAMES, Watched, alone, files, the_folder

torch = pytest.importorskip("torch")
pytest.importorskip("transformers")


def test_each_image_has_its_own_embedding(shared: Watched, images: Path, tmp_path: Path) -> None:
    found: Features = shared.features(images, NAMES, tmp_path)
    assert shared.encoded == IMAGES
    assert found.vectors.shape == (IMAGES, shared.encoder.dim)
    assert found.vectors.dtype == torch.float32
    assert dict(found.row_of) == {name: row for row, name in enumerate(NAMES)}
    assert not found.failed
    some = ["07.png", "02.png", "07.png"]
    expected = torch.stack([alone(shared, images / name) for name in some])
    assert torch.allclose(found.of(some), expected, atol=1e-6)
    assert found.of([]).shape == (0, shared.encoder.dim)
    assert len(set(found.digest_of.values())) == IMAGES


def test_they_are_what_an_evaluation_makes_of_the_whole_image(shared: Watched, own: Path, tmp_path: Path) -> None:
    turned = Image.open(own / "03.png").crop((0, 0, 60, 30))
    exif = Image.Exif()
    exif[0x0112] = 6
    turned.save(own / "turned.jpg", exif=exif)
    names = [*NAMES[:6], "turned.jpg"]
    items = tuple(ChoiceItem(name, (View(name),), ("a cat", "a dog"), 0) for name in names)
    plan = plan_for([ChoiceBench("x", own / "x.json", items)], own, 0)
    (encoded,) = Encoding([shared.encoder], plan, read=read, batch_size=4, workers=1).run()
    theirs = torch.from_numpy(encoded.views([Sight(own, View(name)) for name in names]))
    assert torch.allclose(shared.features(own, names, tmp_path / "cache").of(names), theirs, atol=1e-6)


def test_a_second_run_only_hashes(shared: Watched, images: Path, tmp_path: Path) -> None:
    first = shared.features(images, NAMES, tmp_path)
    before = files(tmp_path)
    again = shared.features(images, NAMES[::-1], tmp_path)
    assert (shared.encoded, shared.prepared) == (0, 0)
    assert shared.progress[-1].resumed == shared.progress[-1].kept == shared.progress[-1].total == IMAGES
    assert torch.equal(again.of(NAMES), first.of(NAMES))
    assert again.row_of == first.row_of
    assert files(tmp_path) == before


def test_embeddings_of_files_are_those_of_the_same_images_in_tars(
    shared: Watched, images: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("NEGDATA_CACHE", str(tmp_path / "index"))
    tars = in_tars(tmp_path / "tars", {name: (images / name).read_bytes() for name in NAMES}, 3)
    first = shared.features(tars, NAMES, tmp_path / "features")
    assert shared.encoded == IMAGES
    again = shared.features(images, NAMES, tmp_path / "features")
    assert (shared.encoded, shared.prepared) == (0, 0)
    assert torch.equal(first.of(NAMES), again.of(NAMES))
    assert dict(first.digest_of) == dict(again.digest_of)


def test_what_is_all_there_needs_no_lock(shared: Watched, images: Path, tmp_path: Path) -> None:
    first = shared.features(images, NAMES, tmp_path)
    folder = the_folder(tmp_path)
    lock = OutputLock(folder / "lock", folder, "another")
    try:
        assert torch.equal(shared.features(images, NAMES, tmp_path).of(NAMES), first.of(NAMES))
    finally:
        lock.release()


def test_more_images_are_added_and_others_stay(shared: Watched, images: Path, tmp_path: Path) -> None:
    first = shared.features(images, NAMES[10:], tmp_path)
    kept = first.of(NAMES[10:])
    both = shared.features(images, NAMES, tmp_path)
    assert shared.encoded == 10
    assert (shared.progress[-1].kept, shared.progress[-1].resumed) == (20, 10)
    assert torch.equal(both.of(NAMES[10:]), kept)
    assert torch.equal(first.of(NAMES[10:]), kept)  # the file grew under its map


def test_progress_counts_every_distinct_name_once(shared: Watched, own: Path, tmp_path: Path) -> None:
    (own / "05.png").unlink()
    shared.features(own, [*NAMES, *NAMES], tmp_path / "cache")
    assert shared.progress[0].done == 0
    assert [one.done for one in shared.progress] == sorted(one.done for one in shared.progress)
    last = shared.progress[-1]
    assert (last.total, last.kept, last.failed, last.resumed) == (IMAGES, IMAGES - 1, 1, 0)


def test_an_image_is_known_by_its_content(shared: Watched, own: Path, tmp_path: Path) -> None:
    (own / "again").mkdir()
    copies = [f"again/{name}" for name in NAMES[:9]]
    for name in NAMES[:9]:
        shutil.copy(own / name, own / "again" / name)
    mixed = [name for pair in zip(NAMES[:9], copies, strict=True) for name in pair]
    found = shared.features(own, mixed, tmp_path / "cache")
    assert shared.encoded == len(found.vectors) == 9
    assert [found.row_of[name] for name in NAMES[:9]] == [found.row_of[name] for name in copies]
    assert (shared.progress[-1].kept, shared.progress[-1].resumed) == (18, 0)

    shutil.copy(own / "15.png", own / "again" / "00.png")
    changed = shared.features(own, mixed, tmp_path / "cache")
    assert shared.encoded == 1
    assert torch.equal(changed.of(["00.png"]), found.of(["00.png"]))
    assert torch.allclose(changed.of(["again/00.png"])[0], alone(shared, own / "15.png"), atol=1e-6)
    assert changed.digest_of["again/00.png"] != found.digest_of["again/00.png"]


def test_bad_images_fail_by_themselves_and_are_tried_again(shared: Watched, own: Path, tmp_path: Path) -> None:
    whole = (own / "00.png").read_bytes()
    (own / "empty.png").touch()
    (own / "text.png").write_text("no image at all")
    (own / "broken.png").write_bytes(whole[: len(whole) // 2])
    (own / "folder.png").mkdir()
    Image.new("1", (20_000, 10_000)).save(own / "bomb.png")
    (tmp_path / "x.png").write_bytes(whole)
    (own / "link.png").symlink_to(tmp_path / "x.png")
    outside = ["../x.png", str(tmp_path / "x.png"), "link.png", "..\\x.png", "a\0b.png", "\ud800.png", ""]
    names = [
        "empty.png",
        *NAMES[:2],
        "text.png",
        "broken.png",
        "bomb.png",
        "gone.png",
        "folder.png",
        *outside,
        "02.png",
    ]
    found = shared.features(own, names, tmp_path / "cache")
    assert {name: error.code for name, error in found.failed.items()} == {
        "empty.png": "image-empty",
        "text.png": "not-an-image",
        "broken.png": "image-broken",
        "bomb.png": "image-too-large",
        "gone.png": "image-missing",
        "folder.png": "image-missing",
        **dict.fromkeys(outside, "image-missing"),
    }
    assert dict(found.row_of) == {"00.png": 0, "01.png": 1, "02.png": 2}
    assert found.digest_of.keys() == found.row_of.keys()
    assert all(error.__traceback__ is None for error in found.failed.values())  # or it would hold a picture
    assert shared.progress[-1].failed == len(found.failed)

    shutil.copy(own / "03.png", own / "broken.png")
    again = shared.features(own, names, tmp_path / "cache")
    assert shared.encoded == 1
    assert again.failed.keys() == found.failed.keys() - {"broken.png"}


def test_where_nothing_is_good_nothing_is_kept(shared: Watched, tmp_path: Path) -> None:
    found = shared.features(tmp_path, ["gone.png"], tmp_path / "cache")
    assert (found.vectors.shape, list(found.failed)) == ((0, shared.encoder.dim), ["gone.png"])
    assert shared.features(tmp_path, [], tmp_path / "cache").vectors.shape == (0, shared.encoder.dim)
    assert not (tmp_path / "cache").exists()


def test_what_has_no_direction_fails(model: Path, own: Path, tmp_path: Path) -> None:
    """A tower that answers one-coloured pictures with nothing."""
    watched = Watched(model)
    features = watched.encoder.image_features

    def blind(pixels: Any) -> Any:
        flat = pixels.flatten(2)
        return features(pixels) * (flat.amax(2) > flat.amin(2)).any(1, keepdim=True)

    watched.encoder.image_features = blind
    for name in ("01.png", "04.png"):
        Image.new("RGB", (40, 40), "red").save(own / name)
    found = watched.features(own, NAMES, tmp_path / "cache")
    assert {name: error.code for name, error in found.failed.items()} == {
        "01.png": "not-a-number",
        "04.png": "not-a-number",
    }
    assert len(found.vectors) == IMAGES - 2
    assert bool(found.vectors.isfinite().all())
    assert watched.features(own, NAMES, tmp_path / "cache").failed.keys() == found.failed.keys()
    assert watched.encoded == 1


def test_the_last_bits_depend_on_the_image_alone(shared: Watched, images: Path, tmp_path: Path) -> None:
    whole = shared.features(images, NAMES, tmp_path / "whole", workers=1)
    many = shared.features(images, NAMES, tmp_path / "many", workers=7)
    assert files(tmp_path / "whole") == files(tmp_path / "many")
    assert torch.equal(whole.vectors, many.vectors)
    some = random.Random(1).sample(NAMES, 7)
    assert torch.equal(shared.features(images, some, tmp_path / "some").of(some), whole.of(some))
    one = shared.features(images, ["08.png"], tmp_path / "one")
    assert torch.equal(one.of(["08.png"]), whole.of(["08.png"]))
    assert {shape[0] for shape in shared.shapes} >= {BATCH}


def test_nobody_writes_to_the_file_through_the_vectors(shared: Watched, images: Path, tmp_path: Path) -> None:
    for _ in range(2):  # as it is when it is made, and when it was there
        found = shared.features(images, NAMES, tmp_path)
        before = files(tmp_path)
        found.vectors.zero_()
        found.of(NAMES).add_(1)
        assert files(tmp_path) == before


def test_the_cache_is_where_replies_are(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NEGDATA_CACHE", str(tmp_path))
    assert default_cache() == tmp_path / "features"
    monkeypatch.delenv("NEGDATA_CACHE")
    assert default_cache().parent.name == "negdata"
