"""Phrases that a model has learnt to read: which picture it took before and after, and what the pictures show."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

from negdata.demo.captions import caption
from negdata.demo.outcome import Flip
from negdata.demo.referring import Wall
from negdata.records import read_lines

MOST = 3


def flips(predictions: Path, bench: Path, before: str, after: str, walls: Sequence[Wall]) -> list[Flip]:
    """At most three phrases of a benchmark of walls, each denying another kind, those that changed most first.

    Args:
        predictions: as ``negdata eval`` writes them, of both models.
        bench: the benchmark, as the predictions name it.
    """
    lines = [line for line in read_lines(predictions) if line["bench"] == str(bench) and "scores" in line]
    of = {model: {line["id"]: line for line in lines if line["model"] == model} for model in (before, after)}
    found = list(_flipped(of[before], of[after], walls))
    found.sort(key=lambda flip: flip[1].before - flip[1].after)
    taken: dict[str, Flip] = {}
    for negated, flip in found:
        taken.setdefault(negated, flip)
    return list(taken.values())[:MOST]


def _flipped(before: Mapping[str, Any], after: Mapping[str, Any], walls: Sequence[Wall]) -> Iterable[tuple[str, Flip]]:
    for identity, line in before.items():
        now = after.get(identity)
        if now is None or line["credit"] or not now["credit"]:
            continue
        image = line["views"][line["right"]]["image"]
        wall = walls[int(image.rsplit("-", 1)[1].split(".")[0])]
        yield (
            wall.negated,
            Flip(
                phrase=line["texts"][0],
                image=image,
                fitting=caption(wall.fitting),
                other=caption(wall.other),
                before=_margin(line),
                after=_margin(now),
            ),
        )


def _margin(line: Mapping[str, Any]) -> float:
    scores, right = line["scores"], line["right"]
    return float(scores[right] - max(score for place, score in enumerate(scores) if place != right))
