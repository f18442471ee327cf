"""Weights of a base in which some tensors are replaced: the files stay as they are but for those tensors' bytes.

A base may have its weights several times: in float32 and in float16 (``model.fp16.safetensors``), as safetensors and as
pickles. Every safetensors file gets the new tensors in its own format, so that no variant keeps the old ones. Of what
is there as a pickle alone, a safetensors file is made; pickles and other frameworks' files are left out.
"""

from __future__ import annotations

import math
import re
import struct
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

import orjson

from negdata.clip.checkpoint import Checkpoint, check_numbers, listed, read_checkpoint
from negdata.errors import NegdataError
from negdata.whole_files import write_error

if TYPE_CHECKING:
    from torch import Tensor

_SAFE = re.compile(r"model(?:\.(?P<variant>[\w-]+?))?(?P<shard>-\d{5}-of-\d{5})?\.safetensors", re.ASCII)
_PICKLED = re.compile(r"pytorch_model(?:\.(?P<variant>[\w-]+?))?(?P<shard>-\d{5}-of-\d{5})?\.bin", re.ASCII)
_OTHER = (".bin", ".bin.index.json", ".safetensors", ".msgpack", ".h5", ".onnx", ".onnx_data", ".pb", ".pt", ".pth")
_PICKLED_INDEX = re.compile(r"pytorch_model\.bin\.index(\.[\w-]+)?\.json", re.ASCII)
_FORMATS = {"float32": "F32", "float16": "F16", "bfloat16": "BF16", "float64": "F64"}
_MOST_HEADER_BYTES = 100_000_000


@dataclass
class BaseWeights:
    """The weights of one model of the base.

    Attributes:
        where: its folder in the base, "" for the base itself.
        patched: safetensors files, by name, whose tensors are replaced where they are.
        converted: pickles, by the name of the safetensors file that is made of each.
        left_out: files with the same weights that are not carried over.
    """

    where: str
    patched: dict[str, Path] = field(default_factory=dict)
    converted: dict[str, Path] = field(default_factory=dict)
    left_out: list[str] = field(default_factory=list)

    @property
    def without(self) -> set[str]:
        """What isn't copied, by its path in the base."""
        return {self.at(name) for name in self.left_out}

    def at(self, name: str) -> str:
        """The path of a file in the base."""
        return f"{self.where}/{name}" if self.where else name


def weights_in(where: str, files: Mapping[str, Path], base: Path) -> BaseWeights:
    """Sorts the files of a folder.

    Args:
        where: the folder in the base, "" for the base itself.
        files: what lies in it.
        base: the base, for errors.

    Raises:
        NegdataError: it has no weights that can be replaced.
    """
    found = BaseWeights(where)
    pickles: dict[str, dict[str, Path]] = {}
    for name, path in files.items():
        if _SAFE.fullmatch(name):
            found.patched[name] = path
        elif pickled := _PICKLED.fullmatch(name):
            pickles.setdefault(pickled["variant"] or "", {})[name] = path
            found.left_out.append(name)
        elif name.endswith(_OTHER) or _PICKLED_INDEX.fullmatch(name):
            found.left_out.append(name)
    variants = {match["variant"] or "" for name in found.patched if (match := _SAFE.fullmatch(name))}
    for variant, parts in pickles.items():
        if variant not in variants:
            if len(parts) > 1 or any("-of-" in name for name in parts):
                raise NegdataError(
                    f"The weights of {base / where} lie in several pickles.",
                    "Save them anew with save_pretrained(..., safe_serialization=True).",
                )
            name = f"model.{variant}.safetensors" if variant else "model.safetensors"
            found.converted[name] = next(iter(parts.values()))
    if not found.patched and not found.converted:
        raise NegdataError(
            f"{base / where} has no weights: neither model.safetensors nor pytorch_model.bin is there.",
            "Fetch the base again.",
        )
    return found


def read_all(weights: BaseWeights) -> dict[str, dict[str, Checkpoint]]:
    """The files' tensors, by variant and the name that each file will have."""
    variants: dict[str, dict[str, Checkpoint]] = {}
    for name, path in {**weights.patched, **weights.converted}.items():
        match = _SAFE.fullmatch(name)
        assert match is not None, name
        variants.setdefault(match["variant"] or "", {})[name] = read_checkpoint(path)
    return variants


def check_fits(tensors: Mapping[str, Tensor], new: Mapping[str, Tensor], where: str) -> None:
    """Raises NegdataError unless new tensors have the shapes of those that they replace, and a format that is kept.

    Args:
        tensors: of the base, by its own names.
        new: by the same names.
        where: the base's file, for errors.
    """
    missing = [name for name in new if name not in tensors]
    if missing:
        raise NegdataError(
            f"{where} lacks {len(missing)} tensors of its text encoder: {listed(missing)}.", "Fetch the base again."
        )
    wrong = [
        f"{name} is {tuple(tensors[name].shape)}, not {tuple(tensor.shape)}"
        for name, tensor in new.items()
        if tensors[name].shape != tensor.shape
    ]
    if wrong:
        raise NegdataError(f"{where} doesn't have the shapes that its config says: {listed(wrong)}.", "Fetch it again.")
    formats = {format_of(tensors[name]) for name in new} - set(_FORMATS)
    if formats:
        raise NegdataError(
            f"{where} has weights in {', '.join(sorted(formats))}, as quantized models do.",
            "Give a base in float32, bfloat16 or float16.",
        )


def format_of(tensor: Tensor) -> str:
    """Its number format: ``float16``."""
    return str(tensor.dtype).removeprefix("torch.")


def in_format_of(new: Tensor, old: Tensor, name: str) -> Tensor:
    """The new tensor in the old one's format; raises NegdataError where its numbers are too large for it."""
    cast = new.detach().to(old.dtype)
    check_numbers({name: cast}, f"The base's format {format_of(old)}")
    return cast.contiguous()


def patch(path: Path, new: Mapping[str, Tensor]) -> None:
    """Overwrites tensors of a safetensors file where they lie; not another byte of it changes.

    Args:
        new: by the file's own names, in its shapes and formats.

    Raises:
        NegdataError: the file isn't what it was when it was checked, or can't be written.
    """
    import torch

    try:
        with path.open("rb+") as file:
            (length,) = struct.unpack("<Q", file.read(8))
            if length > _MOST_HEADER_BYTES:
                raise _changed(path)
            header = orjson.loads(file.read(length))
            for name, tensor in new.items():
                said = header[name]
                start, end = said["data_offsets"]
                if said["dtype"] != _FORMATS[format_of(tensor)] or end - start != tensor.nbytes:
                    raise _changed(path)
                file.seek(8 + length + start)
                file.write(tensor.reshape(-1).view(torch.uint8).numpy().data)
    except OSError as error:
        raise write_error(path, error) from error
    except (KeyError, TypeError, ValueError, struct.error) as error:
        raise _changed(path) from error


def distance(old: Mapping[str, Tensor], new: Mapping[str, Tensor]) -> float:
    """How far new weights lie from old ones of the same names, in lengths of the old ones."""
    apart = sum(float((new[name] - tensor.float()).double().square().sum()) for name, tensor in old.items())
    length = sum(float(tensor.double().square().sum()) for tensor in old.values())
    return math.sqrt(apart / length) if length else math.inf


def _changed(path: Path) -> NegdataError:
    return NegdataError(f"{path} changed while it was exported.", "Run the same command again.")
