"""``negdata data export`` as one call: caption records in, a dataset that others read out."""

from __future__ import annotations

import time
from collections.abc import Callable
from contextlib import AbstractContextManager, ExitStack, nullcontext
from pathlib import Path

from pydantic import JsonValue

from negdata.exclusion import open_exclusion
from negdata.locks import OutputLock
from negdata.manifest import Counts, Manifest, clean_settings, now, settings_hash
from negdata.progress import Progress
from negdata.publish.columns import IdTypes
from negdata.publish.describe import describe
from negdata.publish.elsewhere import uploaded
from negdata.publish.export import Export
from negdata.publish.figures import Account
from negdata.publish.folder import check_output, told, whole_folder
from negdata.publish.forms import open_form
from negdata.publish.rows import widened
from negdata.publish.settings import DataExportSettings
from negdata.publish.summary import DataExportSummary
from negdata.redact import redact
from negdata.remote import Address
from negdata.sources import Source, open_source
from negdata.sources.first_pass import FirstPass
from negdata.store import OutputPaths
from negdata.whole_files import whole_file


def export_data(
    settings: DataExportSettings,
    on_progress: Callable[[Progress], None] | None = None,
    on_rows: Callable[[int], None] | None = None,
) -> DataExportSummary:
    """Writes a set of verified captions as a dataset, with its card and Croissant metadata.

    Args:
        settings: what ``negdata data export`` is told.
        on_progress: called while records are written.
        on_rows: called with the number of rows read while the source is read for the first time.

    Raises:
        NegdataError: wrong input or settings, an output that is there, a package that isn't, a full disk.
    """
    began, started = time.monotonic(), now()
    exclusion = open_exclusion(settings.exclude)
    against = open_exclusion(settings.against)
    source = open_source(settings.source, source_format=settings.source_format, image_required=False)
    with ExitStack() as closing:
        out = closing.enter_context(_writable(settings))
        paths = OutputPaths.of(out)
        with told(out):
            out.parent.mkdir(parents=True, exist_ok=True)
        lock = OutputLock(paths.lock, settings.out, settings.command_line)
        closing.callback(lock.release)
        check_output(out, fresh=settings.fresh)
        ids, total = _survey(source, settings, on_rows)
        export = Export(settings, source, exclusion, against, on_progress, total)
        with whole_folder(out) as folder, told(out):
            form = open_form(settings, folder, ids)
            with whole_file(paths.rejected) as write_rejected, whole_file(paths.failed) as write_failed:
                account = export.write(form.writer, write_rejected, write_failed)
                describe(settings, form, account, folder, exclusion)
            names = sorted(str(path.relative_to(folder)) for path in folder.rglob("*") if path.is_file())
        seconds = time.monotonic() - began
        _write_manifest(settings, source, account, names, started, seconds, paths.manifest)
    return _summary(settings, source, account, seconds)


def _writable(settings: DataExportSettings) -> AbstractContextManager[Path]:
    """Where the dataset is written on this machine: the output itself, or what is uploaded to it at the end."""
    if isinstance(settings.out, Address):
        return uploaded(settings.out, fresh=settings.fresh)
    return nullcontext(settings.out)


def _survey(source: Source, settings: DataExportSettings, on_rows: Callable[[int], None] | None) -> tuple[IdTypes, int]:
    """One pass over the source: which types hold its ids, and how many rows it has."""
    ids = IdTypes()
    first = FirstPass(source, settings.bad_rows, on_rows)
    for record in first.good_rows():
        ids = widened(ids, record)
    return ids, first.rows


def _write_manifest(
    settings: DataExportSettings,
    source: Source,
    account: Account,
    names: list[str],
    started: str,
    seconds: float,
    path: Path,
) -> None:
    said: dict[str, JsonValue] = {
        "source": str(settings.source),
        "source_digest": source.digest(),
        "to": settings.to,
        "images": str(settings.images) if settings.images is not None else None,
        "embeds": settings.embeds,
        "name": settings.title,
        "licence": settings.licence,
        "image_licence": settings.image_licence,
        "rows_a_file": settings.rows_a_file,
        "exclude": [path.name for path in settings.exclude],
        "against": [path.name for path in settings.against],
    }
    said = clean_settings(said)
    Manifest(
        state="finished",
        command=redact(settings.command_line),
        settings=said,
        settings_hash=settings_hash(said),
        counts=Counts(
            taken=account.taken, kept=account.figures.records, rejected=account.rejected, failed=account.failed
        ),
        reasons=account.reasons,
        started=started,
        finished=now(),
        seconds=round(seconds, 3),
        extra={"files": [*names], "sha256": {file.name: file.sha256 for file in account.files}},
    ).write(path)


def _summary(settings: DataExportSettings, source: Source, account: Account, seconds: float) -> DataExportSummary:
    figures = account.figures
    notes = []
    if figures.without_verdict:
        notes.append(f"{figures.without_verdict:,} of the records have no verdict: nobody looked whether they are true")
    for one in figures.shared:
        if one.shared:
            notes.append(f"{one.shared:,} of the {one.images:,} images of {one.benchmark} are in the dataset")
    if settings.licence == "unknown":
        notes.append("the card says that the licence is unknown; --licence names it")
    return DataExportSummary(
        out=str(settings.out),
        to=settings.to,
        taken=account.taken,
        written=figures.records,
        rejected=account.rejected,
        failed=account.failed,
        reasons=account.reasons,
        files=[file.name for file in account.files],
        bytes=sum(file.size for file in account.files),
        images=figures.images,
        seconds=round(seconds, 3),
        unused_columns=sorted(source.unused),
        notes=notes,
    )
