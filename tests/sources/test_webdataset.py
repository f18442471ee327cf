"""Tars of WebDataset: samples by key, captions from JSON or text, and nothing hostile is followed."""

from __future__ import annotations

import io
import json
import tarfile
from collections.abc import Sequence
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from negdata.errors import NegdataError
from negdata.records import CaptionRecord
from negdata.remote import place
from negdata.sources import BadRow, open_source, recognise
from tests.remote.s3 import S3
from tests.remote.web import serving

Members = Sequence[tuple[str, bytes]]
JPEG = b"\xff\xd8 no image is decoded here " * 100


def tar(path: Path, members: Members, links: Members = ()) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    with tarfile.open(path, "w") as file:
        for name, content in members:
            info = tarfile.TarInfo(name)
            info.size = len(content)
            file.addfile(info, io.BytesIO(content))
        for name, kind in links:
            info = tarfile.TarInfo(name)
            info.type, info.linkname = kind, "/etc/passwd"
            file.addfile(info)
    return path


def sample(key: str, caption: str = "A dog.", **further: object) -> Members:
    return [(f"{key}.jpg", JPEG), (f"{key}.json", json.dumps({"caption": caption, **further}).encode())]


def rows(path: Path) -> list[CaptionRecord]:
    return [row for row in open_source(path).rows() if isinstance(row, CaptionRecord)]


def bad(path: Path) -> list[BadRow]:
    return [row for row in open_source(path).rows() if isinstance(row, BadRow)]


def test_json_and_text_give_captions(tmp_path: Path) -> None:
    path = tar(
        tmp_path / "t.tar",
        [
            *sample("00000/000000012", "A dog.", id="mine", width=3, negated="cat"),
            ("00000/000000013.txt", b"A cat.\nTwo cats.\n"),
            ("00000/000000013.png", JPEG),
            *sample("k.seg", "A cow."),
            ("n.JPG", JPEG),
            ("n.json", b'{"title": "A hen."}'),
        ],
    )
    assert recognise(path) == "webdataset"
    source = open_source(path)
    found = [row for row in source.rows() if isinstance(row, CaptionRecord)]
    assert [(row.id, row.image, row.caption) for row in found] == [
        ("mine", "00000/000000012.jpg", "A dog."),
        ("t:00000/000000013#1", "00000/000000013.png", "A cat."),
        ("t:00000/000000013#2", "00000/000000013.png", "Two cats."),
        ("t:k", "k.seg.jpg", "A cow."),
        ("t:n", "n.JPG", "A hen."),
    ]
    assert found[0].negated == "cat"
    assert source.unused == {"width"}


def test_a_folder_and_a_pattern_of_tars_here_and_elsewhere(tmp_path: Path, s3: S3) -> None:
    for number in range(3):
        path = tar(tmp_path / "served" / f"s-{number:05d}.tar", sample(f"{number}/x", f"Dog {number}."))
        s3.put(f"d/{path.name}", path.read_bytes())
    expected = [f"s-{number:05d}:{number}/x" for number in range(3)]
    with serving(tmp_path / "served") as web:
        for where in (
            f"{tmp_path}/served",
            f"{tmp_path}/served/s-{{00000..00002}}.tar",
            "s3://bucket/d",
            "s3://bucket/d/*.tar",
            f"{web.address}/s-{{00000..00002}}.tar",
        ):
            assert [row.id for row in rows(place(where))] == expected
            assert open_source(place(where)).digest() == open_source(tmp_path / "served").digest()


def test_of_a_tar_elsewhere_the_captions_are_kept_and_not_the_images(
    tmp_path: Path, s3: S3, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("NEGDATA_CACHE", str(tmp_path / "cache"))
    path = tar(tmp_path / "t.tar", [one for n in range(50) for one in sample(f"{n:03d}", f"Dog {n}.")])
    address = place(s3.put("t.tar", path.read_bytes()))
    assert rows(address) == rows(path)
    (kept,) = (tmp_path / "cache").rglob("content")
    assert kept.stat().st_size < path.stat().st_size / 10
    s3.put("t.tar", tar(tmp_path / "t.tar", sample("other")).read_bytes())
    assert [row.id for row in rows(address)] == ["t:other"]


def test_what_is_hostile_is_a_bad_row(tmp_path: Path) -> None:
    path = tar(
        tmp_path / "t.tar",
        [
            *sample("../../etc/x"),
            *sample("/etc/y"),
            *sample("good"),
            ("large.jpg", JPEG),
            ("large.json", b'{"caption": "' + b"x" * (1 << 20) + b'"}'),
            ("broken.jpg", JPEG),
            ("broken.json", b"{"),
            ("list.jpg", JPEG),
            ("list.json", b"[]"),
            ("latin.jpg", JPEG),
            ("latin.txt", b"caf\xe9"),
            ("alone.jpg", JPEG),
            ("words.txt", b"A dog."),
        ],
        [("link", tarfile.SYMTYPE), ("hard", tarfile.LNKTYPE), ("device", tarfile.CHRTYPE)],
    )
    assert [row.id for row in rows(path)] == ["t:good"]
    problems = {row.record.id: row.problem for row in bad(path)}
    for identity, said in {
        "t:../../etc/x": 'climbs out of the image folder with ".."',
        "t:/etc/y": "absolute path",
        "t:large": "large.json has 1,048,591 bytes",
        "t:broken": "not valid",
        "t:list": "no object",
        "t:latin": "latin.txt is not UTF-8",
        "t:alone": "caption is null",
        "t:words": "image is missing",
        "t:(links 1)": "holds links",
        "t:(links 2)": "holds links",
        "t:(members that are no plain files 1)": "no plain files",
    }.items():
        assert said in problems.pop(identity)
    assert problems == {}


def test_a_tar_that_is_cut_short_says_where(tmp_path: Path) -> None:
    content = tar(tmp_path / "t.tar", [*sample("a"), *sample("b")]).read_bytes()
    at = content.index(b"b.jpg")
    (tmp_path / "t.tar").write_bytes(content[: at + 512 + 100])
    with pytest.raises(NegdataError, match=rf"t\.tar is cut short: .* byte {at + 512:,}"):
        rows(tmp_path / "t.tar")


def test_what_is_no_tar_or_holds_nothing(tmp_path: Path) -> None:
    (tmp_path / "t.tar").write_bytes(b"PK\x03\x04" * 500)
    with pytest.raises(NegdataError, match="is no tar"):
        open_source(tmp_path / "t.tar")
    with pytest.raises(NegdataError, match="holds no sample"):
        open_source(tar(tmp_path / "e.tar", []))


_PARTS = st.text("ab01_-", min_size=1, max_size=4)
_KEYS = st.lists(st.tuples(_PARTS, _PARTS).map("/".join) | _PARTS, unique=True, min_size=1, max_size=12)


@given(_KEYS, st.booleans())
def test_every_sample_is_a_row_whatever_its_key(
    tmp_path_factory: pytest.TempPathFactory, keys: list[str], text: bool
) -> None:
    members: list[tuple[str, bytes]] = []
    for key in keys:
        words = (f"{key}.txt", f"A {key} dog.".encode()) if text else sample(key, f"A {key} dog.")[1]
        members += [(f"{key}.jpg", JPEG[:10]), (f"{key}.cls", b"3"), words]
    path = tar(tmp_path_factory.mktemp("t") / "t.tar", members)
    assert [(row.id, row.image, row.caption) for row in rows(path)] == [
        (f"t:{key}", f"{key}.jpg", f"A {key} dog.") for key in keys
    ]
