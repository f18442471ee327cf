"""What is wrong with an evaluation's options is told before anything is read."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from negdata.benchmark.evaluate import EvalSettings
from negdata.errors import NegdataError

BENCH = (Path("bench.json"),)


def _settings(**options: Any) -> EvalSettings:
    return EvalSettings(**({"benches": BENCH, "models": ("one", "two")} | options))


@pytest.mark.parametrize(
    ("options", "said"),
    [
        ({"models": ()}, "No model is named"),
        ({"benches": ()}, "No benchmark is named"),
        ({"models": ("one", "one")}, "The model one is named 2 times"),
        ({"benches": (Path("a/../bench.json"), Path("bench.json"))}, "bench.json is named 2 times"),
        ({"scoring": "strikt"}, "no scoring named 'strikt'. Did you mean 'strict'"),
        ({"crop": "letter-box"}, "no crop named 'letter-box'"),
        ({"dtype": "float64"}, "no dtype named 'float64'"),
        ({"baseline": "three"}, "no model to be the baseline named 'three'"),
        ({"batch_size": 0}, "--batch-size is 0"),
        ({"workers": 0}, "--workers is 0"),
        ({"seed": -1}, "--seed is -1"),
        ({"images": Path("nowhere")}, "The image folder nowhere doesn't exist"),
        ({"predictions": Path("bench.json")}, "--predictions is bench.json, which is read or written as well"),
        ({"predictions": Path("x.csv"), "csv": Path("x.csv")}, "--csv is x.csv, which is read or written as well"),
        ({"csv": Path()}, "--csv is ., which is a folder"),
    ],
)
def test_bad_options(options: dict[str, Any], said: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    with pytest.raises(NegdataError) as raised:
        _settings(**options)
    assert said in str(raised.value)


def test_the_command_says_the_same() -> None:
    settings = _settings(scoring="paper", quick_gelu=False, seed=3, csv=Path("out.csv"))
    assert settings.command_line == (
        "negdata eval bench.json --model one --model two --no-quick-gelu --scoring paper --seed 3 --csv out.csv"
    )
    assert _settings().command_line == "negdata eval bench.json --model one --model two"


def test_there_is_a_thread_or_more() -> None:
    assert _settings().threads >= 1
    assert _settings(workers=3).threads == 3
