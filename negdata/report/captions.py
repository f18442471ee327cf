"""Captions, filtered or not: those kept, rejected and failed, each a list to look through, and how the run went."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from hashlib import blake2b
from pathlib import Path
from typing import Any

from pydantic import JsonValue, ValidationError

from negdata.manifest import Manifest
from negdata.parts import KINDS, Parts
from negdata.records import CaptionRecord, FailedCaption, RejectedCaption, Verdict
from negdata.remote.files import is_folder
from negdata.report.highlight import cues_of, pieces
from negdata.report.pictures import Pictures
from negdata.report.recognise import manifest_of
from negdata.report.rows import Rows, read_rows, rows_of
from negdata.report.runs import equation, run_panel, state_notes
from negdata.report.section import Item, ListView, Order, Section, cut_notes
from negdata.sources import BadRow, open_source
from negdata.store import OutputPaths

_FACETS = {"cue": "Cue", "object": "Object", "kind": "Kind", "verdict": "Verdict"}
_DOUBT = Order("Least certain first", "doubt")
_IN_FILE = Order("As in the file", "place")
_BY_VERDICT = (
    Order("Most likely present first", "p", descending=True),
    Order("Most likely absent first", "p"),
)
_BY_IMAGE = Order("By image", "image")
_NO_PROBABILITY, _NO_VERDICT = 1.0, 2.0
"""Where those stand by doubt that a judge gave no probability of, and those that no judge saw: 0 to 0.5 are before."""
_ANYWAY = "It would be shown here with its image, its negation highlighted."


@dataclass(slots=True)
class _Captions:
    """The records of an output by what became of them."""

    kept: list[CaptionRecord] = field(default_factory=list)
    rejected: list[RejectedCaption] = field(default_factory=list)
    failed: list[FailedCaption] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)


def captions_section(path: Path, limit: int) -> Section:
    """The section of an output of ``negdata caption`` or ``negdata filter``.

    Raises:
        NegdataError: it can't be read.
    """
    found = _read(path)
    manifest, problem = manifest_of(path)
    name = _marks_name(path, manifest, found)
    kept = _view("kept", "Kept", found.kept, limit, name, _EMPTY_KEPT)
    rejected = _view("rejected", "Rejected", found.rejected, limit, name, "Nothing was rejected.")
    failed = _view("failed", "Failed", found.failed, limit, None, "Nothing failed.")
    counts = (len(found.kept), len(found.rejected), len(found.failed))
    notes = [*state_notes(path, manifest, problem, counts), *found.notes]
    for view, how in ((kept, "those that a judge was least certain of"), (rejected, "the least certain"), (failed, "")):
        notes += cut_notes(view, how or "the first of the file")
    views = [kept, rejected, failed]
    if not counts[0] and (counts[1] or counts[2]):
        views.sort(key=lambda view: not view.count)
    return Section(
        kind="captions",
        path=path,
        eyebrow=_eyebrow(manifest, found),
        lead=_lead(found),
        figures=equation(*counts),
        views=(*views, run_panel(manifest, counts)) if manifest is not None else tuple(views),
        notes=tuple(notes),
    )


_EMPTY_KEPT = f"No caption was kept. {_ANYWAY}"


def caption_item(record: CaptionRecord, place: int, pictures: Pictures) -> Item:
    """A record that was kept or rejected."""
    says = record.negated_caption
    reason = record.reason if isinstance(record, RejectedCaption) else None
    detail = record.detail if isinstance(record, RejectedCaption) else None
    more: list[list[Any]] = []
    if record.question:
        more.append(["Asked", [[f"{record.question.strip()} – no", ""]]])
    if record.false_caption:
        more.append(["False on purpose", pieces(record.false_caption, None)])
    return {
        "id": record.id,
        "place": place,
        "picture": pictures.place(record.image),
        "image": record.image or "",
        "says": pieces(says, record.negated) if says else [],
        "was": record.caption if says != record.caption else "",
        "text": says,
        "more": more,
        "reason": reason,
        "detail": detail,
        "verdict": _verdict(record.verdict),
        "facts": _facts(record),
        "facets": {
            "cue": cues_of(says) if says else [],
            "object": record.negated or "",
            "kind": record.kind or record.pipeline or "",
            "verdict": _told(record.verdict),
            "reason": reason or "",
        },
        "numbers": {"doubt": doubt(record.verdict), "p": record.verdict.p_present if record.verdict else None},
    }


def doubt(verdict: Verdict | None) -> float:
    """How certain a judge was, the least certain first: 0 for even odds; no probability and no verdict come last."""
    if verdict is None:
        return _NO_VERDICT
    return _NO_PROBABILITY if verdict.p_present is None else abs(verdict.p_present - 0.5)


def _failed_item(record: FailedCaption, place: int, pictures: Pictures) -> Item:
    caption = record.caption if isinstance(record.caption, str) else None
    shown = caption if caption is not None else f"(no caption that can be used: {str(record.caption)[:200]})"
    return {
        "id": record.id,
        "place": place,
        "picture": pictures.place(record.image),
        "image": record.image or "",
        "says": [[shown, ""]],
        "was": "",
        "text": None,
        "more": [],
        "reason": record.error,
        "detail": record.message,
        "verdict": None,
        "facts": [["Denied", record.negated]] if record.negated else [],
        "facets": {"reason": record.error, "object": record.negated or ""},
        "numbers": {},
    }


def _read(path: Path) -> _Captions:
    if is_folder(path):
        return _read_parts(Parts(path))
    found = _Captions()
    if path.suffix == ".jsonl" or _is_lines(path):
        paths = OutputPaths.of(path)
        others = [other for other in (paths.rejected, paths.failed) if other != path]
        for file in (path, *others):
            rows = read_rows(file, missing=True)
            found.notes += _sorted_in(found, rows)
            found.notes += rows.notes(file)
        return found
    bad = 0
    for row in open_source(path, image_required=False).rows():
        if isinstance(row, BadRow):
            bad += 1
        else:
            found.kept.append(row)
    if bad:
        found.notes.append(f"{bad:,} rows of {path.name} can't be used, and aren't shown.")
    return found


def _read_parts(parts: Parts) -> _Captions:
    """The records of the parts that are there: the run may still be under way."""
    found = _Captions()
    manifest, there = parts.manifest(), parts.committed()
    for kind in KINDS:
        lines = (line for _, part in sorted(there.items()) for line in parts.part_lines(part, kind))
        rows = rows_of(lines)
        found.notes += _sorted_in(found, rows)
        found.notes += rows.notes(parts.folder / kind)
    wanted = manifest.extra.get("parts") if manifest is not None else None
    if isinstance(wanted, int) and len(there) < wanted:
        found.notes.append(f"{len(there):,} of its {wanted:,} parts are there, and shown.")
    return found


def _is_lines(path: Path) -> bool:
    return bool(read_rows(path, missing=True).values[:1]) if path.suffix != ".json" else False


def _sorted_in(found: _Captions, rows: Rows) -> list[str]:
    """Takes each row for what it says it is: one with an error failed, one with a reason was rejected."""
    bad = 0
    for row in rows.values:
        try:
            if "error" in row:
                found.failed.append(FailedCaption.model_validate(_known(FailedCaption, row)))
            elif "reason" in row:
                found.rejected.append(RejectedCaption.model_validate(_known(RejectedCaption, row)))
            else:
                found.kept.append(CaptionRecord.model_validate(_known(CaptionRecord, row)))
        except ValidationError:
            bad += 1
    return [f"{bad:,} lines are no caption records, and aren't shown."] if bad else []


def _known(schema: type[CaptionRecord] | type[FailedCaption], row: dict[str, Any]) -> dict[str, Any]:
    """Records that others added keys to are shown all the same."""
    return {key: value for key, value in row.items() if key in schema.model_fields}


def _view(
    name: str,
    label: str,
    records: Sequence[CaptionRecord] | Sequence[FailedCaption],
    limit: int,
    marks: str | None,
    empty: str,
) -> ListView:
    places = list(range(len(records)))
    if name != "failed":
        places.sort(key=lambda place: doubt(getattr(records[place], "verdict", None)))
    chosen = places[:limit]
    judged = any(getattr(record, "verdict", None) is not None for record in records)

    def items(pictures: Pictures) -> list[Item]:
        return [_item(records[place], place, pictures) for place in chosen]

    def names() -> Iterable[str | None]:
        return (records[place].image for place in chosen)

    facets = _FACETS if name == "kept" else {"reason": "Reason", **_FACETS}
    return ListView(
        name=name,
        label=label,
        count=len(records),
        shown=len(chosen),
        items=items,
        images=names,
        facets=facets if name != "failed" else {"reason": "Error", "object": "Object"},
        orders=(_DOUBT, _IN_FILE, *_BY_VERDICT, _BY_IMAGE) if judged else (_IN_FILE, _BY_IMAGE),
        empty=empty,
        marks=marks,
        legend=name != "failed",
    )


def _item(record: CaptionRecord | FailedCaption, place: int, pictures: Pictures) -> Item:
    if isinstance(record, FailedCaption):
        return _failed_item(record, place, pictures)
    return caption_item(record, place, pictures)


def _verdict(verdict: Verdict | None) -> JsonValue:
    if verdict is None:
        return None
    who = f"{verdict.verifier} ({verdict.model})" if verdict.model else verdict.verifier
    return {"p": verdict.p_present, "present": verdict.present, "by": who}


def _told(verdict: Verdict | None) -> str:
    if verdict is None:
        return "not judged"
    return {True: "present", False: "absent", None: "can't tell"}[verdict.present]


def _facts(record: CaptionRecord) -> list[JsonValue]:
    """What a reader of the details may ask: [name, value]."""
    made = record.made_by
    facts: list[tuple[str, object]] = [("Denied", record.negated), ("Pipeline", record.pipeline), ("Kind", record.kind)]
    if made is not None:
        facts += [("Written by", f"{made.backend} ({made.model})"), ("Prompt", made.prompt)]
        facts += [("Construction", made.construction), ("Proposals", made.proposals)]
    return [[name, str(value)] for name, value in facts if value is not None]


def _marks_name(path: Path, manifest: Manifest | None, found: _Captions) -> str:
    """Under which name marks of these captions are kept: the same for the same run, whatever the page is called."""
    told = blake2b(path.name.encode("utf-8", "replace"), digest_size=8)
    if manifest is not None:
        told.update(manifest.settings_hash.encode())
    else:
        for record in (*found.kept[:100], *found.rejected[:100]):
            told.update(record.id.encode())
    return told.hexdigest()


def _eyebrow(manifest: Manifest | None, found: _Captions) -> str:
    if manifest is not None and "verifiers" in manifest.settings:  # a filter's, though it was merged
        return "Filtered captions"
    judged = any(record.verdict is not None for record in (*found.kept, *found.rejected))
    return "Verified captions" if judged else "Captions"


def _lead(found: _Captions) -> str:
    images = {record.image for record in found.kept if record.image}
    unsure = sum(record.verdict is not None and doubt(record.verdict) < 0.2 for record in found.kept)
    told = f"{len(found.kept):,} captions that negate" if found.kept else "No caption was kept"
    over = f", of {len(images):,} images." if images and found.kept else "."
    if unsure:
        over += f" The judge was far from certain of {unsure:,}; the least certain come first."
    return told + over
