"""An output as a merge reads it: ``OUT.jsonl`` with the files beside it, or a folder of parts."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO, Protocol

from negdata.errors import NegdataError
from negdata.manifest import Counts, Manifest, parse_manifest
from negdata.parts import KINDS, Lines, Parts, summed
from negdata.remote import Address
from negdata.shards import Shard
from negdata.sources.jsonl import MAX_LINE_BYTES
from negdata.storage import open_storage
from negdata.store import OutputPaths

_OUTPUTS = "Give outputs of negdata caption or filter, with the files that lie beside them."
_BLOCK = 1 << 20
AGAIN = "Run the command that makes it again: it goes on where it was."


class Input(Protocol):
    """An output and its manifest; a folder of parts is whole.

    Attributes:
        path: as it was given.
        counts: how many records of each kind it should have.
        is_parts: whether it is a folder of parts.
    """

    path: Path
    manifest: Manifest
    counts: Counts
    is_parts: bool

    def lines(self, kind: Lines) -> Iterator[bytes]:
        """Its lines of one kind, newlines included; raises NegdataError where they can't be read."""

    def name(self, kind: Lines) -> str:
        """Where these lines are, for people."""


def open_input(path: Path) -> Input:
    """An output; raises NegdataError where it is none, or a folder of parts that isn't whole."""
    if path.suffix == ".jsonl" and (isinstance(path, Address) or not path.is_dir()):
        return _Files(path)
    if not isinstance(path, Address) and path.is_file():
        raise NegdataError(f"{path} is neither a .jsonl file nor a folder of parts", _OUTPUTS)
    return _Folder(path)


def output_of(path: Path) -> Path:
    """The output that a path stands for: itself, the JSONL beside a COCO document, or that whose rejected it holds."""
    if path.suffix == ".json":
        return path.with_suffix(".jsonl")
    for kind in KINDS[1:]:
        out = path.with_name(path.name.removesuffix(f".{kind}.jsonl") + ".jsonl")
        if path.name.endswith(f".{kind}.jsonl") and _content(OutputPaths.of(out).manifest) is not None:
            return out
    return path


def shard_of(one: Input) -> Shard | None:
    """The shard that an output is, None where it is none; raises NegdataError where its manifest names no shard."""
    named = one.manifest.settings.get("shard")
    if named is None:
        return None
    try:
        return Shard.parse(str(named))
    except NegdataError as error:
        raise NegdataError(f"The manifest of {one.path}: {error.problem}", AGAIN) from error


class _Files:
    """Files beside each other, as a ``Store`` writes them."""

    is_parts = False

    def __init__(self, path: Path) -> None:
        self.path = path
        self._paths = OutputPaths.of(path)
        self._storage = open_storage(path.parent)
        content = _content(self._paths.manifest)
        if content is None:
            here = isinstance(path, Address) or path.exists()
            raise NegdataError(
                f"{path} has no {self._paths.manifest.name} beside it" if here else f"{path} doesn't exist",
                _OUTPUTS,
            )
        try:
            self.manifest = parse_manifest(Manifest, content, self._paths.manifest)
        except NegdataError as error:
            raise NegdataError(error.problem, AGAIN) from error
        self.counts = self.manifest.counts

    def lines(self, kind: Lines) -> Iterator[bytes]:
        path = self._file(kind)
        if not isinstance(path, Address):
            if not path.exists() and not getattr(self.counts, kind):
                return  # of records of which there are none the file may be left behind
            if path.exists() and not path.is_file():
                raise NegdataError(f"{path} is no plain file", "Give the files as they were written.")
        with self._storage.open(path.name) as file:
            yield from _bounded(file)

    def name(self, kind: Lines) -> str:
        return str(self._file(kind))

    def _file(self, kind: Lines) -> Path:
        return self._paths.lines[KINDS.index(kind)]


class _Folder:
    """A folder of parts."""

    is_parts = True

    def __init__(self, path: Path) -> None:
        self.path = path
        self._parts = Parts(path)
        self._whole = self._parts.whole()
        manifest = self._parts.manifest()
        assert manifest is not None  # or it weren't whole
        self.counts, usage, reasons, errors = summed({part.number: part for part in self._whole})
        self.manifest = manifest.model_copy(update={"usage": usage, "reasons": reasons, "errors": errors})

    def lines(self, kind: Lines) -> Iterator[bytes]:
        for part in self._whole:
            yield from self._parts.part_lines(part, kind)

    def name(self, kind: Lines) -> str:
        return str(self.path / kind)


def _bounded(file: BinaryIO) -> Iterator[bytes]:
    """Lines up to the first that is longer than a record may be, of which only the beginning is read."""
    rest = b""
    while block := file.read(_BLOCK):
        *lines, rest = (rest + block).split(b"\n")
        yield from (line + b"\n" for line in lines)
        if len(rest) > MAX_LINE_BYTES:
            break
    if rest:
        yield rest


def _content(path: Path) -> bytes | None:
    return open_storage(path.parent).read(path.name)
