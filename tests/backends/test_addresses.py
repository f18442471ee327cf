"""Addresses of servers are checked before anything is asked of them."""

from __future__ import annotations

import pytest

from negdata.backends import make_backend
from negdata.backends.addresses import check_address
from negdata.backends.base import BackendOptions
from negdata.errors import NegdataError


@pytest.mark.parametrize(
    "address",
    ["http://localhost:8000/v1", "https://openrouter.ai/api/v1", "localhost:11434", "0.0.0.0", "http://[::1]:8000/v1"],
)
def test_addresses(address: str) -> None:
    check_address(address, "http://h")


@pytest.mark.parametrize("address", ["ftp://h/v1", "http://", "", "not a url", "http://h:99999", "http://h:x", "h:0"])
def test_what_is_no_address(address: str) -> None:
    with pytest.raises(NegdataError, match="no address") as caught:
        check_address(address, "http://h")
    assert caught.value.remedy == "Give one such as http://h."


@pytest.mark.parametrize("backend", ["openai", "ollama"])
def test_a_password_in_an_address_is_refused_and_not_repeated(backend: str) -> None:
    with pytest.raises(NegdataError, match="holds a user or a password") as caught:
        make_backend(backend, BackendOptions("m", "http://me:hunter22@host:1/v1"))
    assert "hunter22" not in str(caught.value)


def test_an_address_may_leave_out_http() -> None:
    assert make_backend("openai", BackendOptions("m", "localhost:8000/v1")).base_url == "http://localhost:8000/v1"  # type: ignore[attr-defined]
