"""The words of a question: from the name of an object, or from a visual question, neither of which is trusted."""

from __future__ import annotations

from pydantic import JsonValue

from negdata.errors import RecordFailure
from negdata.grammar import CannotWrite
from negdata.grammar.nouns import absent_of
from negdata.verify.base import Question

MOST_QUESTION_CHARACTERS = 300
_MARKUP = frozenset("<>[]{}|")
"""What the marks of chat templates are made of, such as those that end a turn."""


class NotAQuestion(RecordFailure):
    """What a record denies is no name of an object and no question, but some other text."""

    code = "not-a-question"


def prompt_inputs(question: Question) -> dict[str, JsonValue]:
    """The variables of the ``verify`` prompts; raises NotAQuestion.

    Every question about an object has the same form, whatever number its name has in the caption: "a dog" for "dogs".
    """
    if question.text:
        return {"object": "", "plural": False, "question": _checked(question.text)}
    try:
        absent = absent_of(question.object)
    except CannotWrite as error:
        raise NotAQuestion(str(error)) from error
    return {"object": absent.strict_an, "plural": absent.pair, "question": ""}


def can_be_asked(name: str) -> bool:
    """Whether this is the name of an object that can be asked about."""
    try:
        absent_of(name)
    except CannotWrite:
        return False
    return True


def _checked(text: str) -> str:
    line = " ".join(text.split())
    plain = line.isprintable() and _MARKUP.isdisjoint(line)
    if len(line) > MOST_QUESTION_CHARACTERS or not plain or not any(map(str.isalnum, line)):
        raise NotAQuestion(f"{line[:60]!r} is no question that can be asked")
    return line if line.endswith("?") else f"{line.rstrip(' .!')}?"
