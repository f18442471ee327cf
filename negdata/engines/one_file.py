"""Puts the parts of a run together to the one output that a run on this machine would have written."""

from __future__ import annotations

from contextlib import ExitStack
from pathlib import Path
from tempfile import TemporaryDirectory

from negdata.parts import KINDS, Parts
from negdata.storage import open_storage
from negdata.store import OutputPaths
from negdata.whole_files import whole_file


def write_as_one(folder: Path, out: Path) -> None:
    """Writes the records of a dataset that is complete to ``OUT.jsonl`` and the files beside it, the manifest last.

    Args:
        folder: of the parts, which stay.
        out: the path of the kept records, here or elsewhere.

    Raises:
        NegdataError: a part is missing or was changed, or a file can't be written.
    """
    parts = Parts(folder)
    storage = open_storage(out.parent)
    paths = OutputPaths.of(out)
    manifest = parts.manifest()
    assert manifest is not None  # the run has written it
    manifest = manifest.model_copy(deep=True)
    del manifest.extra["parts"]
    with TemporaryDirectory() as scratch, ExitStack():
        for kind, path in zip(KINDS, paths.lines, strict=True):
            beside = Path(scratch, path.name)
            with whole_file(beside) as write:
                for line in parts.lines(kind):
                    write(line)
            storage.put(path.name, beside)
    storage.write(paths.manifest.name, manifest.to_bytes())
