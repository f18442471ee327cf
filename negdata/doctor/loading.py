"""Loads a heavy package and prints, as JSON, what it found: run as ``python -m negdata.doctor.loading NAME``.

It is a process of its own, as a driver that hangs, or a package that crashes, would take the doctor with it.
"""

from __future__ import annotations

import json
import sys
from typing import Any


def torch_devices() -> dict[str, Any]:
    """The devices that torch sees, the fastest first, and what it was built for."""
    import torch

    from negdata.devices import best_dtype

    def named(name: str) -> str:
        return str(best_dtype(name)).removeprefix("torch.")

    devices: list[dict[str, Any]] = []
    if torch.cuda.is_available():
        for number in range(torch.cuda.device_count()):
            name = f"cuda:{number}"
            with torch.cuda.device(number):
                free, memory = torch.cuda.mem_get_info()
                dtype = named(name)
            title = torch.cuda.get_device_name(number)
            devices.append({"name": name, "title": title, "memory": memory, "free": free, "dtype": dtype})
    if torch.backends.mps.is_available():
        devices.append({"name": "mps", "title": "Apple GPU", "dtype": named("mps")})
    devices.append({"name": "cpu", "title": f"{torch.get_num_threads()} threads", "dtype": named("cpu")})
    return {"devices": devices, "cuda": torch.version.cuda or torch.version.hip}


def llama_cpp() -> dict[str, Any]:
    """Nothing but that it can be loaded."""
    import xllamacpp  # noqa: F401

    return {}


PROBES = {"torch": torch_devices, "xllamacpp": llama_cpp}

if __name__ == "__main__":
    try:
        found = PROBES[sys.argv[1]]()
    except (ImportError, OSError, RuntimeError, AttributeError) as problem:
        said = str(problem).strip().splitlines() or [""]
        found = {"problem": f"{type(problem).__name__}: {said[0]}"[:300]}
    print(json.dumps(found))
