"""Chooses how a model is read: the fastest way that gives what whole prompts give, one after another."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from negdata.backends.base import Message
from negdata.backends.vision_chat import Chats
from negdata.backends.vision_reading import Question, Reader, Reading, Way

# Largest difference of a probability; half precision has three digits.
TOLERANCE = 1e-3
TOLERANCE_OF_HALF = 5e-2

_QUESTIONS = ("Is there a dog?", "Can you see anywhere in this picture an umbrella? Answer with yes or no.")


def choose_way(reader: Reader, chats: Chats, *, share: bool, half: bool) -> tuple[Way, str | None]:
    """The way, and a sentence that says why where it isn't the fastest.

    Args:
        share: whether an image's questions may share it.
        half: whether the network calculates in half precision.
    """
    questions = _questions(chats)
    told = reader.singly(questions)
    most = TOLERANCE_OF_HALF if half else TOLERANCE
    lost = []
    if share:
        if _agrees(reader, questions, told, most, reader.learn_placeholder, reader.shared):
            return reader.shared, None
        lost.append("reads each image once for every question")
    if _agrees(reader, questions, told, most, None, reader.plain):
        way: Way = reader.plain
    else:
        way = reader.singly
        lost.append("answers one question at a time")
    return way, f"This model {' and '.join(lost)}: otherwise its answers would differ." if lost else None


def _agrees(
    reader: Reader, questions: Sequence[Question], told: Sequence[Reading], most: float, prepare: Any, way: Way
) -> bool:
    try:
        if prepare is not None and not prepare(questions[0]):
            return False
        return largest_difference(way(questions), told) <= most
    except Exception:  # a network that isn't made for this way may raise anything
        return False
    finally:
        reader.prefixes.clear()


def largest_difference(some: Sequence[Reading], others: Sequence[Reading]) -> float:
    """Of any probability, and of the first choice's share of all; infinite where one is no number."""
    differences = []
    for one, other in zip(some, others, strict=True):
        differences += [abs(a - b) for a, b in zip(one.masses, other.masses, strict=True)]
        differences.append(abs(_share(one) - _share(other)))
    return max((d if d == d else float("inf") for d in differences), default=0.0)


def _share(reading: Reading) -> float:
    return reading.masses[0] / max(sum(reading.masses), 1e-30)


def _questions(chats: Chats) -> list[Question]:
    """Two of one small image, and one of another of a different size: what a real batch is like."""
    from PIL import Image

    square = Image.linear_gradient("L").resize((64, 64)).convert("RGB")
    oblong = Image.radial_gradient("L").resize((112, 64)).convert("RGB")
    texts = [chats.render([Message("user", question)]) for question in _QUESTIONS]
    return [
        Question(texts[0], square, b"square"),
        Question(texts[1], square, b"square"),
        Question(texts[0], oblong, b"oblong"),
    ]
