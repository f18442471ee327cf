"""The backends that run in this process, with a real small model."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import pytest

from negdata.backends import make_backend
from negdata.backends.base import BackendOptions
from negdata.errors import NegdataError
from tests.backends.asking import ask, request
from tests.models import SMOLLM2, available


def test_llamacpp_keeps_to_the_schema_and_the_seed() -> None:
    pytest.importorskip("xllamacpp")
    backend = make_backend("llamacpp", BackendOptions(str(available(SMOLLM2)), concurrency=2))
    first, second = ask(backend, request(), request(), ready=True)
    assert set(json.loads(first.text)) == {"caption"}
    assert first.text == second.text
    assert first.prompt_tokens > 0


@pytest.mark.slow
def test_transformers_loads_a_gguf() -> None:
    pytest.importorskip("torch")
    pytest.importorskip("transformers")
    backend = make_backend("transformers", BackendOptions(str(available(SMOLLM2)), concurrency=2))
    free, held = ask(backend, replace(request(), schema=None), request(), ready=True)
    assert free.text.strip()
    assert free.completion_tokens > 0
    # So small a model seldom writes JSON where nothing holds it to that.
    assert set(json.loads(held.text)) == {"caption"}


@pytest.mark.parametrize("name", ["llamacpp", "transformers"])
def test_a_file_that_isnt_there(name: str, tmp_path: Path) -> None:
    with pytest.raises(NegdataError, match=r"no\.gguf"):
        ask(make_backend(name, BackendOptions(str(tmp_path / "no.gguf"))), ready=True)


@pytest.mark.parametrize("name", ["llamacpp", "transformers"])
def test_a_file_that_is_no_model(name: str, tmp_path: Path) -> None:
    broken = tmp_path / "broken.gguf"
    broken.write_bytes(b"GGUF" + b"\0" * 64)
    with pytest.raises(NegdataError, match=r"broken\.gguf"):
        ask(make_backend(name, BackendOptions(str(broken))), ready=True)


def test_an_unknown_backend_names_the_nearest() -> None:
    with pytest.raises(NegdataError, match="ollama"):
        make_backend("olama", BackendOptions())
