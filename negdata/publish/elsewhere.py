"""A dataset at an address: written here, then sent there, its manifest last. What has no manifest is not there.

While files are on their way, ``OUT.uploading.json`` lists them: an export that was killed can so be told from what
somebody else put there, and the next one takes its place.
"""

from __future__ import annotations

import contextlib
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import orjson

from negdata.errors import NegdataError
from negdata.publish.folder import COMMAND
from negdata.remote import Address
from negdata.remote.files import names_below
from negdata.remote.storage import RemoteStorage
from negdata.store import OutputPaths


@contextlib.contextmanager
def uploaded(out: Address, *, fresh: bool) -> Iterator[Path]:
    """Yields where to write the dataset; at the end of the block it is sent to ``out``, with the files beside it.

    Where the block raises, nothing is sent.

    Raises:
        NegdataError: there is something at ``out`` that this export may not replace, or it can't be reached.
    """
    elsewhere = _Elsewhere(out)
    elsewhere.check(fresh=fresh)
    with tempfile.TemporaryDirectory(prefix="negdata-export-") as scratch:
        here = Path(scratch) / out.name
        yield here
        elsewhere.send(here)


class _Elsewhere:
    def __init__(self, out: Address) -> None:
        self._out = out
        folder = out.parent
        assert isinstance(folder, Address)
        self._storage = RemoteStorage(folder)
        paths = OutputPaths.of(out)
        self._manifest = paths.manifest.name
        self._beside = (paths.rejected.name, paths.failed.name)
        self._uploading = f"{out.name}.uploading.json"

    def check(self, *, fresh: bool) -> None:
        """As ``check_output`` does for a folder of this machine."""
        earlier = self._read(self._manifest)
        ours = str(earlier.get("command", "")).startswith(COMMAND)
        if earlier and not ours:
            raise NegdataError(
                f"{self._out.with_name(self._manifest)} is there, and belongs to something else than an export.",
                "Give another -o.",
            )
        if earlier and not fresh:
            raise NegdataError(f"{self._out} exists.", "Give another -o, or --fresh to replace an earlier export.")
        foreign = sorted(set(names_below(self._out)) - self._known())
        if foreign:
            raise NegdataError(
                f"{self._out} holds {foreign[0]!r}, which no export wrote according to what stands beside it.",
                "Move it away, or give another -o.",
            )

    def send(self, here: Path) -> None:
        files = sorted(str(path.relative_to(here)) for path in here.rglob("*") if path.is_file())
        before = self._known()
        self._storage.write(self._uploading, orjson.dumps({"files": sorted({*files, *before})}))
        self._storage.remove(self._manifest)
        for name in files:
            self._storage.put(f"{self._out.name}/{name}", here / name)
        for name in sorted((before - set(files)) & set(names_below(self._out))):
            self._storage.remove(f"{self._out.name}/{name}")
        for name in self._beside:
            self._storage.put(name, here.with_name(name))
        self._storage.put(self._manifest, here.with_name(self._manifest))
        self._storage.remove(self._uploading)

    def _known(self) -> set[str]:
        """The files of an earlier export, finished or not."""
        extra: Any = self._read(self._manifest).get("extra")
        listed = [extra.get("files") if isinstance(extra, dict) else None, self._read(self._uploading).get("files")]
        return {str(name) for names in listed if isinstance(names, list) for name in names}

    def _read(self, name: str) -> dict[str, Any]:
        """A JSON object; an empty one where there is none."""
        try:
            content = orjson.loads(self._storage.read(name) or b"{}")
        except orjson.JSONDecodeError:
            return {}
        return content if isinstance(content, dict) else {}
