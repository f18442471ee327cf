"""How many questions answered "no" become a clause, of which kind, and why the others don't.

Run as ``python -m tests.quality.questions [--sample N] [--seed S] [--folded N]``; reads VQAv2 and COCO train2017
annotations under ``../shared/data``.
"""

from __future__ import annotations

import argparse
import json
import random
import re
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import product
from pathlib import Path

from negdata.grammar import CannotWrite, NegatedClause, fold_clause, negate_question
from negdata.sources.vqa import AnsweredNo, VqaQuestions, read_answered_no

DATA = Path(__file__).parents[2].parent / "shared" / "data"
QUESTIONS = DATA / "vqav2" / "v2_OpenEnded_mscoco_train2014_questions.json"
ANNOTATIONS = DATA / "vqav2" / "v2_mscoco_train2014_annotations.json"
SEEDS = 2
"""Sentences a pair: only six of the questions are about an image whose captions are there."""
CAPTIONS = DATA / "coco" / "annotations" / "captions_train2017.json"

_WELL_FORMED = re.compile(
    r"^(?:(?:in|on|at|from) [^,]{2,60}, )?"
    r"(?:is|are|was|were|do|does|did|has|have|had|can|could|will|would|should|must|may|might) [\w\"'].*\w.*$",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True)
class Outcome:
    """A question and its clause, or the reason why it has none."""

    item: AnsweredNo
    clause: NegatedClause | None
    reason: str = ""


def read() -> VqaQuestions:
    """The questions answered "no" by at least 7 of 10."""
    return read_answered_no(QUESTIONS, ANNOTATIONS)


def outcomes(items: Sequence[AnsweredNo]) -> list[Outcome]:
    """What becomes of every question."""
    found = []
    for item in items:
        try:
            found.append(Outcome(item, negate_question(item.question)))
        except CannotWrite as error:
            found.append(Outcome(item, None, error.reason))
    return found


def well_formed(question: str) -> bool:
    """Whether a question begins with an auxiliary, behind a phrase and a comma at most, and offers no choice.

    More than one word has to follow: a subject, and what is asked of it.
    """
    asked = question.strip().rstrip("? ")
    return bool(_WELL_FORMED.match(asked)) and len(asked.split()) > 2 and " or " not in asked.lower()


def share_of_clauses(made: Sequence[Outcome]) -> float:
    """How many became a clause, as a share."""
    return sum(outcome.clause is not None for outcome in made) / len(made)


def folded(min_agreement: int = 1) -> Iterator[tuple[str, str, str]]:
    """Question, caption, folded caption for every pair of one image and every seed, or the reason for none."""
    captions: dict[object, list[str]] = {}
    for annotation in json.loads(CAPTIONS.read_text(encoding="utf-8"))["annotations"]:
        captions.setdefault(annotation["image_id"], []).append(annotation["caption"].strip())
    for outcome in outcomes(read_answered_no(QUESTIONS, ANNOTATIONS, min_agreement=min_agreement).items):
        if outcome.clause is None:
            continue
        for caption, seed in product(captions.get(outcome.item.image_id, ()), range(SEEDS)):
            try:
                yield outcome.item.question, caption, fold_clause(caption, outcome.clause, seed).text
            except CannotWrite as error:
                yield outcome.item.question, caption, f"({error.code})"


def main() -> None:
    """Prints the counts, and rows of a table to read."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--sample", type=int, default=0, help="print this many questions and clauses")
    parser.add_argument("--seed", type=int, default=2026)
    parser.add_argument("--folded", type=int, default=0, help="print this many folded captions")
    arguments = parser.parse_args()
    questions = read()
    made = outcomes(questions.items)
    kinds = Counter(outcome.clause.kind for outcome in made if outcome.clause)
    print(
        f"{questions.asked} questions, {questions.yes_no} yes/no, {len(made)} answered no: {share_of_clauses(made):.1%}"
    )
    regular = [outcome for outcome in made if well_formed(outcome.item.question)]
    print(f"{len(regular)} well-formed ones: {share_of_clauses(regular):.1%}")
    print(", ".join(f"{kind} {count}" for kind, count in kinds.most_common()))
    for reason, count in Counter(re.sub(r'"[^"]*"', "…", o.reason) for o in made if not o.clause).most_common():
        print(f"{count:5} {reason}")
    clauses = [(outcome.item.question, outcome.clause) for outcome in made if outcome.clause]
    sample = random.Random(arguments.seed).sample(clauses, arguments.sample)
    for number, (question, clause) in enumerate(sample, 1):
        print(f"| {number} | {question} | {clause.text} | {clause.kind}: {clause.negated} | yes |")
    pairs = list(folded()) if arguments.folded else []
    for question, caption, text in random.Random(arguments.seed).sample(pairs, min(arguments.folded, len(pairs))):
        print(f"| {question} | {caption} | {text} |")


if __name__ == "__main__":
    main()
