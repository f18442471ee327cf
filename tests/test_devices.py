"""Where models run on this machine."""

from __future__ import annotations

import pytest

pytest.importorskip("torch")

import torch

from negdata.devices import best_device, best_dtype


def test_the_best_device_is_one_that_works() -> None:
    assert torch.ones(2, device=best_device()).sum().item() == 2


def test_a_cpu_calculates_in_full_and_an_accelerator_in_half() -> None:
    assert best_dtype("cpu") == torch.float32
    if torch.cuda.is_available():
        assert best_dtype("cuda:0") == best_dtype("cuda") in (torch.bfloat16, torch.float16)
