"""Tells what an output of negdata is, by what it holds: captions, a benchmark, predictions, a check or a training."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

import orjson

from negdata.errors import NegdataError
from negdata.exclusion.trained import MANIFEST
from negdata.manifest import Manifest, read_manifest
from negdata.parts import Parts, is_parts
from negdata.remote.copies import local_copy
from negdata.remote.files import is_file, is_folder
from negdata.sources.base import read_bytes, unreadable
from negdata.store import OutputPaths
from negdata.train.curves import CURVE

Kind = Literal["captions", "benchmark", "predictions", "check", "training"]
_HEAD = 1 << 20
_KINDS = (
    "Give captions or filtered captions (OUT.jsonl, or a folder of parts), a benchmark of build-bench, the predictions "
    "of negdata eval, the folder of negdata finetune, or the output of filter --check-against."
)


@dataclass(frozen=True, slots=True)
class Found:
    """An output: what it is, and the file or folder that stands for it."""

    kind: Kind
    path: Path


def recognise(path: Path) -> Found:
    """What a path is; a manifest, or the file of rejected or failed records, stands for the output that it belongs to.

    Raises:
        NegdataError: it can't be read, or is no output that a report shows.
    """
    if is_folder(path):
        if is_parts(path):
            return Found("captions", path)
        if (path / MANIFEST).is_file() or (path / CURVE).is_file():
            return Found("training", path)
        raise NegdataError(f"The folder {path} holds no run of negdata finetune, and is none of parts.", _KINDS)
    head = _head(path)
    out = _output_of(path, head)
    if out is not None and out != path:
        return recognise(out) if is_file(out) else Found(_kind_by_manifest(out) or "captions", out)
    first = _first_object(head)
    if first is not None:
        kind = _kind_of_line(path, first)
        if kind is not None:
            return Found(kind, path)
    elif not head.strip():
        return _of_nothing(path)
    elif path.suffix == ".json" and is_file(path.with_suffix(".jsonl")) and b"updated_caption" in head:
        # What was written beside the records in the paper's layout says less than they do.
        return recognise(path.with_suffix(".jsonl"))
    if b'"updated_caption"' in head or b"updated_caption" in _all(path, head):
        return Found("captions", path)
    return Found("benchmark", path)


def manifest_of(out: Path) -> tuple[Manifest | None, str | None]:
    """The manifest beside an output, or in a folder of parts, and what is wrong where it can't be understood."""
    try:
        if is_folder(out):
            return Parts(out).manifest(), None
        return read_manifest(OutputPaths.of(out.with_suffix(".jsonl")).manifest), None
    except NegdataError as error:
        return None, error.problem


def _kind_by_manifest(out: Path) -> Kind | None:
    manifest, _ = manifest_of(out)
    if manifest is None:
        return None
    if "check_against" in manifest.settings:
        return "check"
    return "benchmark" if "definition" in manifest.settings else "captions"


def _of_nothing(path: Path) -> Found:
    """An empty file: what lies beside it says what it would hold."""
    paths = OutputPaths.of(path)
    kind = _kind_by_manifest(path)
    if kind is None and any(is_file(other) for other in (paths.rejected, paths.failed)):
        kind = "captions"
    if kind is None:
        raise NegdataError(f"{path} is empty, and nothing beside it says what it would hold.", _KINDS)
    return Found(kind, path)


def _output_of(path: Path, head: bytes) -> Path | None:
    """The output that a file beside it belongs to; None where the path is no such file."""
    for ending in (".rejected.jsonl", ".failed.jsonl"):
        if path.name.endswith(ending):
            out = path.with_name(path.name.removesuffix(ending) + ".jsonl")
            return out if is_file(out) or is_file(OutputPaths.of(out).manifest) else None
    if b'"settings_hash"' in head and path.name.endswith(".manifest.json"):
        stem = path.name.removesuffix(".manifest.json")
        others = [path.with_name(stem + suffix) for suffix in (".jsonl", ".json", ".csv")]
        return next((other for other in others if is_file(other)), others[0])
    return None


def _kind_of_line(path: Path, first: dict[str, Any]) -> Kind | None:
    """What a file is whose first line is this object."""
    keys = first.keys()
    if {"suite", "bench", "model"} <= keys:
        return "predictions"
    if {"truth", "verdict"} <= keys:
        return "check"
    if "id" in keys and ("caption" in keys or "negated_caption" in keys or {"error", "message"} <= keys):
        return "captions"
    if "id" in keys and "mark" in keys:
        raise NegdataError(
            f"{path} holds marks, which are not shown but applied.", "Give it to negdata filter --marks."
        )
    return None


def _first_object(head: bytes) -> dict[str, Any] | None:
    """The object on the first line; None where that is none."""
    try:
        value = orjson.loads(head.lstrip(b"\xef\xbb\xbf \t\r\n").partition(b"\n")[0])
    except orjson.JSONDecodeError:
        return None
    return value if isinstance(value, dict) and "annotations" not in value else None


def _head(path: Path) -> bytes:
    try:
        with local_copy(path).open("rb") as file:
            return file.read(_HEAD)
    except OSError as error:
        raise unreadable(path, error) from error


def _all(path: Path, head: bytes) -> bytes:
    """A COCO document's content: the images that come first may fill its head."""
    if len(head) < _HEAD or not head.lstrip().startswith(b"{"):
        return head
    return read_bytes(path)
