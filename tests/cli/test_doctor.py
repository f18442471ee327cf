"""``negdata doctor`` as a user runs it: with everything, with the core alone, with servers that answer or hang."""

from __future__ import annotations

import json
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from negdata.doctor.diagnosis import Diagnosis
from tests.cli.command import EXAMPLE, ROOT, environment, negdata
from tests.models import SMOLLM2, available
from tests.servers.running import server

SECRET = "sk-very-secret-0123456789"
NOWHERE = {"OLLAMA_HOST": "127.0.0.1:9"}
_BLOCKER = """
import sys

class Blocker:
    def find_spec(self, name, path=None, target=None):
        if name.partition(".")[0] in {blocked!r}:
            raise ModuleNotFoundError(f"No module named {name!r}", name=name)
        return None

sys.meta_path.insert(0, Blocker())
"""
_OPTIONAL = {
    "torch", "transformers", "numpy", "safetensors", "llguidance", "ftfy", "xllamacpp", "datasets", "pyarrow",
    "pycocotools", "gguf", "accelerate", "peft", "tensorboard", "webdataset", "open_clip",
    "ray", "pandas", "fsspec", "s3fs", "vllm",
}  # fmt: skip


@pytest.fixture(scope="module")
def bare(tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    """Variables with which Python finds the core alone, in child processes too."""
    folder = tmp_path_factory.mktemp("bare")
    (folder / "sitecustomize.py").write_text(_BLOCKER.replace("{blocked!r}", repr(_OPTIONAL)))
    return {"PYTHONPATH": str(folder)}


def _shown(*arguments: str | Path, folder: Path, code: int = 0, **extra: str) -> str:
    return negdata("doctor", *arguments, folder=folder, code=code, timeout=60, **extra).stdout


def _found(*arguments: str | Path, folder: Path, **extra: str) -> Diagnosis:
    return Diagnosis.model_validate_json(_shown("--json", *arguments, folder=folder, code=0, **extra))


def test_the_core_alone_says_what_would_be_installed(tmp_path: Path, bare: dict[str, str]) -> None:
    found = _found(folder=tmp_path, **bare)
    assert {extra.state for extra in found.extras} == {"absent"}
    assert all(extra.mend == f'pip install "negdata[{extra.name}]"' for extra in found.extras)
    works = {backend.name: backend.state for backend in found.backends}
    assert works == {
        "rules": "ok", "ollama": "absent", "openai": "absent", "llamacpp": "absent", "transformers": "absent",
        "vllm": "absent",
    }  # fmt: skip
    assert found.wanted is None


@pytest.mark.parametrize(
    ("purpose", "code"),
    [
        ("caption", 0),
        ("caption --backend llamacpp", 2),
        ("filter", 0),
        ("filter --verifier qwen-vl", 2),
        ("finetune", 2),
        ("eval", 2),
    ],
)
def test_what_the_core_alone_can_do(tmp_path: Path, bare: dict[str, str], purpose: str, code: int) -> None:
    shown = _shown("--for", *purpose.split(), folder=tmp_path, code=code, **bare)
    assert ("will work" in shown) is (code == 0)
    if code:
        assert "→ pip install" in shown.partition("\nnegdata ")[2]


def test_every_fault_has_one_line_that_mends_it(tmp_path: Path, bare: dict[str, str]) -> None:
    found = _found(folder=tmp_path, OLLAMA_HOST="127.0.0.1:9", OPENAI_BASE_URL="http://127.0.0.1:9/v1", **bare)
    for one in (*found.extras, *found.devices, *found.backends, *found.keys):
        assert (one.mend is None) is (one.state == "ok"), one
        assert "\n" not in f"{one.said}{one.mend}"


@pytest.fixture(scope="module")
def ollama() -> Iterator[str]:
    pytest.importorskip("xllamacpp")
    with server("ollama_server", str(available(SMOLLM2)), "--name", "smollm2:135m") as address:
        yield address


@pytest.fixture(scope="module")
def llama_server() -> Iterator[str]:
    pytest.importorskip("xllamacpp")
    with server("llama_server", str(available(SMOLLM2))) as address:
        yield address


def test_a_real_server_of_ollamas_protocol(tmp_path: Path, ollama: str) -> None:
    asked = ("--for", "caption", "--backend", "ollama")
    found = _found(*asked, "--model", "smollm2:135m", folder=tmp_path, OLLAMA_HOST=ollama)
    assert found.backends[1].models == ["smollm2:135m"]
    assert found.wanted is not None
    assert found.wanted.works
    lacking = _shown(*asked, folder=tmp_path, code=2, OLLAMA_HOST=ollama)
    assert "→ ollama pull llama3.1:8b" in lacking


def test_a_real_llama_cpp_server(tmp_path: Path, llama_server: str) -> None:
    address = f"{llama_server}/v1"
    found = _found("--for", "caption", "--backend", "openai", "--base-url", address, folder=tmp_path, **NOWHERE)
    assert found.backends[2].models == [SMOLLM2.path.stem]
    assert found.wanted is not None
    assert [one.said for one in found.wanted.needs][-1] == SMOLLM2.path.stem
    shown = _shown(folder=tmp_path, code=0, OPENAI_BASE_URL=address, **NOWHERE)
    assert f"✓ openai        {address}: 1 model ({SMOLLM2.path.stem})" in shown


def test_a_real_gguf_file(tmp_path: Path) -> None:
    pytest.importorskip("xllamacpp")
    model = available(SMOLLM2)
    _shown("--for", "caption", "--backend", "llamacpp", "--model", model, folder=tmp_path, code=0, **NOWHERE)


def test_hosts_that_hang_cost_seconds_and_keys_stay_unseen(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0), backlog=64) as listener:
        address = f"http://127.0.0.1:{listener.getsockname()[1]}"
        variables = {"OLLAMA_HOST": address, "OPENAI_BASE_URL": f"{address}/v1", "OPENAI_API_KEY": SECRET}
        began = time.monotonic()
        done = negdata("doctor", "--timeout", "1", folder=tmp_path, code=0, timeout=60, **variables)
        took = time.monotonic() - began
    assert took < 30  # most of it is torch, on a machine that is busy
    assert done.stdout.count("✗") == 2
    assert "✓ OPENAI_API_KEY  set" in done.stdout
    assert SECRET not in done.stdout + done.stderr
    assert "very-secret" not in done.stdout


def test_addresses_that_are_none_are_told(tmp_path: Path) -> None:
    variables = {"OLLAMA_HOST": "::no address", "OPENAI_BASE_URL": "ftp://nowhere"}
    shown = _shown(folder=tmp_path, code=0, **variables)
    assert "'::no address' is no address of a server." in shown
    assert "'ftp://nowhere' is no address of a server." in shown
    words = ("caption", EXAMPLE, "-o", "o.jsonl", "--backend", "ollama", "--base-url", "http://127.0.0.1:9")
    assert "no address" in negdata(*words, folder=tmp_path, code=2, timeout=60, **variables).stderr


@pytest.mark.parametrize("wrong", [["--for", "captions"], ["--backend", "olama"], ["--timeout", "0"]])
def test_a_mistake_is_two_sentences(tmp_path: Path, wrong: list[str]) -> None:
    done = negdata("doctor", *wrong, folder=tmp_path, code=2)
    assert done.stderr.startswith("error: ")
    assert len(done.stderr.splitlines()) == 2


def test_a_pipe_gets_whole_lines_and_no_colours(tmp_path: Path) -> None:
    shown = _shown(folder=tmp_path, code=0, COLUMNS="40", **NOWHERE)
    assert "\x1b" not in shown
    assert any(len(line) > 80 for line in shown.splitlines())


@pytest.mark.slow
def test_a_real_installation_of_the_core_alone(tmp_path: Path) -> None:
    subprocess.run([sys.executable, "-m", "venv", tmp_path / "venv"], check=True)
    python = tmp_path / "venv" / "bin" / "python"
    install = [python, "-m", "pip", "install", "-q", "-c", ROOT / "constraints.txt", ROOT]
    subprocess.run([str(word) for word in install], check=True)
    command = [str(python.with_name("negdata")), "doctor", "--json"]
    variables = environment(tmp_path)
    done = subprocess.run(command, cwd=tmp_path, env=variables, capture_output=True, text=True, check=True)
    found = Diagnosis.model_validate_json(done.stdout)
    assert {extra.state for extra in found.extras} == {"absent"}
    assert [one.name for one in found.devices] == ["torch"]
    assert next(one for one in found.places if one.name == "prompts").state == "ok"
    for purpose, code in (("caption", 0), ("finetune", 2)):
        done = subprocess.run(
            [*command[:2], "--for", purpose], cwd=tmp_path, env=variables, capture_output=True, text=True
        )
        assert done.returncode == code, done.stdout + done.stderr
        assert json.dumps(done.stdout).count("Traceback") == 0
