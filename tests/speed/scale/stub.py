"""The stand-ins of the simulation: captions without a file, and a backend that waits instead of thinking.

negdata finds both as it finds any package's, by entry points, also in the processes that Ray starts.
"""

from __future__ import annotations

import asyncio
import os
import sys
from collections.abc import Iterator
from hashlib import blake2b
from itertools import islice
from pathlib import Path

import orjson

from negdata.backends.base import BackendOptions, Declined, Reply, Request
from negdata.sources.base import Columns, RawRow, Row, checked_row
from tests.speed.common import captions

PROMPT_TOKENS, COMPLETION_TOKENS = 500, 20
"""What each reply of the stub says that it cost."""
CAPTIONS_AN_IMAGE = 5
_WHEN = """at dawn|in the evening|at noon|at night|on a rainy day|on a sunny day|in autumn|in winter|in spring|
on a Sunday morning|late in the afternoon|before sunset|after lunch|during a storm|in the fog|under a grey sky|
in bright light|in the shade|on a windy day|while others watch""".replace("\n", "").split("|")
_LOOK = """seen from above|seen from behind|in black and white|with a blurred background|in soft colors|taken from afar|
taken up close|in a wide view|with long shadows|in strong contrast|at an angle|with a bright background|in pale colors|
in a narrow frame|with much detail|a little out of focus|in warm light|in cold light|in a grainy picture|
in a sharp picture""".replace("\n", "").split("|")


class StubBackend:
    """Waits as long as its model's name says, in seconds, and gives a reply made by a template.

    It has an address, so that workers share the requests in flight as they would before a server.
    """

    name = "stub"
    base_url = "stub:"
    cacheable = True

    def __init__(self, options: BackendOptions) -> None:
        self.model = options.model or "0.5"
        self._latency = float(self.model)

    async def ready(self) -> None:
        """It always is."""

    async def chat(self, request: Request) -> Reply:
        """The first candidate, or the caption with its object said to be absent."""
        await asyncio.sleep(self._latency)
        given = request.inputs
        if request.task == "propose":
            candidates = given["candidates"]
            reply = {"object": str(candidates[0]) if isinstance(candidates, list) and candidates else "zebra"}
        elif request.task == "rewrite":
            reply = {"caption": f"{str(given['caption']).rstrip(' .')}, with no {given['negated']} in sight."}
        else:
            raise Declined("cannot-write", f"the stub knows nothing of {request.task}")
        return Reply(orjson.dumps(reply).decode(), PROMPT_TOKENS, COMPLETION_TOKENS)

    async def close(self) -> None:
        """It holds nothing."""


class Generated:
    """As many captions as its path is a number, five an image; 3.2 million are distinct."""

    format = "generated"

    def __init__(self, path: Path, columns: Columns, *, image_required: bool = True) -> None:
        del columns, image_required
        self.path = path
        self.unused: set[str] = set()
        self._rows = int(path.name)

    def digest(self) -> str:
        """Of the number: the same rows come each time."""
        return blake2b(str(self._rows).encode(), digest_size=16).hexdigest()

    def rows(self) -> Iterator[Row]:
        """Each checked as the row of a file is."""
        for number, caption in enumerate(islice(captions(), self._rows)):
            when, look = _WHEN[number // 8_000 % len(_WHEN)], _LOOK[number // 7 % len(_LOOK)]
            yield checked_row(
                RawRow(
                    where=f"row {number}",
                    id=f"stub:{number}",
                    image=f"{number // CAPTIONS_AN_IMAGE // 1_000:06}/{number // CAPTIONS_AN_IMAGE:012}.jpg",
                    caption=f"{caption.removesuffix('.')} {when}, {look}.",
                )
            )


def install(folder: Path) -> None:
    """Lays out the entry points in a folder, for this process and those that it starts."""
    described = folder / "negdata_stub-1.0.dist-info"
    described.mkdir(parents=True, exist_ok=True)
    here = __name__
    (described / "entry_points.txt").write_text(
        f"[negdata.backends]\nstub = {here}:StubBackend\n\n[negdata.sources]\ngenerated = {here}:Generated\n",
        encoding="utf-8",
    )
    (described / "METADATA").write_text("Metadata-Version: 2.1\nName: negdata-stub\nVersion: 1.0\n", encoding="utf-8")
    root = Path(__file__).resolve().parents[3]
    for place in (root, folder):
        sys.path.insert(0, str(place))
    earlier = os.environ.get("PYTHONPATH")
    os.environ["PYTHONPATH"] = os.pathsep.join([str(root), str(folder), *([earlier] if earlier else [])])
