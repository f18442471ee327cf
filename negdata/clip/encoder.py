"""A dual encoder around a model of torch: batches, number formats, lengths; what the model is stays with its kind."""

from __future__ import annotations

import hashlib
from abc import ABC, abstractmethod
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

from pydantic import JsonValue

from negdata.clip.preprocessing import Preprocessing
from negdata.clip.tokenization import Tokenization
from negdata.devices import best_device, best_dtype
from negdata.errors import NegdataError, unknown_name

if TYPE_CHECKING:
    from PIL.Image import Image
    from torch import Tensor

Layout = Literal["transformers", "openai", "open_clip"]
DTYPES = ("float32", "bfloat16", "float16")
_AT_ONCE = 256
_TEXTS_ON_CPU = 32
"""Few texts of nearly one length stay in a processor's caches, and waste less on padding."""


@dataclass(frozen=True, slots=True)
class Placement:
    """Where a model calculates, and in which number format; its weights stay float32."""

    device: str
    dtype: str

    @classmethod
    def of(cls, device: str, dtype: str) -> Placement:
        """What a user asks for; ``auto`` is the best that the machine has. Raises NegdataError for what it hasn't."""
        import torch

        if device == "auto":
            device = best_device()
        try:
            torch.ones(1, device=device).item()
        except Exception as error:  # torch has a different one for each kind of device
            raise NegdataError(f"The device {device!r} can't be used here.", "Give auto, cpu, cuda or mps.") from error
        if dtype == "auto":
            dtype = str(best_dtype(device)).removeprefix("torch.")
        if dtype not in DTYPES:
            raise unknown_name("number format", dtype, ("auto", *DTYPES))
        return cls(device, dtype)


@dataclass(frozen=True, slots=True)
class About:
    """What is told of a model.

    Attributes:
        name: as the user wrote it.
        layout: of the weights as they came in.
        architecture: what a manifest says of it.
    """

    name: str
    layout: Layout
    activation: str
    architecture: Mapping[str, JsonValue]


class TorchEncoder(ABC):
    """A ``DualEncoder`` whose towers are a model of torch.

    Attributes:
        model: the model itself, in evaluation mode and float32; fine-tuning works on it.
    """

    def __init__(
        self,
        model: Any,
        *,
        about: About,
        dim: int,
        preprocessing: Preprocessing,
        tokenization: Tokenization,
        placement: Placement,
    ) -> None:
        self.model = model.to(placement.device).eval()
        self.about = about
        self.preprocessing = preprocessing
        self.tokenization = tokenization
        self.placement = placement
        self._dim = dim

    @abstractmethod
    def image_features(self, pixels: Tensor) -> Tensor:
        """The vision tower's answer to prepared pictures on the model's device; a gradient can flow back."""

    @abstractmethod
    def text_features(self, tokens: Tensor) -> Tensor:
        """The text tower's answer to ``padded`` tokens on the model's device; a gradient can flow back."""

    @property
    def name(self) -> str:
        return self.about.name

    @property
    def dim(self) -> int:
        return self._dim

    @property
    def scale(self) -> float:
        """What similarities are multiplied by to become logits."""
        return float(self.model.logit_scale.detach().exp())

    @property
    def bias(self) -> float:
        """What is added to logits: SigLIP's, 0 for CLIP."""
        bias = getattr(self.model, "logit_bias", None)
        return 0.0 if bias is None else float(bias.detach())

    def prepare(self, picture: Image) -> Tensor:
        """An RGB picture as the vision tower takes it; may run in any thread."""
        return self.preprocessing(picture)

    def tokens(self, texts: Sequence[str]) -> list[list[int]]:
        """The tokens of each text; raises NegdataError where the text tower doesn't know one of them."""
        tokens = self.tokenization.tokenizer(_readable(texts))
        highest = max((number for row in tokens for number in row), default=0)
        if highest >= self.tokenization.vocabulary:
            raise NegdataError(
                f"The tokenizer of {self.name} makes the token {highest}, but its text tower has only "
                f"{self.tokenization.vocabulary}.",
                "Its tokenizer and its weights don't belong together: give a whole model.",
            )
        return tokens

    def whole_lengths(self, texts: Sequence[str]) -> list[int]:
        """How many tokens each text has before it is cut to the ``context`` of the text tower."""
        return self.tokenization.whole_lengths(_readable(texts))

    def padded(self, tokens: Sequence[Sequence[int]]) -> Tensor:
        """Tokens of several texts as one tensor, as long as the longest unless the tower wants one length."""
        import torch

        longest = self.tokenization.length or max(map(len, tokens))
        return torch.tensor([[*row, *[self.tokenization.pad] * (longest - len(row))] for row in tokens])

    def encode_images(self, prepared: Tensor) -> Tensor:
        """Prepared pictures to float32 embeddings of length 1, on the CPU."""
        import torch

        with self._calculating():
            parts = [
                _normal(self.image_features(part.to(self.placement.device)))
                for part in prepared.split(_AT_ONCE)
                if len(part)
            ]
            return torch.cat(parts) if parts else torch.zeros(0, self.dim)

    def encode_texts(self, texts: Sequence[str]) -> Tensor:
        """Texts to float32 embeddings of length 1, on the CPU; texts of like length are encoded together."""
        import torch

        tokens = self.tokens(texts)
        order = sorted(range(len(tokens)), key=lambda place: len(tokens[place]))
        embedded = torch.zeros(len(tokens), self.dim)
        at_once = _TEXTS_ON_CPU if self.placement.device == "cpu" else _AT_ONCE
        with self._calculating():
            for start in range(0, len(order), at_once):
                places = order[start : start + at_once]
                batch = self.padded([tokens[place] for place in places])
                embedded[places] = _normal(self.text_features(batch.to(self.placement.device)))
        return embedded

    def identity(self) -> dict[str, JsonValue]:
        """All that shapes its scores; the weights are hashed as they are now."""
        return {
            "model": self.name,
            "layout": self.about.layout,
            "weights": weights_digest(self.model.state_dict()),
            "architecture": dict(self.about.architecture),
            "activation": self.about.activation,
            "tokenizer": self.tokenization.name,
            "preprocessing": self.preprocessing.description(),
            "device": self.placement.device,
            "dtype": self.placement.dtype,
        }

    @contextmanager
    def _calculating(self) -> Iterator[None]:
        import torch

        dtype = getattr(torch, self.placement.dtype)
        kind = self.placement.device.split(":")[0]
        with torch.inference_mode(), torch.autocast(kind, dtype=dtype, enabled=dtype != torch.float32):
            yield


def weights_digest(tensors: Mapping[str, Tensor]) -> str:
    """blake2b of tensors, by name and format; the order in which they come doesn't matter."""
    import torch

    digest = hashlib.blake2b(digest_size=16)
    for name in sorted(tensors):
        tensor = tensors[name].detach().cpu().contiguous()
        digest.update(f"{name} {tensor.dtype} {tuple(tensor.shape)}\n".encode())
        digest.update(tensor.reshape(-1).view(torch.uint8).numpy())
    return digest.hexdigest()


def _readable(texts: Sequence[str]) -> list[str]:
    # JSON may hold half a surrogate pair, which no tokenizer takes.
    return [text.encode("utf-16", "surrogatepass").decode("utf-16", "replace") for text in texts]


def _normal(features: Tensor) -> Tensor:
    """Of length 1, in float32, on the CPU. What has no length has no direction: it becomes NaN, and is seen to be."""
    exact = features.float().cpu()
    return exact / exact.norm(dim=-1, keepdim=True)
