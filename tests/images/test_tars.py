"""Images of tars are the bytes of their files, under their names, for any number of threads, once and again."""

from __future__ import annotations

import io
import tarfile
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from negdata.errors import NegdataError
from negdata.images import open_images
from negdata.images.names import own_name
from negdata.images.ranged import open_ranged
from negdata.images.tar_members import TarReading
from negdata.pictures import MOST_FILE_BYTES, BadImage
from tests.images.made import SHARED, encoded, in_folder, in_tars, own_cache, pictures, tar_of, told

__all__ = ["own_cache"]
LAYOUTS = {"ustar": tarfile.USTAR_FORMAT, "gnu": tarfile.GNU_FORMAT, "pax": tarfile.PAX_FORMAT}


@pytest.mark.parametrize("layout", LAYOUTS)
def test_bytes_are_those_of_the_files(tmp_path: Path, layout: str) -> None:
    contents = pictures(5) | {
        "a/b c#?.png": encoded(7),
        "ü" * 40 + ".jpg": encoded(8),
        f"{'long' * 24}/{'name' * 24}.jpg": encoded(9),
        "without-suffix": encoded(10),
    }
    folder = open_images(in_folder(tmp_path / "plain", contents))
    images = open_images(tar_of(tmp_path / "a.tar", contents, LAYOUTS[layout]))
    for name, content in contents.items():
        assert images.find(name) == name
        assert images.read(name).content == content == folder.read(name).content
    assert images.path("000000000001.jpg") is None
    assert images.read("a/b c#?.png").where == f"a/b c#?.png in {tmp_path / 'a.tar'}"


def test_names_are_those_of_a_folder(tmp_path: Path) -> None:
    contents = {"val2017/000000397133.jpg": encoded(1), "other/COCO_val2014_000000000009.jpg": encoded(2)}
    places = [open_images(in_folder(tmp_path / "plain", contents)), open_images(tar_of(tmp_path / "a.tar", contents))]
    asked = {
        "val2017/000000397133.jpg": "val2017/000000397133.jpg",
        "data/coco/val2017/000000397133.jpg": "val2017/000000397133.jpg",
        "val2017/COCO_val2014_000000397133.jpg": "val2017/000000397133.jpg",
        "other/000000000009.jpg": "other/COCO_val2014_000000000009.jpg",
        "./val2017//000000397133.jpg": "val2017/000000397133.jpg",
        "000000397133.jpg": None,
        "../val2017/000000397133.jpg": None,
        "/val2017/000000397133.jpg": None,
        "val2017\\000000397133.jpg": None,
        "\ud800.jpg": None,
        "": None,
        ".": None,
    }
    for images in places:
        assert {name: images.find(name) for name in asked} == asked
        with pytest.raises(BadImage, match="is not among the images of") as missing:
            images.read("000000397133.jpg")
        assert missing.value.code == "image-missing"


def test_the_folder_that_all_images_lie_in_may_be_left_out(tmp_path: Path) -> None:
    tars = in_tars(tmp_path, pictures(4, "./coco/val2017/"), 2)
    images = open_images(tars)
    assert images.find("000000000003.jpg") == "coco/val2017/000000000003.jpg"
    assert images.read("val2017/COCO_val2014_000000000002.jpg").content == encoded(2)


def test_the_first_of_two_counts_and_it_is_said(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    tar_of(tmp_path / "0.tar", [("a.jpg", encoded(1)), ("./a.jpg", encoded(2)), ("b.jpg", encoded(3))])
    tar_of(tmp_path / "1.tar", [("a.jpg", encoded(4))])
    assert open_images(tmp_path).read("a.jpg").content == encoded(1)
    assert "1 names stand several times" in caplog.text


def test_what_is_no_plain_file_is_never_read_and_counted(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    (tmp_path / "secret.jpg").write_bytes(encoded(99))
    path = tmp_path / "a.tar"
    with tarfile.open(path, "w") as tar:
        tar.addfile(told("link.jpg", type=tarfile.SYMTYPE, linkname=str(tmp_path / "secret.jpg"), size=512))
        tar.addfile(told("hard.jpg", type=tarfile.LNKTYPE, linkname="a.jpg"))
        tar.addfile(told("device.jpg", type=tarfile.CHRTYPE))
        tar.addfile(told("pipe.jpg", type=tarfile.FIFOTYPE))
        tar.addfile(told("folder.jpg", type=tarfile.DIRTYPE))
        for name in ("../up.jpg", "/root.jpg", "a/../../up.jpg", "C:\\a.jpg", "a\\b.jpg", "n" * 2000):
            tar.addfile(told(name, size=3), _stream(b"abc"))
        tar.addfile(told("a.jpg", size=len(encoded(1))), _stream(encoded(1)))
    images = open_images(path)
    assert images.read("a.jpg").content == encoded(1)
    for name in ("link.jpg", "hard.jpg", "device.jpg", "pipe.jpg", "folder.jpg", "up.jpg", "root.jpg", "secret.jpg"):
        assert images.find(name) is None, name
    assert "2 links in" in caplog.text
    assert "2 members that are no plain files in" in caplog.text
    assert "6 images of" in caplog.text


def _stream(content: bytes) -> io.BytesIO:
    return io.BytesIO(content)


def _raw(name: bytes, kind: bytes = b"0", size: bytes = b"00000000003\0", content: bytes = b"abc") -> bytes:
    """A member written by hand, with a sum that is right."""
    header = bytearray(512)
    header[: len(name)] = name
    header[100:124] = b"0000644\0" + b"0000000\0" * 2
    header[124:136] = size
    header[136:148] = b"00000000000\0"
    header[148:156] = b" " * 8
    header[156:157] = kind
    header[257:265] = b"ustar\x0000"
    header[148:156] = b"%06o\0 " % sum(header)
    return bytes(header) + content + bytes(-len(content) % 512)


END = bytes(1024)
BROKEN = {
    "empty": (b"", "There is no image in"),
    "no tar": (b"hello" * 300, "is no tar"),
    "zip": (b"PK\x03\x04" + bytes(600), "is no tar"),
    "gzip": (b"\x1f\x8b" + bytes(600), r"is compressed \(gzip\)"),
    "zstd": (b"\x28\xb5\x2f\xfd" + bytes(600), r"is compressed \(zstd\)"),
    "only an end": (END, "There is no image in"),
    "only texts": (_raw(b"a.txt") + END, "There is no image in"),
    "cut in a header": (_raw(b"a.jpg") + _raw(b"b.jpg")[:100], "its 1,124 bytes end within the header at byte 1,024"),
    "cut in a file": (_raw(b"a.jpg", size=b"00000002000\0"), "end within 'a.jpg', which begins at byte 512"),
    "huge": (_raw(b"a.jpg", size=b"77777777777\0") + END, "end within 'a.jpg'"),
    "huger": (_raw(b"a.jpg", size=b"\x80" + b"\xff" * 11) + END, "end within 'a.jpg'"),
    "negative": (_raw(b"a.jpg", size=b"\xff" * 12) + END, "a size that is no number at byte 0"),
    "no number": (_raw(b"a.jpg", size=b"-0000000001\0") + END, "a size that is no number at byte 0"),
    "garbage behind": (_raw(b"a.jpg") + b"garbage" * 100, "no header where one should be at byte 1,024"),
    "huge long name": (_raw(b"L", b"L", b"77777777777\0"), "a name of 8,589,934,591 bytes at byte 0"),
    "huge pax": (_raw(b"x", b"x", b"\x80" + b"\x0f" * 11), "a name of .* bytes at byte 0"),
    "pax lies": (_raw(b"x", b"x", b"00000000012\0", b"99 path=a\n") + _raw(b"a") + END, "a pax record that is none"),
    "pax of length 0": (_raw(b"x", b"x", b"00000000012\0", b"0 path=ab\n") + _raw(b"a") + END, "a pax record that is"),
    "pax size": (_raw(b"x", b"x", b"00000000013\0", b"11 size=-1\n") + _raw(b"a") + END, "a size that is no number"),
    "pax for all": (_raw(b"g", b"g", b"00000000012\0", b"10 path=a\n") + _raw(b"a") + END, "one name or size for all"),
    "pax size too large": (
        _raw(b"x", b"x", b"00000000021\0", b"17 size=99999999\n") + _raw(b"a.jpg") + END, "end within 'a.jpg'",
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", BROKEN)
def test_a_hostile_tar_is_refused_in_words(tmp_path: Path, name: str) -> None:
    content, said = BROKEN[name]
    path = tmp_path / "a.tar"
    path.write_bytes(content)
    with pytest.raises(NegdataError, match=said) as refused:
        open_images(path)
    assert str(path) in str(refused.value)


def test_files_with_holes_are_passed_over_whatever_their_map_says(tmp_path: Path) -> None:
    """GNU's old way, with a second block of the map, and pax's: their content isn't what stands there."""
    sparse = bytearray(_raw(b"holes.jpg", b"S")[:512])
    sparse[482] = 1
    sparse[148:156] = b" " * 8
    sparse[148:156] = b"%06o\0 " % sum(sparse)
    more = bytes(504) + b"\1" + bytes(7) + bytes(512)
    by_pax = _raw(b"x", b"x", b"00000000026\0", b"22 GNU.sparse.major=1\n") + _raw(b"pax-holes.jpg")
    path = tmp_path / "a.tar"
    path.write_bytes(bytes(sparse) + more + b"abc" + bytes(509) + by_pax + _raw(b"after.jpg") + END)
    images = open_images(path)
    assert images.read("after.jpg").content == b"abc"
    assert images.find("holes.jpg") is None
    assert images.find("pax-holes.jpg") is None


def test_sizes_are_looked_at_before_bytes_are_read(tmp_path: Path) -> None:
    path = tmp_path / "a.tar"
    with path.open("wb") as file:
        size = MOST_FILE_BYTES + 1
        file.write(_raw(b"empty.jpg", size=b"00000000000\0", content=b""))
        file.write(_raw(b"large.jpg", size=b"%011o\0" % size, content=b""))
        file.truncate(1024 + size + 2048)  # a hole: it takes no room on the disk
    images = open_images(path)
    for name, code in (("empty.jpg", "image-empty"), ("large.jpg", "image-too-large")):
        with pytest.raises(BadImage) as bad:
            images.read(name)
        assert bad.value.code == code


def test_a_tar_that_is_written_to_meanwhile_gives_no_wrong_bytes(tmp_path: Path) -> None:
    path = tar_of(tmp_path / "a.tar", pictures(3))
    images = open_images(path)
    tar_of(path, {"x.jpg": encoded(5)} | pictures(3))
    with pytest.raises(BadImage, match="has changed since") as bad:
        images.read("000000000001.jpg")
    assert bad.value.code == "image-broken"
    assert open_images(path).read("000000000001.jpg").content == encoded(1)


def test_many_threads_read_the_same_bytes(tmp_path: Path) -> None:
    contents = pictures(60)
    images = open_images(in_tars(tmp_path, contents, 7))
    asked = [name for at in range(16) for name in sorted(contents, key=lambda name: hash((name, at)))]
    with ThreadPoolExecutor(16) as threads:
        assert all(
            stored.content == contents[name]
            for name, stored in zip(asked, threads.map(images.read, asked), strict=True)
        )


segments = st.sampled_from(["a", "b.jpg", "..", ".", "", "ü", "c d", "000000000001.jpg", "~", "\\", "C:", "x" * 110])
member_names = st.lists(segments, min_size=1, max_size=4).map("/".join) | st.text(
    st.characters(codec="utf-8", exclude_characters="\0"), min_size=1, max_size=12
)
kinds = st.sampled_from([tarfile.REGTYPE] * 4 + [tarfile.SYMTYPE, tarfile.LNKTYPE, tarfile.DIRTYPE, tarfile.FIFOTYPE])


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    members=st.lists(st.tuples(member_names, kinds), min_size=1, max_size=8),
    layout=st.sampled_from([tarfile.GNU_FORMAT, tarfile.PAX_FORMAT]),
)
def test_whatever_names_a_tar_has_good_ones_are_found_and_nothing_else(
    tmp_path: Path, members: list[tuple[str, bytes]], layout: int
) -> None:
    path = tmp_path / "a.tar"
    (tmp_path / "a").write_bytes(b"outside")
    good: dict[str, bytes] = {}
    with tarfile.open(path, "w", format=layout) as tar:
        for number, (name, kind) in enumerate(members):
            plain = kind == tarfile.REGTYPE and not name.endswith("/")
            content = b"content %d" % number if plain else b""
            tar.addfile(told(name, type=kind, size=len(content), linkname=str(tmp_path / "a")), _stream(content))
            own = own_name(name)
            if plain and own is not None and not name.lower().endswith((".txt", ".json", ".cls")):
                good.setdefault(own, content)
    if not good:
        with pytest.raises(NegdataError, match="There is no image in"):
            open_images(path)
        return
    images = open_images(path)
    for name, content in good.items():
        assert images.find(name) == name
        assert images.read(name).content == content
    for name, _ in members:
        found = images.find(name)
        assert found is None or found in good


@settings(max_examples=300, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data())
def test_whatever_bytes_a_tar_has_it_is_read_or_refused(tmp_path: Path, data: st.DataObject) -> None:
    path = tar_of(
        tmp_path / "a.tar",
        {"a" * 120: b"abc", "b.jpg": b"defg"},
        data.draw(st.sampled_from([tarfile.GNU_FORMAT, tarfile.PAX_FORMAT])),
    )
    content = bytearray(path.read_bytes())
    for _ in range(data.draw(st.integers(1, 6))):
        at = data.draw(st.integers(0, min(len(content), 4096) - 1))
        content[at] = data.draw(st.integers(0, 255))
        block = at // 512 * 512
        if data.draw(st.booleans()):  # with a sum that is right, so that what stands in the header is believed
            content[block + 148 : block + 156] = b" " * 8
            content[block + 148 : block + 156] = b"%06o\0 " % sum(content[block : block + 512])
    path.write_bytes(content[: data.draw(st.integers(0, len(content)))])
    try:
        members = list(TarReading(open_ranged(path)).members())
    except NegdataError:
        return
    assert all(member.offset >= 0 and member.offset + member.size <= path.stat().st_size for member in members)


def test_coco_is_the_same_in_tars(tmp_path: Path) -> None:
    if not SHARED.is_dir():
        pytest.skip("shared/data is not beside the project")
    contents = {path.name: path.read_bytes() for path in sorted(SHARED.glob("*.jpg"))}
    images = open_images(in_tars(tmp_path, contents, 100))
    assert all(images.read(name).content == content for name, content in contents.items())
