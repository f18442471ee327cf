"""Rules that look at half of a question only: what they score shows how much of a benchmark needs no understanding.

Where the candidates are views, the text is not looked at; where they are texts, the image isn't. Candidates that a rule
can't tell apart have equal scores: whoever counts them decides what a tie is worth.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from functools import partial

from negdata.benchmark.regions import Box
from negdata.benchmark.suites.base import ChoiceBench, ChoiceItem, ClassBench, JudgeBench, RetrievalBench, View
from negdata.negation import find_cues

Rule = Callable[[ChoiceItem], Sequence[float]]
"""The score of each candidate of an item; the rule picks the highest."""


def blind_rules(bench: ChoiceBench) -> Mapping[str, Rule]:
    """The rules that a benchmark's items allow, by name; none of them looks at what is right.

    What is near the centre is told only where every view says how large its image is. The centre of all boxes together
    is no stand-in: of two boxes that lie apart it is nearer to the larger, so that its rules would say what size says.
    """
    rules: dict[str, Rule] = {}
    if any(len(item.views) > 1 for item in bench.items):
        sized = all(view.size is not None for item in bench.items for view in item.views)
        scores = BOX_SCORES | (CENTRE_SCORES if sized else {})
        rules |= {name: partial(_by_box, score) for name, score in scores.items()}
        rules |= {"first box": partial(_by_place, "views", -1), "last box": partial(_by_place, "views", 1)}
    if any(len(item.texts) > 1 for item in bench.items):
        rules |= {name: partial(_by_text, score) for name, score in _TEXT_SCORES.items()}
        rules |= {"first": partial(_by_place, "texts", -1), "last": partial(_by_place, "texts", 1)}
    return rules


def commonest_share(bench: ClassBench | RetrievalBench | JudgeBench) -> float:
    """The share that is right if the answer is always the same one, the commonest of all.

    The class that most images have; the image that most captions belong to; yes, or no.
    """
    answers: Sequence[object]
    if isinstance(bench, ClassBench):
        answers = bench.labels
    elif isinstance(bench, RetrievalBench):
        answers = bench.image_of
    else:
        answers = [item.present for item in bench.items]
    return max(Counter(answers).values(), default=0) / max(1, len(answers))


def _area(box: Box, view: View) -> float:
    return box[2] * box[3]


def _middle_x(box: Box, view: View) -> float:
    return box[0] + box[2] / 2


def _middle_y(box: Box, view: View) -> float:
    return box[1] + box[3] / 2


def _distance(box: Box, view: View) -> float:
    """From the middle of the box to the centre of the image."""
    width, height = view.size or (0, 0)
    return math.dist((_middle_x(box, view), _middle_y(box, view)), (width / 2, height / 2))


def _cues(text: str) -> float:
    return len(find_cues(text))


_BoxScore = Callable[[Box, View], float]
_TextScore = Callable[[str], float]


def _less(measure: Callable[..., float]) -> Callable[..., float]:
    return lambda *measured: -measure(*measured)


BOX_SCORES: dict[str, _BoxScore] = {
    "smaller crop": _less(_area),
    "larger crop": _area,
    "left": _less(_middle_x),
    "right": _middle_x,
    "upper": _less(_middle_y),
    "lower": _middle_y,
}
CENTRE_SCORES: dict[str, _BoxScore] = {
    "nearest the centre": _less(_distance),
    "farthest from the centre": _distance,
}
_TEXT_SCORES: dict[str, _TextScore] = {
    "shortest text": _less(len),
    "longest text": len,
    "most negations": _cues,
    "fewest negations": _less(_cues),
}


def _by_box(score: _BoxScore, item: ChoiceItem) -> list[float]:
    boxes = [view.box for view in item.views if view.box is not None]
    if len(boxes) < max(2, len(item.views)):
        return [0.0] * item.candidates
    return [score(box, view) for box, view in zip(boxes, item.views, strict=True)]


def _by_text(score: _TextScore, item: ChoiceItem) -> list[float]:
    return [score(text) for text in item.texts] if len(item.texts) > 1 else [0.0] * item.candidates


def _by_place(candidates: str, sign: int, item: ChoiceItem) -> list[float]:
    count = len(getattr(item, candidates))
    return [float(sign * place) for place in range(count)] if count > 1 else [0.0] * item.candidates
