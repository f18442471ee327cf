"""Puts the parts of a run together to the one output that a run on this machine would have written."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from tempfile import TemporaryDirectory

from pydantic import JsonValue

from negdata.errors import NegdataError
from negdata.manifest import Manifest, parse_manifest, refuse_other_settings
from negdata.parts import KINDS, Parts
from negdata.storage import Storage, open_storage
from negdata.store import OutputPaths
from negdata.whole_files import whole_file

_OF_PARTS = ("parts", "limit")


def check_one_file(out: Path, settings: Mapping[str, JsonValue]) -> None:
    """Raises NegdataError where a file is there already that no run with these settings has written.

    Args:
        out: the path of the kept records, here or elsewhere.
        settings: that shape records, as a manifest holds them.
    """
    storage, paths = open_storage(out.parent), OutputPaths.of(out)
    content = storage.read(paths.manifest.name)
    if content is not None:
        there = parse_manifest(Manifest, content, paths.manifest)
        refuse_other_settings(out, there.settings, settings)
    elif out.name in storage.names(""):
        raise NegdataError(
            f"{out} is there already, and no manifest beside it says that negdata made it.",
            "Give another --out, or --fresh to replace it.",
        )


def write_as_one(folder: Path, out: Path) -> None:
    """Writes the records of a dataset that is complete to ``OUT.jsonl`` and the files beside it, the manifest last.

    Args:
        folder: of the parts, which stay.
        out: the path of the kept records, here or elsewhere; one that was put together of the same stays.

    Raises:
        NegdataError: a part is missing or was changed, or a file can't be written.
    """
    parts = Parts(folder)
    storage, paths = open_storage(out.parent), OutputPaths.of(out)
    manifest = parts.manifest()
    assert manifest is not None  # the run has written it
    extra = {name: value for name, value in manifest.extra.items() if name not in _OF_PARTS}
    content = manifest.model_copy(update={"extra": extra}).to_bytes()
    if storage.read(paths.manifest.name) == content and _all_there(storage, paths):
        return
    with TemporaryDirectory() as scratch:
        for kind, path in zip(KINDS, paths.lines, strict=True):
            beside = Path(scratch, path.name)
            with whole_file(beside) as write:
                for line in parts.lines(kind):
                    write(line)
            storage.put(path.name, beside)
    storage.write(paths.manifest.name, content)


def _all_there(storage: Storage, paths: OutputPaths) -> bool:
    return {path.name for path in paths.lines} <= set(storage.names(""))
