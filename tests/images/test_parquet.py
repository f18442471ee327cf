"""Images of parquet files are the bytes of their rows, under their paths or their rows' numbers."""

from __future__ import annotations

import os
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from negdata.errors import NegdataError
from negdata.images import open_images, parquet
from negdata.pictures import MOST_FILE_BYTES, BadImage
from tests.images.made import SHARED, encoded, in_parquet, own_cache, pictures

pyarrow = pytest.importorskip("pyarrow")
pytest.importorskip("pyarrow.parquet")

__all__ = ["own_cache"]


def test_bytes_are_those_of_the_files(tmp_path: Path) -> None:
    contents = pictures(11, "val2017/")
    in_parquet(tmp_path / "0.parquet", list(contents.items())[:6])
    in_parquet(tmp_path / "1.parquet", list(contents.items())[6:])
    images = open_images(tmp_path)
    for name, content in contents.items():
        assert images.find(name) == name
        stored = images.read(name)
        assert stored.content == content
    assert stored.where == f"{name} in {tmp_path / '1.parquet'}"
    assert images.read("COCO_val2014_000000000009.jpg").content == encoded(9), "the common folder is left out"
    assert images.path(name) is None
    with pytest.raises(BadImage, match="is not among the images of"):
        images.read("other.jpg")


def test_rows_without_a_path_are_found_by_their_number(tmp_path: Path) -> None:
    rows: list[tuple[str | None, bytes | None]] = [(None, encoded(number)) for number in range(9)]
    rows[5] = ("", encoded(5))
    in_parquet(tmp_path / "train-00000.parquet", rows)
    in_parquet(tmp_path / "train-00001.parquet", rows[3:])
    images = open_images(tmp_path)
    assert images.read("train-00000/000000008").content == encoded(8)
    assert images.read("train-00000/000000005").content == encoded(5)
    assert images.read("train-00001/000000000").content == encoded(3)
    assert images.find("train-00001/000000006") is None
    one = open_images(tmp_path / "train-00000.parquet")
    assert one.read("train-00000/000000002").content == encoded(2)


def test_a_column_without_paths_and_one_of_another_name(tmp_path: Path) -> None:
    kind = pyarrow.struct([("bytes", pyarrow.large_binary())])
    column = pyarrow.array([{"bytes": encoded(1)}, None], kind)
    pyarrow.parquet.write_table(pyarrow.table({"photo": column}), tmp_path / "a.parquet")
    images = open_images(tmp_path / "a.parquet")
    assert images.read("a/000000000").content == encoded(1)
    with pytest.raises(BadImage, match="has no bytes: the image isn't in the file") as bad:
        images.read("a/000000001")
    assert bad.value.code == "image-missing"


def test_what_datasets_writes_is_read(tmp_path: Path) -> None:
    datasets = pytest.importorskip("datasets")
    features = datasets.Features({"text": datasets.Value("string"), "image": datasets.Image()})
    values = {"text": ["a", "b"], "image": [{"bytes": encoded(n), "path": f"{n}.png"} for n in range(2)]}
    datasets.Dataset.from_dict(values, features=features).to_parquet(tmp_path / "a.parquet")
    assert open_images(tmp_path / "a.parquet").read("1.png").content == encoded(1)


@pytest.mark.parametrize("name", ["../up.jpg", "/root.jpg", "C:\\a.jpg", "a\\b.jpg", "\x00"])
def test_hostile_paths_are_never_found(tmp_path: Path, name: str, caplog: pytest.LogCaptureFixture) -> None:
    in_parquet(tmp_path / "a.parquet", [(name, encoded(1)), ("b.jpg", encoded(2))])
    images = open_images(tmp_path / "a.parquet")
    assert images.find(name) is None
    assert images.find("a/000000000") is None
    assert "1 images of" in caplog.text


def test_sizes_and_rows_without_bytes(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    in_parquet(tmp_path / "a.parquet", [("empty.jpg", b""), ("none.jpg", None), ("large.jpg", b"x" * 2000)])
    monkeypatch.setattr("negdata.pictures.MOST_FILE_BYTES", 1_000)
    assert MOST_FILE_BYTES > 1_000
    images = open_images(tmp_path / "a.parquet")
    for name, code in (("empty", "image-empty"), ("none", "image-missing"), ("large", "image-too-large")):
        with pytest.raises(BadImage) as bad:
            images.read(f"{name}.jpg")
        assert bad.value.code == code


def test_files_that_hold_no_images_are_refused(tmp_path: Path) -> None:
    def refused(**columns: object) -> str:
        pyarrow.parquet.write_table(pyarrow.table(columns), tmp_path / "a.parquet")
        with pytest.raises(NegdataError) as error:
            open_images(tmp_path / "a.parquet")
        return str(error.value)

    image = pyarrow.array([{"bytes": b"x", "path": "a"}])
    assert "has no column of images" in refused(url=["http://x"], width=[3])
    assert "its columns are image" in refused(image=["a.jpg"])
    assert "has several columns of images: left, right" in refused(left=image, right=image)
    assert "There is no image in" in refused(image=image[:0])


def test_a_row_group_beyond_memory_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    in_parquet(tmp_path / "a.parquet", [("a.jpg", encoded(1)), ("b.jpg", encoded(2))])
    monkeypatch.setattr(parquet, "MOST_GROUP_BYTES", 100)
    with pytest.raises(NegdataError, match=r"a row group of \d+ bytes; at most 100 are read"):
        open_images(tmp_path / "a.parquet")


@pytest.mark.parametrize("content", [b"", b"PAR1", b"PAR1" + bytes(100) + b"PAR1", b"hello" * 50])
def test_what_is_no_parquet_is_refused(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "a.parquet").write_bytes(content)
    with pytest.raises(NegdataError, match=r"a.parquet can't be read as parquet"):
        open_images(tmp_path / "a.parquet")


def test_a_file_that_is_written_anew_gives_no_wrong_bytes(tmp_path: Path) -> None:
    path = in_parquet(tmp_path / "a.parquet", [("a.jpg", encoded(1)), ("b.jpg", encoded(2))])
    images = open_images(path)
    in_parquet(path, [("b.jpg", encoded(2)), ("a.jpg", encoded(1)), ("c.jpg", encoded(3))])
    os.utime(path, ns=(1, 1))
    with pytest.raises(BadImage, match="has changed since") as bad:
        images.read("a.jpg")
    assert bad.value.code == "image-broken"
    assert open_images(path).read("a.jpg").content == encoded(1)


def test_many_threads_read_each_row_group_once_while_it_is_kept(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    contents = pictures(48)
    in_parquet(tmp_path / "a.parquet", list(contents.items()), group=8)
    images = open_images(tmp_path / "a.parquet")
    read: list[tuple[int, int]] = []
    whole = parquet.ParquetImages._read_group

    def counted(self: parquet.ParquetImages, number: int, group: int) -> object:
        read.append((number, group))
        return whole(self, number, group)

    monkeypatch.setattr(parquet.ParquetImages, "_read_group", counted)
    asked = [*contents] * 5
    with ThreadPoolExecutor(16) as threads:
        found = threads.map(images.read, asked)
        assert all(stored.content == contents[name] for name, stored in zip(asked, found, strict=True))
    assert sorted(read) == [(0, group) for group in range(6)]


def test_only_so_many_bytes_stay_in_memory(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(parquet, "KEPT_BYTES", 1)
    contents = pictures(24)
    images = open_images(in_parquet(tmp_path / "a.parquet", list(contents.items()), group=8))
    assert isinstance(images, parquet.ParquetImages)
    assert all(images.read(name).content == content for name, content in contents.items())
    assert len(images._groups._kept) == 1


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data())
def test_whatever_bytes_a_file_has_it_is_read_or_refused(tmp_path: Path, data: st.DataObject) -> None:
    path = in_parquet(tmp_path / "a.parquet", [("a.jpg", encoded(1)), (None, encoded(2))])
    content = bytearray(path.read_bytes())
    for _ in range(data.draw(st.integers(1, 5))):
        content[data.draw(st.integers(0, len(content) - 1))] = data.draw(st.integers(0, 255))
    path.write_bytes(content[: data.draw(st.sampled_from([len(content), len(content) - 9, 40]))])
    try:
        images = open_images(path)
    except NegdataError:
        return
    for name in ("a.jpg", "a/000000001"):
        try:
            images.read(name)
        except BadImage:
            continue


def test_coco_is_the_same_in_parquet(tmp_path: Path) -> None:
    if not SHARED.is_dir():
        pytest.skip("shared/data is not beside the project")
    contents = {path.name: path.read_bytes() for path in sorted(SHARED.glob("*.jpg"))}
    images = open_images(in_parquet(tmp_path / "a.parquet", list(contents.items()), group=50))
    assert all(images.read(name).content == content for name, content in contents.items())
