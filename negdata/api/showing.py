"""``negdata.report(...)``: outputs as one page."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from negdata.api.values import StrPath, as_path, as_paths
from negdata.progress import Progress
from negdata.report import ReportSettings, ReportSummary, write_report


def report(
    paths: StrPath | Sequence[StrPath],
    *,
    out: StrPath,
    images: StrPath | Sequence[StrPath] = (),
    embed: float = 20.0,
    limit: int = 10_000,
    title: str | None = None,
    on_progress: Callable[[Progress], None] | None = None,
) -> ReportSummary:
    """Shows outputs as one HTML page, as ``negdata report`` does.

    Args:
        paths: Captions, filtered or not, a benchmark, predictions of eval, a folder of finetune, or the output of
            filter --check-against. Several become sections of one page.
        out: The page, *.html.
        images: What image names are relative to: a folder, .tar or .parquet files, or a pattern of them
            ('shards/{000..099}.tar'), here or at an address (s3://, https:// …). One, or several; the first that has an
            image shows it.
        embed: Megabytes of small images that the page holds at most; the rest are linked.
        limit: Items of a list at most; of captions those that a judge was least certain of.
        title: Of the page. Default: the names of the files.
        on_progress: called as the run goes on.

    Returns:
        The sections of the page.

    Raises:
        NegdataError: wrong input or settings; ``problem`` says what is wrong, ``remedy`` what to do.
    """
    return write_report(
        ReportSettings(
            paths=as_paths(paths),
            out=as_path(out),
            images=as_paths(images),
            embed=embed,
            limit=limit,
            title=title,
        ),
        on_progress=on_progress,
    )
