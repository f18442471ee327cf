"""The functions and the commands are the same thing: names, defaults, words, and what becomes of each option."""

from __future__ import annotations

import importlib
import inspect
import re
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from negdata import api
from negdata.cli import app
from tests.cli.commands import arguments, commands, flag, options, parameter


@dataclass(frozen=True)
class Pair:
    """A function of the API and its command.

    Attributes:
        runs: what both call, as ``module:function``; ``imported`` is where the function of the API has it.
        lacks: options that the function doesn't have, with the reason.
        needs: the least that both are told.
        together: what else an option needs to make sense.
        values: of options whose values are names; others are made up by their type.
    """

    command: str
    runs: str
    imported: str
    needs: dict[str, Any]
    lacks: dict[str, str] = field(default_factory=dict)
    together: dict[str, dict[str, Any]] = field(default_factory=dict)
    values: dict[str, Any] = field(default_factory=dict)


_VQA = {"pipeline": "vqa", "vqa_questions": "q.json", "vqa_annotations": "a.json"}
_ON_RAY = {option: {"engine": "ray"} for option in ("ray_address", "workers")}
_CHECKS = "another function: check"
PAIRS = {
    "caption": Pair(
        "caption",
        "negdata.caption.run:caption_corpus",
        "negdata.api.captions:caption_corpus",
        {"source": "c.json", "out": "o.jsonl"},
        lacks=dict.fromkeys(("dry_run", "price_in", "price_out"), "another function: estimate_caption_run"),
        together={
            **dict.fromkeys(("pipeline", "vqa_questions", "vqa_annotations", "standalone", "per_image"), _VQA),
            "instances": {"verify": "instances"},
            **_ON_RAY,
        },
        values={"pipeline": "vqa", "propose": "cooccurrence", "bad_rows": "fail", "steps": "rewrite", "top_p": 0.5}
        | {"shard": "2/3", "engine": "ray"},
    ),
    "filter": Pair(
        "filter",
        "negdata.filter:filter_captions",
        "negdata.api.filtering:filter_captions",
        {"records": "c.jsonl", "out": "o.jsonl"},
        lacks=dict.fromkeys(("check_against", "per_image", "seed"), _CHECKS),
        together={"instances": {"verifier": "instances"}, **_ON_RAY},
        values={"bad_rows": "fail", "without": "empty,duplicate", "shard": "2/3", "engine": "ray"},
    ),
    "check": Pair(
        "filter",
        "negdata.filter:check_verifiers",
        "negdata.api.filtering:check_verifiers",
        {"check_against": "i.json", "out": "o.jsonl", "verifier": "instances"},
        lacks=dict.fromkeys(
            ("without", "captions", "exclude", "marks", "shard", "engine", "ray_address", "workers"),
            "another function: filter",
        ),
        values={"bad_rows": "fail"},
    ),
    "merge": Pair(
        "merge",
        "negdata.merging:merge_outputs",
        "negdata.api.merging:merge_outputs",
        {"inputs": ["a.jsonl", "b.jsonl"], "out": "o.jsonl"},
    ),
    "build_bench": Pair(
        "build-bench",
        "negdata.benchmark:build_benchmark",
        "negdata.api.benchmarks:build_benchmark",
        {"source": "refs", "out": "o.json"},
    ),
    "evaluate": Pair(
        "eval",
        "negdata.benchmark.evaluate:evaluate_together",
        "negdata.api.benchmarks:score",
        {"benches": ["b.json", "c.json"], "model": ["m,1", "n"]},
        values={"scoring": "paper", "crop": "letterbox", "dtype": "float16", "baseline": "n"}
        | {"predictions": "p.jsonl", "csv": "figures.csv"},
    ),
    "finetune": Pair(
        "finetune",
        "negdata.train:finetune",
        "negdata.api.training:train",
        {"records": "c.jsonl", "images": ".", "model": "m", "out": "o"},
        values={"dtype": "bfloat16", "set": ["a.b=1", "c=2"]},
    ),
    "export": Pair(
        "export",
        "negdata.train.export:export_model",
        "negdata.api.training:export_model",
        {"model": "m", "to": "openai", "out": "o.pt"},
    ),
    "stats": Pair(
        "stats",
        "negdata.caption.statistics:source_statistics",
        "negdata.api.looking:source_statistics",
        {"source": "c.json"},
    ),
    "report": Pair(
        "report",
        "negdata.report:write_report",
        "negdata.api.showing:write_report",
        {"paths": ["a.jsonl", "b.jsonl"], "out": "o.html"},
        values={"images": ["folder", "folder/.."]},
    ),
    "export_data": Pair(
        "data export",
        "negdata.publish:export_data",
        "negdata.api.looking:publish",
        {"records": "c.jsonl", "to": "parquet", "out": "o"},
        together={"images": {"embed_images": True}, "embed_images": {"images": "."}},
        values={"bad_rows": "fail", "to": "hf"},
    ),
    "demo": Pair(
        "demo",
        "negdata.demo:run_demo",
        "negdata.api.demonstration:run_demo",
        {},
        values={"backend": "ollama", "scenes": 200},
    ),
    "doctor": Pair(
        "doctor",
        "negdata.doctor:diagnose",
        "negdata.api.examining:diagnose",
        {"backend": "ollama"},
        together={"verifier": {"for_": "filter"}},
        values={"for_": "finetune", "backend": "openai", "base_url": "http://x/v1"},
    ),
}
_ALSO = {"as_json", "on_progress", "on_rows", "on_notice", "on_step", "on_told"}


_ONLY_ON_THE_COMMAND_LINE = {
    ("filter", "records"): (" With --check-against it may be left out.",),
    ("evaluate", "csv"): ("; - prints them instead of tables",),
}


def _options(pair: Pair) -> dict[str, Any]:
    command = commands()[pair.command]
    found = {parameter(one): one for one in (*arguments(command), *options(command)) if one.name != "as_json"}
    assert set(pair.lacks) <= set(found)
    return {name: one for name, one in found.items() if name not in pair.lacks}


def _cases() -> list[tuple[str, str]]:
    return [(name, option) for name, pair in PAIRS.items() for option in _options(pair)]


def test_every_function_has_its_command() -> None:
    assert set(PAIRS) == set(api.__all__)


@pytest.mark.parametrize("name", PAIRS)
def test_the_options_and_their_defaults_are_the_same(name: str) -> None:
    signature = inspect.signature(getattr(api, name))
    ours = {one.name: one.default for one in signature.parameters.values() if one.name not in _ALSO}
    wanted = {}
    for option, one in _options(PAIRS[name]).items():
        several = one.nargs == -1 or getattr(one, "multiple", False)
        wanted[option] = inspect.Parameter.empty if one.required else () if several else one.default
    # What the one command needs of its two ways depends on the way, which the functions are.
    if name in ("filter", "check"):
        wanted |= {"filter": {"records": inspect.Parameter.empty}, "check": {"check_against": inspect.Parameter.empty}}[
            name
        ]
    assert ours == wanted


@pytest.mark.parametrize("name", PAIRS)
def test_the_words_are_the_same(name: str) -> None:
    said = inspect.getdoc(getattr(api, name)) or ""
    block = said.partition("Args:\n")[2].partition("\n\n")[0]
    told = {}
    for entry in re.split(r"\n {4}(?=\w)", "\n" + block)[1:]:
        option, _, words = entry.partition(": ")
        told[option] = " ".join(words.split())
    for option, one in _options(PAIRS[name]).items():
        wanted = " ".join(one.help.replace("May be repeated", "One, or several").split())
        for text in _ONLY_ON_THE_COMMAND_LINE.get((name, option), ()):
            assert text in wanted
            wanted = wanted.replace(text, "")
        assert told[option] == wanted
    assert set(told) == set(inspect.signature(getattr(api, name)).parameters), "each is documented"


@pytest.mark.parametrize(("name", "option"), _cases())
def test_an_option_becomes_the_same_setting(
    name: str, option: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "folder").mkdir()
    pair = PAIRS[name]
    known = _options(pair)
    values = {**pair.needs, **pair.together.get(option, {})}
    if option not in values:
        values[option] = _value(pair, option, known[option])
    by_function = _caught(monkeypatch, pair.imported, lambda: getattr(api, name)(**values))
    words = [word for one in values for word in _words(known[one], values[one])]
    by_command = _caught(monkeypatch, pair.runs, lambda: _run([*pair.command.split(), *words]))
    assert by_function == by_command
    if option not in pair.needs:
        plain = _caught(monkeypatch, pair.imported, lambda: getattr(api, name)(**pair.needs))
        assert by_function != plain, f"{option} changes nothing"


class _CaughtCall(Exception):
    """Ends a command where it calls what does the work."""

    def __init__(self, told: object) -> None:
        super().__init__()
        self.told = told


def _caught(monkeypatch: pytest.MonkeyPatch, where: str, call: Callable[[], object]) -> object:
    """What the function that does the work is told."""
    module, _, function = where.partition(":")

    def catch(*told: object, **further: object) -> None:
        raise _CaughtCall((told, {key: value for key, value in further.items() if not key.startswith("on_")}))

    with monkeypatch.context() as patch:
        patch.setattr(importlib.import_module(module), function, catch)
        with pytest.raises(_CaughtCall) as caught:
            call()
    return caught.value.told


def _run(words: list[str]) -> None:
    done = CliRunner().invoke(app, words)
    assert done.exception is not None, done.output
    raise done.exception


def _value(pair: Pair, option: str, one: Any) -> Any:
    """A value that isn't the default."""
    if option in pair.values:
        return pair.values[option]
    if one.param_type_name == "option" and one.is_bool_flag:
        return not one.default
    kind = one.bare_type().strip("<>").lower()
    if kind == "int":
        return (one.default or 0) + 1
    if kind == "float":
        return round((one.default or 0.0) / 2 + 0.05, 3)
    text = "folder" if kind == "path" else "qwen-vl" if "verif" in option and "model" not in option else "x"
    return [text, f"{text}/../{text}"] if getattr(one, "multiple", False) else text


def _words(one: Any, value: Any) -> list[str]:
    """An option or argument as it is written on the command line."""
    several = value if isinstance(value, list) else [value]
    if one.param_type_name == "argument":
        return [str(each) for each in several]
    if one.is_bool_flag:
        return [flag(one)] if value else [one.secondary_opts[0]] if one.secondary_opts else []
    return [word for each in several for word in (flag(one), str(each))]
