"""Reads the source twice: once whole, to learn what its captions say together, then caption by caption."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from itertools import islice

from negdata.caption.candidates import CorpusContext, plausible_candidates, random_candidates
from negdata.caption.item import CaptionItem, UnusableItem
from negdata.caption.settings import CaptionSettings
from negdata.errors import NegdataError
from negdata.idset import IdSet
from negdata.sources import BadRow, Source, refuse_bad_rows
from negdata.vocabulary import Cooccurrence, vocabulary

BAD_ROWS_SHOWN = 20


class Survey:
    """What one pass over the whole source tells: how many rows it has, and which objects its captions name together.

    The whole source counts, whatever slice of it is captioned, so that a slice gives the records that the whole gives.
    """

    def __init__(self, source: Source, settings: CaptionSettings, on_rows: Callable[[int], None] | None = None) -> None:
        self.rows = 0
        self._bad_total = 0
        self._bad: list[BadRow] = []
        self._on_rows = on_rows
        self.context = CorpusContext.build(self._captions(source))
        try:
            if self._bad_total and (settings.bad_rows == "refuse" or self._bad_total == self.rows):
                raise refuse_bad_rows(source.path, self._bad, self._bad_total, self.rows)
            if settings.offset >= self.rows:
                raise NegdataError(
                    f"--offset {settings.offset} passes over all {self.rows} rows of {source.path}.",
                    "Give a smaller one.",
                )
        except NegdataError:
            self.context.close()
            raise

    def slice_rows(self, settings: CaptionSettings) -> int:
        """How many rows the run takes."""
        left = self.rows - settings.offset
        return left if settings.limit is None else min(left, settings.limit)

    def _captions(self, source: Source) -> Iterator[tuple[str, str, str]]:
        seen = IdSet()
        for row in source.rows():
            self.rows += 1
            if self._on_rows is not None and self.rows % 1_000 == 0:
                self._on_rows(self.rows)
            identity = row.record.id if isinstance(row, BadRow) else row.id
            if not seen.add(identity):
                raise NegdataError(
                    f"{source.path} has the id {identity!r} twice (row {self.rows:,} is the second).",
                    "Ids are what a run resumes by; give each row its own.",
                )
            if isinstance(row, BadRow):
                self._bad_total += 1
                if len(self._bad) < BAD_ROWS_SHOWN:
                    self._bad.append(row)
            else:
                yield row.id, row.image or row.id, row.caption


def items(
    source: Source, survey: Survey, settings: CaptionSettings, cooccurrence: Cooccurrence
) -> Iterator[CaptionItem | UnusableItem]:
    """The items of the slice that the settings ask for, each with its candidates; nothing is held."""
    known = vocabulary()
    wanted = max(settings.candidates, settings.tries, 8)
    stop = None if settings.limit is None else settings.offset + settings.limit
    for row in islice(source.rows(), settings.offset, stop):
        if isinstance(row, BadRow):
            yield UnusableItem(row.record)
            continue
        image = row.image or row.id
        context = survey.context.image(image, row.id)
        if row.negated is not None or "propose" not in settings.steps:
            candidates: list[str] = []
        elif settings.pipeline == "random":
            candidates = random_candidates(context, known, n=wanted, seed=settings.seed, image=image)
        else:
            candidates = plausible_candidates(context, cooccurrence, known, n=wanted, seed=settings.seed, image=image)
        yield CaptionItem(row, tuple(context.others), context.mentioned, tuple(candidates))
