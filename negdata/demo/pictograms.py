"""What the world's kinds of objects look like, whatever they do."""

from __future__ import annotations

from negdata.demo.animals import ANIMALS
from negdata.demo.shapes import Pictogram
from negdata.demo.things import THINGS

PICTOGRAMS: dict[str, dict[str, Pictogram]] = ANIMALS | THINGS
"""Kind → what it does ("": nothing much) → what that looks like."""
