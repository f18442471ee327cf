"""Reads the weights of a model from one file, whatever wrote it: safetensors, torch.save or torch.jit.save."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from negdata.clip.torch_file import TorchFile
from negdata.clip.torch_pickle import ForeignObject, ScriptModule, StoredTensor, read_pickle
from negdata.errors import NegdataError
from negdata.sources.base import shorten

if TYPE_CHECKING:
    import torch

SUFFIXES = (".safetensors", ".pt", ".pth", ".bin", ".ckpt")
QUICK_GELU = "negdata.quick_gelu"
"""The key of a safetensors file's metadata that says which activation its weights were trained with: true or false."""
FEW = 10
_NESTS = ("state_dict", "model_state_dict", "model")
_WRAPPERS = ("module.", "_orig_mod.")
# What OpenAI's archives and old state dicts keep beside the weights: all of it follows from their shapes.
_NO_WEIGHTS = ("input_resolution", "context_length", "vocab_size", "attn_mask", "position_ids")
_ACTIVATIONS = {"QuickGELU": True, "GELU": False}


@dataclass(frozen=True, slots=True)
class Checkpoint:
    """Weights as a file has them.

    Attributes:
        tensors: by name, without what wrappers of parallel training put before the names; weights alone.
        quick_gelu: whether the file itself says that they were trained with QuickGELU; None where it doesn't say.
    """

    path: Path
    tensors: dict[str, torch.Tensor]
    quick_gelu: bool | None = None


def read_checkpoint(path: Path) -> Checkpoint:
    """The weights in a file; no code that may be in it is run.

    Raises:
        NegdataError: it is damaged, holds something else than weights, or names what could run code.
    """
    try:
        with path.open("rb") as file:
            start = file.read(64)
    except OSError as error:
        raise NegdataError(f"{path} can't be read: {error.strerror}.", "Check its permissions.") from error
    if not start:
        raise NegdataError(f"{path} has no bytes.", "Fetch it again.")
    if path.suffix == ".safetensors" or start[8:9] == b"{":
        return _from_safetensors(path)
    if start.startswith(b"PK"):
        return _from_torch(path)
    if start.startswith(b"\x80"):
        raise _old_pickle(path)
    raise NegdataError(
        f"{path} holds no weights: it begins with {start[:24]!r}.",
        f"Give a file that torch or safetensors wrote ({', '.join(SUFFIXES)}).",
    )


def listed(names: list[str]) -> str:
    """The first ten of names, for an error."""
    more = f" and {len(names) - FEW} more" if len(names) > FEW else ""
    return ", ".join(shorten(name, 80) for name in names[:FEW]) + more


def check_numbers(tensors: Mapping[str, torch.Tensor], where: str) -> None:
    """Raises NegdataError where a weight is NaN, infinite or no fraction at all."""
    import torch

    broken = []
    for name, tensor in tensors.items():
        if not tensor.is_floating_point():
            raise NegdataError(
                f"{where} has {name} in {str(tensor.dtype).removeprefix('torch.')}, as quantized models do.",
                "Give the weights in float32, bfloat16 or float16.",
            )
        # Formats of one byte have no test of their own.
        if not bool(torch.isfinite(tensor.float() if tensor.itemsize == 1 else tensor).all()):
            broken.append(name)
    if broken:
        raise NegdataError(
            f"{where} has weights that are no finite numbers, in {listed(broken)}.",
            "Its training diverged, or the file is damaged: take an earlier one, or fetch it again.",
        )


def _from_safetensors(path: Path) -> Checkpoint:
    from safetensors import safe_open

    try:
        # It checks each tensor's place and size against the file before it reads one.
        with safe_open(path, framework="pt") as file:
            metadata: dict[str, str] = file.metadata() or {}
            tensors = {name: file.get_tensor(name) for name in file.keys()}  # noqa: SIM118
    except Exception as error:  # its errors have no common class
        raise NegdataError(f"{path} is damaged, or no safetensors file: {error}.", "Fetch it again.") from error
    said = {"true": True, "false": False}.get(metadata.get(QUICK_GELU, "").lower())
    return Checkpoint(path, _unwrapped(tensors), said)


def _from_torch(path: Path) -> Checkpoint:
    file = TorchFile(path)
    if isinstance(file.content, ScriptModule):
        stored, kinds = _flattened(file)
        activations = {_ACTIVATIONS[kind] for kind in kinds & set(_ACTIVATIONS)}
        said = activations.pop() if len(activations) == 1 else None
    else:
        stored, said = _state_dict(path, file.content), None
    tensors = {name: file.tensor(one, name) for name, one in stored.items()}
    return Checkpoint(path, _unwrapped(tensors), said)


def _flattened(file: TorchFile) -> tuple[dict[str, StoredTensor], set[str]]:
    """A TorchScript module's tensors by their dotted names, and the classes of its modules."""
    stored: dict[str, StoredTensor] = {}
    kinds: set[str] = set()
    seen: set[int] = set()
    waiting: list[tuple[str, object]] = [("", file.content)]
    while waiting:
        prefix, module = waiting.pop()
        if not isinstance(module, ScriptModule) or id(module) in seen:
            continue
        seen.add(id(module))
        kinds.add(module.kind)
        for name, value in module.attributes.items():
            if isinstance(value, StoredTensor):
                stored[f"{prefix}{name}"] = value
            else:
                waiting.append((f"{prefix}{name}.", value))
    if not stored:
        raise _no_weights(file.path)
    return stored, kinds


def _state_dict(path: Path, content: object) -> dict[str, StoredTensor]:
    for _ in _NESTS:
        if not isinstance(content, dict):
            break
        nest = next((name for name in _NESTS if isinstance(content.get(name), dict)), None)
        if nest is None:
            break
        content = content[nest]
    if not isinstance(content, dict) or not any(isinstance(value, StoredTensor) for value in content.values()):
        raise _no_weights(path)
    others = [f"{name!r}" for name, value in content.items() if not isinstance(value, StoredTensor)]
    names = [name for name in content if not isinstance(name, str)]
    if others or names:
        raise NegdataError(
            f"{path} mixes weights with what is none: {listed(others or [repr(name) for name in names])}.",
            'Save the weights alone, or as the value of "state_dict".',
        )
    return dict(content)


def _unwrapped(tensors: Mapping[str, torch.Tensor]) -> dict[str, torch.Tensor]:
    names = dict(tensors)
    while wrapper := next((one for one in _WRAPPERS if names and all(name.startswith(one) for name in names)), None):
        names = {name.removeprefix(wrapper): tensor for name, tensor in names.items()}
    return {name: tensor for name, tensor in names.items() if name.rsplit(".", 1)[-1] not in _NO_WEIGHTS}


def _old_pickle(path: Path) -> NegdataError:
    """The error for a bare pickle: what it names if that is foreign to weights, else what to do with it."""
    with path.open("rb") as file:
        content = file.read(1 << 20)
    try:
        read_pickle(content, str(path))
    except ForeignObject as error:
        return error
    except NegdataError:
        pass
    return NegdataError(
        f"{path} is a bare pickle, or was written by a torch older than 1.6.",
        "Write it anew with a present torch: "
        f"torch.save(torch.load({path.name!r}, weights_only=True), 'new.pt'), and give that.",
    )


def _no_weights(path: Path) -> NegdataError:
    return NegdataError(
        f"{path} holds no weights: no state dict is at its top, nor under {' or '.join(_NESTS)}.",
        "Save them with torch.save(model.state_dict(), FILE).",
    )
