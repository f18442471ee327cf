"""Settings refuse at once what a run couldn't do."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from negdata.caption import CaptionSettings
from negdata.errors import NegdataError

SOURCE, OUT = Path("in.jsonl"), Path("out.jsonl")


@pytest.mark.parametrize(
    ("name", "value", "said"),
    [
        ("pipeline", "object", "Did you mean 'objects'?"),
        ("propose", "table", "way to propose"),
        ("bad_rows", "skip", "treatment of bad rows"),
        ("steps", ("propose", "write"), "step named 'write'"),
        ("steps", (), "names no step"),
        ("limit", 0, "--limit is 0"),
        ("tries", -1, "--tries is -1"),
        ("concurrency", 0, "--concurrency"),
        ("rpm", 0, "--rpm"),
        ("tpm", -5, "--tpm"),
        ("timeout", 0.0, "--timeout"),
        ("timeout", float("nan"), "--timeout is nan"),
        ("temperature", 2.1, "from 0 to 2"),
        ("temperature", float("nan"), "--temperature is nan"),
        ("top_p", -0.1, "--top-p"),
        ("max_failures", 1.5, "from 0 to 1"),
        ("offset", -1, "--offset"),
        ("candidates", 201, "--candidates"),
        ("out", Path("out.txt"), ".jsonl nor in .json"),
        ("out", SOURCE, "is the source itself"),
        ("out", Path("in.json"), "is the source itself"),
    ],
)
def test_refused_in_words(name: str, value: Any, said: str) -> None:
    fields: dict[str, Any] = {"source": SOURCE, "out": OUT, name: value}
    with pytest.raises(NegdataError) as refused:
        CaptionSettings(**fields)
    assert said in str(refused.value)


def test_the_papers_layout_needs_rewritten_captions() -> None:
    with pytest.raises(NegdataError, match="leaves rewriting out"):
        CaptionSettings(source=SOURCE, out=Path("out.json"), steps=("propose",))
    CaptionSettings(source=SOURCE, out=Path("out.json"), steps=("rewrite",))


def test_who_proposes() -> None:
    def proposer(**fields: Any) -> str | None:
        return CaptionSettings(source=SOURCE, out=OUT, **fields).proposer

    assert proposer() == "cooccurrence"
    assert proposer(backend="ollama") == "model"
    assert proposer(backend="ollama", propose="cooccurrence") == "cooccurrence"
    assert proposer(backend="ollama", pipeline="random") == "cooccurrence"
    assert proposer(propose="model") == "model"
    assert proposer(backend="ollama", steps=("rewrite",)) is None


def test_records_lie_beside_the_papers_layout() -> None:
    assert CaptionSettings(source=SOURCE, out=Path("a/b.json")).records_path == Path("a/b.jsonl")
    assert CaptionSettings(source=SOURCE, out=OUT).records_path == OUT
