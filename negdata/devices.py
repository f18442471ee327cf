"""Where models of torch run in this process, and in which number format."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import torch


def best_device() -> str:
    """``cuda``, ``mps`` or ``cpu``: the fastest that this machine has."""
    import torch

    if torch.cuda.is_available():
        return "cuda"
    return "mps" if torch.backends.mps.is_available() else "cpu"


def best_dtype(device: str) -> torch.dtype:
    """Half precision on an accelerator: bfloat16 if it can, as float16 overflows in some models."""
    import torch

    kind = device.split(":")[0]
    if kind == "cpu":
        return torch.float32
    if kind == "cuda":
        return torch.bfloat16 if torch.cuda.is_bf16_supported() else torch.float16
    try:
        torch.ones(1, dtype=torch.bfloat16, device=device).add(1)
    except (RuntimeError, TypeError):
        return torch.float16
    return torch.bfloat16


def take_own_gpu() -> None:
    """Has ``cuda`` mean, in this thread, the GPU of this process where torchrun started several on this machine."""
    import torch

    local = os.environ.get("LOCAL_RANK")
    if local is not None and torch.cuda.is_available():
        torch.cuda.set_device(int(local))
