"""The rows of built benchmarks as NegBench's CSV files, which its own scripts read as well."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Sequence

from negdata.benchmark.negbench.mcq import McqRow
from negdata.benchmark.negbench.retrieval import RetrievalRow

MCQ_COLUMNS = (
    "image_path",
    "correct_answer",
    "caption_0",
    "caption_1",
    "caption_2",
    "caption_3",
    "correct_answer_template",
)
RETRIEVAL_COLUMNS = ("positive_objects", "negative_objects", "filepath", "image_id", "captions")


def mcq_csv(rows: Iterable[McqRow]) -> bytes:
    """Multiple-choice questions, one a line; paths relative to the image folder."""
    return _csv(MCQ_COLUMNS, ([row.image, row.right, *row.captions, row.template] for row in rows))


def retrieval_csv(rows: Iterable[RetrievalRow]) -> bytes:
    """Images with their captions, one a line; lists are spelled as Python's literals are, for ``ast.literal_eval``."""
    return _csv(
        RETRIEVAL_COLUMNS,
        (
            [
                repr(list(row.present)),
                repr(list(row.denied)),
                row.image,
                row.image_id,
                repr([caption.text for caption in row.captions]),
            ]
            for row in rows
        ),
    )


def _csv(columns: Sequence[str], rows: Iterable[Sequence[object]]) -> bytes:
    text = io.StringIO(newline="")
    # All text is quoted: a lone carriage return isn't quoted otherwise, and ends a line to some readers.
    writer = csv.writer(text, quoting=csv.QUOTE_NONNUMERIC, lineterminator="\n")
    writer.writerow(columns)
    writer.writerows(rows)
    return text.getvalue().encode("utf-8")
