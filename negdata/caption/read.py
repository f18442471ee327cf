"""Reads the source twice: once whole, to learn what its captions say together, then caption by caption."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from negdata.caption.candidates import (
    ANY,
    Choice,
    CorpusContext,
    ImageContext,
    plausible_candidates,
    random_candidates,
)
from negdata.caption.item import CaptionItem, UnusableItem
from negdata.caption.settings import CaptionSettings
from negdata.errors import NegdataError
from negdata.exclusion import Exclusion, Overlap
from negdata.records import CaptionRecord
from negdata.sources import BadRow, Source
from negdata.sources.first_pass import FirstPass
from negdata.vocabulary import Cooccurrence, vocabulary


class Survey:
    """What one pass over the whole source tells: how many rows it has, and which objects its captions name together.

    The whole source counts, whatever slice or shard of it is captioned, so that each gives the records that the whole
    gives.

    Attributes:
        overlap: what it shares with benchmarks.
    """

    def __init__(
        self,
        source: Source,
        settings: CaptionSettings,
        exclusion: Exclusion,
        on_rows: Callable[[int], None] | None = None,
    ) -> None:
        self.overlap = Overlap(exclusion)
        self._source = source
        self._pass = FirstPass(source, settings.bad_rows, on_rows, settings.slice)
        self.context = CorpusContext.build(self._rows())
        try:
            self._pass.check_offset()
        except NegdataError:
            self.context.close()
            raise

    @property
    def taken(self) -> int:
        """How many rows the run takes."""
        return self._pass.taken

    @property
    def whole(self) -> int:
        """How many rows all shards take together."""
        return self._pass.whole

    def _rows(self) -> Iterator[tuple[str, str, str]]:
        for row in self._pass.good_rows():
            self.overlap.see(row, taken=self._pass.taking)
            yield row.id, row.image or row.id, row.caption
        self.overlap.check(self._source.path)


def items(
    source: Source,
    survey: Survey,
    settings: CaptionSettings,
    cooccurrence: Cooccurrence,
    choice: Choice = ANY,
) -> Iterator[CaptionItem | UnusableItem]:
    """The items of the rows that the settings ask for, each with its candidates, as the choice has them."""
    for row in settings.slice.rows(source):
        if isinstance(row, BadRow):
            yield UnusableItem(row.record)
        else:
            context = survey.context.image(row.image or row.id, row.id)
            yield item_of(row, context, settings, cooccurrence, choice)


def item_of(
    row: CaptionRecord,
    context: ImageContext,
    settings: CaptionSettings,
    cooccurrence: Cooccurrence,
    choice: Choice = ANY,
) -> CaptionItem:
    """The item of a row, for what all captions of its image say together."""
    known = vocabulary()
    image = row.image or row.id
    wanted = max(settings.candidates, settings.tries, 8)
    if row.negated is not None or settings.proposer is None:
        candidates: list[str] = []
    elif settings.pipeline == "random":
        candidates = random_candidates(context, known, n=wanted, seed=settings.seed, image=image, choice=choice)
    else:
        candidates = plausible_candidates(
            context, cooccurrence, known, n=wanted, seed=settings.seed, image=image, choice=choice
        )
    return CaptionItem(row, tuple(context.others), context.mentioned, tuple(candidates))
