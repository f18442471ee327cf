"""The commands of README and docs: each is run as written, or it is told here why not."""

from __future__ import annotations

import re
import shlex
import shutil
from pathlib import Path

import pytest

from tests.cli.command import ROOT, negdata

PAGES = [ROOT / "README.md", *sorted((ROOT / "docs").glob("*.md"))]
_BLOCK = re.compile(r"^```(?:bash|sh)\n(.*?)^```", re.MULTILINE | re.DOTALL)
_PYTHON = re.compile(r"^```python\n(.*?)^```", re.MULTILINE | re.DOTALL)
# What a command needs that isn't in a bare clone.
_NEEDS = {
    "--backend ollama": "an Ollama server",
    "--backend openai": "a server",
    "--backend llamacpp": "a model",
    "--backend transformers": "a model",
    "captions_val2017.json": "COCO",
    "pip install": "the network; the set-up commands are run by CI",
    "python -m negdata.": "COCO",
    "python -m tests.": "data beside the repository, or minutes",
}


def commands() -> list[tuple[str, str]]:
    """(page, command) of every shell block; a backslash joins lines."""
    found = []
    for page in PAGES:
        for block in _BLOCK.findall(page.read_text(encoding="utf-8")):
            for line in block.replace("\\\n", " ").splitlines():
                command = line.split("  #")[0].strip()
                if command and not command.startswith("#"):
                    found.append((page.name, command))
    return found


@pytest.mark.parametrize(("page", "command"), commands())
def test_command(page: str, command: str, tmp_path: Path) -> None:
    for part, what in _NEEDS.items():
        if part in command:
            pytest.skip(f"needs {what}")
    words = shlex.split(command)
    assert words[0] == "negdata", f"{page} shows a command that no test runs: {command}"
    shutil.copytree(ROOT / "docs" / "example", tmp_path / "docs" / "example")
    shutil.copytree(ROOT / "prompts", tmp_path / "prompts")
    (tmp_path / "captions.jsonl").write_bytes((ROOT / "docs" / "example" / "captions.jsonl").read_bytes())
    if "out/captions.jsonl" in command:  # what the set-up command writes
        negdata("caption", "docs/example/captions.jsonl", "-o", "out/captions.jsonl", folder=tmp_path)
    negdata(*words[1:], folder=tmp_path)


def test_the_two_set_up_commands_install_the_pinned_versions() -> None:
    installs = [command for page, command in commands() if page == "README.md" and "pip install" in command]
    assert len(installs) == 2
    assert all("-c constraints.txt" in command for command in installs)
    assert installs[0].endswith("negdata caption docs/example/captions.jsonl -o out/captions.jsonl")
    assert installs[1].split("&& ", 2)[2] in (ROOT / ".ci" / "run").read_text()


def test_the_first_commands_caption_the_example(tmp_path: Path) -> None:
    shutil.copytree(ROOT / "docs" / "example", tmp_path / "docs" / "example")
    shown = negdata("caption", "docs/example/captions.jsonl", "-o", "out/captions.jsonl", folder=tmp_path).stdout
    assert shown.count("→") == 3
    assert "failed 0 " in " ".join(shown.replace("+", " ").split())


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_python_examples_run(page: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    examples = _PYTHON.findall(page.read_text(encoding="utf-8"))
    if not examples:
        pytest.skip("shows no Python")
    shutil.copytree(ROOT / "docs" / "example", tmp_path / "docs" / "example")
    monkeypatch.chdir(tmp_path)
    for example in examples:
        exec(compile(example, page.name, "exec"), {"__name__": "example"})  # our own documentation


def test_every_link_leads_somewhere() -> None:
    for page in PAGES:
        for target in re.findall(r"\]\(([^)#:]+)\)", page.read_text(encoding="utf-8")):
            assert (page.parent / target).exists(), f"{page.name} links to {target}"
