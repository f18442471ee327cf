"""``negdata.stats(...)`` and ``negdata.export_data(...)``: count what captions negate, and hand them on."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Literal

from negdata.api.values import StrPath, as_path, as_paths
from negdata.caption.statistics import source_statistics
from negdata.negation import CorpusStatistics
from negdata.progress import Progress
from negdata.publish import DataExportSettings, DataExportSummary
from negdata.publish import export_data as publish


def stats(
    source: StrPath,
    *,
    source_format: str | None = None,
    caption_column: str | None = None,
    examples: int = 3,
    on_rows: Callable[[int], None] | None = None,
) -> tuple[CorpusStatistics, int]:
    """Counts the captions and words of a corpus that negate, by cue, as ``negdata stats`` does.

    Args:
        source: Captions, here or at an address (s3://, https:// …): COCO JSON, JSONL, CSV/TSV, parquet, WebDataset's
            tars, a folder or pattern of such files (train-{000..099}.tar), of parts, or of images with a .txt beside
            each.
        source_format: coco, jsonl, csv, parquet, webdataset, folder or parts. Default: recognised.
        caption_column: The caption column of a table. Default: its usual names.
        examples: Examples of each cue that --json holds at most.
        on_rows: called with the number of rows read so far.

    Returns:
        The statistics, and how many rows hold no usable caption.

    Raises:
        NegdataError: wrong input or settings; ``problem`` says what is wrong, ``remedy`` what to do.
    """
    return source_statistics(
        as_path(source),
        source_format=source_format,
        caption_column=caption_column,
        examples_per_cue=examples,
        on_rows=on_rows,
    )


def export_data(
    records: StrPath,
    *,
    to: str,
    out: StrPath,
    images: StrPath | None = None,
    embed_images: bool = False,
    source_format: str | None = None,
    bad_rows: Literal["refuse", "fail"] = "refuse",
    exclude: StrPath | Sequence[StrPath] = (),
    against: StrPath | Sequence[StrPath] = (),
    name: str | None = None,
    licence: str = "unknown",
    image_licence: str = "unknown",
    shard_rows: int | None = None,
    fresh: bool = False,
    on_progress: Callable[[Progress], None] | None = None,
    on_rows: Callable[[int], None] | None = None,
) -> DataExportSummary:
    """Writes captions as a dataset, with a card and Croissant metadata, as ``negdata data export`` does.

    Args:
        records: Caption records (JSON lines, or a folder of parts), or captions in the paper's COCO layout; here or at
            an address.
        to: hf (a folder that datasets.load_dataset reads), webdataset (tar files), parquet, or coco (the paper's
            layout).
        out: The folder to be made.
        images: What image names are relative to: a folder, .tar or .parquet files, or a pattern of them
            ('shards/{000..099}.tar'), here or at an address (s3://, https:// …). Default: none.
        embed_images: Put the images into parquet.
        source_format: coco, jsonl, csv, parquet, webdataset, folder or parts. Default: recognised.
        bad_rows: Rows that can't be used: refuse (stop before starting) or fail (set aside in OUT.failed.jsonl).
        exclude: Leave out the images that a benchmark uses: its file, a list of names or a folder. One, or several.
        against: Count the images that a benchmark uses, and keep them. One, or several.
        name: The dataset's name. Default: that of OUT.
        licence: Of the captions: an id of the Hub or of SPDX, say cc-by-4.0.
        image_licence: Of the images, in words.
        shard_rows: Records a file at most. Default: 1,000,000, or 5,000 with images.
        fresh: Replace an earlier export.
        on_progress: called as the run goes on.
        on_rows: called with the number of rows read so far.

    Returns:
        taken = written + rejected + failed, and the files.

    Raises:
        NegdataError: wrong input or settings; ``problem`` says what is wrong, ``remedy`` what to do.
    """
    return publish(
        DataExportSettings(
            source=as_path(records),
            to=to,
            out=as_path(out),
            images=as_path(images),
            embed_images=embed_images,
            name=name,
            licence=licence,
            image_licence=image_licence,
            exclude=as_paths(exclude),
            against=as_paths(against),
            shard_rows=shard_rows,
            source_format=source_format,
            bad_rows=bad_rows,
            fresh=fresh,
        ),
        on_progress=on_progress,
        on_rows=on_rows,
    )
