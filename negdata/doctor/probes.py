"""Packages that are loaded in processes of their own while servers are asked."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from time import monotonic
from typing import Any

LONGEST = 20.0
"""Seconds for a package to be loaded: torch takes so long from a cold network disk."""


class Probe:
    """A package under way to be loaded."""

    def __init__(self, name: str) -> None:
        self.name = name
        self._began = monotonic()
        self._process = subprocess.Popen(
            [sys.executable, "-m", "negdata.doctor.loading", name],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            text=True,
        )

    def result(self) -> dict[str, Any]:
        """What it printed; ``problem`` says why it can't be loaded."""
        left = max(0.1, LONGEST - (monotonic() - self._began))
        try:
            printed, _ = self._process.communicate(timeout=left)
        except subprocess.TimeoutExpired:
            return {"problem": f"{self.name} takes more than {LONGEST:g} s to be loaded"}
        lines = printed.strip().splitlines()
        try:
            found = json.loads(lines[-1]) if lines else None
        except json.JSONDecodeError:
            found = None
        if not isinstance(found, dict):
            return {"problem": f"{self.name} ends Python as it is loaded (exit code {self._process.returncode})"}
        return found

    def stop(self) -> None:
        """Ends the process."""
        if self._process.poll() is None:
            self._process.kill()
        self._process.communicate()


@contextmanager
def probes(names: Sequence[str]) -> Iterator[dict[str, Probe]]:
    """Starts to load packages, all at once; ends what is left of that."""
    started = {name: Probe(name) for name in names}
    try:
        yield started
    finally:
        for probe in started.values():
            probe.stop()
