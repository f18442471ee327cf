"""Which weights are kept: those of the best epoch, and of these as much as retrieval can bear.

A fine-tuned text tower and the one that it came from lie in one valley: weights on the way between them keep more of
what the start could do (Wortsman et al. 2022). How far to go is decided on the held-out rows.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from pydantic import BaseModel, ConfigDict

from negdata.errors import NegdataError
from negdata.train.checkpoint import TrainingState, load_tensors
from negdata.train.gradients import chunk_size, text_tower
from negdata.train.loop import Course
from negdata.train.trainable import between, plain_weights, remove_adapters
from negdata.train.validation import validate

if TYPE_CHECKING:
    from torch import Tensor

_ROUNDING = 1e-6


class Trial(BaseModel):
    """What the held-out rows say of weights that far on the way.

    Attributes:
        alpha: 0 is the start, 1 what was trained.
        loss: of validation.
        recall: the share of original captions that find their image among the best five.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    alpha: float
    loss: float
    recall: float


class Chosen(BaseModel):
    """The weights that are kept.

    Attributes:
        epoch: counted from 1; None where the last is kept.
        trials: the start's and those of every alpha; empty where there was nothing to choose.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    epoch: int | None
    alpha: float
    trials: list[Trial] = []


def choose(course: Course, state: TrainingState, start: Mapping[str, Tensor], max_drop: float) -> Chosen:
    """Puts the weights that are kept into the model, and takes adapters out of it.

    Of the alphas whose recall is at most ``max_drop`` points below the start's, the one with the lowest validation loss
    is taken; where there is none, the one with the lowest loss of all, and the run's gate tells the drop.

    Args:
        start: the text tower's weights before the first step, as ``plain_weights`` gives them.
    """
    import torch

    model, keep = course.encoder.model, course.recipe.keep
    # The first process alone knows of the epochs before a restart.
    if keep.epoch == "best" and course.processes.any(state.best is not None):
        with torch.no_grad():
            if course.processes.first:
                assert state.best is not None
                path = course.folder / state.best
                best = load_tensors(path)
                for name, weight in course.moving.items():
                    if name not in best or best[name].shape != weight.shape:
                        raise NegdataError(
                            f"{path} is of another model or recipe: it lacks {name} as it is here.",
                            "Restore the folder, or start over with --fresh.",
                        )
                    weight.copy_(best[name])
            course.processes.as_in_first(course.moving.values())
    end = plain_weights(model)
    remove_adapters(model)
    epoch = state.best_epoch if keep.epoch == "best" else None
    if keep.alphas == [1.0]:
        _put(model, end)
        return Chosen(epoch=epoch, alpha=1.0)
    trials = [_tried(course, start, end, alpha) for alpha in (0.0, *keep.alphas)]
    alpha = pick(trials, max_drop)
    _put(model, between(start, end, alpha))
    return Chosen(epoch=epoch, alpha=alpha, trials=trials)


def pick(trials: list[Trial], max_drop: float) -> float:
    """The alpha that is taken; the first trial is the start's."""
    first, *others = trials
    least = first.recall - max_drop / 100 - _ROUNDING
    # Past the gate in any case, weights that have learnt something are worth more than those that forgot a little less.
    bearable = [one for one in others if one.recall >= least] or others
    return min(bearable, key=lambda one: one.loss).alpha


def _tried(course: Course, start: Mapping[str, Tensor], end: Mapping[str, Tensor], alpha: float) -> Trial:
    model = course.encoder.model
    _put(model, between(start, end, alpha) if alpha else start)
    found = validate(
        course.corpus,
        course.held,
        text_tower(course.encoder, compiled=False),
        model.logit_scale.exp(),
        course.recipe,
        course.processes,
        chunk_size(course.encoder.placement.device, course.texts_at_once),
        course.anchor,
    )
    return Trial(alpha=alpha, loss=found["loss"], recall=found["recall"])


def _put(model: object, weights: Mapping[str, Tensor]) -> None:
    import torch

    parameters = dict(model.named_parameters())  # type: ignore[attr-defined]
    with torch.no_grad():
        for name, value in weights.items():
            parameters[name].copy_(value)
