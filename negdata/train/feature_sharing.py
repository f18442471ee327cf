"""Several processes make features together: each its share of the images, on a device of its own.

Those that see the same cache folder share out the images; machines that have a cache each encode all of them each.
Whoever encodes an image, its embedding is the same, as a batch always has the same shape.

1. The first takes in what killed runs have left in parts.
2. Where the folder holds anything, each looks up its share of the images, and all learn what is lacking.
3. Each encodes its share of that: the first, which holds the folder's lock, into the folder, the others into parts.
4. The first takes in the parts, and all read the folder.
"""

from __future__ import annotations

import json
import secrets
from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import ExitStack, suppress
from dataclasses import replace
from functools import partial
from hashlib import blake2b
from pathlib import Path
from typing import TYPE_CHECKING

from negdata.clip.feeding import read_ahead
from negdata.errors import NegdataError
from negdata.images import Images
from negdata.pictures import BadImage
from negdata.processes import Processes
from negdata.progress import Progress
from negdata.train.feature_making import Making, Outcome, digest_of
from negdata.train.feature_shelf import Shelf, part_of, parts_of
from negdata.train.feature_store import FeatureFolder, Stored, claimed_by, read_stored

if TYPE_CHECKING:
    from negdata.clip.encoder import TorchEncoder

OnProgress = Callable[[Progress], None]


def made_together(
    encoder: TorchEncoder,
    images: Images,
    names: Sequence[str],
    folder: FeatureFolder,
    processes: Processes,
    on_progress: OnProgress | None,
    *,
    batch_size: int,
    workers: int,
) -> tuple[Mapping[str, Outcome], Stored]:
    """What became of each name, the same in all processes, and what the folder holds in the end.

    Every process calls this with the same names; ``on_progress`` of the first tells of all that share its folder.

    Raises:
        NegdataError: as ``cached_features``; and where processes have other names, or find other images.
    """
    _require_same(processes, names, "read different captions", "Give each the same file.")
    group = sharing(processes, folder.path)
    command = f"features of {encoder.name}"
    showing = _Showing(on_progress, len(names), folder, group)
    make = partial(Making, encoder, images, batch_size=batch_size, workers=workers, on_progress=showing.also)
    with ExitStack() as closing:

        def opened() -> Shelf:
            shelf = Shelf(folder, command=command)
            closing.callback(shelf.close)
            shelf.open(showing.waits)
            return shelf

        main = opened() if group.first and parts_of(folder) else None
        group.wait()
        stored = read_stored(folder)
        found: dict[str, Outcome] = {}
        if group.any(bool(stored.row_of)):
            showing.waits("looking up what is stored")
            found = _looked_up(images, names, stored, group, workers)
        showing.begins(found)
        lacking = [name for name in names if name not in found]
        own = group.share(lacking)
        if lacking and group.first:
            main = main or opened()
            group.wait()
            outcomes = make(main).run(own)
            showing.waits("waiting for the other processes")
            found |= _together(lacking, [outcomes[name] for name in own], group)
            main.take_in_parts(showing.waits)
        elif lacking:
            group.wait()
            shelf = Shelf(part_of(folder, group), command=command, elsewhere=read_stored(folder).row_of)
            closing.callback(shelf.close)
            outcomes = make(shelf).run(own)
            shelf.close()
            found |= _together(lacking, [outcomes[name] for name in own], group)
    group.wait()
    stored = read_stored(folder) if lacking else stored
    if any(isinstance(outcome, bytes) and outcome not in stored.row_of for outcome in found.values()):
        raise NegdataError(
            f"{folder.path} has lost embeddings while they were read.",
            "Let nobody remove files there, and run the same command again.",
        )
    told = (one.hex() if isinstance(one, bytes) else one.code for one in (found[name] for name in names))
    _require_same(processes, told, f"find different images in {images.place}", "Give each machine the same images.")
    showing.ends(found)
    return found, stored


def sharing(processes: Processes, folder: Path) -> Processes:
    """Those of the processes that see the same folder: each leaves a file there, and looks for the others'.

    Where none can write there, each is alone: it finds what it needs, or says what hinders it.
    """
    own = folder / f"here-{secrets.token_hex(8)}"
    try:
        folder.mkdir(parents=True, exist_ok=True)
        own.touch()
    except OSError:
        pass
    try:
        names = [name.decode() for name in processes.told(own.name.encode())]
        seen = [rank for rank, name in enumerate(names) if (folder / name).exists()]
        processes.wait()
    finally:
        with suppress(OSError):
            own.unlink()
    return processes.alike(str(min([processes.rank, *seen])).encode())


def _looked_up(
    images: Images, names: Sequence[str], stored: Stored, group: Processes, workers: int
) -> dict[str, Outcome]:
    """The images whose feature is stored, and those that have no file."""

    def look(name: str) -> Outcome | None:
        try:
            content = digest_of(images.read(name))
        except BadImage as error:
            return BadImage(error.code, str(error))
        return content if content in stored.row_of else None

    own = read_ahead((partial(look, name) for name in group.share(names)), workers)
    return _together(names, list(own), group)


def _together(names: Sequence[str], own: Sequence[Outcome | None], group: Processes) -> dict[str, Outcome]:
    """What became of all names, as each process tells it of its share; those of which it tells nothing are left out."""
    lines = [
        [one.code, str(one)] if isinstance(one, BadImage) else one.hex() if one is not None else None for one in own
    ]
    found: dict[str, Outcome] = {}
    # Of the json module: names, and what is said of them, may hold half a surrogate pair.
    for rank, told in enumerate(group.told(json.dumps(lines).encode())):
        share = replace(group, rank=rank).share(names)
        for name, line in zip(share, json.loads(told), strict=True):
            if line is not None:
                found[name] = bytes.fromhex(line) if isinstance(line, str) else BadImage(*line)
    return found


def _require_same(processes: Processes, words: Iterable[str], problem: str, remedy: str) -> None:
    digest = blake2b(digest_size=16)
    for word in words:
        digest.update(json.dumps(word).encode())
    if len(set(processes.told(digest.digest()))) > 1:
        raise NegdataError(f"The processes of this command {problem}.", remedy)


class _Showing:
    """Tells of all processes that share a folder what one knows of itself, and what the others' parts hold."""

    def __init__(self, on_progress: OnProgress | None, total: int, folder: FeatureFolder, group: Processes) -> None:
        self._on_progress = on_progress
        self._parts = [part_of(folder, replace(group, rank=rank)) for rank in range(1, group.size)]
        self._last = Progress(total, 0, 0, 0, 0, 0.0)
        self._before = self._last

    def begins(self, found: Mapping[str, Outcome]) -> None:
        """What was there before anything is made."""
        kept = sum(isinstance(outcome, bytes) for outcome in found.values())
        self._before = replace(self._last, kept=kept, failed=len(found) - kept, resumed=kept, waiting_reason=None)
        self._tell(self._before)

    def also(self, own: Progress) -> None:
        """How far this process is with its share; what the others couldn't read is told at the end."""
        before = self._before
        others = sum(claimed_by(part) for part in self._parts)
        self._tell(
            replace(
                own,
                total=before.total,
                kept=max(self._last.kept, before.kept + own.kept + others),
                failed=before.failed + own.failed,
                resumed=before.resumed + own.resumed,
            )
        )

    def waits(self, reason: str) -> None:
        """What it waits for."""
        self._tell(replace(self._last, waiting_reason=reason))

    def ends(self, found: Mapping[str, Outcome]) -> None:
        """All there is to tell."""
        kept = sum(isinstance(outcome, bytes) for outcome in found.values())
        self._tell(replace(self._last, kept=kept, failed=len(found) - kept, waiting_reason=None))

    def _tell(self, now: Progress) -> None:
        self._last = now
        if self._on_progress is not None:
            self._on_progress(now)
