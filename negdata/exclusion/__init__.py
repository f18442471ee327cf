"""Which images a benchmark uses, so that training data can leave them out, and which a model was trained on."""

from __future__ import annotations

from negdata.exclusion.keys import ImageKeys, key_of, shared
from negdata.exclusion.read import images_of
from negdata.exclusion.rows import NOTHING, Exclusion, Overlap, open_exclusion
from negdata.exclusion.trained import trained_on, write_trained_on

__all__ = [
    "NOTHING",
    "Exclusion",
    "ImageKeys",
    "Overlap",
    "images_of",
    "key_of",
    "open_exclusion",
    "shared",
    "trained_on",
    "write_trained_on",
]
