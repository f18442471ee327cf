"""What each patch of a scene shows: a vision tower that is told learns to see in minutes."""

from __future__ import annotations

from negdata.demo.scene import KINDS, SIDE, Scene

NOTHING, UNCLEAR = len(KINDS), -100
NOTHING_WEIGHT = 0.3
"""Three quarters of the patches are empty."""
_FILLED = 0.35


def patch_labels(scene: Scene, cells: int, edge: int = 0) -> list[int]:
    """For every patch, row by row, the kind that fills it, NOTHING, or UNCLEAR where an object only touches it.

    Args:
        cells: patches in a row, and rows.
        edge: pixels of something else around the scene.
    """
    side = (SIDE + 2 * edge) / cells
    labels = []
    for cell in range(cells * cells):
        left, top = cell % cells * side - edge, cell // cells * side - edge
        share, kind = 0.0, NOTHING
        for thing in scene.objects:
            x, y, width, height = thing.box
            across = min(left + side, x + width) - max(left, x)
            down = min(top + side, y + height) - max(top, y)
            covered = max(0.0, across) * max(0.0, down) / side**2
            if covered > share:
                share, kind = covered, KINDS.index(thing.name)
        labels.append(kind if share > _FILLED else NOTHING if share == 0 else UNCLEAR)
    return labels
