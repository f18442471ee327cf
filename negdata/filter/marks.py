"""What a person who looked says of captions: the marks that ``negdata report`` exports, and a filter applies."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from hashlib import blake2b
from pathlib import Path
from types import MappingProxyType

from pydantic import BaseModel, ConfigDict, JsonValue, ValidationError

from negdata.errors import NegdataError
from negdata.records import CaptionRecord, Mark
from negdata.sources.jsonl import NotJson, read_objects

MARKED_WRONG = "marked-wrong"
"""The reason of a record that a person marked wrong."""
PERSON = "marks"
"""The verifier of a verdict that a person gave."""
_REMEDY = 'Each line must be {"id": "…", "mark": "right" or "wrong", "note": "…"}; export the marks again, or mend it.'


class MarkCounts(BaseModel):
    """What became of a file of marks.

    Attributes:
        right: records that were kept for their mark; ``wrong`` those that were rejected for it.
        notes_only: notes without a mark, which change nothing.
        changed: marks for a caption that is now another one, which aren't applied.
        unknown: marks for ids that are not among the records taken, by this shard or another.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    right: int = 0
    wrong: int = 0
    notes_only: int = 0
    changed: int = 0
    unknown: int = 0

    def plus(self, other: MarkCounts) -> MarkCounts:
        """The sum of two shards of the same records, to both of which the same marks are unknown."""
        counted = {name: getattr(self, name) + getattr(other, name) for name in MarkCounts.model_fields}
        return MarkCounts(**counted | {"unknown": self.unknown})


@dataclass(frozen=True, slots=True)
class Marks:
    """The marks of a file, one an id; empty where no file is given."""

    by_id: Mapping[str, Mark] = field(default_factory=lambda: MappingProxyType({}))

    def of(self, record: CaptionRecord) -> Mark | None:
        """The mark that is to be applied to a record: one that says right or wrong of this very caption."""
        mark = self.by_id.get(record.id)
        return mark if mark is not None and mark.mark is not None and _is_about(mark, record) else None

    def identity(self) -> dict[str, JsonValue]:
        """What a run's settings say of them: a hash of what they say, whatever the order of the lines."""
        if not self.by_id:
            return {}
        digest = blake2b(digest_size=16)
        for identity in sorted(self.by_id):
            digest.update(self.by_id[identity].to_line())
        return {"marks": digest.hexdigest()}


class MarkTally:
    """Counts what becomes of marks while the records of a run are read."""

    def __init__(self, marks: Marks) -> None:
        self._marks = marks
        self._seen: dict[str, str | None] = {}

    def see(self, record: CaptionRecord, *, taken: bool = True) -> None:
        """Takes notice of a record that the run takes, or another shard of it."""
        mark = self._marks.by_id.get(record.id)
        if mark is not None:
            told = (mark.mark or "notes_only") if _is_about(mark, record) else "changed"
            self._seen[record.id] = told if taken else None

    @property
    def counts(self) -> MarkCounts | None:
        """What became of them; None where there are none."""
        if not self._marks.by_id:
            return None
        said = list(self._seen.values())
        named = {name: said.count(name) for name in ("right", "wrong", "notes_only", "changed")}
        return MarkCounts(**named, unknown=len(self._marks.by_id) - len(said))

    @property
    def notes(self) -> list[str]:
        """Sentences on the marks that change nothing."""
        counts = self.counts
        if counts is None:
            return []
        told = (
            (counts.unknown, "are for ids that are not among the records taken"),
            (counts.changed, "are for captions that have changed since, and aren't applied"),
            (counts.notes_only, "are notes without right or wrong, and change nothing"),
        )
        return [f"{number:,} of the {len(self._marks.by_id):,} marks {what}" for number, what in told if number]


def read_marks(path: Path | None) -> Marks:
    """The marks of a file of JSON lines; several of one id have to say the same, and their notes are joined.

    Raises:
        NegdataError: it can't be read, holds no mark, a line is none, or two lines contradict each other.
    """
    if path is None:
        return Marks()
    found: dict[str, list[tuple[int, Mark]]] = {}
    for number, value in read_objects(path):
        mark = _mark(path, number, value)
        found.setdefault(mark.id, []).append((number, mark))
    if not found:
        raise NegdataError(
            f"{path} holds no marks.", "Mark captions in a report and export them, or leave --marks out."
        )
    return Marks(MappingProxyType({identity: _joined(path, said) for identity, said in found.items()}))


def _is_about(mark: Mark, record: CaptionRecord) -> bool:
    return mark.negated_caption is None or mark.negated_caption == record.negated_caption


def _mark(path: Path, number: int, value: object) -> Mark:
    if isinstance(value, NotJson):
        raise NegdataError(f"Line {number} of {path} is no mark: {value}.", _REMEDY)
    try:
        return Mark.model_validate(value)
    except ValidationError as error:
        first = error.errors()[0]
        where = ".".join(map(str, first["loc"]))
        raise NegdataError(
            f"Line {number} of {path} is no mark: {f'{where}: ' if where else ''}{first['msg']}.", _REMEDY
        ) from error


def _joined(path: Path, said: list[tuple[int, Mark]]) -> Mark:
    """All the lines about one id as one mark."""
    given: dict[str, str] = {}
    for name in ("mark", "negated_caption"):
        values = [(number, value) for number, mark in said if (value := getattr(mark, name)) is not None]
        for number, value in values:
            line, first = values[0]
            if value != first:
                raise NegdataError(
                    f"Line {number} of {path} contradicts line {line}: {name} of {said[0][1].id!r} is {value!r} and "
                    f"was {first!r}.",
                    "Keep one of the two lines.",
                )
            given[name] = value
    notes = dict.fromkeys(mark.note for _, mark in said if mark.note)
    return Mark.model_validate({"id": said[0][1].id, "note": "; ".join(notes) or None, **given})
