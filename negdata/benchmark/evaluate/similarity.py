"""Cosine similarities of embeddings: the same number for the same pair, wherever in a batch it stands."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Vectors = NDArray[np.float32]
    Numbers = NDArray[np.float32] | NDArray[np.float64]

_BLOCK = 1 << 22
"""Similarities that are computed at once, at most."""


def similarities(one: Vectors, other: Numbers) -> Vectors:
    """The cosine of each row of ``one`` with each row of ``other``, both of length 1.

    Summed in double precision and rounded: a matrix product in single precision differs in its last bit by the place
    of a row, and what should tie wouldn't.
    """
    import numpy as np

    with np.errstate(all="ignore"):  # a model that gives no numbers is told of elsewhere
        product = np.asarray(one, np.float64) @ np.asarray(other, np.float64).T
        return product.astype(np.float32)


def rows_of_similarities(one: Vectors, other: Numbers) -> Iterator[Vectors]:
    """The rows of ``similarities``, one by one, in bounded memory."""
    import numpy as np

    wide = other.astype(np.float64)
    at_once = max(1, _BLOCK // max(1, len(other)))
    for begun in range(0, len(one), at_once):
        yield from similarities(one[begun : begun + at_once], wide)
