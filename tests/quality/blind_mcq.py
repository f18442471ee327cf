"""What can be answered of multiple-choice questions without their images: fixed rules, and a classifier of words.

The classifier is trained on the texts and answers of half of the images' questions, and tried on the other half.

Run as ``python -m tests.quality.blind_mcq [--seed N]``; reads COCO and NegBench annotations under ``../shared/data``.
"""

from __future__ import annotations

import argparse
import csv
import random
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path

import numpy as np
import yaml

from negdata.benchmark.negbench.annotated import AnnotatedCaptions, read_coco_pair
from negdata.benchmark.negbench.blind import TEXT_RULES, chance_of
from negdata.benchmark.negbench.mcq import McqOptions, McqResult, build_mcq
from negdata.negation.text import tokenise
from negdata.shipped import shipped

DATA = Path(__file__).parents[2].parent / "shared" / "data"
ANNOTATIONS = DATA / "coco" / "annotations"
NEGBENCH = DATA / "negbench" / "COCO_val_mcq_llama3.1_rephrased.csv"
SPLITS = 20
STEPS = 200
RATE = 0.5
DECAY = 1e-3


@dataclass(frozen=True, slots=True)
class Texts:
    """A question as words alone."""

    image: str
    captions: tuple[str, ...]
    right: int


@dataclass(frozen=True, slots=True)
class Learned:
    """The accuracy of a classifier of words on questions that it wasn't trained on, over several ways to halve them.

    Attributes:
        contrary: the accuracy of picking what it finds least likely.
    """

    accuracy: float
    contrary: float
    on_training: float


def options() -> McqOptions:
    """The shipped ones."""
    path = shipped("benchmark") / "negbench-mcq.yaml"
    return McqOptions.model_validate(yaml.safe_load(path.read_text(encoding="utf-8"))["build"])


def images(*splits: str) -> list[AnnotatedCaptions]:
    """The images of COCO's splits that have captions and boxes here."""
    pairs = [(ANNOTATIONS / f"captions_{name}.json", ANNOTATIONS / f"instances_{name}.json") for name in splits]
    return [image for pair in pairs for image in read_coco_pair(*pair).images]


def texts_of(built: McqResult) -> list[Texts]:
    """The rows as words."""
    return [Texts(row.image, row.captions, row.right) for row in built.rows]


def negbench() -> list[Texts]:
    """NegBench's own rows."""
    with NEGBENCH.open(encoding="utf-8", newline="") as file:
        return [
            Texts(row["image_path"], tuple(row[f"caption_{n}"] for n in range(4)), int(row["correct_answer"]))
            for row in csv.DictReader(file)
        ]


def learned(questions: Sequence[Texts], *, pairs: bool = False, seed: int = 0) -> Learned:
    """A logistic regression over the words of an option (``pairs``: and pairs of neighbouring words).

    Trained to tell the right one of four; halves are split by image.
    """
    rng = random.Random(seed)
    shown = sorted({one.image for one in questions})
    totals = np.zeros(3)
    for _ in range(SPLITS):
        rng.shuffle(shown)
        half = set(shown[: len(shown) // 2])
        train, test = [q for q in questions if q.image in half], [q for q in questions if q.image not in half]
        known = {word for one in train for caption in one.captions for word in _words(caption, pairs)}
        columns = {word: at for at, word in enumerate(sorted(known))}
        weights = _fitted(_counted(train, columns, pairs), np.array([one.right for one in train]))
        totals += [
            _accuracy(test, columns, pairs, weights),
            _accuracy(test, columns, pairs, -weights),
            _accuracy(train, columns, pairs, weights),
        ]
    return Learned(*(totals / SPLITS))


def _words(caption: str, pairs: bool) -> list[str]:
    words = list(tokenise(caption).words)
    return words + [f"{one} {other}" for one, other in pairwise(words)] if pairs else words


def _counted(questions: Sequence[Texts], columns: dict[str, int], pairs: bool) -> np.ndarray:
    counts = np.zeros((len(questions), 4, len(columns)))
    for at, one in enumerate(questions):
        for place, caption in enumerate(one.captions):
            for word, count in Counter(_words(caption, pairs)).items():
                if word in columns:
                    counts[at, place, columns[word]] = count
    return counts


def _fitted(counts: np.ndarray, right: np.ndarray) -> np.ndarray:
    weights = np.zeros(counts.shape[2])
    wanted = np.eye(4)[right]
    for _ in range(STEPS):
        scores = counts @ weights
        odds = np.exp(scores - scores.max(axis=1, keepdims=True))
        wrong = odds / odds.sum(axis=1, keepdims=True) - wanted
        weights -= RATE * (np.einsum("qp,qpw->w", wrong, counts) / len(counts) + DECAY * weights)
    return weights


def _accuracy(questions: Sequence[Texts], columns: dict[str, int], pairs: bool, weights: np.ndarray) -> float:
    scores = np.round(_counted(questions, columns, pairs) @ weights, 9)
    hits = [chance_of(list(row), one.right) for row, one in zip(scores, questions, strict=True)]
    return float(np.mean(hits))


def _print(title: str, questions: Sequence[Texts]) -> None:
    print(f"{title}: {len(questions)} questions")
    for name, rule in TEXT_RULES.items():
        hits = [chance_of(rule(one.captions), one.right) for one in questions]
        print(f"  {name:32} {np.mean(hits):6.1%}")
    for name, pairs in (("words", False), ("words and pairs of them", True)):
        found = learned(questions, pairs=pairs)
        print(
            f"  learned from {name:24} {found.accuracy:6.1%}, its contrary {found.contrary:6.1%}, "
            f"on what it learned from {found.on_training:6.1%}"
        )


def main() -> None:
    """Prints the figures."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seed", type=int, default=0)
    arguments = parser.parse_args()
    for splits in (("val2017",), ("train2017",), ("val2017", "train2017")):
        built = build_mcq(images(*splits), options(), arguments.seed)
        for one in built.blind:
            print(f"  {one.rule:32} {one.accuracy:6.1%}{'' if one.is_chance else '  no chance'}")
        _print(" and ".join(splits), texts_of(built))
    _print("NegBench's own rows", negbench())


if __name__ == "__main__":
    main()
