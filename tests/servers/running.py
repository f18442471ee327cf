"""Starts a server of this folder in a process of its own."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
STANDIN_VLLM = os.pathsep.join([str(Path(__file__).with_name("standin_vllm")), str(ROOT)])
"""PYTHONPATH of a command that is to find a stand-in where it looks for vLLM."""


@contextmanager
def server(module: str, *arguments: str) -> Iterator[str]:
    """A module of tests.servers in its own process; gives what it prints once it listens."""
    process = subprocess.Popen(
        [sys.executable, "-m", f"tests.servers.{module}", *arguments], cwd=ROOT, stdout=subprocess.PIPE, text=True
    )
    try:
        assert process.stdout is not None
        printed = process.stdout.readline().strip()
        if not printed:
            raise RuntimeError(f"tests.servers.{module} did not start")
        yield printed
    finally:
        process.terminate()
        process.wait()
