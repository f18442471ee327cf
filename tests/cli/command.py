"""Runs the installed ``negdata`` command as a user would."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
EXAMPLE = ROOT / "docs" / "example" / "captions.jsonl"
NEGDATA = Path(sys.executable).with_name("negdata")


def environment(folder: Path, **extra: str) -> dict[str, str]:
    """The user's environment, with a reply cache of the test's own and no server or key set."""
    kept = {k: v for k, v in os.environ.items() if not k.startswith(("OLLAMA_", "OPENAI_", "NEGDATA_"))}
    return kept | {"XDG_CACHE_HOME": str(folder / "cache"), "COLUMNS": "200", "NO_COLOR": "1"} | extra


def negdata(
    *arguments: str | Path, folder: Path, code: int = 0, timeout: float = 60, **extra: str
) -> subprocess.CompletedProcess[str]:
    """Runs a command in ``folder``; fails unless it exits with ``code``."""
    done = subprocess.run(
        [str(NEGDATA), *map(str, arguments)],
        cwd=folder,
        env=environment(folder, **extra),
        capture_output=True,
        text=True,
        timeout=timeout,
    )
    assert done.returncode == code, f"exit {done.returncode}\n{done.stdout}\n{done.stderr}"
    assert "Traceback" not in done.stdout + done.stderr
    return done


def started(*arguments: str | Path, folder: Path, **extra: str) -> subprocess.Popen[str]:
    """Starts a command in ``folder`` and doesn't wait for it."""
    return subprocess.Popen(
        [str(NEGDATA), *map(str, arguments)],
        cwd=folder,
        env=environment(folder, **extra),
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def refused(*arguments: str | Path, folder: Path) -> str:
    """What a command says that refuses its input: exit code 2, in words."""
    done = negdata(*arguments, folder=folder, code=2)
    return " ".join((done.stderr + done.stdout).split())
