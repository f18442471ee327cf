"""What a place is told by: its name, what it holds, or a pattern; and what is said where there is nothing."""

from __future__ import annotations

from pathlib import Path

import pytest

from negdata.errors import NegdataError
from negdata.images import check_images, open_images, patterns
from negdata.images.folder import FolderImages
from negdata.images.parquet import ParquetImages
from negdata.images.places import files_of
from negdata.images.tars import TarImages
from negdata.remote import place
from tests.images.made import encoded, in_folder, in_parquet, in_tars, own_cache, pictures, tar_of

__all__ = ["own_cache"]


def test_each_kind_is_told_by_what_it_is(tmp_path: Path) -> None:
    some = pictures(4)
    folder, pattern = in_folder(tmp_path / "plain", some), in_tars(tmp_path / "tars", some, 2)
    one = in_parquet(tmp_path / "parquet" / "a.parquet", list(some.items()))
    assert isinstance(open_images(folder), FolderImages)
    for place_of_tars in (pattern, tmp_path / "tars", tmp_path / "tars" / "000.tar", tmp_path / "tars" / "*.tar"):
        assert isinstance(open_images(place_of_tars), TarImages)
    for place_of_parquet in (one, one.parent, one.parent / "?.parquet"):
        assert isinstance(open_images(str(place_of_parquet)), ParquetImages)


def test_tars_with_the_files_that_img2dataset_writes_beside_them(tmp_path: Path) -> None:
    in_tars(tmp_path, pictures(2), 1)
    (tmp_path / "000_stats.json").write_text("{}")
    (tmp_path / "000.parquet").write_bytes(b"not looked at")
    kind, files = files_of(tmp_path)
    assert (kind, [file.name for file in files]) == ("tar", ["000.tar", "001.tar"])


@pytest.mark.parametrize("beside", ["a.JPG", "inner/a.txt"])
def test_a_folder_with_images_or_folders_is_one_of_images(tmp_path: Path, beside: str) -> None:
    in_tars(tmp_path, pictures(1), 1)
    in_folder(tmp_path, {beside: b"x"})
    assert files_of(tmp_path) == ("folder", [tmp_path])


def test_braces_keep_their_order_and_others_are_sorted(tmp_path: Path) -> None:
    for name in ("b.tar", "a.tar", "9.tar", "10.tar"):
        tar_of(tmp_path / name, pictures(1))
    assert [file.name for file in files_of(tmp_path / "{b,a}.tar")[1]] == ["b.tar", "a.tar"]
    assert [file.name for file in files_of(tmp_path / "{9..10}.tar")[1]] == ["9.tar", "10.tar"]
    assert [file.name for file in files_of(tmp_path / "[ab].tar")[1]] == ["a.tar", "b.tar"]


def test_a_file_that_is_there_under_a_name_like_a_pattern_is_that_file(tmp_path: Path) -> None:
    path = tar_of(tmp_path / "{a,b}[1].tar", pictures(1))
    assert files_of(path) == ("tar", [path])


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("nowhere", "The image folder .*nowhere doesn't exist"),
        ("nowhere.tar", "nowhere.tar doesn't exist"),
        ("{0..1}.tar", "0.tar and 1 more of .* doesn't exist"),
        ("*z.tar", "No file matches"),
        ("{3..1}.tar", "counts from 3 to 1"),
        ("{0..999999999}.tar", "counts from 0 to 999999999"),
        ("text.txt", "a file of no kind that is read"),
        ("text.{txt,tar}", "neither all .tar nor all .parquet"),
        ("a.tar.gz", "is compressed"),
        ("folder.tar/*", "No file matches"),
    ],
)
def test_what_is_no_place_is_refused_with_the_option_that_named_it(tmp_path: Path, name: str, said: str) -> None:
    (tmp_path / "text.txt").write_text("x")
    (tmp_path / "a.tar.gz").write_bytes(b"\x1f\x8b")
    (tmp_path / "folder.tar").mkdir()
    with pytest.raises(NegdataError, match=said):
        open_images(tmp_path / name)
    with pytest.raises(NegdataError, match=said) as refused:
        check_images(tmp_path / name, "--eval-images")
    assert "--images" not in str(refused.value)


def test_a_pattern_of_too_many_files_is_refused_before_it_is_spelled_out(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(patterns, "MOST_FILES", 50)
    with pytest.raises(NegdataError, match="names more than 50 files"):
        open_images("{1..40}{1..40}{1..40}{1..40}{1..40}{1..40}.tar")


def test_a_link_to_a_tar_outside_is_followed_only_where_it_is_named(tmp_path: Path) -> None:
    tar_of(tmp_path / "outside.tar", {"a.jpg": encoded(1)})
    (tmp_path / "shards").mkdir()
    (tmp_path / "shards" / "a.tar").symlink_to(tmp_path / "outside.tar")
    with pytest.raises(NegdataError, match=r"a link that leads out of .*name the files themselves: .*\*\.tar"):
        open_images(tmp_path / "shards")
    assert open_images(tmp_path / "shards" / "*.tar").find("a.jpg") == "a.jpg"


def test_an_address_is_asked_for_nothing_before_it_is_opened() -> None:
    for address in ("s3://nowhere/val2017", "https://127.0.0.1:9/{000..009}.tar", "gs://nowhere/*.parquet"):
        check_images(place(address))
    with pytest.raises(NegdataError, match="is compressed"):
        check_images("https://127.0.0.1:9/shards.tar.gz")
    check_images(None)
