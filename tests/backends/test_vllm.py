"""vLLM as a backend: a stand-in for it in each test, and the real one where it is installed."""

from __future__ import annotations

import asyncio
import json
import os
import signal
import time
from importlib.util import find_spec
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from negdata.backends import make_backend
from negdata.backends.base import BackendOptions, Reply
from negdata.backends.openai import OpenAIBackend
from negdata.backends.vllm import serve_command
from negdata.backends.vllm_log import first_cause, why_it_ended
from negdata.errors import NegdataError
from tests.backends.asking import picture, question, request
from tests.cli.command import EXAMPLE, negdata, refused, started
from tests.servers.running import STANDIN_VLLM
from tests.servers.standin_vllm.vllm.entrypoints.cli.main import SHORT_OF_MEMORY


def model_folder(tmp_path: Path, name: str) -> Path:
    folder = tmp_path / name
    folder.mkdir()
    (folder / "config.json").write_text("{}")
    return folder


def caption(tmp_path: Path, model: Path | str, *more: str, code: int = 0) -> str:
    arguments = ("caption", EXAMPLE, "-o", "out.jsonl", "--backend", "vllm", "--model", model, *more)
    done = negdata(*arguments, folder=tmp_path, code=code, timeout=120, PYTHONPATH=STANDIN_VLLM)
    return " ".join((done.stderr + done.stdout).split())


def kept(tmp_path: Path) -> list[str]:
    return [json.loads(line)["negated_caption"] for line in (tmp_path / "out.jsonl").read_text().splitlines()]


def processes(*words: str) -> list[int]:
    """Whose command line holds the words."""
    found = []
    for entry in Path("/proc").iterdir():
        if entry.name.isdecimal() and int(entry.name) != os.getpid():
            try:
                line = (entry / "cmdline").read_bytes()
            except OSError:
                continue
            if all(word.encode() in line for word in words):
                found.append(int(entry.name))
    return found


def test_captions_are_written_and_nothing_is_left(tmp_path: Path) -> None:
    model = model_folder(tmp_path, "kind-model")
    caption(tmp_path, model)
    assert kept(tmp_path)
    manifest = json.loads((tmp_path / "out.manifest.json").read_text())
    assert (manifest["settings"]["backend"], manifest["settings"]["model"]) == ("vllm", "kind-model")
    assert manifest["settings"]["base_url"] is None
    assert processes(str(model)) == []


def test_each_worker_of_ray_has_its_own(tmp_path: Path) -> None:
    pytest.importorskip("ray", reason="Ray isn't installed")
    model = model_folder(tmp_path, "kind-model")
    caption(tmp_path, model)
    alone = sorted(kept(tmp_path))
    caption(tmp_path, model, "--engine", "ray", "--workers", "2", "--fresh", "--no-cache")
    assert sorted(kept(tmp_path)) == alone
    deadline = time.monotonic() + 30
    while processes(str(model)) and time.monotonic() < deadline:
        time.sleep(0.1)  # Ray's workers end after the command
    assert processes(str(model)) == []


def test_ctrl_c_ends_it_as_well(tmp_path: Path) -> None:
    model = model_folder(tmp_path, "kind-model")
    arguments = ("caption", EXAMPLE, "-o", "out.jsonl", "--backend", "vllm", "--model", model, "--rpm", "30")
    run = started(*arguments, folder=tmp_path, PYTHONPATH=STANDIN_VLLM)
    deadline = time.monotonic() + 60
    while not (tmp_path / "out.jsonl").exists() or not processes("an engine core", str(model)):
        assert time.monotonic() < deadline
        time.sleep(0.05)
    run.send_signal(signal.SIGINT)
    assert run.wait(30) == 130
    deadline = time.monotonic() + 30
    while processes(str(model)) and time.monotonic() < deadline:
        time.sleep(0.1)
    assert processes(str(model)) == []


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("too-large", "'{model}' doesn't fit the GPU's memory under vLLM: OutOfMemoryError: CUDA out of memory"),
        ("nowhere", "'{model}' is neither a folder here nor can it be fetched from the hub"),
        ("dies", "vLLM ended with the model '{model}': AcceleratorError: CUDA error: device-side assert triggered"),
    ],
)
def test_why_it_ended_is_said_in_words(tmp_path: Path, name: str, said: str) -> None:
    model = model_folder(tmp_path, name)
    assert said.format(model=model) in caption(tmp_path, model, code=2)


def test_what_is_refused_before_anything_is_started(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    arguments = ("caption", EXAMPLE, "-o", "out.jsonl", "--backend", "vllm")
    if find_spec("vllm") is None:
        assert 'pip install "negdata[vllm]"' in refused(*arguments, "--model", "any/model", folder=tmp_path)
    assert "no default model" in refused(*arguments, folder=tmp_path)
    monkeypatch.setattr("negdata.backends.vllm.find_spec", lambda _: object())
    (tmp_path / "m.gguf").write_bytes(b"GGUF")
    (tmp_path / "empty").mkdir()
    for model, problem in (("m.gguf", "is a file"), ("empty", "no config.json"), ("no/such/folder", "doesn't exist")):
        with pytest.raises(NegdataError, match=problem):
            make_backend("vllm", BackendOptions(str(tmp_path / model)))


def test_the_key_of_another_server_is_not_shown_to_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OPENAI_API_KEY", "sk-very-secret")
    made = OpenAIBackend(BackendOptions("m", "http://vllm/v1"), socket=tmp_path / "s")
    assert made._open().api_key == "none"


def test_the_first_cause_is_found() -> None:
    assert first_cause(SHORT_OF_MEMORY) == "OutOfMemoryError: CUDA out of memory. Tried 9 GiB."
    device = "(APIServer pid=1) RuntimeError: Failed to infer device type, please set the environment variable"
    assert "no GPU" in why_it_ended(device, "m").problem
    assert "it says nothing" in why_it_ended("", "m").problem
    offline = "huggingface_hub.errors.LocalEntryNotFoundError: Cannot find an appropriate cached snapshot folder for"
    assert "fetched from the hub" in why_it_ended(offline, "nobody/nothing").problem


@given(st.text())
def test_whatever_it_prints_makes_one_short_line(log: str) -> None:
    problem = why_it_ended(log, "m").problem
    assert len(problem) < 500


def test_it_serves_as_many_at_once_as_are_asked() -> None:
    command = serve_command("/models/m", "m", Path("/tmp/s"), 256)
    assert command[command.index("--max-num-seqs") + 1] == "256"


@pytest.mark.slow
def test_the_real_one(monkeypatch: pytest.MonkeyPatch) -> None:
    """A model of one's own: NEGDATA_VLLM_MODEL names its folder."""
    pytest.importorskip("vllm", reason="vLLM isn't installed")
    model = os.environ.get("NEGDATA_VLLM_MODEL")
    if model is None:
        pytest.skip("needs NEGDATA_VLLM_MODEL, the folder of a small chat model")
    monkeypatch.setenv("VLLM_CPU_KVCACHE_SPACE", "1")
    backend = make_backend("vllm", BackendOptions(model, concurrency=2, timeout=120))

    async def run() -> list[Reply]:
        try:
            replies = await asyncio.gather(*(backend.chat(one) for one in (request(), request(), question())))
            with pytest.raises(NegdataError, match="can't see images"):
                await backend.chat(question((picture(),)))
            return replies
        finally:
            await backend.close()

    first, again, answer = asyncio.run(run())
    assert set(json.loads(first.text)) == {"caption"}
    assert first == again
    assert first.prompt_tokens > 0
    assert answer.masses is not None
    assert 0 < sum(answer.masses) <= 1
    assert processes(model) == []
