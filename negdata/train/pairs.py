"""What a model is trained on: images with their captions, read from what ``negdata caption`` and ``filter`` write."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path

from negdata.errors import NegdataError
from negdata.exclusion import Exclusion, Overlap, open_exclusion
from negdata.idset import IdSet
from negdata.negation import Finding
from negdata.records import CaptionRecord, FailedCaption, Record, RejectedCaption
from negdata.sources import BadRow, open_source
from negdata.sources.base import caption_problem
from negdata.whole_files import whole_file, write_error

NO_NEGATED = "no-negated-caption"


@dataclass(frozen=True, slots=True)
class Pair:
    """A row of the training data.

    Attributes:
        id: of the record.
        image: its name, relative to the folder of images.
        caption: the original one.
        negated_caption: says truly what is absent.
        negated: what it says is absent; None where the data doesn't tell.
        false_caption: denies something that the image shows; None where the data has none.
    """

    id: str
    image: str
    caption: str
    negated_caption: str
    negated: str | None = None
    false_caption: str | None = None


@dataclass(frozen=True)
class TrainingData:
    """What a source holds for training: ``taken`` = pairs + rejected + failed.

    Attributes:
        pairs: in the source's order.
        taken: rows of the source.
        rejected: how many rows there are of each reason not to train on them.
        failed: how many rows there are of each error that makes them no record.
        digest: of the source's content.
        notes: what a person should know of it, a sentence each.
        verifiers: what judged whether the pairs' captions are true of their images, the most frequent first.
    """

    pairs: tuple[Pair, ...]
    taken: int
    rejected: Counter[str]
    failed: Counter[str]
    digest: str
    notes: list[str]
    verifiers: tuple[str, ...] = ()


def read_pairs(source: Path, *, exclude: Sequence[Path], out: Path) -> TrainingData:
    """Reads caption records, or captions in the paper's COCO layout.

    Rejected are rows without a negated caption, of a blank one, of one that equals the original, without an image, of
    an image that a benchmark uses, and of which a judge said that what they deny is present.

    Args:
        source: records as JSON lines, a COCO file with ``updated_caption``, or a table with the records' columns.
        exclude: benchmarks whose images are left out.
        out: a folder that is there: rows that aren't taken go to its ``data.rejected.jsonl`` and
            ``data.failed.jsonl``, each with its reason; there is no file where there is no such row.

    Raises:
        NegdataError: the source or a benchmark can't be read, an id stands twice, or no row can be trained on.
    """
    exclusion = open_exclusion(exclude)
    rows = open_source(source, image_required=False)
    digest = rows.digest()
    overlap = Overlap(exclusion)
    pairs: list[Pair] = []
    rejected: Counter[str] = Counter()
    failed: Counter[str] = Counter()
    notes: Counter[str] = Counter()
    names: dict[str, str] = {}
    verifiers: Counter[str] = Counter()
    with (
        lines_if_any(out / "data.rejected.jsonl") as write_rejected,
        lines_if_any(out / "data.failed.jsonl") as write_failed,
    ):
        for outcome in _outcomes(rows.rows(), source, exclusion, overlap, notes):
            if isinstance(outcome, RejectedCaption):
                rejected[outcome.reason] += 1
                write_rejected(outcome)
            elif isinstance(outcome, FailedCaption):
                failed[outcome.error] += 1
                write_failed(outcome)
            else:
                pairs.append(_pair(outcome, names, notes))
                if outcome.verdict is not None:
                    verifiers[outcome.verdict.model or outcome.verdict.verifier] += 1
    taken = len(pairs) + rejected.total() + failed.total()
    if not pairs:
        raise _nothing_left(source, taken, rejected, failed, out)
    return TrainingData(
        tuple(pairs),
        taken,
        rejected,
        failed,
        digest,
        [*overlap.notes, *(f"{number:,} {what}" for what, number in notes.items())],
        tuple(name for name, _ in verifiers.most_common()),
    )


@contextmanager
def lines_if_any(path: Path) -> Iterator[Callable[[Record], None]]:
    """Takes the records of a file that is there only where there is one; an older one is replaced, or removed.

    Raises:
        NegdataError: it can't be written.
    """
    with ExitStack() as closing:
        writers: list[Callable[[bytes], None]] = []

        def write(record: Record) -> None:
            if not writers:
                writers.append(closing.enter_context(whole_file(path)))
            writers[0](record.to_line())

        yield write
        if not writers:
            try:
                path.unlink(missing_ok=True)
            except OSError as error:
                raise write_error(path, error) from error


def _outcomes(
    rows: Iterator[CaptionRecord | BadRow],
    source: Path,
    exclusion: Exclusion,
    overlap: Overlap,
    notes: Counter[str],
) -> Iterator[CaptionRecord | RejectedCaption | FailedCaption]:
    """Every row as it is taken, rejected or failed."""
    seen = IdSet()
    for number, row in enumerate(rows, 1):
        record = row.record if isinstance(row, BadRow) else row
        if not seen.add(record.id):
            raise NegdataError(
                f"{source} has the id {record.id!r} twice (row {number:,} is the second).",
                "Ids are what reports name rows by; give each row its own.",
            )
        if isinstance(row, CaptionRecord):
            overlap.see(row, taken=True)
            yield _judged(row, exclusion)
        elif isinstance(row.record.caption, str) and not row.record.caption.strip():
            yield RejectedCaption(
                id=row.record.id,
                image=row.record.image,
                image_id=row.record.image_id,
                caption_id=row.record.caption_id,
                caption=row.record.caption,
                reason="empty-caption",
                detail="the original caption is blank",
            )
        else:
            yield row.record


def _judged(record: CaptionRecord, exclusion: Exclusion) -> CaptionRecord | RejectedCaption | FailedCaption:
    finding = _finding(record) or exclusion.finding(record)
    if finding is not None:
        return RejectedCaption(**dict(record), reason=finding.reason, detail=finding.detail)
    problem = caption_problem(record.negated_caption)
    if problem is None:
        return record
    return FailedCaption.of(record, "bad-negated-caption", f"negated_{problem}")


def _finding(record: CaptionRecord) -> Finding | None:
    """Why a record alone, whatever is excluded, isn't trained on."""
    if not record.image or not record.image.strip():
        return Finding("no-image", "it names no image")
    if not record.negated_caption:
        return Finding(NO_NEGATED, "it has no negated caption")
    if not record.negated_caption.strip():
        return Finding("empty-caption", "the negated caption is blank")
    if _read_alike(record.negated_caption, record.caption):
        return Finding("same-caption", "the negated caption is the original one")
    if record.verdict is not None and record.verdict.present:
        return Finding("present", f"{record.verdict.verifier} found what it denies in the image")
    return None


def _pair(record: CaptionRecord, names: dict[str, str], notes: Counter[str]) -> Pair:
    """The pair of a record that is taken; rows share the names of images and objects in memory."""
    image, negated, false = record.image or "", record.negated_caption or "", record.false_caption
    if false is not None:
        unused = _unused(false, record.caption, negated)
        if unused:
            notes[unused] += 1
            false = None
    image = names.setdefault(image, image)
    absent = names.setdefault(record.negated, record.negated) if record.negated is not None else None
    return Pair(record.id, image, record.caption, negated, absent, false)


def _unused(false: str, caption: str, negated: str) -> str | None:
    """Why a false caption isn't used, as the sentence of a note without its number; None where it is."""
    if not false.strip():
        return "false captions are blank and not used; their rows are"
    if _read_alike(false, negated) or _read_alike(false, caption):
        return "false captions equal a true one and are not used; their rows are"
    if caption_problem(false) is not None:
        return "false captions can't be read as captions and are not used; their rows are"
    return None


def _read_alike(one: str, other: str) -> bool:
    """Whether two texts are one to CLIP, which sees neither case nor runs of blanks."""
    return one == other or one.lower().split() == other.lower().split()


def _nothing_left(source: Path, taken: int, rejected: Counter[str], failed: Counter[str], out: Path) -> NegdataError:
    reasons = rejected + failed
    counted = ", ".join(f"{number:,} {reason}" for reason, number in reasons.most_common())
    told = " and ".join(
        str(out / name) for name, some in (("data.rejected.jsonl", rejected), ("data.failed.jsonl", failed)) if some
    )
    most = reasons.most_common(1)[0][0] if reasons else ""
    remedies = {
        NO_NEGATED: "Write negated captions first: `negdata caption`.",
        "no-image": "Give captions that name their images.",
        "excluded": "Give captions of other images, or exclude fewer benchmarks.",
    }
    return NegdataError(
        f"{source} has no row that can be trained on: of {taken:,} rows, {counted}.",
        remedies.get(most, "Mend the data.") + f" Each row stands with its reason in {told}.",
    )
