"""Addresses travel as paths do, come back as they were, and show no secret."""

from __future__ import annotations

import pickle
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from negdata.errors import NegdataError
from negdata.remote import Address, place

_NAMES = st.text("abcXYZ012 _-=+%é.", min_size=1, max_size=12).filter(
    lambda text: text.strip(".") and text == text.strip()
)


@given(st.sampled_from(["s3", "gs", "hf", "https", "abfs"]), st.lists(_NAMES, min_size=1, max_size=5))
def test_an_address_is_what_was_given_whatever_it_goes_through(scheme: str, names: list[str]) -> None:
    text = f"{scheme}://{'/'.join(names)}"
    address = place(text)
    assert isinstance(address, Address)
    assert str(address) == address.url == text
    assert place(Path(text)) == address  # a path has lost a slash
    assert place(str(address)) == place(address) == pickle.loads(pickle.dumps(address)) == address
    assert str(address / "x") == f"{text}/x"
    assert address.scheme == scheme


@given(_NAMES)
def test_a_path_stays_one(name: str) -> None:
    for text in (name, f"/{name}", f"./{name}/x", f"C:/{name}"):
        assert not isinstance(place(text), Address)
        assert place(text) == Path(text)


def test_a_file_address_is_a_path() -> None:
    assert place("file:///data/captions.json") == Path("/data/captions.json")
    assert not isinstance(place("file:///data/captions.json"), Address)


@pytest.mark.parametrize(
    ("url", "shown"),
    [
        ("https://me:hunter22@host/x.json", "https://***@host/x.json"),
        ("https://h/x.json?X-Amz-Signature=abc123&a=1", "https://h/x.json?X-Amz-Signature=***&a=1"),
        ("https://h/x.json?sv=1&sig=abc%2F123", "https://h/x.json?sv=1&sig=***"),
    ],
)
def test_secrets_reach_the_server_alone(url: str, shown: str) -> None:
    address = place(url)
    assert isinstance(address, Address)
    assert address.url == url
    assert str(address) == f"{address}" == shown
    assert shown in repr(address)
    assert address.name == "x.json"
    assert address.suffix == ".json"


def test_what_writes_files_here_refuses_an_address(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    address = place("s3://bucket/out")
    for act in (lambda: address.mkdir(parents=True), lambda: address.open("wb"), address.read_bytes):
        with pytest.raises(NegdataError, match="s3://bucket/out is an address"):
            act()
    assert list(tmp_path.iterdir()) == []
