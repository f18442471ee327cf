"""NegBench's multiple-choice questions, from any captioned images with annotated objects.

Four statements on what an image shows and doesn't show, of which one is true. After Alhamoud et al., "Vision-Language
Models Do Not Understand Negation", CVPR 2025. Theirs can be answered without the image: the right answer stands first,
one wrong answer always follows from two others, and which object is absent can be told from its name. Here words and
logic don't tell, and what the choice of objects and words would tell is balanced out over the whole benchmark.
"""

from __future__ import annotations

import math
import random
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field, field_validator

from negdata.benchmark.negbench.annotated import AnnotatedCaptions
from negdata.benchmark.negbench.balance import Leanings, balanced
from negdata.benchmark.negbench.blind import (
    TEXT_RULES,
    Asked,
    BlindScore,
    StatementRules,
    blind_scores,
    chance_of,
    spoken_pairs,
)
from negdata.benchmark.negbench.presence import ObjectOptions, Presence, noun, presence
from negdata.benchmark.negbench.questions import CHANCE, Question, leanings, question_sets, variances
from negdata.benchmark.negbench.rejected import Rejected
from negdata.benchmark.negbench.statements import FORMS, Form, Kind, Statement, check_template, worded
from negdata.grammar.writing import seed_of

CHOICES = 4
BLOCK = 2_000
"""Images that are balanced together: more would take more memory, and balance no better."""
_WORDING_RULES = ("the longest", "the shortest", "most negations", "fewest negations")


class McqOptions(BaseModel):
    """``build`` in benchmark/negbench-mcq.yaml.

    Attributes:
        objects: which objects are spoken of, and how they are called.
        questions: how many are asked about an image at most.
        tries: how many sets of questions are drawn for an image, of which one is asked.
        wordings: how many ways to word all questions are tried.
        worth: how much a question may add to what the others tell without their images, before it is left out.
        templates: for each form of statement the sentences that it is worded in.
    """

    model_config = ConfigDict(extra="forbid")

    builder: Literal["negbench-mcq"] = "negbench-mcq"
    objects: ObjectOptions = ObjectOptions()
    questions: int = Field(default=3, ge=1, le=100)
    tries: int = Field(default=120, ge=1, le=1_000)
    wordings: int = Field(default=8, ge=1, le=1_000)
    worth: float = Field(default=1.0, ge=0)
    templates: dict[Form, list[str]]

    @field_validator("templates")
    @classmethod
    def _usable(cls, templates: dict[Form, list[str]]) -> dict[Form, list[str]]:
        for form in FORMS:
            if not templates.get(form):
                raise ValueError(f"form {form!r} has no template")
        for form, sentences in templates.items():
            for sentence in sentences:
                problem = check_template(form, sentence)
                if problem is not None:
                    raise ValueError(f"template {sentence!r} of form {form!r}: {problem}")
        return templates


@dataclass(frozen=True, slots=True)
class McqRow:
    """A question about an image.

    Attributes:
        right: the place of the right caption.
        template: "positive", "negative" or "hybrid": the kind of the right caption.
        statements: what the captions say, in their order.
    """

    image: str
    image_id: int | str
    right: int
    captions: tuple[str, ...]
    template: Kind
    statements: tuple[Statement, ...]


@dataclass(frozen=True, slots=True)
class McqResult:
    """What was built: of each image's questions every one is kept or rejected, with its reason.

    Attributes:
        blind: what rules score on the rows that never see an image.
    """

    rows: tuple[McqRow, ...]
    rejected: tuple[Rejected, ...]
    blind: tuple[BlindScore, ...]


@dataclass(frozen=True, slots=True)
class _Asked:
    """One of the questions about an image, by its number from 1."""

    image: AnnotatedCaptions
    number: int
    question: Question

    @property
    def order(self) -> tuple[bool, int | str, str, int]:
        return (isinstance(self.image.image_id, str), self.image.image_id, self.image.file_name, self.number)


@dataclass(frozen=True, slots=True)
class _Wording:
    """How the statements of a question are put."""

    statements: tuple[Statement, ...]
    texts: tuple[str, ...]


def build_mcq(images: Sequence[AnnotatedCaptions], options: McqOptions, seed: int) -> McqResult:
    """Asks questions about each image, whose right answers are affirmations, denials, and both in one.

    The same images, in whatever order, options and seed make the same questions.
    """
    ordered = sorted(images, key=lambda image: (_key(seed, image), image.file_name))
    counts = Counter(name for image in ordered for name in image.present)
    asked: list[_Asked] = []
    rejected: list[Rejected] = []
    for at in range(0, len(ordered), BLOCK):
        block = ordered[at : at + BLOCK]
        found = [presence(image, options.objects) for image in block]
        sets = [_question_sets(image, seen, options, seed) for image, seen in zip(block, found, strict=True)]
        chosen = _chosen(sets, counts, options, f"{seed} {at}")
        for image, seen, pool, questions in zip(block, found, sets, chosen, strict=True):
            asked += [_Asked(image, number, one) for number, one in enumerate(questions, 1)]
            most = max(map(len, pool), default=0)
            rejected += [
                _rejected(image, number, seen, number <= most)
                for number in range(len(questions) + 1, options.questions + 1)
            ]
    rows = _rows(asked, options, seed)
    scores = blind_scores([Asked(row.captions, row.statements, row.right) for row in rows], counts)
    return McqResult(tuple(rows), tuple(sorted(rejected, key=lambda one: one.order)), scores)


def _question_sets(
    image: AnnotatedCaptions, found: Presence, options: McqOptions, seed: int
) -> list[tuple[Question, ...]]:
    if not image.captions:
        return []
    return question_sets(found, options.questions, options.tries, random.Random(_key(seed, image)))


def _chosen(
    pools: Sequence[Sequence[tuple[Question, ...]]], counts: Mapping[str, int], options: McqOptions, lots: str
) -> list[tuple[Question, ...]]:
    """The questions to ask, those of one image from each pool.

    What is told of an object isn't balanced to nothing, but to what drawing the right answers by lot would leave: else
    one who knew half of the answers could tell the others, as they must make up for the first.
    """
    rules = StatementRules(counts, spoken_pairs(one.statements for pool in pools for drawn in pool for one in drawn))
    leaning = [[_all_leanings(drawn, rules) for drawn in pool] for pool in pools]
    worths = [
        [_worth(drawn, found, options) for drawn, found in zip(pool, leanings_of, strict=True)]
        for pool, leanings_of in zip(pools, leaning, strict=True)
    ]
    scatter: Counter[str] = Counter()
    for drawn in _picked(pools, balanced(leaning, worths=worths)):
        for question in drawn:
            scatter.update(variances(question, rules))
    aim = {name: _lot(lots, name) * math.sqrt(variance) for name, variance in scatter.items()}
    return _picked(pools, balanced(leaning, aim=aim, worths=worths))


def _all_leanings(drawn: Sequence[Question], rules: StatementRules) -> Leanings:
    found: Counter[str] = Counter()
    for question in drawn:
        found.update(leanings(question, rules))
    return found


def _worth(drawn: Sequence[Question], found: Leanings, options: McqOptions) -> float:
    """What any question adds by itself is free; what it adds to what others tell is not."""
    return sum(value * value for value in found.values()) + options.worth * len(drawn)


def _picked(
    pools: Sequence[Sequence[tuple[Question, ...]]], places: Sequence[int | None]
) -> list[tuple[Question, ...]]:
    return [pool[place] if place is not None else () for pool, place in zip(pools, places, strict=True)]


def _lot(lots: str, name: str) -> float:
    """A draw from the normal distribution, the same for the same name."""
    return random.Random(seed_of("negbench-mcq", lots, name)).gauss(0, 1)


def _rejected(image: AnnotatedCaptions, number: int, found: Presence, askable: bool) -> Rejected:
    if askable:
        reason, detail = "would-tell", "every such question would help to answer the others without their images"
    elif not image.captions:
        reason, detail = "no-captions", "without captions nothing tells what the annotations miss"
    elif not found.absent:
        reason, detail = "no-absent-object", "no object that it could show is absent for certain"
    else:
        reason = "too-few-objects"
        detail = f"it plainly shows {len(found.shown)} objects, and {len(found.absent)} plausible ones are absent"
    return Rejected(image.file_name, image.image_id, f"question {number}", reason, detail)


def _rows(asked: Sequence[_Asked], options: McqOptions, seed: int) -> list[McqRow]:
    wordings = _wordings(asked, options, seed)
    places = _places([one.question for one in asked])
    rows = [
        (one.order, _row(one, wording, place, seed))
        for one, wording, place in zip(asked, wordings, places, strict=True)
    ]
    return [row for _, row in sorted(rows, key=lambda pair: pair[0])]


def _wordings(asked: Sequence[_Asked], options: McqOptions, seed: int) -> list[_Wording]:
    """Each question worded by lot; of several draws for all together the one whose lengths and negations tell least.

    Were the wordings chosen one by one, which words stand in a right answer could be learned.
    """
    draws = [[_wording(one, options, seed, draw) for one in asked] for draw in range(options.wordings)]
    return min(draws, key=lambda drawn: _told_by_wording(asked, drawn))


def _told_by_wording(asked: Sequence[_Asked], drawn: Sequence[_Wording]) -> float:
    """By how much the rule that does best, or worst, leaves chance behind."""
    gains = dict.fromkeys(_WORDING_RULES, 0.0)
    for one, wording in zip(asked, drawn, strict=True):
        for rule in gains:
            gains[rule] += chance_of(TEXT_RULES[rule](wording.texts), one.question.right) - CHANCE
    return max(map(abs, gains.values()))


def _wording(asked: _Asked, options: McqOptions, seed: int, draw: int) -> _Wording:
    rng = random.Random(_key(seed, asked.image, "wording", asked.number, draw))
    nouns = {name: noun(name, options.objects.names) for one in asked.question.statements for name in one.objects}
    statements = tuple(_turned(one, rng) for one in asked.question.statements)
    return _Wording(
        statements, tuple(worded(one, rng.choice(options.templates[one.form]), nouns) for one in statements)
    )


def _turned(statement: Statement, rng: random.Random) -> Statement:
    """Of "A and B" and "neither A nor B" either may come first."""
    if statement.form in ("both", "neither") and rng.random() < 0.5:
        return Statement(statement.form, statement.objects[::-1])
    return statement


def _places(questions: Sequence[Question]) -> list[int]:
    """Where each right answer stands: each place equally often, within every layout and form too."""
    places = [0] * len(questions)
    order = sorted(range(len(questions)), key=lambda at: (questions[at].layout, questions[at].right, at))
    for turn, at in enumerate(order):
        places[at] = turn % CHOICES
    return places


def _row(asked: _Asked, wording: _Wording, place: int, seed: int) -> McqRow:
    right = asked.question.right
    wrong = [at for at in range(CHOICES) if at != right]
    random.Random(_key(seed, asked.image, "order", asked.number)).shuffle(wrong)
    order = [*wrong[:place], right, *wrong[place:]]
    return McqRow(
        asked.image.file_name,
        asked.image.image_id,
        place,
        tuple(wording.texts[at] for at in order),
        asked.question.kind,
        tuple(wording.statements[at] for at in order),
    )


def _key(seed: int, image: AnnotatedCaptions, *parts: object) -> int:
    return seed_of("negbench-mcq", seed, type(image.image_id).__name__, image.image_id, *parts)
