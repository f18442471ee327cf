"""Questions whose answers are known: about a file's own categories, about caption records, or POPE's."""

from __future__ import annotations

import random
from collections.abc import Iterable, Mapping, Sequence, Set
from dataclasses import dataclass
from pathlib import Path

import orjson

from negdata.filter.denied import with_denied
from negdata.images import Images
from negdata.records import CaptionRecord
from negdata.remote.copies import local_copy
from negdata.sources.base import unreadable
from negdata.verify import Question, question_of
from negdata.verify.instances import Instances, InstancesVerifier
from negdata.verify.pope import read_pope
from negdata.verify.wording import can_be_asked
from negdata.vocabulary import Cooccurrence, vocabulary

HEAD_BYTES = 1 << 16
"""What is read to tell the two kinds of files apart: an instances file may be one line of half a gigabyte."""


@dataclass(frozen=True, slots=True)
class KnownQuestion:
    """A question and its answer: ``truth`` says whether what it asks about is present."""

    id: str
    question: Question
    truth: bool


def from_instances(
    instances: Instances, *, per_image: int, seed: int, images: Images | None
) -> tuple[list[KnownQuestion], int]:
    """Questions about the file's own categories, and how many of its images ``images`` lacks.

    For each image up to ``per_image`` annotated categories and as many that are known to be absent: every other one of
    these is what goes best with the image's objects, since that is what a proposal would be, the rest any. LVIS has
    categories whose names can't be asked about, such as "bat (animal)"; they are left out.
    """
    truth = InstancesVerifier(instances)
    names = {one: texts[0] for one, texts in instances.categories.items() if can_be_asked(texts[0])}
    entries = {category: entry.name for category, name in names.items() if (entry := vocabulary().lookup(name))}
    questions: list[KnownQuestion] = []
    lacking = 0
    for identity, image in instances.images.items():
        if images is not None and images.find(image.name) is None:
            lacking += 1
            continue
        rng = random.Random(f"{seed}:{identity}")
        present = sorted(image.present & names.keys())
        rng.shuffle(present)
        known = {one: truth.tell(Question(None, identity, name)).present for one, name in names.items()}
        absent = _mixed(entries, image.present, [one for one, told in known.items() if told is False], rng)
        for category in (*present[:per_image], *absent[: len(present[:per_image])]):
            name = names[category]
            question = Question(image.name, identity, name)
            questions.append(KnownQuestion(f"{identity}:{name}", question, category in image.present))
    return questions, lacking


def from_records(records: Iterable[CaptionRecord], instances: Instances) -> tuple[list[KnownQuestion], int]:
    """The records' own questions where the file knows the answer, and how many records it says nothing about."""
    truth = InstancesVerifier(instances)
    questions: list[KnownQuestion] = []
    untold = 0
    for record in map(with_denied, records):
        question = question_of(record)
        told = truth.tell(question).present if question is not None else None
        if question is None or told is None:
            untold += 1
        else:
            questions.append(KnownQuestion(record.id, question, told))
    return questions, untold


def from_pope(path: Path) -> list[KnownQuestion]:
    """The questions of a file in POPE's layout.

    "Is there a dog in the image?" is asked as a filter asks about a dog; others as they stand.

    Raises:
        NegdataError: lines that are none; all are told.
    """
    return [
        KnownQuestion(one.id, Question(one.image, None, one.object, "" if one.object else one.text), one.present)
        for one in read_pope(path)
    ]


def is_pope(path: Path) -> bool:
    """Whether a file holds JSON lines rather than one document."""
    if path.suffix.lower() == ".jsonl":
        return True
    try:
        with local_copy(path).open("rb") as file:
            head = file.read(HEAD_BYTES)
    except OSError as error:
        raise unreadable(path, error) from error
    try:
        first = orjson.loads(head.lstrip().partition(b"\n")[0])
    except orjson.JSONDecodeError:
        return False
    return isinstance(first, dict) and "label" in first


def _mixed(entries: Mapping[int, str], present: Set[int], absent: list[int], rng: random.Random) -> list[int]:
    """The absent categories in any order, every other one of the first being a likely one.

    ``entries`` are the vocabulary's names of those categories that it knows.
    """
    by_name = {entries[category]: category for category in absent if category in entries}
    there = {entries[category] for category in present if category in entries}
    likely = [by_name[name] for name, _ in Cooccurrence.shipped().plausible(there, 12, allowed=by_name.keys())]
    rng.shuffle(absent)
    rng.shuffle(likely)
    mixed = [category for pair in zip(likely, absent, strict=False) for category in pair]
    return list(dict.fromkeys([*mixed, *absent]))


def repeated(questions: Sequence[KnownQuestion]) -> str | None:
    """An id that stands twice, or None."""
    seen: set[str] = set()
    for question in questions:
        if question.id in seen:
            return question.id
        seen.add(question.id)
    return None
