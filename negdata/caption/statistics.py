"""``negdata stats``: how much the captions of any source negate."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

from negdata.errors import NegdataError
from negdata.negation import CorpusStatistics, corpus_statistics
from negdata.sources import BadRow, Columns, open_source


def source_statistics(
    path: Path,
    *,
    source_format: str | None = None,
    caption_column: str | None = None,
    examples_per_cue: int = 3,
    on_rows: Callable[[int], None] | None = None,
) -> tuple[CorpusStatistics, int]:
    """The negation statistics of a corpus, and how many of its rows hold no usable caption.

    Raises:
        NegdataError: the source can't be read, or no row of it holds a caption.
    """
    source = open_source(
        path, source_format=source_format, columns=Columns(caption=caption_column), image_required=False
    )
    unusable = 0

    def captions() -> Iterator[str]:
        nonlocal unusable
        for number, row in enumerate(source.rows(), 1):
            if on_rows is not None and number % 1_000 == 0:
                on_rows(number)
            if isinstance(row, BadRow):
                unusable += 1
            else:
                yield row.caption

    statistics = corpus_statistics(captions(), examples_per_cue=examples_per_cue)
    if statistics.captions == 0:
        raise NegdataError(f"No row of {path} holds a usable caption.", "Check the file and --caption-column.")
    return statistics, unusable
