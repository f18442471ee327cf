"""Several processes that make features together: each its share, all of them the same ones."""

from __future__ import annotations

import contextlib
import os
import random
import signal
import time
from pathlib import Path
from typing import Any

import pytest

from negdata.train.feature_key import key_of
from negdata.train.feature_store import FeatureFolder, read_stored
from tests.train.feature_worker import BATCH
from tests.train.feature_workers import GOOD, IMAGES, Workers, ended, is_there
from tests.train.watched import Watched, files, the_folder

torch = pytest.importorskip("torch")
pytest.importorskip("transformers")

KILLS = 6
LIVE_ON = 4
"""The kill that the others outlive, until they miss the killed one."""


@pytest.fixture(scope="module")
def seen(workers: Workers, tmp_path_factory: pytest.TempPathFactory) -> tuple[dict[str, Any], dict[str, str]]:
    """Many images, and what one process makes of them."""
    from tests.train.feature_workers import many_images

    folder = tmp_path_factory.mktemp("seen")
    many = many_images(folder / "many")
    answer = folder / "answer"
    said = ended(workers.start(answer, **many, cache=folder / "cache", seconds=0), answer)
    assert len(said["rows"]) == GOOD
    return many, said


def stored(shared: Watched, cache: Path) -> dict[str, str]:
    """Digest of content to vector, of what a cache holds."""
    folder = FeatureFolder.below(cache, key_of(shared.encoder))
    found = read_stored(folder)
    return {content.hex(): found.vectors[row].numpy().tobytes().hex() for content, row in found.row_of.items()}


def check_tidy(cache: Path) -> None:
    """Nothing is left but what everyone reads."""
    assert {Path(name).name for name in files(cache)} == {"vectors.f32", "index", "key.json"}
    assert len(files(cache)) == 3


@pytest.mark.parametrize("size", [2, 3])
def test_they_make_what_one_makes(
    workers: Workers, seen: tuple[Any, Any], shared: Watched, size: int, tmp_path: Path
) -> None:
    many, one = seen
    cache = tmp_path / "cache"
    said = [ended(*each) for each in workers.start_together(tmp_path, [{**many, "cache": cache, "seconds": 0}] * size)]
    for each in said:
        assert each["rows"] == one["rows"]
        assert each["failed"] == one["failed"]
        assert each["total"] == IMAGES
        assert each["told"] == sorted(each["told"])
        assert each["told"][-1] == IMAGES
        assert 0 < each["made"][0] <= -(-IMAGES // size // BATCH) + 1
    assert stored(shared, cache) == one["rows"]
    check_tidy(cache)

    again = [ended(*each) for each in workers.start_together(tmp_path, [{**many, "cache": cache, "seconds": 0}] * size)]
    assert [each["made"] for each in again] == [[0, IMAGES - len(one["failed"])]] * size
    assert [each["rows"] for each in again] == [one["rows"]] * size


def test_images_that_are_more_are_shared_out_too(
    workers: Workers, seen: tuple[Any, Any], shared: Watched, tmp_path: Path
) -> None:
    """Also where those that are lacking would all be one process's if all images were shared out."""
    many, one = seen
    cache, some = tmp_path / "cache", many["names"][::2]
    asked = {"images": many["images"], "names": some, "cache": cache, "seconds": 0}
    for each in workers.start_together(tmp_path, [asked] * 2):
        ended(*each)
    before = len(stored(shared, cache))
    said = [ended(*each) for each in workers.start_together(tmp_path, [{**many, "cache": cache, "seconds": 0}] * 2)]
    made = [each["made"][0] for each in said]
    assert abs(made[0] - made[1]) <= 1
    assert sum(made) <= -(-(GOOD - before) // BATCH) + 2
    assert stored(shared, cache) == one["rows"]


def test_machines_with_caches_of_their_own_each_make_all(
    workers: Workers, seen: tuple[Any, Any], shared: Watched, tmp_path: Path
) -> None:
    many, one = seen
    caches = [tmp_path / "here", tmp_path / "here", tmp_path / "there"]
    asked = [{**many, "cache": cache, "seconds": 0} for cache in caches]
    said = [ended(*each) for each in workers.start_together(tmp_path, asked)]
    assert [each["rows"] for each in said] == [one["rows"]] * 3
    assert said[2]["made"][0] == -(-GOOD // BATCH)
    assert said[0]["made"][0] + said[1]["made"][0] <= -(-GOOD // BATCH) + 2
    for cache in caches[1:]:
        assert stored(shared, cache) == one["rows"]
        check_tidy(cache)

    there = the_folder(tmp_path / "there")
    with (there / "vectors.f32").open("r+b") as file:
        file.truncate(4 * shared.encoder.dim * 10)
    again = [ended(*each) for each in workers.start_together(tmp_path, asked)]
    assert [each["rows"] for each in again] == [one["rows"]] * 3
    assert [each["made"][0] for each in again[:2]] == [0, 0]
    assert again[2]["made"][0] > 0


def test_beside_another_run_nothing_is_made_twice(
    workers: Workers, seen: tuple[Any, Any], shared: Watched, tmp_path: Path
) -> None:
    many, one = seen
    asked = {**many, "cache": tmp_path / "cache", "seconds": 0.02}
    other = workers.start(tmp_path / "alone", **asked)
    together = workers.start_together(tmp_path, [asked] * 2)
    said = [ended(*each) for each in (*together, (other, tmp_path / "alone"))]
    assert [each["rows"] for each in said] == [one["rows"]] * 3
    assert sum(each["made"][0] for each in said) <= -(-GOOD // BATCH) + 2
    check_tidy(tmp_path / "cache")


@pytest.mark.slow
def test_kills_lose_no_more_than_the_block_in_flight(
    workers: Workers, seen: tuple[Any, Any], shared: Watched, tmp_path: Path
) -> None:
    """Runs of different sizes, one of which is killed at any moment; the others are too, or end by themselves."""
    many, one = seen
    cache, draw = tmp_path / "cache", random.Random(3)
    held: set[str] = set()
    killed_running, sizes = 0, [0]
    for kill, size in enumerate((3, 2, 4, 1, 2, 3)):
        started = workers.start_together(tmp_path, [{**many, "cache": cache, "seconds": 0.1}] * size)
        latest = time.monotonic() + 10
        while len(in_folder_and_parts(shared, cache)) < len(held) + BATCH and time.monotonic() < latest:
            time.sleep(0.01)
        time.sleep(draw.uniform(0, 0.05))
        victim, _ = draw.choice(started)
        killed_running += is_there(victim)
        for process in (victim, *(process for process, _ in started[: 0 if kill == LIVE_ON else None])):
            with contextlib.suppress(ProcessLookupError):
                os.kill(process, signal.SIGKILL)
        for process, answer in started:
            latest = time.monotonic() + 30
            while is_there(process):
                assert time.monotonic() < latest, "it hangs"
                time.sleep(0.01)
            if process != victim and answer.is_file() and "error" in (said := ended(process, answer)):
                assert "Another process of this command has ended" in said["error"]
        found = in_folder_and_parts(shared, cache)
        assert found.items() <= one["rows"].items()
        assert held <= found.keys(), "something that was made is lost"
        held = set(found)
        sizes.append(len(held))
    assert killed_running >= KILLS - 2, f"it was over too soon for the test to mean anything: {sizes}"
    assert len(set(sizes)) > KILLS - 2, sizes
    answer = tmp_path / "answer"
    said = ended(workers.start(answer, **many, cache=cache, seconds=0), answer)
    assert said["rows"] == one["rows"]
    assert said["made"][0] <= -(-(GOOD - len(held)) // BATCH) + 1
    assert stored(shared, cache) == one["rows"]
    assert {Path(name).name for name in files(cache) if "here-" not in name} == {"vectors.f32", "index", "key.json"}


def in_folder_and_parts(shared: Watched, cache: Path) -> dict[str, str]:
    """What a cache holds, taken in or not."""
    found = stored(shared, cache)
    key = key_of(shared.encoder)
    for path in cache.glob("*/parts/*"):
        part = read_stored(FeatureFolder(path, key))
        found |= {content.hex(): part.vectors[row].numpy().tobytes().hex() for content, row in part.row_of.items()}
    return found


def test_other_images_elsewhere_are_an_error_in_all(workers: Workers, seen: tuple[Any, Any], tmp_path: Path) -> None:
    many, _ = seen
    names = many["names"][:20]
    other = tmp_path / "other"
    other.mkdir()
    for name in names[:-1]:
        (other / name).write_bytes((many["images"] / name).read_bytes())
    here = {"images": many["images"], "names": names, "cache": tmp_path / "here", "seconds": 0}
    there = here | {"cache": tmp_path / "there"}
    for second, problem in (
        (there | {"images": other}, "find different images in"),
        (there | {"names": names[:-1]}, "read different captions"),
    ):
        said = [ended(*each) for each in workers.start_together(tmp_path, [here, second])]
        assert all(problem in each["error"] for each in said)
