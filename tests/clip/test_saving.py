"""Weights in a file: whole or not there, and the same file for the same weights."""

from __future__ import annotations

from pathlib import Path

import pytest

pytest.importorskip("torch")
pytest.importorskip("safetensors")

import torch
from safetensors import safe_open

from negdata.clip.saving import save_tensors
from negdata.errors import NegdataError

METADATA = {"z": "last", "a": 'quotes " and ü', "quick_gelu": "true"}


def test_the_same_weights_are_the_same_file(tmp_path: Path) -> None:
    tensors = {"b": torch.arange(6.0).reshape(2, 3), 'odd "é': torch.tensor(1)}
    contents = set()
    for number in range(12):  # the library's order is another one each time
        save_tensors(tmp_path / f"{number}.safetensors", tensors, METADATA)
        contents.add((tmp_path / f"{number}.safetensors").read_bytes())
    assert len(contents) == 1
    with safe_open(tmp_path / "0.safetensors", "pt") as file:
        assert file.metadata() == {"format": "pt", **METADATA}
        assert all(torch.equal(file.get_tensor(name), tensor) for name, tensor in tensors.items())


def test_a_folder_that_isnt_there(tmp_path: Path) -> None:
    with pytest.raises(NegdataError, match="can't be written"):
        save_tensors(tmp_path / "gone" / "x.safetensors", {"a": torch.zeros(1)})
    assert not list(tmp_path.iterdir())
