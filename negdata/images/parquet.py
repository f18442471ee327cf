"""Images inside parquet files, as Hugging Face's datasets embed them: a column of bytes and path.

Only the paths are read at first. An image brings its row group's images into memory, where the last few groups stay:
records that are in the order of the files are quick, others are not.
"""

from __future__ import annotations

import threading
from collections import Counter, OrderedDict
from collections.abc import Iterator, Sequence
from concurrent.futures import Future
from contextlib import contextmanager
from functools import lru_cache
from pathlib import Path
from typing import Any

from negdata.errors import NegdataError
from negdata.images.base import Stored, missing, unreadable_within
from negdata.images.index import Entry, Named, open_index
from negdata.images.ranged import LocalFile, RangedFile, Seekable, open_all
from negdata.pictures import BadImage, check_size

USUAL = "image"
"""The column that is taken where several hold images."""
KEPT_BYTES = 256 << 20
MOST_GROUP_BYTES = 4 << 30
_FOOTERS = 32


class ParquetImages:
    """The images of some parquet files, by their paths there, or ``FILE'S STEM/ROW`` where a row has none.

    Args:
        place: what the user calls them.
        files: paths or addresses, in the order in which they count.

    Raises:
        NegdataError: pyarrow is missing, a file can't be read, or none has an image.
    """

    def __init__(self, place: Path, files: Sequence[Path]) -> None:
        try:
            import pyarrow  # noqa: F401
        except ImportError as error:
            raise NegdataError(
                f"{place} is parquet, which is read by pyarrow, and that isn't installed.",
                'Run: pip install "negdata[hf]"',
            ) from error
        self.place = place
        self._files = open_all(files)
        self._footer = lru_cache(_FOOTERS)(self._read_footer)
        self._groups = _Groups(KEPT_BYTES)
        self._index = open_index(place, self._files, self._entries)

    def find(self, name: str) -> str | None:
        found = self._index.find(name)
        return None if found is None else found[0]

    def read(self, name: str) -> Stored:
        found = self._index.find(name)
        if found is None:
            raise missing(name, self.place)
        own, (number, group, row) = found
        file = self._files[number]
        where = f"{own} in {file.path}"
        try:
            column = self._groups.of(number, group, self._read_group)
        except NegdataError as error:
            raise unreadable_within(file.path, own, error) from error
        if row >= len(column):
            raise BadImage("image-broken", f"{where}: its row group has fewer rows of bytes than it says")
        value = column[row]
        if not value.is_valid:
            raise BadImage("image-missing", f"{where} has no bytes: the image isn't in the file")
        check_size(value.as_buffer().size, where)
        return Stored(value.as_py(), where)

    def path(self, name: str) -> Path | None:
        return None

    def _entries(self, notes: list[str]) -> Iterator[Named]:
        columns: Counter[str] = Counter()
        for number, file in enumerate(self._files):
            with _told(file):
                footer, column, has_paths = self._footer(number)
                columns[column] += 1
                before = 0
                for group in range(footer.num_row_groups):
                    rows = footer.row_group(group).num_rows
                    paths = self._column(number, group, "path").to_pylist() if has_paths else [None] * rows
                    for row, path in enumerate(paths):
                        name = path if path else f"{file.path.stem}/{before + row:09d}"
                        yield name, Entry(number, group, row)
                    before += rows
        if len(columns) > 1:
            notes.append(f"the files of {self.place} have their images in columns of several names: {dict(columns)}")

    def _read_group(self, number: int, group: int) -> Any:
        with _told(self._files[number]):
            return self._column(number, group, "bytes")

    def _column(self, number: int, group: int, part: str) -> Any:
        """A part of the images of a row group: pyarrow's ChunkedArray of text or bytes."""
        from pyarrow import compute, parquet

        footer, column, _ = self._footer(number)
        name = f"{column}.{part}"
        _check_group(self._files[number], footer.row_group(group))
        with parquet.ParquetFile(_source(self._files[number]), metadata=footer) as file:
            table = file.read_row_group(group, columns=[name], use_threads=False)
        return compute.struct_field(table.column(0), part)

    def _read_footer(self, number: int) -> tuple[Any, str, bool]:
        """What a file says of its row groups, the column of its images, and whether they have paths."""
        from pyarrow import parquet

        file = self._files[number]
        with parquet.ParquetFile(_source(file)) as opened:
            column, has_paths = _image_column(file.path, opened.schema_arrow)
            return opened.metadata, column, has_paths


class _Groups:
    """The images of the row groups that were asked for last; several threads that need one wait for one reading."""

    def __init__(self, most_bytes: int) -> None:
        self._most = most_bytes
        self._kept: OrderedDict[tuple[int, int], Future[Any]] = OrderedDict()
        self._lock = threading.Lock()

    def of(self, number: int, group: int, read: Any) -> Any:
        key = number, group
        with self._lock:
            future = self._kept.get(key)
            mine = future is None
            if future is None:
                future = self._kept[key] = Future()
            self._kept.move_to_end(key)
        if mine:
            try:
                future.set_result(read(number, group))
            except BaseException as error:
                with self._lock:
                    self._kept.pop(key, None)
                future.set_exception(error)
            else:
                self._shrink()
        return future.result()

    def _shrink(self) -> None:
        with self._lock:
            done = [(key, one.result().nbytes) for key, one in self._kept.items() if one.done() and not one.exception()]
            total = sum(size for _, size in done)
            for key, size in done[:-1]:
                if total <= self._most:
                    return
                total -= size
                del self._kept[key]


def _image_column(path: Path, schema: Any) -> tuple[str, bool]:
    """The column of images, and whether it has paths; raises NegdataError where there is none, or no telling which."""
    from pyarrow import types

    def holds_images(kind: Any) -> bool:
        if not types.is_struct(kind) or kind.get_field_index("bytes") < 0:
            return False
        content = kind.field("bytes").type
        return bool(types.is_binary(content) or types.is_large_binary(content))

    def has_paths(kind: Any) -> bool:
        at = kind.get_field_index("path")
        return at >= 0 and bool(types.is_string(kind.field(at).type) or types.is_large_string(kind.field(at).type))

    found = {one.name: has_paths(one.type) for one in schema if "." not in one.name and holds_images(one.type)}
    if not found:
        raise NegdataError(
            f"{path} has no column of images (bytes and path, as datasets embeds them); its columns are "
            f"{', '.join(schema.names[:10])}.",
            "Give files that hold the images themselves, or a folder of images.",
        )
    if len(found) > 1 and USUAL not in found:
        raise NegdataError(
            f"{path} has several columns of images: {', '.join(found)}.", f"Name the one that is meant {USUAL!r}."
        )
    column = USUAL if USUAL in found else next(iter(found))
    return column, found[column]


def _check_group(file: RangedFile, group: Any) -> None:
    """Whether a row group can be held in memory, by what the file says of it.

    Its columns aren't asked: where what is said of one is damaged, pyarrow ends the process.
    """
    if group.total_byte_size > MOST_GROUP_BYTES:
        raise NegdataError(
            f"{file.path} has a row group of {group.total_byte_size:,} bytes; at most {MOST_GROUP_BYTES:,} are read "
            "at once.",
            "Write it with smaller row groups.",
        )


def _source(file: RangedFile) -> Any:
    if isinstance(file, LocalFile):
        file.check()
        return str(file.path)
    import pyarrow

    return pyarrow.PythonFile(Seekable(file), mode="r")


@contextmanager
def _told(file: RangedFile) -> Iterator[None]:
    """Turns what pyarrow says into a NegdataError."""
    import pyarrow

    try:
        yield
    except (pyarrow.ArrowException, OSError, ValueError, KeyError, IndexError, MemoryError) as error:
        said = (str(error).strip() or type(error).__name__).splitlines()[0]
        raise NegdataError(f"{file.path} can't be read as parquet: {said}.", "Download or write it again.") from error
