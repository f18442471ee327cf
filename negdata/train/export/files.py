"""One file of weights in OpenAI's layout, by torch.save or as safetensors."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING

from negdata.clip.checkpoint import QUICK_GELU, check_numbers
from negdata.clip.openai_layout import to_openai
from negdata.clip.preprocessing import Preprocessing
from negdata.clip.saving import save_tensors
from negdata.errors import NegdataError, unknown_name
from negdata.train.export.source import Source
from negdata.whole_files import write_error

if TYPE_CHECKING:
    from torch import Tensor

SAFE = ".safetensors"
_SUFFIXES = (".pt", ".pth", SAFE)
_DTYPES = ("float32", "float16")


def check_suffix(out: Path) -> None:
    """Raises NegdataError for a file whose name doesn't say how it is written."""
    if out.suffix not in _SUFFIXES:
        raise NegdataError(f"{out} has the suffix {out.suffix!r}.", f"Give a file that ends in {', '.join(_SUFFIXES)}.")


def state_dict(source: Source, dtype: str | None) -> dict[str, Tensor]:
    """The model in OpenAI's layout, each tensor in memory of its own.

    Raises:
        NegdataError: there is no such format, or a weight is too large for it.
    """
    import torch

    dtype = dtype or _DTYPES[0]
    if dtype not in _DTYPES:
        raise unknown_name("number format of files", dtype, _DTYPES)
    cast: torch.dtype = getattr(torch, dtype)
    tensors = {
        name: tensor.detach().to(cast).contiguous().clone() for name, tensor in to_openai(source.tensors).items()
    }
    check_numbers(tensors, f"{source.name} in {dtype}")
    return tensors | {"logit_scale": tensors["logit_scale"].reshape(())}


def write_state_dict(path: Path, out: Path, tensors: Mapping[str, Tensor], *, quick: bool) -> None:
    """Writes plain tensors; a safetensors file also says which activation they were trained with.

    Args:
        path: where it is written.
        out: where it will be, whose suffix says how it is written.

    Raises:
        NegdataError: it can't be written.
    """
    import torch

    if out.suffix == SAFE:
        save_tensors(path, tensors, {QUICK_GELU: str(quick).lower()})
        return
    try:
        with path.open("wb") as file:  # given a path, torch would write its name into the file
            torch.save(dict(tensors), file)
    except OSError as error:
        raise write_error(out, error) from error
    except RuntimeError as error:  # torch's own writer
        raise NegdataError(f"{out} can't be written: {str(error).splitlines()[0]}", "Make room for it.") from error


def changed_preprocessing(source: Source) -> str | None:
    """How the model wants its pictures, where that isn't how OpenAI's CLIPs do."""
    ours, plain = source.preprocessing.description(), Preprocessing(source.shape.resolution).description()
    apart = [f"{key} {ours.get(key)}" for key in {**plain, **ours} if ours.get(key) != plain.get(key)]
    return ", ".join(apart) or None
