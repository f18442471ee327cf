"""The pass that writes: each row of the source is written, rejected or failed."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Callable, Iterator

from negdata.errors import NegdataError
from negdata.exclusion import Exclusion
from negdata.images import open_images
from negdata.negation import corpus_statistics
from negdata.pictures import BadImage
from negdata.progress import Progress
from negdata.publish.figures import Account, Figures
from negdata.publish.files import Writer
from negdata.publish.originals import Originals
from negdata.publish.rows import Row, published, too_large, unfit
from negdata.publish.settings import DataExportSettings
from negdata.records import CaptionRecord, FailedCaption, RejectedCaption
from negdata.sources import BadRow, Source

PROGRESS_EVERY = 100
WriteLine = Callable[[bytes], None]


class Export:
    """Writes the rows of a source; ``account`` tells what became of them."""

    def __init__(
        self,
        settings: DataExportSettings,
        source: Source,
        exclusion: Exclusion,
        against: Exclusion,
        on_progress: Callable[[Progress], None] | None,
        total: int,
    ) -> None:
        self._settings = settings
        self._source = source
        self._exclusion = exclusion
        self._figures = Figures(against)
        self._counts: Counter[str] = Counter()
        self._reasons: Counter[str] = Counter()
        self._first_problem = ""
        self._on_progress = on_progress
        self._total = total
        self._began = time.monotonic()
        self._originals = Originals(open_images(settings.images)) if settings.images is not None else None

    def write(self, writer: Writer, write_rejected: WriteLine, write_failed: WriteLine) -> Account:
        """Writes every row somewhere.

        Raises:
            OSError: it can't be written.
            NegdataError: no record could be published.
        """
        try:
            captions = self._captions(writer, write_rejected, write_failed)
            negation = corpus_statistics(captions, examples_per_cue=0)
            files = writer.finish()
        except BaseException:
            writer.abandon()
            raise
        counts, reasons = self._counts, dict(self._reasons.most_common())
        if not counts["written"]:
            listed = ", ".join(f"{count:,} {reason}" for reason, count in reasons.items())
            raise NegdataError(
                f"No record of {self._source.path} can be published ({listed}; {self._first_problem}).",
                "Give captions that `negdata caption` wrote and `negdata filter` kept, and the folder of their images.",
            )
        return Account(
            taken=counts.total(),
            rejected=counts["rejected"],
            failed=counts["failed"],
            reasons=reasons,
            figures=self._figures,
            negation=negation,
            files=files,
        )

    def _captions(self, writer: Writer, write_rejected: WriteLine, write_failed: WriteLine) -> Iterator[str]:
        """The negated caption of each record, once it is written."""
        for number, row in enumerate(self._source.rows(), 1):
            outcome = row.record if isinstance(row, BadRow) else self._outcome(row)
            if isinstance(outcome, RejectedCaption):
                self._count("rejected", outcome.id, outcome.reason, outcome.detail or "")
                write_rejected(outcome.to_line())
            elif isinstance(outcome, FailedCaption):
                self._count("failed", outcome.id, outcome.error, outcome.message)
                write_failed(outcome.to_line())
            else:
                writer.add(outcome)
                self._counts["written"] += 1
                self._figures.add(outcome.record)
                yield outcome.record.negated_caption or ""
            if self._on_progress is not None and number % PROGRESS_EVERY == 0:
                self._on_progress(self._progress())

    def _outcome(self, record: CaptionRecord) -> Row | RejectedCaption | FailedCaption:
        refused = unfit(record, self._exclusion)
        if refused is not None:
            assert isinstance(refused.record, RejectedCaption)
            return refused.record
        problem = too_large(record)
        if problem is not None:
            return FailedCaption.of(record, "bad-row", problem)
        if self._settings.to == "coco" and record.image is None:
            return FailedCaption.of(
                record, "image-missing", "the record names no image, and COCO's layout lists them by name"
            )
        if self._originals is None:
            return Row(published(record))
        try:
            original = self._originals.get(record.image)
        except BadImage as error:
            return FailedCaption.of(record, error.code, str(error))
        return Row(published(record), original if self._settings.embeds else None)

    def _count(self, outcome: str, identity: str, reason: str, detail: str) -> None:
        self._counts[outcome] += 1
        self._reasons[reason] += 1
        self._first_problem = self._first_problem or f"{identity} {outcome}: {detail}"

    def _progress(self) -> Progress:
        return Progress(
            total=self._total,
            kept=self._counts["written"],
            rejected=self._counts["rejected"],
            failed=self._counts["failed"],
            resumed=0,
            seconds=time.monotonic() - self._began,
        )
