"""What the processes of a run hold and use, from Linux's /proc: the driver, its workers, the foreman and Ray itself."""

from __future__ import annotations

import os
from collections import defaultdict
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path

PAGE = os.sysconf("SC_PAGE_SIZE")
TICKS = os.sysconf("SC_CLK_TCK")
_MARKS = {
    "workers": b"MapWorker(MapBatches(_BlockWorker))",
    "foreman": b"ray::Foreman",
    "Ray": b"/ray/core/src/ray/",
}


@dataclass
class Watched:
    """Memory and time of groups of processes.

    Attributes:
        resident: bytes in memory by group, of its largest process.
        seconds: of a core's time that a group has used so far, those of processes that ended included.
    """

    resident: dict[str, int] = field(default_factory=dict)
    seconds: dict[str, float] = field(default_factory=dict)
    _used: dict[str, dict[int, float]] = field(default_factory=lambda: defaultdict(dict))

    def look(self) -> None:
        """Looks at every process that there is now."""
        self.resident = dict.fromkeys(("driver", *_MARKS), 0)
        for entry in Path("/proc").iterdir():
            if not entry.name.isdecimal():
                continue
            with suppress(OSError, IndexError):
                group = _group(entry)
                if group is not None:
                    held = int((entry / "statm").read_text().split()[1]) * PAGE
                    self.resident[group] = max(self.resident[group], held)
                    self._used[group][int(entry.name)] = _seconds(entry)
        self.seconds = {group: sum(of.values()) for group, of in self._used.items()}


def deleted_bytes() -> int:
    """Bytes of files that this process has open and no folder names, as SQLite's temporary ones."""
    total = 0
    for entry in Path("/proc/self/fd").iterdir():
        with suppress(OSError):
            if str(entry.readlink()).endswith("(deleted)"):
                total += entry.stat().st_size
    return total


def _group(process: Path) -> str | None:
    if int(process.name) == os.getpid():
        return "driver"
    command = (process / "cmdline").read_bytes()
    return next((group for group, mark in _MARKS.items() if mark in command), None)


def _seconds(process: Path) -> float:
    fields = (process / "stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / TICKS
