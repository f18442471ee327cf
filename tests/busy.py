"""How much longer everything takes on a machine that does something else as well."""

from __future__ import annotations

import subprocess
import sys
import time


def slack() -> float:
    """Seconds by which a process may end later than it has to: ten times what the barest one takes just now.

    That is little where the machine is quiet, and grows as the machine is slowed down.
    """
    began = time.monotonic()
    subprocess.run([sys.executable, "-I", "-S", "-c", "pass"], check=True)
    return 10 * (time.monotonic() - began)
