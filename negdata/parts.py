"""A folder of parts: one dataset, of which each part was written by itself, on whatever machine.

    OUT/manifest.json           the whole: settings, how many parts, and, once all are there, the sums
    OUT/manifests/00007.json    a part is there once its manifest is; it names the part's files
    OUT/kept/00007-5c1e8a2f.jsonl, OUT/rejected/…, OUT/failed/…

The name of a part's files ends in who wrote them: where two write one part, as after a machine was thought to be lost,
what stands there is one's work or the other's, never some of each.
"""

from __future__ import annotations

import secrets
from collections.abc import Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from hashlib import blake2b
from pathlib import Path
from typing import Any, Literal

import orjson
from pydantic import BaseModel, ConfigDict, ValidationError

from negdata.errors import NegdataError
from negdata.manifest import Counts, Manifest, Usage
from negdata.remote import Address
from negdata.storage import Storage, open_storage
from negdata.store import OutputPaths

Lines = Literal["kept", "rejected", "failed"]
KINDS: tuple[Lines, ...] = ("kept", "rejected", "failed")
WHOLE = "manifest.json"
_MANIFESTS = "manifests"
MANIFESTS_AT_ONCE = 16
"""Manifests of parts that are read at the same time."""


class PartFile(BaseModel):
    """A file of a part: its name below the dataset's folder, its size in bytes and the hash of its content."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    name: str
    bytes: int
    blake2b: str


class Part(BaseModel):
    """The schema of a part's manifest; a kind of which there is no line has no file."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    number: int
    counts: Counts
    reasons: dict[str, int]
    errors: dict[str, int]
    usage: Usage
    seconds: float
    files: dict[Lines, PartFile]


class Parts:
    """The parts of a dataset."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.storage: Storage = open_storage(folder)

    def manifest(self) -> Manifest | None:
        """The manifest of the whole; None where there is none. Raises NegdataError where it can't be understood."""
        content = self.storage.read(WHOLE)
        if content is None:
            return None
        try:
            return Manifest.model_validate(orjson.loads(content))
        except (orjson.JSONDecodeError, ValidationError) as error:
            raise _not_understood(f"{self.folder / WHOLE}", error) from error

    def write_manifest(self, manifest: Manifest) -> None:
        """Replaces the manifest of the whole."""
        self.storage.write(WHOLE, manifest.to_bytes())

    def committed(self) -> dict[int, Part]:
        """The parts that are there, by number."""
        # Elsewhere each manifest is an answer to be waited for, and there may be thousands.
        with ThreadPoolExecutor(MANIFESTS_AT_ONCE) as pool:
            return {part.number: part for part in pool.map(self._part, self.storage.names(_MANIFESTS))}

    def part(self, number: int) -> Part | None:
        """A part; None where it isn't there."""
        return self._read(manifest_name(number))

    def whole(self) -> list[Part]:
        """All parts of a dataset that is complete, in their order.

        Raises:
            NegdataError: it isn't complete, or is no dataset of parts.
        """
        manifest = self.manifest()
        if manifest is None:
            raise NegdataError(f"{self.folder} holds no {WHOLE}: it is no folder of parts.", "Check the path.")
        wanted = manifest.extra.get("parts")
        there = self.committed()
        missing = [number for number in range(wanted if isinstance(wanted, int) else 0) if number not in there]
        if missing or not isinstance(wanted, int):
            lacking = (
                f"{len(missing):,} of its {wanted:,} parts (number {missing[0]} is the first)"
                if missing
                else "its plan"
            )
            raise NegdataError(
                f"{self.folder} lacks {lacking}: the run that writes it isn't finished.",
                f"Run the same command again to go on, or name single files below {self.folder / 'kept'}.",
            )
        return [there[number] for number in range(wanted)]

    def commit(self, number: int, paths: OutputPaths, manifest: Manifest) -> Part:
        """Makes a finished output a part: its files first, then the manifest that names them.

        Args:
            number: of the part; one of this number is replaced.
            paths: of an output of a ``Store`` that is settled.
            manifest: of the same output.
        """
        writer = secrets.token_hex(4)
        files: dict[Lines, PartFile] = {}
        for kind, path in zip(KINDS, paths.lines, strict=True):
            if path.stat().st_size:
                name = f"{kind}/{number:05d}-{writer}.jsonl"
                self.storage.put(name, path)
                files[kind] = PartFile(name=name, bytes=path.stat().st_size, blake2b=_digest(path))
        part = Part(
            number=number,
            counts=manifest.counts,
            reasons=manifest.reasons,
            errors=manifest.errors,
            usage=manifest.usage,
            seconds=manifest.seconds,
            files=files,
        )
        content = orjson.dumps(part.model_dump(mode="json", by_alias=True), option=orjson.OPT_APPEND_NEWLINE)
        self.storage.write(f"{_MANIFESTS}/{manifest_name(number)}", content)
        return part

    def tidy(self) -> None:
        """Removes files that no part's manifest names: those of writers who were killed, or were second."""
        named = {file.name for part in self.committed().values() for file in part.files.values()}
        for kind in KINDS:
            for name in self.storage.names(kind):
                if f"{kind}/{name}" not in named:
                    self.storage.remove(f"{kind}/{name}")

    def lines(self, kind: Lines) -> Iterator[bytes]:
        """The lines of one kind of a dataset that is complete, part by part, newlines included."""
        for part in self.whole():
            yield from self.part_lines(part, kind)

    def part_lines(self, part: Part, kind: Lines) -> Iterator[bytes]:
        """The lines of one kind of a part; raises NegdataError where the file isn't as large as its manifest says."""
        file = part.files.get(kind)
        if file is None:
            return
        size = 0
        with self.storage.open(file.name) as lines:
            for line in lines:
                size += len(line)
                yield line
        if size != file.bytes:
            raise NegdataError(
                f"{self.folder / file.name} has {size:,} bytes where {file.bytes:,} were written: it was changed.",
                "Restore it, or write the dataset anew with --fresh.",
            )

    def records(self, kind: Lines) -> Iterator[dict[str, Any]]:
        """The same as JSON objects."""
        for line in self.lines(kind):
            yield orjson.loads(line)

    def digest(self) -> str:
        """A hash of the kept records of a dataset that is complete, whoever wrote its files."""
        digest = blake2b(digest_size=16)
        for part in self.whole():
            digest.update(part.files["kept"].blake2b.encode() if "kept" in part.files else b"-")
        return digest.hexdigest()

    def _part(self, name: str) -> Part:
        """The part whose manifest was listed; raises NegdataError where it is gone."""
        part = self._read(name)
        if part is None:
            raise NegdataError(
                f"{self.folder / _MANIFESTS / name} is gone: something else writes to the output.",
                "Let nothing else write to it, and run again.",
            )
        return part

    def _read(self, name: str) -> Part | None:
        path = f"{_MANIFESTS}/{name}"
        content = self.storage.read(path)
        if content is None:
            return None
        try:
            return Part.model_validate(orjson.loads(content))
        except (orjson.JSONDecodeError, ValidationError) as error:
            raise _not_understood(f"{self.folder / path}", error) from error


def is_parts(folder: Path) -> bool:
    """Whether a folder, here or elsewhere, is a dataset of parts."""
    content = open_storage(folder).read(WHOLE)
    return content is not None and b'"parts"' in content


def is_folder_name(out: Path) -> bool:
    """Whether an output is to be a folder of parts, and not a file of records."""
    return not out.suffix or (out.suffix not in (".jsonl", ".json") and not isinstance(out, Address) and out.is_dir())


def records_at(out: Path) -> Path:
    """Where the records of an output go: itself, or the JSONL beside a document in COCO's layout."""
    return out if is_folder_name(out) else out.with_suffix(".jsonl")


def parts_of(out: Path, *, in_blocks: bool) -> Path | None:
    """Where the parts of an output go; None where it is written record by record.

    Args:
        out: a folder, which they stay in, or a file, which is put together from ``OUT.parts`` in the end.
        in_blocks: whether an engine works block by block; an output elsewhere can be written in no other way.
    """
    if is_folder_name(out):
        return out
    return out.with_suffix(".parts") if in_blocks or isinstance(out, Address) else None


def writes_over(out: Path, folder: Path | None, read: Path) -> bool:
    """Whether a run with this output, and its parts in this folder, would write over a file that it reads."""
    place = read.resolve()
    if OutputPaths.of(records_at(out)).holds(read) or place == out.resolve():
        return True
    return folder is not None and place.is_relative_to(folder.resolve())


def manifest_name(number: int) -> str:
    """The name of a part's manifest."""
    return f"{number:05d}.json"


def summed(parts: Mapping[int, Part]) -> tuple[Counts, Usage, dict[str, int], dict[str, int]]:
    """Counts, usage, reasons and errors of several parts together."""
    from collections import Counter

    counts, usage, reasons, errors = Counts(), Usage(), Counter[str](), Counter[str]()
    for part in parts.values():
        counts = counts.plus(part.counts)
        usage = usage.plus(part.usage)
        reasons.update(part.reasons)
        errors.update(part.errors)
    return counts, usage, dict(reasons.most_common()), dict(errors.most_common())


def _digest(path: Path) -> str:
    from negdata.sources.base import file_digest

    return file_digest(path)


def _not_understood(path: str, error: orjson.JSONDecodeError | ValidationError) -> NegdataError:
    problem = str(error).splitlines()[0]
    return NegdataError(
        f"{path} isn't a manifest that negdata understands ({problem}).", "Restore it, or start over with --fresh."
    )
