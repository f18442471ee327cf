"""What lies in parts, whoever left it there, comes to what everyone reads: once, and only what proves itself."""

from __future__ import annotations

import shutil
import threading
import time
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from negdata.locks import OutputLock
from negdata.processes import Processes
from negdata.train.feature_key import FeatureKey
from negdata.train.feature_shelf import Shelf, part_of, parts_of
from negdata.train.feature_store import CONTENT_BYTES, FeatureFolder, read_stored

torch = pytest.importorskip("torch")

DIM = 4
KEY = FeatureKey({"tower": "small"}, DIM)


def content(number: int) -> bytes:
    return number.to_bytes(CONTENT_BYTES, "big")


def vector(number: int) -> Any:
    return torch.arange(DIM, dtype=torch.float32) + number


def never(reason: str) -> None:
    raise AssertionError(reason)


def put(folder: FeatureFolder, blocks: Sequence[Sequence[int]]) -> None:
    """Writes blocks as one process does; what the folder has is left out."""
    shelf = Shelf(folder, command="test")
    shelf.open(never)
    for block in blocks:
        fresh = [number for number in dict.fromkeys(block) if not shelf.knows(content(number))]
        if fresh:
            shelf.put([content(number) for number in fresh], torch.stack([vector(number) for number in fresh]))
    shelf.close()


def part(folder: FeatureFolder, rank: int, size: int) -> FeatureFolder:
    return part_of(folder, Processes(rank, size))


def numbers(folder: FeatureFolder) -> list[int]:
    """What a folder holds, in the order of its rows."""
    found = read_stored(folder)
    for one, row in found.row_of.items():
        assert torch.equal(found.vectors[row], vector(int.from_bytes(one, "big")))
    return [int.from_bytes(one, "big") for one in found.row_of]


BLOCKS = st.lists(st.lists(st.integers(0, 40), min_size=1, max_size=9), max_size=4)


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(BLOCKS, st.lists(BLOCKS, max_size=3))
def test_parts_are_taken_in_once(tmp_path: Path, own: list[list[int]], others: list[list[list[int]]]) -> None:
    shutil.rmtree(tmp_path / "tower", ignore_errors=True)
    folder = FeatureFolder(tmp_path / "tower", KEY)
    put(folder, own)
    before = numbers(folder)
    for rank, blocks in enumerate(others, 1):
        put(part(folder, rank, 4), blocks)
    put(folder, [])
    after = numbers(folder)
    assert after[: len(before)] == before
    assert sorted(after) == sorted({number for blocks in [own, *others] for block in blocks for number in block})
    assert parts_of(folder) == []


def test_parts_of_runs_of_any_size_are_taken_in(tmp_path: Path) -> None:
    folder = FeatureFolder(tmp_path, KEY)
    for rank, size in ((1, 2), (1, 3), (7, 8)):
        put(part(folder, rank, size), [[rank, size]])
    put(folder, [[9]])
    assert sorted(numbers(folder)) == [1, 2, 3, 7, 8, 9]


def test_of_a_torn_part_whole_blocks_are_taken_in(tmp_path: Path) -> None:
    folder = FeatureFolder(tmp_path, KEY)
    torn = part(folder, 1, 2)
    put(torn, [[1, 2, 3], [4, 5, 6]])
    with torn.vectors.open("r+b") as file:
        file.truncate(5 * torn.row_bytes)
    put(folder, [])
    assert numbers(folder) == [1, 2, 3]


def test_a_part_of_another_tower_is_not_believed(tmp_path: Path) -> None:
    folder = FeatureFolder(tmp_path, KEY)
    other = FeatureFolder(part(folder, 1, 2).path, replace(KEY, description={"tower": "other"}))
    put(other, [[1, 2]])
    put(folder, [[3]])
    assert numbers(folder) == [3]


def test_what_is_elsewhere_is_known(tmp_path: Path) -> None:
    folder = FeatureFolder(tmp_path, KEY)
    put(folder, [[1, 2]])
    shelf = Shelf(part(folder, 1, 2), command="test", elsewhere=read_stored(folder).row_of)
    assert shelf.knows(content(2))
    assert not shelf.knows(content(3))
    assert not (tmp_path / "parts").exists()


def test_whoever_still_writes_to_a_part_is_waited_for(tmp_path: Path) -> None:
    """As a process that outlived the first one of its run."""
    folder = FeatureFolder(tmp_path, KEY)
    held = part(folder, 1, 2)
    put(held, [[1]])
    lock = OutputLock(held.lock, held.path, "features of a tower")
    said: list[str] = []
    shelf = Shelf(folder, command="test")
    opening = threading.Thread(target=lambda: shelf.open(said.append))
    opening.start()
    latest = time.monotonic() + 20
    while not said and time.monotonic() < latest:
        time.sleep(0.01)
    assert "features of a tower" in said[0]
    assert numbers(folder) == []
    lock.release()
    opening.join(20)
    shelf.close()
    assert numbers(folder) == [1]
