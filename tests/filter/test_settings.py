"""Settings of a filter and of a check refuse at once what a run couldn't do, and say which command they are."""

from __future__ import annotations

import shlex
from pathlib import Path
from typing import Any

import pytest

from negdata.cli import app
from negdata.errors import NegdataError
from negdata.filter import CheckSettings, FilterSettings
from negdata.verify import VerifySettings

SOURCE, OUT, TRUTH = Path("in.jsonl"), Path("out.jsonl"), Path("truth.json")
JUDGED = VerifySettings(verifiers=("llava",))


@pytest.mark.parametrize(
    ("fields", "said"),
    [
        ({"without": ("duplicates",)}, "Did you mean 'duplicate'?"),
        ({"bad_rows": "skip"}, "treatment of bad rows"),
        ({"out": Path("out.txt")}, ".jsonl nor in .json"),
        ({"out": SOURCE}, "is the source itself"),
        ({"out": Path("in.json")}, "is the source itself"),
        ({"out": Path("a/../in.jsonl")}, "is the source itself"),
        ({"source": Path("out.rejected.jsonl")}, "is the source itself"),
        ({"source": Path("out.failed.jsonl")}, "is the source itself"),
        ({"limit": 0}, "--limit is 0"),
        ({"max_failures": 1.5}, "--max-failures is 1.5"),
        ({"max_failures": float("nan")}, "--max-failures is nan"),
    ],
)
def test_a_filter_is_refused_in_words(fields: dict[str, Any], said: str) -> None:
    given: dict[str, Any] = {"source": SOURCE, "out": OUT}
    with pytest.raises(NegdataError) as refused:
        FilterSettings(**(given | fields))
    assert said in str(refused.value)


@pytest.mark.parametrize(
    ("fields", "said"),
    [
        ({"verify": VerifySettings()}, "No verifier is named"),
        ({"out": Path("out.json")}, "doesn't end in .jsonl"),
        ({"out": TRUTH.with_suffix(".jsonl"), "against": TRUTH.with_suffix(".jsonl")}, "is the input itself"),
        ({"source": OUT}, "is the input itself"),
        ({"source": Path("out.rejected.jsonl")}, "is the input itself"),
        ({"per_image": 0}, "--per-image is 0"),
        ({"limit": -1}, "--limit is -1"),
        ({"bad_rows": "skip"}, "treatment of bad rows"),
        ({"max_failures": 1.5}, "--max-failures is 1.5"),
    ],
)
def test_a_check_is_refused_in_words(fields: dict[str, Any], said: str) -> None:
    given: dict[str, Any] = {"against": TRUTH, "out": OUT, "verify": JUDGED}
    with pytest.raises(NegdataError) as refused:
        CheckSettings(**(given | fields))
    assert said in str(refused.value)


def test_where_things_lie() -> None:
    assert FilterSettings(source=SOURCE, out=Path("a/b.json")).records_path == Path("a/b.jsonl")
    assert FilterSettings(source=SOURCE, out=OUT).records_path == OUT
    assert CheckSettings(against=TRUTH, out=OUT, verify=JUDGED).report_path == Path("out.html")


def told_by(monkeypatch: pytest.MonkeyPatch, function: str, command: str) -> object:
    """The settings with which the command calls the package's function, which isn't run."""
    told: list[object] = []

    def stop(settings: object, **_: object) -> None:
        told.append(settings)
        raise NegdataError("Told.", "That is all.")

    monkeypatch.setattr(f"negdata.filter.{function}", stop)
    words = shlex.split(command)
    assert words[:2] == ["negdata", "filter"]
    with pytest.raises(NegdataError, match="Told"):
        app(words[1:], standalone_mode=False)
    return told[0]


RUNS: list[dict[str, Any]] = [
    {},
    {"limit": 3, "concurrency": 2, "rpm": 5, "tpm": 9, "timeout": 2.5, "max_failures": 1.0, "use_cache": False},
    {"source_format": "csv", "image_column": "i", "caption_column": "the text", "bad_rows": "fail"},
]
VERIFIERS: list[dict[str, Any]] = [
    {"verifiers": ("instances",), "instances": Path("my truth.json")},
    {
        "verifiers": ("instances=t.json", "qwen-vl=Q/w", "./model"),
        "images": Path("my images"),
        "absent_below": 0.0,
        "present_above": 0.95,
        "votes": 4,
        "max_pixels": 800,
        "batch_size": 7,
        "prompts": Path("my prompts"),
    },
    {"verifiers": ("openai",), "model": "a b", "base_url": "http://h:1/v1", "api_key_env": "KEY"},
]


FILTERS: list[dict[str, Any]] = [
    {"without": ("duplicate", "unsafe"), "captions": Path("more captions.json")},
    {"exclude": (Path("my, bench.json"), Path("val2017"))},
]


@pytest.mark.parametrize("run", [*RUNS, *FILTERS])
@pytest.mark.parametrize("verify", [{}, *VERIFIERS])
def test_the_command_line_of_a_filter_says_the_same(
    monkeypatch: pytest.MonkeyPatch, run: dict[str, Any], verify: dict[str, Any]
) -> None:
    given = FilterSettings(source=Path("my records.jsonl"), out=OUT, verify=VerifySettings(**verify), **run)
    assert told_by(monkeypatch, "filter_captions", given.command_line) == given


@pytest.mark.parametrize("run", [*RUNS, {"source": Path("my records.jsonl"), "per_image": 1, "seed": 5}])
@pytest.mark.parametrize("verify", VERIFIERS)
def test_the_command_line_of_a_check_says_the_same(
    monkeypatch: pytest.MonkeyPatch, run: dict[str, Any], verify: dict[str, Any]
) -> None:
    given = CheckSettings(against=Path("my truth.json"), out=OUT, verify=VerifySettings(**verify), **run)
    assert told_by(monkeypatch, "check_verifiers", given.command_line) == given


def test_starting_over_is_no_part_of_what_made_an_output() -> None:
    made = FilterSettings(source=SOURCE, out=OUT, fresh=True).command_line
    assert made == "negdata filter in.jsonl -o out.jsonl"
    made = CheckSettings(against=TRUTH, out=OUT, verify=JUDGED, fresh=True).command_line
    assert made == "negdata filter -o out.jsonl --check-against truth.json --verifier llava"
