"""Images at an address: a real web server, a real S3 server, folders, tars and parquet files there."""

from __future__ import annotations

import socket
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from negdata.errors import NegdataError
from negdata.images import open_images
from negdata.images.elsewhere import AddressImages
from negdata.images.folder import FolderImages
from negdata.pictures import BadImage
from tests.images.made import encoded, in_folder, in_parquet, in_tars, own_cache, pictures
from tests.images.web import web_server
from tests.remote.s3 import S3, forget_connections, s3

__all__ = ["own_cache", "s3"]
pytest.importorskip("fsspec")
pytest.importorskip("aiohttp")
ODD = {"a b#c?d%41.jpg": encoded(50), "inner/ü+&=.jpg": encoded(51), "val2017/000000397133.jpg": encoded(52)}


@pytest.fixture(autouse=True)
def no_connections_of_other_tests() -> Iterator[None]:
    yield
    forget_connections()


@pytest.mark.parametrize("ranges", [True, False])
def test_a_folder_of_a_web_server(tmp_path: Path, ranges: bool) -> None:
    contents = pictures(3) | ODD
    in_folder(tmp_path / "site" / "images", contents | {"empty.jpg": b""})
    in_folder(tmp_path / "site", {"secret.jpg": encoded(99), "images.jpg": encoded(98)})
    with web_server(tmp_path / "site", ranges=ranges) as (address, asked):
        images = open_images(f"{address}/images/")
        for name, content in contents.items():
            assert images.find(name) == name
            assert images.read(name).content == content
        assert images.read("data/val2017/COCO_val2014_000000397133.jpg").content == encoded(52)
        assert images.read("000000000001.jpg").where == f"{address}/images/000000000001.jpg"
        assert images.path("000000000001.jpg") is None
        before = list(asked)
        for name in ("../secret.jpg", "/secret.jpg", "a/../../secret.jpg", "x::http://127.0.0.1:9/a.jpg", "", "."):
            assert images.find(name) is None
            with pytest.raises(BadImage) as bad:
                images.read(name)
            assert bad.value.code == "image-missing"
        assert asked == before, "nobody was asked"
        assert images.find("%2e%2e/secret.jpg") is None
        assert images.find("secret.jpg") is None
        with pytest.raises(BadImage) as bad:
            images.read("empty.jpg")
        assert bad.value.code == "image-empty"


def test_tars_and_parquet_files_of_a_web_server(tmp_path: Path) -> None:
    contents = pictures(20)
    in_tars(tmp_path / "site", contents, 7)
    in_parquet(tmp_path / "site" / "a.parquet", list(contents.items()))
    with web_server(tmp_path / "site") as (address, asked):
        for place in (f"{address}/{{000..002}}.tar", f"{address}/a.parquet"):
            images = open_images(place)
            with ThreadPoolExecutor(16) as threads:
                found = threads.map(images.read, contents)
                assert all(one.content == content for one, content in zip(found, contents.values(), strict=True))
        before = len(asked)
        again = open_images(f"{address}/{{000..002}}.tar")
        assert len(asked) == before, "the index is there; only sizes are asked for"
        assert again.read("000000000013.jpg").content == encoded(13)


def test_what_a_web_server_does_not_have(tmp_path: Path) -> None:
    in_folder(tmp_path, {"broken.tar": b"hello" * 200, "a.jpg": encoded(1)})
    with web_server(tmp_path) as (address, _):
        with pytest.raises(NegdataError, match=r"nowhere.tar doesn't exist"):
            open_images(f"{address}/nowhere.tar")
        with pytest.raises(NegdataError, match=r"broken.tar is no tar"):
            open_images(f"{address}/broken.tar")
        images = open_images(address)
        with pytest.raises(BadImage) as missing:
            images.read("b.jpg")
        assert missing.value.code == "image-missing"


def test_a_server_that_never_answers_is_told_of_soon() -> None:
    with socket.socket() as nobody:
        nobody.bind(("127.0.0.1", 0))
        address = f"http://127.0.0.1:{nobody.getsockname()[1]}/val2017"
        began = time.monotonic()
        with pytest.raises(NegdataError, match="can't be reached"):
            open_images(address)
        with pytest.raises(NegdataError, match="can't be reached"):
            open_images(f"{address}.tar")
        assert time.monotonic() - began < 15


def test_every_place_in_a_bucket(tmp_path: Path, s3: S3) -> None:
    contents = pictures(12) | {"inner/a.jpg": encoded(30), "val2017/000000397133.jpg": encoded(52)}
    pattern = in_tars(tmp_path / "tars", contents, 5)
    parquet = in_parquet(tmp_path / "a.parquet", list(contents.items()))
    for name, content in contents.items():
        s3.put(f"plain/{name}", content)
    s3.put("plain/empty.jpg", b"")
    s3.put("secret.jpg", encoded(99))
    for tar in sorted(pattern.parent.iterdir()):
        s3.put(f"tars/{tar.name}", tar.read_bytes())
    s3.put("parquet/a.parquet", parquet.read_bytes())
    places = ("plain", "tars", f"tars/{pattern.name}", "tars/*.tar", "parquet", "parquet/a.parquet")
    for place in places:
        images = open_images(f"s3://bucket/{place}")
        assert isinstance(images, AddressImages) == (place == "plain")
        for name, content in contents.items():
            assert images.find(f"data/{name}") == name
            assert images.read(name).content == content
        for name in ("../secret.jpg", "secret.jpg", "s3:/bucket/secret.jpg", "b.jpg", "x::s3://bucket/secret.jpg"):
            assert images.find(name) is None
            with pytest.raises(BadImage) as bad:
                images.read(name)
            assert bad.value.code == "image-missing"
    plain = open_images(Path("s3://bucket/plain"))
    with pytest.raises(BadImage) as bad:
        plain.read("empty.jpg")
    assert bad.value.code == "image-empty"
    assert plain.find("inner") is None, "a folder is no image"
    with pytest.raises(NegdataError, match="s3://bucket/nowhere doesn't exist"):
        open_images("s3://bucket/nowhere")
    with pytest.raises(NegdataError, match=r"No file matches s3://bucket/plain/\*.tar"):
        open_images("s3://bucket/plain/*.tar")
    with pytest.raises(NegdataError, match="is in no bucket"):
        open_images("s3://other/val2017")


def test_an_object_that_is_replaced_is_indexed_again(tmp_path: Path, s3: S3) -> None:
    tar = next(in_tars(tmp_path / "one", pictures(3), 3).parent.iterdir())
    other = next(in_tars(tmp_path / "two", {"new.jpg": encoded(77)} | pictures(3), 4).parent.iterdir())
    s3.put("a.tar", tar.read_bytes())
    assert open_images("s3://bucket/a.tar").find("new.jpg") is None
    s3.put("a.tar", other.read_bytes())
    assert open_images("s3://bucket/a.tar").read("new.jpg").content == encoded(77)


def test_one_folder_under_many_names_is_asked_for_once(tmp_path: Path, s3: S3, monkeypatch: pytest.MonkeyPatch) -> None:
    """``val2017`` is no folder of the place: it is looked for once, not with every image."""
    from negdata.remote import files, patience

    for name, content in pictures(8).items():
        s3.put(f"val2017/{name}", content)
    calls: list[str] = []
    whole = patience.patiently

    def counted(address: object, call: object) -> object:
        calls.append(str(address))
        return whole(address, call)  # type: ignore[arg-type]

    monkeypatch.setattr(files, "patiently", counted)
    images = open_images("s3://bucket/val2017")
    calls.clear()
    assert [images.read(f"data/val2017/{name}").content for name in pictures(8)] == list(pictures(8).values())
    assert len(calls) == 8 + 2


def test_an_empty_folder_here_is_one_of_images(tmp_path: Path) -> None:
    assert isinstance(open_images(tmp_path), FolderImages)
    assert open_images(tmp_path).find("a.jpg") is None
