"""What every CLIP is to the rest of negdata: two towers that put pictures and texts into one space."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Protocol

from pydantic import JsonValue

if TYPE_CHECKING:
    from PIL.Image import Image
    from torch import Tensor


class DualEncoder(Protocol):
    """A model of CLIP's kind.

    Attributes:
        name: as the user wrote it.
        dim: the width of the shared space.
    """

    @property
    def name(self) -> str: ...

    @property
    def dim(self) -> int: ...

    def prepare(self, picture: Image) -> Tensor:
        """An RGB picture as the vision tower takes it, float32 [3, height, width]; may run in any thread."""

    def encode_images(self, prepared: Tensor) -> Tensor:
        """Prepared pictures [n, 3, height, width] to float32 embeddings [n, dim] of length 1, on the CPU."""

    def encode_texts(self, texts: Sequence[str]) -> Tensor:
        """Texts to float32 embeddings [n, dim] of length 1, on the CPU; the order is kept."""

    def identity(self) -> dict[str, JsonValue]:
        """All that shapes its scores: weights, architecture, preprocessing, dtype; for manifests and reports."""
