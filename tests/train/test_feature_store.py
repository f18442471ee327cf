"""Whatever a killed process, a broken disk or a full one leaves, no wrong embedding is read."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from negdata.errors import NegdataError
from tests.test_store import file_size_limit
from tests.train.watched import IMAGES, NAMES, Watched, files, the_folder

torch = pytest.importorskip("torch")
pytest.importorskip("transformers")


def damaged(whole: Path, to: Path) -> tuple[Path, Path]:
    """A copy, and its files of vectors and entries."""
    shutil.rmtree(to, ignore_errors=True)
    folder = the_folder(Path(shutil.copytree(whole, to)))
    return folder / "vectors.f32", folder / "index"


def check_mended(shared: Watched, images: Path, cache: Path, whole: tuple[Path, Any]) -> None:
    assert torch.equal(shared.features(images, NAMES, cache).of(NAMES), whole[1])
    assert files(cache) == files(whole[0])


SOON = settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])


@SOON
@given(st.floats(0, 1), st.floats(0, 1))
def test_files_cut_anywhere_are_made_whole(
    shared: Watched, images: Path, whole: tuple[Path, Any], tmp_path: Path, vectors: float, index: float
) -> None:
    for path, share in zip(damaged(whole[0], tmp_path / "c"), (vectors, index), strict=True):
        with path.open("r+b") as file:
            file.truncate(round(share * path.stat().st_size))
    check_mended(shared, images, tmp_path / "c", whole)


@SOON
@given(st.booleans(), st.floats(0, 1, exclude_max=True), st.integers(1, 255))
def test_a_byte_that_turned_is_never_believed(
    shared: Watched, images: Path, whole: tuple[Path, Any], tmp_path: Path, which: bool, place: float, change: int
) -> None:
    path = damaged(whole[0], tmp_path / "c")[which]
    content = bytearray(path.read_bytes())
    content[int(place * len(content))] ^= change
    path.write_bytes(content)
    check_mended(shared, images, tmp_path / "c", whole)


@SOON
@given(st.binary(max_size=300), st.binary(max_size=300))
def test_what_follows_the_last_entry_is_cut_off(
    shared: Watched, images: Path, whole: tuple[Path, Any], tmp_path: Path, vectors: bytes, index: bytes
) -> None:
    for path, more in zip(damaged(whole[0], tmp_path / "c"), (vectors, index), strict=True):
        path.write_bytes(path.read_bytes()[: path.stat().st_size * 6 // IMAGES] + more)
    check_mended(shared, images, tmp_path / "c", whole)


@pytest.mark.parametrize(
    "ruin",
    [
        lambda folder: (folder / "key.json").unlink(),
        lambda folder: (folder / "key.json").write_bytes(b"{"),
        lambda folder: (folder / "key.json").write_text('{"format": 0}'),
        lambda folder: (folder / "key.json").write_bytes(b"\xff\xfe"),
        lambda folder: (folder / "index").unlink(),
        lambda folder: (folder / "vectors.f32").unlink(),
        lambda folder: (folder / "index").write_bytes((folder / "index").read_bytes()[:28] * 20),
        lambda folder: (folder / "index").write_bytes(bytes(28 * 20)),
        lambda folder: shutil.rmtree(folder),
    ],
)
def test_a_ruined_folder_is_begun_anew(
    shared: Watched, images: Path, whole: tuple[Path, Any], tmp_path: Path, ruin: Any
) -> None:
    damaged(whole[0], tmp_path / "c")
    ruin(the_folder(tmp_path / "c"))
    check_mended(shared, images, tmp_path / "c", whole)
    assert shared.encoded == IMAGES


def test_another_towers_files_are_not_believed(
    model: Path, images: Path, whole: tuple[Path, Any], tmp_path: Path
) -> None:
    other = Watched(model)
    with torch.no_grad():
        other.encoder.model.visual_projection.weight.neg_()
    right = other.features(images, NAMES, tmp_path / "right").of(NAMES)
    other.features(images, NAMES[:1], tmp_path / "c")
    for path in damaged(whole[0], tmp_path / "copy"):
        shutil.copy(path, the_folder(tmp_path / "c"))
    assert torch.equal(other.features(images, NAMES, tmp_path / "c").of(NAMES), right)
    assert other.encoded == IMAGES


def test_whoever_reads_goes_on_while_damage_is_mended(
    shared: Watched, images: Path, whole: tuple[Path, Any], tmp_path: Path
) -> None:
    vectors, _ = damaged(whole[0], tmp_path / "c")
    reading = shared.features(images, NAMES, tmp_path / "c")
    with vectors.open("r+b") as file:
        file.write(b"\xff" * 4)
    shared.features(images, NAMES[:1], tmp_path / "c")
    assert torch.equal(reading.of(NAMES[1:]), whole[1][1:])


def test_a_full_disk_leaves_what_was_made(
    shared: Watched, images: Path, whole: tuple[Path, Any], tmp_path: Path
) -> None:
    row = 4 * shared.encoder.dim
    with file_size_limit(row * 10 + 5), pytest.raises(NegdataError, match=r"vectors.f32 can't be written") as caught:
        shared.features(images, NAMES, tmp_path)
    assert "Make room" in caught.value.remedy
    assert (the_folder(tmp_path) / "vectors.f32").stat().st_size == 9 * row
    assert not (the_folder(tmp_path) / "lock").exists()
    shared.features(images, NAMES[:9], tmp_path)
    assert shared.encoded == 0
    check_mended(shared, images, tmp_path, whole)
    assert shared.progress[-1].resumed == 9


def test_a_cache_that_cannot_be_is_said_so(shared: Watched, images: Path, tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(NegdataError, match="can't be written: Not a directory"):
        shared.features(images, NAMES, tmp_path / "file")
