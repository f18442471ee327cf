"""``negdata report`` as one call: outputs in, one page out."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Iterator

from negdata.errors import NegdataError
from negdata.images import open_images
from negdata.progress import Progress
from negdata.report.benchmark import benchmark_section
from negdata.report.captions import captions_section
from negdata.report.judge import check_section
from negdata.report.page import render
from negdata.report.pictures import Pictures
from negdata.report.predictions import predictions_section, read_predictions
from negdata.report.recognise import Found, recognise
from negdata.report.section import ListView, Section
from negdata.report.settings import ReportSettings
from negdata.report.summary import ReportSummary, SectionSummary
from negdata.report.training import training_section
from negdata.whole_files import write_error, write_whole

_MEGABYTE = 1_000_000
_LONGEST_TITLE = 48


def write_report(settings: ReportSettings, *, on_progress: Callable[[Progress], None] | None = None) -> ReportSummary:
    """Writes one HTML page that shows outputs of negdata; it opens from disk, without a server or a network.

    Args:
        settings: what ``negdata report`` is told.
        on_progress: called while images are read.

    Raises:
        NegdataError: an input that can't be read or is no output of negdata, or a page that can't be written.
    """
    began = time.monotonic()
    sections = _sections(settings)
    images = [open_images(place) for place in settings.images]
    pictures = Pictures(images, settings.out, round(settings.embed * _MEGABYTE))
    lists = [view for section in sections for view in section.views if isinstance(view, ListView)]
    for view in lists:
        for name in view.images():
            pictures.add(name)

    def told(done: int, total: int) -> None:
        if on_progress is not None:
            on_progress(_progress(done, total, time.monotonic() - began))

    pictures.settle(told)
    notes = _notes(pictures, settings)
    page = render(settings.title or _title(sections), sections, pictures, notes)
    try:
        settings.out.parent.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise write_error(settings.out, error) from error
    write_whole(settings.out, page)
    return ReportSummary(
        out=str(settings.out),
        bytes=len(page),
        sections=[_summary(section) for section in sections],
        embedded=pictures.embedded,
        linked=pictures.linked,
        not_shown=pictures.not_shown,
        seconds=round(time.monotonic() - began, 3),
        notes=notes,
    )


def _sections(settings: ReportSettings) -> list[Section]:
    found: dict[Found, None] = {}
    for path in settings.paths:
        one = recognise(path)
        if one in found:
            raise NegdataError(f"{path} belongs to {one.path}, which is named as well.", "Name each output once.")
        found[one] = None
    return list(_read(found, settings.limit))


def _read(found: Iterable[Found], limit: int) -> Iterator[Section]:
    """A section each. Predictions on a benchmark that is shown as well are shown on its items."""
    benches = {one.path.name for one in found if one.kind == "benchmark"}
    predictions = {one.path: read_predictions(one.path) for one in found if one.kind == "predictions"}
    known = [one for predicted, _ in predictions.values() for one in predicted]
    for one in found:
        if one.kind == "captions":
            yield captions_section(one.path, limit)
        elif one.kind == "benchmark":
            yield benchmark_section(one.path, [of for of in known if of.name == one.path.name and of.cases], limit)
        elif one.kind == "predictions":
            predicted, notes = predictions[one.path]
            left = [of for of in predicted if of.name not in benches or not of.cases]
            if left or not predicted:
                yield predictions_section(one.path, left, notes, limit)
        elif one.kind == "check":
            yield check_section(one.path, limit)
        else:
            yield training_section(one.path, limit)


def _title(sections: list[Section]) -> str:
    names = [section.path.name for section in sections]
    joined = " and ".join(names)
    return joined if len(names) == 1 or (len(names) == 2 and len(joined) <= _LONGEST_TITLE) else f"{len(names)} outputs"


def _notes(pictures: Pictures, settings: ReportSettings) -> list[str]:
    notes = []
    if pictures.linked:
        notes.append(
            f"{pictures.linked:,} images are linked, not in the page: they show while page and image folder stay where "
            f"they are to each other. With a larger --embed the page holds more."
        )
    without = dict(pictures.not_shown)
    if without.pop("no-folder", 0):
        notes.append("No folder of images was given: --images shows them.")
    if without:
        told = ", ".join(f"{count:,} {code}" for code, count in without.items())
        notes.append(f"{sum(without.values()):,} images can't be shown ({told}); each item says why.")
    return notes


def _progress(done: int, total: int, seconds: float) -> Progress:
    return Progress(total=total, kept=done, rejected=0, failed=0, resumed=0, seconds=seconds)


def _summary(section: Section) -> SectionSummary:
    lists = [view for view in section.views if isinstance(view, ListView)]
    return SectionSummary(
        kind=section.kind,
        path=str(section.path),
        views={view.name: view.count for view in lists},
        shown={view.name: view.shown for view in lists},
        notes=[*section.notes],
    )
