"""AdamW over the weights that move, and its moments by the names of the weights."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from negdata.errors import NegdataError
from negdata.train.recipe import OptimizerRule

if TYPE_CHECKING:
    from torch import Tensor
    from torch.nn import Parameter

_MOMENTS = ("step", "exp_avg", "exp_avg_sq")


def adamw(moving: Mapping[str, Parameter], rule: OptimizerRule) -> Any:
    """torch's AdamW in one kernel over all weights."""
    from torch.optim import AdamW

    return AdamW(
        list(moving.values()), lr=rule.lr, betas=rule.betas, eps=rule.eps, weight_decay=rule.weight_decay, fused=True
    )


def start_moments(moving: Mapping[str, Parameter], optimizer: Any) -> None:
    """Gives the optimiser the moments that it has before its first step, to be filled with others'."""
    import torch

    for weight in moving.values():
        optimizer.state[weight] = {
            "step": torch.zeros((), device=weight.device),
            "exp_avg": torch.zeros_like(weight),
            "exp_avg_sq": torch.zeros_like(weight),
        }


def tensors_of(moving: Mapping[str, Parameter], optimizer: Any) -> dict[str, Tensor]:
    """The weights and the optimiser's moments, each under a name of its own."""
    tensors: dict[str, Tensor] = {f"weight:{name}": weight.detach() for name, weight in moving.items()}
    for name, weight in moving.items():
        tensors |= {f"{moment}:{name}": value for moment, value in optimizer.state[weight].items()}
    return tensors


def restore(moving: Mapping[str, Parameter], optimizer: Any, tensors: Mapping[str, Tensor], where: str) -> None:
    """Puts back what ``tensors_of`` gave; raises NegdataError where it is of another model or recipe."""
    import torch

    wanted = {f"{kind}:{name}" for name in moving for kind in ("weight", *_MOMENTS)}
    if wanted != set(tensors):
        odd = sorted(wanted ^ set(tensors))[0]
        raise _foreign(where, f"{odd!r} is in one of the two alone")
    for name, weight in moving.items():
        if tensors[f"weight:{name}"].shape != weight.shape:
            raise _foreign(where, f"{name} is {list(tensors[f'weight:{name}'].shape)} there, {list(weight.shape)} here")
    with torch.no_grad():
        for name, weight in moving.items():
            weight.copy_(tensors[f"weight:{name}"])
            # A step counter lies where the fused kernel wants it: beside its weight.
            optimizer.state[weight] = {moment: tensors[f"{moment}:{name}"].to(weight.device) for moment in _MOMENTS}


def _foreign(where: str, difference: str) -> NegdataError:
    return NegdataError(
        f"{where} is of another model or recipe: {difference}.", "Restore the folder, or start over with --fresh."
    )
