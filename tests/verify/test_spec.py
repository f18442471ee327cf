"""How a verifier is named: NAME, NAME=MODEL, or a path or hub name of a model."""

from __future__ import annotations

from pathlib import Path

import pytest

from negdata.errors import NegdataError
from negdata.verify import VERIFIERS
from negdata.verify.spec import VerifierSpec


@pytest.mark.parametrize(
    ("text", "name", "model"),
    [
        ("instances", "instances", None),
        ("qwen-vl", "qwen-vl", None),
        ("qwen-vl=Qwen/Qwen2-VL-2B-Instruct", "qwen-vl", "Qwen/Qwen2-VL-2B-Instruct"),
        ("ollama = llava:7b", "ollama", "llava:7b"),
        ("openai=a=b", "openai", "a=b"),
        ("llava-hf/llava-1.5-7b-hf", "transformers", "llava-hf/llava-1.5-7b-hf"),
        ("/nowhere/model", "transformers", "/nowhere/model"),
        ("./a=b/model", "transformers", "./a=b/model"),
    ],
)
def test_what_is_named(text: str, name: str, model: str | None) -> None:
    assert VerifierSpec.read(text, VERIFIERS) == VerifierSpec(text, name, model)


def test_a_folder_of_the_name_is_a_model(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "mine").mkdir()
    assert VerifierSpec.read("mine", VERIFIERS) == VerifierSpec("mine", "transformers", "mine")
    (tmp_path / "llava").mkdir()
    assert VerifierSpec.read("llava", VERIFIERS).name == "llava", "a name that is known is that verifier"


@pytest.mark.parametrize("text", ["qwen-vl=", "ollama=  "])
def test_an_empty_model_is_refused(text: str) -> None:
    with pytest.raises(NegdataError, match="names no model"):
        VerifierSpec.read(text, VERIFIERS)


@pytest.mark.parametrize(
    ("text", "meant"),
    [
        ("instance", "instances"),
        ("olama", "ollama"),
        ("olama=qwen2.5vl:7b", "ollama"),
        ("olama=library/llava", "ollama"),
        ("Qwen-VL", "qwen-vl"),
        ("", ""),
        ("=model", ""),
        ("n" * 300, ""),
    ],
)
def test_an_unknown_name_suggests_the_nearest(text: str, meant: str) -> None:
    with pytest.raises(NegdataError) as refused:
        VerifierSpec.read(text, VERIFIERS)
    assert "no verifier named" in refused.value.problem
    assert (f"Did you mean {meant!r}?" in refused.value.remedy) is bool(meant)
    assert "qwen-vl" in refused.value.remedy
