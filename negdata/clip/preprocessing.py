"""Makes of a picture what a vision tower takes: resized, cut or padded to its size, normalised."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Literal

from pydantic import JsonValue

if TYPE_CHECKING:
    from PIL.Image import Image
    from torch import Tensor

Fit = Literal["crop", "squash", "pad"]
OPENAI_MEAN = (0.48145466, 0.4578275, 0.40821073)
OPENAI_STD = (0.26862954, 0.26130258, 0.27577711)
# Squares in a row, above which a picture isn't resized as a whole: of a line of pixels that would be gigabytes.
_MOST_SQUARES = 100


@dataclass(frozen=True, slots=True)
class Preprocessing:
    """How a model wants its pictures; a call may run in any thread.

    Attributes:
        size: of what the tower takes, a square.
        fit: ``crop`` makes the short side as long as ``short`` and cuts the middle out, ``squash`` makes a square of
            the whole picture, ``pad`` fits the whole picture in and fills the rest.
        short: for ``crop``; ``size`` unless the model wants a border cut off.
        resample: Pillow's name of the filter, ``bicubic``.
        mean: of the model's training pictures, per channel, between 0 and 1.
        fill: the colour of what ``pad`` fills, between 0 and 1; None for the mean.
    """

    size: int
    fit: Fit = "crop"
    short: int = 0
    resample: str = "bicubic"
    mean: tuple[float, ...] = OPENAI_MEAN
    std: tuple[float, ...] = OPENAI_STD
    fill: float | None = None
    divisor: float = 255.0

    def letterboxed(self) -> Preprocessing:
        """The same without cutting anything off: the whole picture in its proportions, on the mean colour."""
        return replace(self, fit="pad", short=0, fill=None)

    def __call__(self, picture: Image) -> Tensor:
        """An RGB picture as float32 [3, size, size]."""
        return self._on_canvas(self._fitted(picture if picture.mode == "RGB" else picture.convert("RGB")))

    def description(self) -> dict[str, JsonValue]:
        """For manifests and reports."""
        described: dict[str, JsonValue] = {
            "size": self.size,
            "fit": self.fit,
            "resample": self.resample,
            "mean": list(self.mean),
            "std": list(self.std),
        }
        if self.fit == "crop":
            described["short"] = self.short or self.size
        if self.fit == "pad":
            described["fill"] = "mean" if self.fill is None else self.fill
        return described

    def _fitted(self, picture: Image) -> Image:
        from PIL.Image import Resampling

        resample = Resampling[self.resample.upper()]
        width, height = picture.size
        if self.fit == "squash":
            return picture.resize((self.size, self.size), resample)
        if self.fit == "pad":
            longest = max(width, height)
            shape = (max(1, round(width * self.size / longest)), max(1, round(height * self.size / longest)))
            return picture.resize(shape, resample)
        shape = _with_short_side(width, height, self.short or self.size)
        left, top = (_middle(side - self.size) for side in shape)
        if max(shape) <= _MOST_SQUARES * min(shape):
            return picture.resize(shape, resample).crop((left, top, left + self.size, top + self.size))
        across, down = width / shape[0], height / shape[1]
        box = (left * across, top * down, (left + self.size) * across, (top + self.size) * down)
        return picture.resize((self.size, self.size), resample, box=box)

    def _on_canvas(self, picture: Image) -> Tensor:
        import numpy
        import torch

        mean, std = (torch.tensor(values).view(3, 1, 1) for values in (self.mean, self.std))
        # A copy: what numpy makes of a picture can't be written to.
        pixels = torch.from_numpy(numpy.array(picture)).permute(2, 0, 1).float()
        normal = pixels.div_(self.divisor).sub_(mean).div_(std)
        width, height = picture.size
        if (width, height) == (self.size, self.size):
            return normal.contiguous()
        filled = torch.zeros(3, 1, 1) if self.fill is None else (self.fill - mean) / std
        canvas = filled.expand(3, self.size, self.size).clone()
        left, top = (self.size - width) // 2, (self.size - height) // 2
        canvas[:, top : top + height, left : left + width] = normal
        return canvas


def _with_short_side(width: int, height: int, short: int) -> tuple[int, int]:
    if width <= height:
        return short, int(short * height / width)
    return int(short * width / height), short


def _middle(overhang: int) -> int:
    """Where the middle begins, as OpenAI's code rounds it: half a pixel goes to the even side."""
    return round(overhang / 2)
