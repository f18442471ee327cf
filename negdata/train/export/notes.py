"""What an exported folder says of itself: what it was made of, and which images its model was trained on."""

from __future__ import annotations

from pathlib import Path

import orjson
from pydantic import JsonValue

from negdata import __version__
from negdata.exclusion import ImageKeys, trained_on, write_trained_on
from negdata.exclusion.trained import MANIFEST, PART
from negdata.manifest import now
from negdata.redact import redact_patterns
from negdata.train.export.base_folder import BaseFolder
from negdata.train.export.settings import Replaced
from negdata.train.export.source import Source
from negdata.whole_files import write_whole

NOTE = "negdata.export.json"


def images_behind(source: Source) -> ImageKeys | None:
    """The images that the model was trained on, as far as its folder says."""
    return None if source.folder is None else trained_on(str(source.folder))


def write_notes(
    folder: Path, *, to: str, source: Source, base: BaseFolder, replaced: list[Replaced], images: ImageKeys | None
) -> None:
    """Writes ``negdata.export.json``, and the list of images where there is one.

    What the base itself says stays: an export's note becomes ``before``, and its images are among the list's.
    """
    note: dict[str, JsonValue] = {
        "negdata": __version__,
        "written": now(),
        "to": to,
        "model": redact_patterns(source.name),
        "weights": source.weights,
        "activation": source.activation,
        "base": redact_patterns(str(base.path)),
        "replaced": [one.model_dump() for one in replaced],
    }
    if NOTE in base.files:
        note["before"] = base.json(NOTE)
    if images is not None:
        manifest: dict[str, JsonValue] = {}
        if MANIFEST in base.files:
            manifest = base.json(MANIFEST)
        manifest[PART] = write_trained_on(folder, images)
        write_whole(folder / MANIFEST, _json(manifest))
    write_whole(folder / NOTE, _json(note))


def _json(content: dict[str, JsonValue]) -> bytes:
    return orjson.dumps(content, option=orjson.OPT_INDENT_2 | orjson.OPT_APPEND_NEWLINE)
