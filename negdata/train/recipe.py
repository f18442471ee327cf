"""train/*.yaml: how a CLIP is fine-tuned. Each file is one recipe; the trainer has no other source."""

from __future__ import annotations

from string import Formatter
from typing import Annotated, Literal, Self, TypeVar

from pydantic import BaseModel, ConfigDict, Field, field_validator, model_validator

from negdata.shipped_yaml import Named

# Strict: a size that is "512" or true is a slip, and what a slip trains costs hours.
_EXACT = ConfigDict(extra="forbid", frozen=True, strict=True, allow_inf_nan=False)
_MOST = (1 << 31) - 1
_Value = TypeVar("_Value", str, float)

Share = Annotated[float, Field(gt=0, le=1)]
Decay = Annotated[float, Field(ge=0, lt=1)]


class _Rule(BaseModel):
    model_config = _EXACT


class SplitRule(_Rule):
    """What is held out for validation.

    Attributes:
        by: ``image`` holds out whole images with all their captions; ``annotation`` holds out captions, so that other
            captions of their images are trained on, as the paper does.
        share: of the images, or captions, that is held out.
    """

    by: Literal["image", "annotation"]
    share: float = Field(gt=0, lt=1)


class BatchRule(_Rule):
    """How captions come together; all captions of a batch are each other's negatives.

    Attributes:
        size: captions in a batch, over all processes.
        one_caption_an_image: no two captions of one image meet in a batch, where each would be the other's false
            negative.
        original: share of the captions that are the original ones; the rest are the negated ones.
    """

    size: int = Field(ge=2, le=_MOST)
    one_caption_an_image: bool
    original: float = Field(ge=0, lt=1)


class LoraRule(_Rule):
    """Low-rank adapters on the attention and the perceptrons of the text tower; merged into it at the end.

    Attributes:
        modules: names of the linear layers of a block that get one.
    """

    rank: int = Field(ge=1, le=1024)
    alpha: float = Field(gt=0)
    modules: list[Annotated[str, Field(min_length=1)]] = Field(min_length=1)

    @field_validator("modules")
    @classmethod
    def _each_once(cls, modules: list[str]) -> list[str]:
        return _different(modules)


class TrainedRule(_Rule):
    """Which weights move. The vision tower and its projection never do.

    Attributes:
        layers: ``all`` blocks of the text tower with its embeddings and projection; the embeddings and the ``front``
            half of the blocks; or ``lora`` adapters alone.
        final_norm: whether the text tower's last layer norm moves.
        logit_scale: ``free``, ``clamped`` at ln 100, or ``frozen``.
    """

    layers: Literal["all", "front", "lora"]
    final_norm: Literal["frozen", "trained"]
    logit_scale: Literal["free", "clamped", "frozen"]
    lora: LoraRule | None = None

    @model_validator(mode="after")
    def _adapters_belong_to_lora(self) -> Self:
        if self.layers == "lora" and self.lora is None:
            raise ValueError("layers is lora, and lora doesn't say its rank, alpha and modules")
        if self.layers != "lora" and self.lora is not None:
            raise ValueError(f"lora describes adapters, and layers is {self.layers}, which has none")
        return self


class OptimizerRule(_Rule):
    """AdamW.

    Attributes:
        clip_norm: of all gradients together; None leaves them as they are.
    """

    lr: float = Field(gt=0)
    weight_decay: float = Field(ge=0)
    # A list in YAML: strict, only a tuple would do.
    betas: tuple[Decay, Decay] = Field(default=(0.9, 0.999), strict=False)
    eps: float = Field(default=1e-8, gt=0)
    clip_norm: float | None = Field(default=None, gt=0)


class ScheduleRule(_Rule):
    """The learning rate over the run.

    Attributes:
        shape: after the warm-up: ``constant``, or ``cosine`` down to nothing.
        warmup: share of all steps over which it rises from nothing.
    """

    shape: Literal["constant", "cosine"]
    warmup: float = Field(ge=0, lt=1)


class ContrastRule(_Rule):
    """The pairwise contrast: softplus(margin - scale x (what is true - what is false)), averaged, beside InfoNCE.

    Attributes:
        captions: weight of: an image's true caption beats its false caption, which denies what the image shows.
        swaps: weight of: a text that is true of the image beats itself with one word replaced, so that it is false:
            what it denies by something that the image shows, or what it affirms by something that it doesn't show.
        images: weight of: a text's own image beats one that shows what the text denies, or lacks what it affirms.
        anchor: weight of: what denies nothing stays where the start's text tower put it: scale x (1 - similarity),
            averaged over a batch's original captions and affirming phrases.
        candidates: as many images that show it, and as many objects as the text's own, are drawn at random; of those
            that show most of what the text says is there, the one that looks most like the text's own is taken.
        phrases: short phrases of a row that are compared in a step, by ``swaps`` and ``images``, beside its caption.
        affirm: share of the phrases that affirm, at the last step; it grows evenly from none.
        denying: forms of phrases: ``{thing}`` is something that is there ("a dog"), ``{other}`` ("bird") or
            ``{an_other}`` ("a bird") what isn't.
        affirming: forms of phrases that say that the other thing is there too.
        margin: in logits.
        infonce: weight of InfoNCE itself, at the last step.
        infonce_start: its weight at the first step, from which it goes there evenly; None: the same.
    """

    captions: float = Field(ge=0)
    swaps: float = Field(ge=0)
    images: float = Field(ge=0)
    margin: float = Field(ge=0)
    infonce: float = Field(ge=0, default=1.0)
    infonce_start: float | None = Field(ge=0, default=None)
    anchor: float = Field(ge=0, default=0.0)
    candidates: int = Field(ge=1, le=1024, default=16)
    phrases: int = Field(ge=0, le=64, default=0)
    affirm: float = Field(ge=0, le=1, default=0.5)
    denying: list[str] = []
    affirming: list[str] = []

    @field_validator("denying", "affirming")
    @classmethod
    def _name_both(cls, forms: list[str]) -> list[str]:
        for form in forms:
            try:
                names = {name for _, name, _, _ in Formatter().parse(form) if name is not None}
            except ValueError as error:
                raise ValueError(f"{form!r} can't be read: {error}") from error
            if not names <= {"thing", "other", "an_other"} or not names & {"other", "an_other"}:
                raise ValueError(f"{form!r} needs {{other}} or {{an_other}}, and takes {{thing}} beside it, no other")
        return _different(forms)

    @model_validator(mode="after")
    def _something_to_learn(self) -> Self:
        if not (self.captions or self.swaps or self.images or self.infonce):
            raise ValueError("captions, swaps, images and infonce are all 0, which leaves nothing to learn")
        return self

    def infonce_after(self, done: float) -> float:
        """The weight of InfoNCE when that share of the run is done."""
        start = self.infonce if self.infonce_start is None else self.infonce_start
        return start + (self.infonce - start) * done


class KeepRule(_Rule):
    """Which weights are kept.

    Attributes:
        epoch: the one of the lowest validation loss, or the last.
        alphas: shares of the way from the start to the trained weights; the one that does best on validation is taken.
    """

    epoch: Literal["best", "last"]
    alphas: list[Share] = Field(default=[1.0], min_length=1)

    @field_validator("alphas")
    @classmethod
    def _each_once(cls, alphas: list[float]) -> list[float]:
        return _different(alphas)


class Recipe(Named):
    """A file of train/*.yaml.

    Attributes:
        epochs: over the captions that aren't held out.
        steps: the most; None for as many as the epochs have.
        seed: of the split, the order and the mixture.
    """

    model_config = _EXACT

    title: str
    description: str
    paper: str = ""
    split: SplitRule
    batches: BatchRule
    epochs: int = Field(ge=1, le=_MOST)
    steps: int | None = Field(default=None, ge=1, le=_MOST)
    trained: TrainedRule
    optimizer: OptimizerRule
    schedule: ScheduleRule
    contrast: ContrastRule | None = None
    keep: KeepRule
    seed: int = Field(default=0, ge=0, le=_MOST)


def _different(values: list[_Value]) -> list[_Value]:
    if len(set(values)) < len(values):
        raise ValueError("a value stands twice")
    return values
