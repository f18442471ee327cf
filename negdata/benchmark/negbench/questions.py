"""The questions that could be asked about one image: four statements each, of which exactly one is true of it."""

from __future__ import annotations

import random
from collections.abc import Sequence
from dataclasses import dataclass

from negdata.benchmark.negbench.balance import Leanings
from negdata.benchmark.negbench.blind import StatementRules, chance_of
from negdata.benchmark.negbench.presence import Presence
from negdata.benchmark.negbench.statements import WORLDS, Kind, Statement, World, laid_out

CHANCE = 0.25


@dataclass(frozen=True, slots=True)
class Question:
    """Four statements, and the place of the true one."""

    layout: str
    statements: tuple[Statement, ...]
    right: int

    @property
    def kind(self) -> Kind:
        """The kind of the true statement."""
        return self.statements[self.right].kind


def question_sets(found: Presence, most: int, tries: int, rng: random.Random) -> list[tuple[Question, ...]]:
    """``tries`` draws of one to ``most`` questions about an image, as many as its objects are enough for.

    No object stands in two questions of a set: else what the one is about would help to answer the other.
    """
    sets = [_question_set(found, rng.randint(1, most), rng) for _ in range(tries)]
    return [drawn for drawn in sets if drawn]


def _question_set(found: Presence, size: int, rng: random.Random) -> tuple[Question, ...]:
    shown, absent = list(found.shown), list(found.absent)
    rng.shuffle(shown)
    rng.shuffle(absent)
    drawn: list[Question] = []
    while len(drawn) < size:
        worlds = [world for world in WORLDS if _has_enough(world, len(shown), len(absent))]
        if not worlds:
            break
        world = rng.choice(worlds)
        objects = tuple((shown if is_there else absent).pop() for is_there in world.shown)
        drawn.append(Question(world.layout, laid_out(world.layout, objects), world.right))
    return tuple(drawn)


def _has_enough(world: World, shown: int, absent: int) -> bool:
    there = sum(world.shown)
    return shown >= there and absent >= len(world.shown) - there


def leanings(question: Question, rules: StatementRules) -> Leanings:
    """What asking the question would teach one who never sees an image: that hybrids are right, that dogs are there."""
    found = {name: weights[question.right] - _mean(weights) for name, weights in _traits(question, rules).items()}
    for name, scores in rules.simple_scores(question.statements).items():
        found[name] = chance_of(scores, question.right) - CHANCE
    return {name: value for name, value in found.items() if value}


def variances(question: Question, rules: StatementRules) -> dict[str, float]:
    """How far each trait's leaning would scatter if the right statement were drawn by lot."""
    return {
        name: _mean([(weight - _mean(weights)) ** 2 for weight in weights])
        for name, weights in _traits(question, rules).items()
    }


def _traits(question: Question, rules: StatementRules) -> dict[str, list[int]]:
    """What can be told of statements, and how much each of the question's has of it.

    Of an object that it is named at all, and affirmed rather than denied; of two how well they go together.
    """
    found: dict[str, list[int]] = {}
    for place, statement in enumerate(question.statements):
        traits = [(f"{question.layout} {statement.form}", 1), (f"{statement.form} of {rules.closeness(statement)}", 1)]
        for sign, names in ((1, statement.affirmed), (-1, statement.denied)):
            traits += [trait for name in names for trait in ((f"{name} named", 1), (f"{name} there", sign))]
        for name, weight in traits:
            found.setdefault(name, [0] * len(question.statements))[place] += weight
    return found


def _mean(weights: Sequence[float]) -> float:
    return sum(weights) * CHANCE
