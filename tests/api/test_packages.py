"""``negdata.caption`` is a function and a package at all times, whichever is used first."""

from __future__ import annotations

import inspect
import multiprocessing
import pickle
import subprocess
import sys
from pathlib import Path

import pytest

import negdata
from negdata.calling import CALLABLE

EXAMPLE = Path(__file__).resolve().parents[2] / "docs" / "example" / "captions.jsonl"
CALL = f"assert negdata.caption({str(EXAMPLE)!r}, out='out.jsonl', limit=2, fresh=True).kept == 2\n"
ORDERS = {
    "the function first": "import negdata\n" + CALL + "from negdata.caption import CaptionSettings\n" + CALL,
    "the package first": "from negdata.caption import CaptionSettings\nimport negdata\n" + CALL,
    "a module of the package first": "import negdata.caption.run\n" + CALL + "negdata.caption.run.caption_corpus\n",
    "a module of the package last": "import negdata\n" + CALL + "import negdata.caption.steps\n" + CALL,
    "under another name": "import negdata\nimport negdata.caption as c\nc.CaptionSettings\n"
    + CALL
    + "c.CaptionSettings\n",
    "from the root": "from negdata import caption\nimport negdata.caption.run, negdata\n"
    + CALL
    + "caption.CaptionSettings\n",
    "another package first": "import negdata.filter.run, negdata.train\nimport negdata\n" + CALL,
    "by star": "from negdata import *\nimport negdata.caption.run\nimport negdata\n"
    + CALL
    + "caption.CaptionSettings\n",
    "the functions themselves": "import negdata.api, negdata.caption.run\nimport negdata\nnegdata.api.caption\n" + CALL,
}


@pytest.mark.parametrize("order", ORDERS)
def test_both_work_in_any_order(order: str, tmp_path: Path) -> None:
    done = subprocess.run([sys.executable, "-c", ORDERS[order]], cwd=tmp_path, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr


@pytest.mark.parametrize("name", negdata.__all__)
def test_every_name_is_there_and_documented(name: str) -> None:
    assert name in dir(negdata)
    if name != "__version__":
        assert callable(getattr(negdata, name))
        assert inspect.getdoc(getattr(negdata, name))


@pytest.mark.parametrize("name", CALLABLE)
def test_a_package_has_the_signature_of_its_function(name: str) -> None:
    from negdata import api

    assert inspect.signature(getattr(negdata, name)) == inspect.signature(getattr(api, name))


def test_an_unknown_name_is_an_attribute_error() -> None:
    with pytest.raises(AttributeError, match="capton"):
        getattr(negdata, "capton")  # noqa: B009  the checker knows that it isn't there


def test_import_is_light() -> None:
    code = "import sys, negdata; print([m for m in sys.modules if m.split('.')[0] in sys.argv[1:] or 'negdata.' in m])"
    heavy = ["pydantic", "rich", "typer", "asyncio", "aiohttp", "yaml", "jinja2", "torch", "numpy", "inspect"]
    done = subprocess.run([sys.executable, "-c", code, *heavy], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "['negdata.calling']"


def test_classes_and_functions_go_to_other_processes(tmp_path: Path) -> None:
    from negdata.caption import CaptionSettings

    settings = CaptionSettings(source=EXAMPLE, out=tmp_path / "out.jsonl")
    assert pickle.loads(pickle.dumps(settings)) == settings
    assert pickle.loads(pickle.dumps(negdata.caption)) is negdata.caption
    with multiprocessing.get_context("spawn").Pool(1) as pool:
        summary = pool.apply(negdata.caption, (EXAMPLE,), {"out": tmp_path / "out.jsonl", "limit": 2})
    assert summary.kept == 2


USER = """
from pathlib import Path

import negdata
import negdata.caption as c
from negdata import NegdataError
from negdata.caption import CaptionSettings
from negdata.filter import FilterSummary

summary = negdata.caption("captions.json", out=Path("captions.jsonl"), backend="ollama", exclude=["a.json"])
kept: int = summary.kept
settings: CaptionSettings = c.CaptionSettings(source=None, out=Path("x.jsonl"))
filtered: FilterSummary = negdata.filter("captions.jsonl", out="clean.jsonl", verifier=["instances"])
report = negdata.finetune("clean.jsonl", images="val", model="m", out="o", set={"epochs": 1})
passed: bool = report is not None and report.gains.gate.passed
try:
    reveal_type(negdata.evaluate(["a.json"], model="m"))
except NegdataError as problem:
    print(problem.remedy)
negdata.caption("captions.json", out="captions.jsonl", bakend="ollama")
negdata.caption("captions.json", out="captions.jsonl", top_p="high")
"""


@pytest.mark.slow
def test_users_of_mypy_see_the_types(tmp_path: Path) -> None:
    (tmp_path / "user.py").write_text(USER)
    command = [sys.executable, "-m", "mypy", "--strict", "--no-error-summary", "--follow-imports=silent", "user.py"]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True)
    lines = [line for line in done.stdout.splitlines() if ": error:" in line or "Revealed" in line]
    assert len(lines) == 3, done.stdout + done.stderr
    assert 'Revealed type is "negdata.benchmark.evaluate.report.EvalReport"' in lines[0]
    assert 'Unexpected keyword argument "bakend"' in lines[1]
    assert 'Argument "top_p"' in lines[2]
