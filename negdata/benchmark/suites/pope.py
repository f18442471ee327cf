"""POPE (Li et al., EMNLP 2023): yes/no questions about images, for what judges absence."""

from __future__ import annotations

from negdata.benchmark.suites.base import JudgeBench, JudgeItem
from negdata.benchmark.suites.contents import Contents, Lines, first_records
from negdata.benchmark.suites.problems import Problems
from negdata.benchmark.suites.suite import Suite, SuiteOptions
from negdata.verify.pope import PopeQuestion, read_pope


def fits(contents: Contents) -> bool:
    """Whether a line is a question about an image with a label."""
    return isinstance(contents, Lines) and any(
        {"image", "label"} <= one.keys() and not one.keys().isdisjoint({"question", "text"})
        for one in first_records(contents)
    )


def read(contents: Contents, options: SuiteOptions) -> JudgeBench:
    """The questions in their order; raises NegdataError that tells what is wrong with which line."""
    questions = read_pope(contents.path)
    problems = Problems(contents.path, "Give each question a question_id of its own, or none.")
    for number, question in enumerate(questions, 1):
        problems.add_id(f"question {number}", question.id)
    problems.refuse()
    return JudgeBench(SUITE.name, contents.path, tuple(map(_item, questions)))


def _item(question: PopeQuestion) -> JudgeItem:
    groups = {"answer": "yes" if question.present else "no"}
    if question.category:
        groups["category"] = question.category
    return JudgeItem(question.id, question.image, question.text, question.object, question.present, groups)


SUITE = Suite(
    name="pope",
    layout='JSON lines of {"image", "text" or "question", "label": "yes" or "no"}',
    fits=fits,
    read=read,
)
