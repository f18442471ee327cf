"""How far a training is, on disk: weights and optimiser in safetensors, the rest in JSON; whole or not there.

What a step does follows from the weights, the optimiser's moments and the number of the step, since the learning rate,
the order and all chance are functions of seed and step. So a run that is killed goes on to the last bit.
"""

from __future__ import annotations

import contextlib
from pathlib import Path
from typing import TYPE_CHECKING

import orjson
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from negdata.errors import NegdataError
from negdata.whole_files import write_whole

if TYPE_CHECKING:
    from torch import Tensor

FOLDER = "checkpoint"
STATE = "state.json"


class TrainingState(BaseModel):
    """How far a training is.

    Attributes:
        step: steps that are done.
        weights: the file of weights and moments of this step; None before the first.
        best: the file of the weights of the best epoch so far.
        best_epoch: that epoch, counted from 1.
        best_loss: its validation loss.
        seconds: spent on steps and validations, over all runs.
    """

    model_config = ConfigDict(extra="forbid")

    step: int = Field(default=0, ge=0)
    weights: str | None = None
    best: str | None = None
    best_epoch: int | None = None
    best_loss: float | None = None
    seconds: float = 0.0


def load_state(folder: Path) -> TrainingState:
    """The last state that was saved; a fresh one where none was.

    Raises:
        NegdataError: it can't be read, or a file that it names isn't there.
    """
    path = folder / STATE
    remedy = "Restore the folder, or start over with --fresh."
    try:
        state = TrainingState.model_validate_json(path.read_bytes())
    except FileNotFoundError:
        return TrainingState()
    except OSError as error:
        raise NegdataError(f"{path} can't be read: {error.strerror}.", "Check its permissions.") from error
    except ValidationError as error:
        first = error.errors()[0]
        raise NegdataError(
            f"{path} can't be understood: {'.'.join(map(str, first['loc'])) or 'it'}: {first['msg']}.", remedy
        ) from error
    if state.step > 0 and state.weights is None:
        raise NegdataError(f"{path} tells of {state.step:,} steps and names no weights.", remedy)
    for name in (state.weights, state.best):
        if name is not None and (Path(name).name != name or not (folder / name).is_file()):
            raise NegdataError(f"{path} names the file {name[:60]!r}, which isn't beside it.", remedy)
    return state


def save_state(folder: Path, state: TrainingState) -> None:
    """Makes a state the last one, and removes the files that it no longer names."""
    write_whole(folder / STATE, orjson.dumps(state.model_dump(), option=orjson.OPT_INDENT_2))
    for file in folder.glob("*.safetensors*"):
        if file.name not in (state.weights, state.best):
            with contextlib.suppress(OSError):
                file.unlink()


def load_tensors(path: Path) -> dict[str, Tensor]:
    """The tensors of a safetensors file, on the CPU; raises NegdataError where it is damaged."""
    from safetensors import SafetensorError
    from safetensors.torch import load_file

    try:
        tensors: dict[str, Tensor] = load_file(path)
    except (SafetensorError, OSError) as error:
        raise NegdataError(
            f"{path} can't be read: {str(error).splitlines()[0]}.", "Restore it, or start over with --fresh."
        ) from error
    return tensors
