"""Where a merge goes: files that are written here, and put elsewhere once they are whole where the output is there."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory

from negdata.errors import NegdataError
from negdata.locks import OutputLock
from negdata.manifest import Manifest, now, parse_manifest
from negdata.merging.copying import copy_lines
from negdata.merging.inputs import Input
from negdata.parts import KINDS
from negdata.remote import Address
from negdata.storage import open_storage
from negdata.store import OutputPaths
from negdata.whole_files import whole_file, write_error


@contextmanager
def written_here(out: Path, command: str) -> Iterator[OutputPaths]:
    """The files that a merge writes on this machine: the output's own, locked, or those of a folder that goes again.

    Raises:
        NegdataError: another process writes there, or it can't be written.
    """
    if isinstance(out, Address):
        with TemporaryDirectory(prefix="negdata-merge-") as scratch:
            yield OutputPaths.of(Path(scratch) / out.name)
        return
    if out.is_dir():
        raise NegdataError(f"The output {out} is a folder.", "Give the path of a .jsonl file.")
    try:
        out.parent.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise write_error(out, error) from error
    paths = OutputPaths.of(out)
    lock = OutputLock(paths.lock, out, command)
    try:
        yield paths
    finally:
        lock.release()


def refuse_others(out: Path, manifest: Manifest) -> None:
    """Raises NegdataError where the output is there already and isn't a merge of the same inputs."""
    paths = OutputPaths.of(out)
    storage = open_storage(out.parent)
    content = storage.read(paths.manifest.name)
    if content is None:
        files = {path.name for path in paths.lines} & set(storage.names(""))
        if files:
            raise NegdataError(
                f"{out.with_name(min(files))} is there already, and no manifest beside it says what it is.",
                "Give another --out, or --fresh to replace it.",
            )
        return
    before = parse_manifest(Manifest, content, paths.manifest)
    if before.settings != manifest.settings or before.extra.get("merged") != manifest.extra["merged"]:
        raise NegdataError(
            f"{out} is there already, and isn't a merge of these outputs (it was made by: {before.command}).",
            "Give another --out, or --fresh to replace it.",
        )


def write_merged(
    inputs: Sequence[Input], paths: OutputPaths, manifest: Manifest, on_rows: Callable[[int], None] | None
) -> None:
    """Writes the output here; what is there stays until all of the new one is on disk.

    Killed while old files make way for new ones, it leaves some of the ones or of the others, never of both, and a
    manifest: the same merge goes on from there.
    """
    with ExitStack() as files:
        copy_lines(
            inputs,
            {kind: files.enter_context(whole_file(path)) for kind, path in zip(KINDS, paths.lines, strict=True)},
            on_rows,
        )
        for path in paths.lines:
            try:
                path.unlink(missing_ok=True)
            except OSError as error:
                raise write_error(path, error) from error
        manifest.write(paths.manifest)
    manifest.state, manifest.finished = "finished", now()
    manifest.write(paths.manifest)


def put_elsewhere(out: Address, paths: OutputPaths, manifest: Manifest, document: Path | None) -> None:
    """Puts an output that was written here where it belongs, in the same order; a document in the COCO layout, too."""
    storage = open_storage(out.parent)
    for path in paths.lines:
        storage.remove(path.name)
    under_way = manifest.model_copy(update={"state": "running", "finished": None})
    storage.write(paths.manifest.name, under_way.to_bytes())
    for path in paths.lines:
        storage.put(path.name, path)
    if document is not None:
        storage.put(document.name, document)
    storage.write(paths.manifest.name, manifest.to_bytes())
