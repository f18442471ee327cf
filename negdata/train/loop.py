"""The training loop."""

from __future__ import annotations

import math
import random
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import orjson

from negdata.clip.encoder import TorchEncoder
from negdata.clip.saving import save_tensors
from negdata.errors import NegdataError
from negdata.processes import Processes
from negdata.train.anchor import Anchor
from negdata.train.batches import batches_of, number_of_batches
from negdata.train.checkpoint import TrainingState, save_state
from negdata.train.corpus import Batch, Corpus, draw
from negdata.train.curves import CurveLine, StepLine, ValidationLine
from negdata.train.gradients import Encoded, batch_loss, chunk_size, text_tower
from negdata.train.losses import minimised
from negdata.train.optimizer import tensors_of
from negdata.train.recipe import Recipe
from negdata.train.schedule import factor
from negdata.train.validation import validate
from negdata.whole_files import write_whole

if TYPE_CHECKING:
    from torch.nn import Parameter

HIGHEST_SCALE = math.log(100)
"""Of a clamped logit scale, as CLIP was trained."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Course:
    """What a training is made of.

    Attributes:
        rows: of the corpus, that are trained on.
        held: those that are held out.
        moving: the weights that move, by name.
        anchor: where ordinary texts lay at the start; None where the recipe anchors nothing.
        folder: where checkpoints go.
        texts_at_once: texts whose activations are in memory at once; None: all of a batch.
        save_every: seconds between checkpoints within an epoch.
        wants_to_stop: asked after every step; a checkpoint is saved first.
    """

    encoder: TorchEncoder
    recipe: Recipe
    corpus: Corpus
    rows: list[int]
    held: list[int]
    moving: dict[str, Parameter]
    optimizer: Any
    processes: Processes
    folder: Path
    anchor: Anchor | None = None
    texts_at_once: int | None = None
    compiled: bool = False
    save_every: float = 60.0
    wants_to_stop: Callable[[], bool] = lambda: False

    @property
    def steps_an_epoch(self) -> int:
        """Batches of an epoch."""
        rule = self.recipe.batches
        images = [self.corpus.images[row] for row in self.rows]
        return number_of_batches(images, rule.size, one_caption_an_image=rule.one_caption_an_image)

    @property
    def steps(self) -> int:
        """Of the whole run."""
        every = self.recipe.epochs * self.steps_an_epoch
        return every if self.recipe.steps is None else min(every, self.recipe.steps)


class Stopped(Exception):
    """Somebody asked the training to stop; what is done is saved."""


def train(course: Course, state: TrainingState, write: Callable[[CurveLine], None]) -> TrainingState:
    """Trains from a state to the recipe's last step.

    Args:
        write: takes a line of the curve for every step and validation.

    Raises:
        NegdataError: the loss or a gradient is no finite number, or a checkpoint can't be written.
        Stopped: as asked for.
    """
    import torch

    recipe, corpus, moving, optimizer, processes = (
        course.recipe, course.corpus, course.moving, course.optimizer, course.processes,
    )  # fmt: skip
    logit_scale = course.encoder.model.logit_scale
    tower = text_tower(course.encoder, compiled=course.compiled)
    at_once = chunk_size(course.encoder.placement.device, course.texts_at_once)
    steps, steps_an_epoch = course.steps, course.steps_an_epoch
    began = saved = time.monotonic()
    before = state.seconds

    for step, epoch, batch in batches(course, state.step, steps, steps_an_epoch):
        rate = recipe.optimizer.lr * factor(recipe.schedule, step, steps)
        for group in optimizer.param_groups:
            group["lr"] = rate

        texts = Encoded(tower, corpus.texts, batch.texts, processes, at_once=at_once, keep=course.texts_at_once is None)
        anchors = course.anchor.of(batch) if course.anchor is not None else None
        losses = batch_loss(batch, corpus, texts.embeddings, logit_scale.exp(), recipe.contrast, anchors)
        minimised(losses, recipe.contrast, step / steps).backward()
        texts.back()
        # The scale's gradient is of the whole batch in every process; the others are of its share of the texts.
        processes.sum_gradients(weight for weight in moving.values() if weight is not logit_scale)
        norm = float(torch.nn.utils.clip_grad_norm_(moving.values(), recipe.optimizer.clip_norm or math.inf))
        found = losses.numbers()
        if not (math.isfinite(found["loss"]) and math.isfinite(norm)):
            raise _not_finite(course, state, step, epoch, batch, found["loss"], norm)
        optimizer.step()
        optimizer.zero_grad(set_to_none=True)
        if recipe.trained.logit_scale == "clamped":
            logit_scale.data.clamp_(max=HIGHEST_SCALE)

        state.step = step + 1
        state.seconds = before + time.monotonic() - began
        epochs = (step + 1) / steps_an_epoch
        measured = {"lr": rate, "logit_scale": float(logit_scale.detach()), "grad_norm": norm, "seconds": state.seconds}
        write(StepLine(step=step + 1, epoch=epochs, **found, **measured))
        ends = (step + 1) % steps_an_epoch == 0 or step + 1 == steps
        if ends:
            validation = validate(
                corpus, course.held, tower, logit_scale.exp(), recipe, processes, at_once, course.anchor
            )
            write(ValidationLine(step=step + 1, epoch=epochs, validation=dict(validation)))
            _keep_best(course, state, epoch + 1, validation["loss"])
        stops = processes.any(course.wants_to_stop())
        if ends or stops or (processes.first and time.monotonic() - saved >= course.save_every):
            save(course, state)
            saved = time.monotonic()
        if stops:
            raise Stopped
    return state


def batches(course: Course, done: int, steps: int, steps_an_epoch: int) -> Iterator[tuple[int, int, Batch]]:
    """The steps that are left: number and epoch, from 0, and batch. Each depends on the seed and its number alone."""
    recipe, rule = course.recipe, course.recipe.batches
    images = [course.corpus.images[row] for row in course.rows]
    order: list[list[int]] = []
    for step in range(done, steps):
        epoch, number = divmod(step, steps_an_epoch)
        if number == 0 or not order:
            order = batches_of(images, rule, recipe.seed, epoch)
        rows = [course.rows[place] for place in order[number]]
        chance = random.Random(f"{recipe.seed}:mixture:{step}")
        batch = draw(course.corpus, rows, rule.original, recipe.contrast, chance, done=step / steps)
        yield step, epoch, batch


def save(course: Course, state: TrainingState) -> None:
    """Makes a checkpoint of where the training is."""
    if not course.processes.first:
        return
    state.weights = f"step-{state.step}.safetensors"
    save_tensors(course.folder / state.weights, tensors_of(course.moving, course.optimizer))
    save_state(course.folder, state)


def _keep_best(course: Course, state: TrainingState, epoch: int, loss: float) -> None:
    if course.recipe.keep.epoch == "last" or (state.best_loss is not None and loss >= state.best_loss):
        return
    state.best, state.best_epoch, state.best_loss = f"epoch-{epoch}.safetensors", epoch, loss
    if course.processes.first:
        save_tensors(course.folder / state.best, course.moving)


def _not_finite(
    course: Course, state: TrainingState, step: int, epoch: int, batch: Batch, loss: float, norm: float
) -> NegdataError:
    ids = [course.corpus.pairs[row].id for row in batch.rows]
    told = course.folder.parent / "not-finite.json"
    if course.processes.first:
        found = {"step": step + 1, "epoch": epoch + 1, "loss": str(loss), "grad_norm": str(norm), "ids": ids}
        write_whole(told, orjson.dumps(found, option=orjson.OPT_INDENT_2))
    last = (
        "there is no checkpoint yet"
        if state.weights is None
        else f"the last checkpoint is {course.folder / state.weights}"
    )
    return NegdataError(
        f"The loss is {loss} and the norm of the gradients {norm} at step {step + 1:,} in epoch {epoch + 1}, with the "
        f"batch of {ids[0]} and {len(ids) - 1:,} others, which {told} lists; {last}.",
        "Look at these captions, or start over with a lower rate: --set optimizer.lr=... --fresh.",
    )
