"""Files elsewhere, from a real S3 server and a real web server; what goes wrong is said in words, and soon."""

from __future__ import annotations

import importlib.util
import socket
import time
from pathlib import Path

import pytest

from negdata.errors import NegdataError
from negdata.remote import Address, place
from negdata.remote.errors import Missing, Passing
from negdata.remote.files import exists, is_folder, names, names_below, read_bytes, read_range
from tests.remote.s3 import KEY, S3, SECRET, asking_for_credentials, forget_connections
from tests.remote.web import serving


def at(text: str) -> Address:
    address = place(text)
    assert isinstance(address, Address)
    return address


def test_reads_from_s3(s3: S3) -> None:
    address = at(s3.put("d/x.json", b"0123456789"))
    s3.put("d/empty", b"")
    s3.put("d/e/f", b"1")
    assert read_bytes(address) == read_bytes(address, 10) == b"0123456789"
    assert read_range(address, 3, 4) == b"3456"
    assert read_range(address, 8, 40) == b"89"
    assert read_range(address, 20, 4) == read_range(address, 0, 0) == read_bytes(at("s3://bucket/d/empty"), 5) == b""
    assert exists(address)
    assert exists(at("s3://bucket/d"))
    assert not exists(at("s3://bucket/q"))
    assert (is_folder(at("s3://bucket/d")), is_folder(address), is_folder(at("s3://bucket/q"))) == (True, False, False)
    assert names(at("s3://bucket/d")) == ["empty", "x.json"]
    assert names(at("s3://bucket/q")) == names(address) == []
    assert names_below(at("s3://bucket/d")) == ["e/f", "empty", "x.json"]


def test_a_listing_is_never_an_old_one_and_has_all_pages(s3: S3) -> None:
    assert names(at("s3://bucket/many")) == []
    s3.put_many(f"many/{number:05d}" for number in range(1_003))
    assert names(at("s3://bucket/many")) == [f"{number:05d}" for number in range(1_003)]
    s3.client.delete_object(Bucket="bucket", Key="many/00000")
    assert len(names(at("s3://bucket/many"))) == 1_002


def test_reads_from_the_web(tmp_path: Path) -> None:
    (tmp_path / "d").mkdir()
    (tmp_path / "d" / "a b.json").write_bytes(b"0123456789")
    with serving(tmp_path) as web:
        address = at(f"{web.address}/d/a b.json")
        assert read_bytes(address) == b"0123456789"
        assert read_range(address, 3, 4) == b"3456"
        assert read_range(address, 8, 40) == b"89"
        assert read_range(address, 20, 4) == b""
        assert exists(address)
        assert not exists(at(f"{web.address}/q"))
        with pytest.raises(Missing, match="doesn't exist"):
            read_bytes(at(f"{web.address}/q"))


def test_no_more_is_read_than_was_asked_for(s3: S3, tmp_path: Path) -> None:
    (tmp_path / "x").write_bytes(b"0123456789")
    with serving(tmp_path) as web:
        for address in (at(s3.put("x", b"0123456789")), at(f"{web.address}/x")):
            with pytest.raises(NegdataError, match="more than 9 bytes"):
                read_bytes(address, 9)


def said(address: str) -> tuple[NegdataError, float]:
    began = time.monotonic()
    with pytest.raises(NegdataError) as caught:
        read_bytes(at(address))
    told = str(caught.value)
    assert SECRET not in told
    assert told.startswith(str(at(address)))
    return caught.value, time.monotonic() - began


def test_what_is_not_there(s3: S3) -> None:
    assert isinstance(said("s3://bucket/none.json")[0], Missing)
    error, _ = said("s3://nobucket/none.json")
    assert not isinstance(error, Missing)
    assert "no bucket" in str(error)
    with pytest.raises(NegdataError, match="no bucket"):
        names(at("s3://nobucket/folder"))


def test_packages_and_schemes_that_are_not_there() -> None:
    pytest.importorskip("fsspec")
    assert "Protocol not known: xyz" in str(said("xyz://host/x")[0])
    if importlib.util.find_spec("gcsfs") is None:
        assert "pip install gcsfs" in str(said("gs://bucket/x")[0])


def test_missing_credentials_name_the_variables(s3: S3, monkeypatch: pytest.MonkeyPatch) -> None:
    address = s3.put("x", b"1")
    monkeypatch.delenv("AWS_ACCESS_KEY_ID")
    monkeypatch.delenv("AWS_SECRET_ACCESS_KEY")
    forget_connections()
    error, _ = said(address)
    assert "none were found" in error.problem
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_PROFILE"):
        assert name in error.remedy


def test_wrong_credentials_name_the_variables_and_never_their_values(s3: S3) -> None:
    address = s3.put("x", b"1")
    with asking_for_credentials(s3):
        error, _ = said(address)
    assert "refuses the credentials" in error.problem
    assert "AWS_SECRET_ACCESS_KEY" in error.remedy
    assert KEY not in str(error)


def test_an_endpoint_where_nobody_is_is_told_of_soon(s3: S3, monkeypatch: pytest.MonkeyPatch) -> None:
    with socket.socket() as unused:
        unused.bind(("127.0.0.1", 0))
        port = unused.getsockname()[1]
    monkeypatch.setenv("AWS_ENDPOINT_URL_S3", f"http://127.0.0.1:{port}")
    forget_connections()
    for address in ("s3://bucket/x", f"http://127.0.0.1:{port}/x", "https://nosuchhost.invalid/x"):
        error, seconds = said(address)
        assert isinstance(error, Passing)
        assert "doesn't answer" in error.problem
        assert seconds < 5


@pytest.mark.parametrize("scheme", ["s3", "http"])
def test_an_endpoint_that_says_nothing_is_told_of_soon(scheme: str, s3: S3, monkeypatch: pytest.MonkeyPatch) -> None:
    with socket.socket() as silent:
        silent.bind(("127.0.0.1", 0))
        silent.listen()
        host = f"127.0.0.1:{silent.getsockname()[1]}"
        monkeypatch.setenv("AWS_ENDPOINT_URL_S3", f"http://{host}")
        forget_connections()
        error, seconds = said("s3://bucket/x" if scheme == "s3" else f"http://{host}/x")
    assert "doesn't answer" in error.problem
    assert 5 < seconds < 15
