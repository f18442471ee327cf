"""Settings refuse at once what a run couldn't do."""

from __future__ import annotations

import shlex
from pathlib import Path
from typing import Any

import pytest

from negdata.caption import CaptionSettings
from negdata.cli import app
from negdata.errors import NegdataError
from negdata.verify import VerifySettings

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
        ("min_agreement", 0, "from 1 to 10"),
        ("min_agreement", 11, "--min-agreement is 11"),
        ("per_image", 0, "--per-image is 0"),
        ("source", None, "The argument SOURCE is missing"),
        ("source", Path("out.rejected.jsonl"), "is the source itself"),
        ("out", SOURCE, "is the source itself"),
        ("out", Path("in.json"), "is the source itself"),
    ],
)
def test_refused_in_words(name: str, value: Any, said: str) -> None:
    fields: dict[str, Any] = {"source": SOURCE, "out": OUT, name: value}
    with pytest.raises(NegdataError) as refused:
        CaptionSettings(**fields)
    assert said in str(refused.value)


VQA: dict[str, Any] = {"pipeline": "vqa", "vqa_questions": Path("q.json"), "vqa_annotations": Path("a.json")}


@pytest.mark.parametrize(
    ("fields", "said"),
    [
        ({"vqa_questions": Path("q.json")}, "Add --pipeline vqa"),
        ({"vqa_annotations": Path("a.json")}, "Add --pipeline vqa"),
        ({"standalone": True}, "--pipeline is objects"),
        ({"per_image": 2, "pipeline": "random"}, "--pipeline is random"),
        ({"source": None, "standalone": True}, "Add --pipeline vqa"),
        (VQA | {"vqa_questions": None}, "needs --vqa-questions"),
        (VQA | {"vqa_annotations": None}, "needs --vqa-annotations"),
        (VQA | {"steps": ("propose",)}, "--steps leaves rewriting out"),
        (VQA | {"source": None}, "The argument SOURCE is missing"),
        (VQA | {"vqa_questions": Path("out.manifest.json")}, "is the source itself"),
        (VQA | {"vqa_annotations": Path("a.json"), "out": Path("a.json")}, "is the source itself"),
    ],
)
def test_options_of_visual_questions_go_together(fields: dict[str, Any], said: str) -> None:
    given: dict[str, Any] = {"source": SOURCE, "out": OUT}
    with pytest.raises(NegdataError) as refused:
        CaptionSettings(**(given | fields))
    assert said in str(refused.value)


def test_visual_questions_may_stand_alone() -> None:
    assert CaptionSettings(**(VQA | {"source": None, "out": OUT, "standalone": True})).proposer is None
    assert CaptionSettings(source=SOURCE, out=OUT, **VQA).proposer is None


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


@pytest.mark.parametrize(
    "options",
    [
        {},
        {"backend": "openai", "base_url": "http://h:1/v1", "model": "a b", "api_key_env": "KEY", "rpm": 5, "tpm": 9},
        {"steps": ("rewrite",), "contrast": True, "use_cache": False, "limit": 3, "offset": 2, "timeout": 2.5},
        {"pipeline": "random", "propose": "model", "seed": 7, "temperature": 0.0, "top_p": 1.0, "bad_rows": "fail"},
        {"source_format": "csv", "image_column": "i", "caption_column": "the text", "prompts": Path("my prompts")},
        {"candidates": 0, "tries": 1, "concurrency": 64, "max_failures": 1.0},
        {"exclude": (Path("my, bench.json"), Path("val2017"))},
        VQA | {"min_agreement": 9, "per_image": 2},
        VQA | {"source": None, "standalone": True},
        {"verify": VerifySettings(verifiers=("instances",), instances=Path("my truth.json"))},
        {
            "model": "writer",
            "base_url": "http://writer",
            "api_key_env": "WRITER",
            "backend": "openai",
            "verify": VerifySettings(
                verifiers=("instances=t.json", "openai"),
                images=Path("my images"),
                absent_below=0.1,
                present_above=0.6,
                votes=2,
                max_pixels=2_000,
                batch_size=3,
                model="judge",
                base_url="http://judge",
                api_key_env="JUDGE",
            ),
        },
    ],
)
def test_the_command_line_says_the_same(monkeypatch: pytest.MonkeyPatch, options: dict[str, Any]) -> None:
    told: list[CaptionSettings] = []

    def stop(settings: CaptionSettings, **_: object) -> None:
        told.append(settings)
        raise NegdataError("Told.", "That is all.")

    monkeypatch.setattr("negdata.caption.run.caption_corpus", stop)
    given = CaptionSettings(**({"source": Path("my captions.jsonl"), "out": OUT} | options))
    words = shlex.split(given.command_line)
    assert words[0] == "negdata"
    with pytest.raises(NegdataError, match="Told"):
        app(words[1:], standalone_mode=False)
    assert told == [given]


def test_starting_over_is_no_part_of_what_made_an_output() -> None:
    assert CaptionSettings(source=SOURCE, out=OUT, fresh=True).command_line == "negdata caption in.jsonl -o out.jsonl"
