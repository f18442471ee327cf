"""Images of a page: held up to a limit, linked beyond it, and told in words where they can't be shown."""

from __future__ import annotations

from pathlib import Path
from urllib.parse import unquote

import pytest
from PIL import Image

from negdata.images.folder import FolderImages
from negdata.report.pictures import Pictures, Shown
from tests.report.made import photo


def settled(folder: Path, *names: str, embed: int = 10_000_000) -> list[Shown]:
    pictures = Pictures((FolderImages(folder / "images"),), folder / "report.html", embed)
    for name in names:
        pictures.add(name)
    pictures.settle()
    return pictures.shown


def test_each_is_held_once_and_small(tmp_path: Path) -> None:
    photo(tmp_path / "images" / "a.png", (2_000, 1_000))
    (shown,) = settled(tmp_path, "a.png", "a.png")
    assert shown.source.startswith("data:image/webp;base64,")
    assert shown.size == (2_000, 1_000)
    assert len(shown.source) < 60_000


def test_a_strip_of_2000_by_20_pixels_is_shown(tmp_path: Path) -> None:
    photo(tmp_path / "images" / "strip.png", (2_000, 20))
    assert settled(tmp_path, "strip.png")[0].size == (2_000, 20)


def test_beyond_the_limit_they_are_linked_by_a_path_from_the_page(tmp_path: Path) -> None:
    names = ["a b#c?.png", "javascript:x.png", "ü%41.png"]
    for name in names:
        photo(tmp_path / "images" / name)
    for shown in settled(tmp_path, *names, embed=0):
        assert shown.linked
        assert shown.source.startswith("images/")
        assert not set(shown.source) & set(" #?:\"'<>&")
        assert (tmp_path / unquote(shown.source)).is_file()


@pytest.mark.parametrize("embed", [10_000_000, 0])
def test_what_cannot_be_shown_says_why(tmp_path: Path, embed: int) -> None:
    folder = tmp_path / "images"
    photo(tmp_path / "secret.png")
    folder.mkdir()
    (folder / "page.png").write_text("<html></html>")
    (folder / "empty.png").write_bytes(b"")
    (folder / "out.png").symlink_to(tmp_path / "secret.png")
    names = ["gone.png", "page.png", "empty.png", "../secret.png", "/etc/passwd", "out.png"]
    codes = [shown.code for shown in settled(tmp_path, *names, embed=embed)]
    assert codes == ["image-missing", "not-an-image", "image-empty", "refused", "refused", "refused"]
    assert all(shown.why and not shown.source for shown in settled(tmp_path, *names, embed=embed))


def test_damaged_pixels_are_told_where_the_page_would_hold_them(tmp_path: Path) -> None:
    path = photo(tmp_path / "images" / "cut.png", (400, 400))
    path.write_bytes(path.read_bytes()[:300])
    assert settled(tmp_path, "cut.png")[0].code == "image-broken"


def test_a_picture_stored_on_its_side_is_turned(tmp_path: Path) -> None:
    (tmp_path / "images").mkdir()
    picture = Image.new("RGB", (40, 20))
    exif = picture.getexif()
    exif[0x0112] = 6
    picture.save(tmp_path / "images" / "side.jpg", exif=exif)
    for embed in (10_000_000, 0):
        (shown,) = settled(tmp_path, "side.jpg", embed=embed)
        assert (shown.size, shown.orientation) == ((20, 40), 6)


def test_without_a_folder_it_is_said_how_to_give_one(tmp_path: Path) -> None:
    pictures = Pictures((), tmp_path / "report.html", 1)
    pictures.add("a.png")
    pictures.settle()
    assert "--images" in pictures.shown[0].why
