"""Phrases that are read rightly now: which, and in which words."""

from __future__ import annotations

from pathlib import Path

import orjson

from negdata.demo.captions import caption
from negdata.demo.flips import MOST, flips
from negdata.demo.referring import draw_walls

WALLS = draw_walls(6, 0)
BENCH = Path("strict.json")


def _line(model: str, number: int, right: int, scores: list[float] | None) -> bytes:
    wall = WALLS[number]
    line = {
        "bench": str(BENCH),
        "model": model,
        "id": str(number),
        "views": [{"image": f"wall-{number:06d}.png"}] * 2,
        "texts": [wall.denying[0]],
        "right": right,
    }
    if scores is not None:
        line |= {"scores": scores, "credit": float(scores[right] > scores[1 - right])}
    return orjson.dumps(line) + b"\n"


def _written(folder: Path, lines: list[bytes]) -> Path:
    path = folder / "predictions.jsonl"
    path.write_bytes(b"".join(lines))
    return path


def test_only_what_was_wrong_and_is_right(tmp_path: Path) -> None:
    lines = [
        *(_line("before", 0, 0, [0.1, 0.2]), _line("after", 0, 0, [0.3, 0.1])),
        *(_line("before", 1, 1, [0.1, 0.2]), _line("after", 1, 1, [0.0, 0.5])),
        *(_line("before", 2, 0, [0.1, 0.2]), _line("after", 2, 0, [0.1, 0.2])),
        *(_line("before", 3, 0, None), _line("after", 3, 0, [0.4, 0.2])),
    ]
    (flip,) = flips(_written(tmp_path, lines), BENCH, "before", "after", WALLS)
    assert flip.phrase == WALLS[0].denying[0]
    assert flip.image == "wall-000000.png"
    assert (flip.fitting, flip.other) == (caption(WALLS[0].fitting), caption(WALLS[0].other))
    assert abs(flip.before + 0.1) < 1e-9 < flip.after


def test_those_that_changed_most_and_each_of_another_kind(tmp_path: Path) -> None:
    lines = []
    for number in range(len(WALLS)):
        lines += [_line("before", number, 0, [0.0, 0.1]), _line("after", number, 0, [0.1 * number + 0.1, 0.0])]
    found = flips(_written(tmp_path, lines), BENCH, "before", "after", WALLS)
    kinds = [WALLS[int(flip.image[5:11])].negated for flip in found]
    assert len(found) == len(set(kinds)) == MOST
    assert [flip.after for flip in found] == sorted((flip.after for flip in found), reverse=True)
    assert found[0].image == "wall-000005.png"


def test_none_where_nothing_changed(tmp_path: Path) -> None:
    assert flips(_written(tmp_path, []), BENCH, "before", "after", WALLS) == []
