"""``negdata build-bench`` as one call: annotations in, a benchmark with its manifest and datasheet out."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from functools import partial

import orjson

from negdata.benchmark.biases import biases
from negdata.benchmark.contact_sheet import write_contact_sheet
from negdata.benchmark.datasheet import datasheet
from negdata.benchmark.definition import Definition, RegionsBuild, load_definition
from negdata.benchmark.fitting import ask_whether_phrases_fit
from negdata.benchmark.items import PUBLISHED, RegionItem
from negdata.benchmark.negbench.build import build_statements
from negdata.benchmark.negrefcocog import Built, Fitting, build_regions, counts
from negdata.benchmark.outputs import check_output, write_manifest, write_rejected
from negdata.benchmark.refcocog import read_refcocog
from negdata.benchmark.regions import ReferringCorpus
from negdata.benchmark.settings import BuildSettings
from negdata.benchmark.summary import BuildSummary
from negdata.errors import NegdataError
from negdata.manifest import now
from negdata.progress import Progress
from negdata.whole_files import write_whole


def build_benchmark(settings: BuildSettings, *, on_progress: Callable[[Progress], None] | None = None) -> BuildSummary:
    """Builds a benchmark and writes it: ``OUT``, its manifest, datasheet and rejected phrases.

    Args:
        settings: what ``negdata build-bench`` is told.
        on_progress: called while a verifier is asked about crops.

    Raises:
        NegdataError: wrong input, definition or settings; a verifier that isn't there.
        TooManyFailures: more questions failed than ``max_failures`` allows.
        Interrupted: Ctrl-C; what the verifier has said is kept.
    """
    definition = load_definition(settings.definition)
    build = definition.build
    if build is None:
        raise NegdataError(
            f"The benchmark {definition.name} is scored, not built.",
            "`negdata benchmarks ls` says which can be built.",
        )
    if isinstance(build, RegionsBuild):
        return _build_regions(settings, definition, build, on_progress)
    return build_statements(settings, definition, build)


def _build_regions(
    settings: BuildSettings,
    definition: Definition,
    build: RegionsBuild,
    on_progress: Callable[[Progress], None] | None,
) -> BuildSummary:
    began, started = time.monotonic(), now()
    if settings.instances is not None:
        raise NegdataError(
            f"--instances is given, and {definition.name} is built from referring expressions.", "Leave it out."
        )
    check_output(settings, ".json")
    corpus = read_refcocog(settings.source, split=settings.split or build.split, split_by=settings.split_by)
    fitting: Fitting | None = None
    if settings.verify.verifiers:
        identity = {"definition": definition.id, "seed": str(settings.seed), **corpus.digests}
        fitting = partial(
            ask_whether_phrases_fit, corpus=corpus, settings=settings, identity=identity, on_progress=on_progress
        )
    built = build_regions(corpus, build, seed=settings.seed, fitting=fitting)
    if not built.items:
        raise NegdataError(
            f"None of the {built.taken:,} phrases with a cue in {corpus.name} gives an item of {definition.name}"
            f"{_reasons(built)}.",
            "Give another split or source, or a definition that admits more.",
        )
    write_whole(settings.out, _json(built.items, rich=settings.rich))
    write_rejected(settings, (one.model_dump() for one in built.rejected))
    _write_datasheet(settings, definition, build, corpus, built)
    notes = _draw(settings, definition, built)
    summary = _summary(settings, definition, build, corpus, built, time.monotonic() - began, notes)
    write_manifest(settings, definition, corpus.digests, summary, started)
    return summary


def _json(items: Sequence[RegionItem], *, rich: bool) -> bytes:
    rows = [item.model_dump(mode="json", include=None if rich else set(PUBLISHED)) for item in items]
    return orjson.dumps(rows, option=orjson.OPT_INDENT_2 | orjson.OPT_APPEND_NEWLINE)


def _write_datasheet(
    settings: BuildSettings, definition: Definition, build: RegionsBuild, corpus: ReferringCorpus, built: Built
) -> None:
    beside = None
    if build.beside is not None:
        other = load_definition(build.beside)
        if isinstance(other.build, RegionsBuild):
            beside = (other, build_regions(corpus, other.build, seed=settings.seed))
    verified_by = ", then ".join(settings.verify.verifiers) or "no model; words alone tell whether a phrase fits"
    page = datasheet(definition, build, corpus, built, beside, settings.command_line, verified_by)
    write_whole(settings.datasheet_path, page.encode())


def _draw(settings: BuildSettings, definition: Definition, built: Built) -> list[str]:
    if not settings.contact_sheet:
        return []
    images = settings.verify.images
    number = write_contact_sheet(definition.title, built.items, settings.contact_sheet, images, settings.sheet_path)
    wanted = min(settings.contact_sheet, len(built.items))
    lacking = f"; {wanted - number:,} of them without their image" if number < wanted else ""
    return [f"{settings.sheet_path} shows {wanted:,} items{lacking}"]


def _summary(
    settings: BuildSettings,
    definition: Definition,
    build: RegionsBuild,
    corpus: ReferringCorpus,
    built: Built,
    seconds: float,
    notes: list[str],
) -> BuildSummary:
    least = build.balance.category_of if build.balance is not None else len(built.items)
    return BuildSummary(
        out=str(settings.out),
        definition=definition.id,
        taken=built.taken,
        kept=len(built.items),
        rejected=len(built.rejected),
        reasons=dict(counts(one.reason for one in built.rejected)),
        cues=dict(counts(item.cue for item in built.items)),
        kinds=dict(counts(item.kind or "not told" for item in built.items)),
        positions=dict(counts(item.position for item in built.items)),
        images=len({item.image for item in built.items}),
        biases=biases(built.items, category_of=least),
        skipped=dict(corpus.skipped),
        seconds=round(seconds, 3),
        notes=notes,
    )


def _reasons(built: Built) -> str:
    found = counts(one.reason for one in built.rejected)
    return " (" + ", ".join(f"{number:,} {reason}" for reason, number in found.items()) + ")" if found else ""
