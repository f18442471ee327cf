"""Places of images that tests make: the same few pictures as files, in tars and in parquet files."""

from __future__ import annotations

import io
import tarfile
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

import pytest
from PIL import Image

from tests.cli.command import ROOT

SHARED = ROOT.parent / "shared" / "data" / "coco" / "val2017"


@pytest.fixture(autouse=True)
def own_cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Indexes of the test's own."""
    monkeypatch.setenv("NEGDATA_CACHE", str(tmp_path / "cache"))
    return tmp_path / "cache"


def encoded(number: int) -> bytes:
    """A small picture, another one for each number."""
    buffer = io.BytesIO()
    picture = Image.new("RGB", (24, 16), (number % 256, number // 256, 7))
    picture.save(buffer, "PNG")
    return buffer.getvalue()


def pictures(count: int, folder: str = "") -> dict[str, bytes]:
    """So many of them by their names."""
    return {f"{folder}{number:012d}.jpg": encoded(number) for number in range(count)}


def in_folder(folder: Path, contents: Mapping[str, bytes]) -> Path:
    for name, content in contents.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_bytes(content)
    return folder


def tar_of(path: Path, contents: Iterable[tuple[str, bytes]] | Mapping[str, bytes], layout: int | None = None) -> Path:
    """A tar with these members in this order; ``layout`` is one of tarfile's."""
    members = contents.items() if isinstance(contents, Mapping) else contents
    path.parent.mkdir(parents=True, exist_ok=True)
    with tarfile.open(path, "w", format=tarfile.DEFAULT_FORMAT if layout is None else layout) as tar:
        for name, content in members:
            tar.addfile(told(name, size=len(content)), io.BytesIO(content))
    return path


def told(name: str, **said: Any) -> tarfile.TarInfo:
    """A header."""
    info = tarfile.TarInfo(name)
    for key, value in said.items():
        setattr(info, key, value)
    return info


def in_tars(folder: Path, contents: Mapping[str, bytes], each: int) -> Path:
    """Shards of so many images, with a text and a JSON beside each; the pattern that names them."""
    names = list(contents)
    shards = [names[at : at + each] for at in range(0, len(names), each)]
    for number, shard in enumerate(shards):
        members: list[tuple[str, bytes]] = []
        for name in shard:
            stem = name.rpartition(".")[0]
            members += [(name, contents[name]), (f"{stem}.txt", b"a caption"), (f"{stem}.json", b"{}")]
        tar_of(folder / f"{number:03d}.tar", members)
    return folder / f"{{000..{len(shards) - 1:03d}}}.tar"


def in_parquet(
    path: Path, rows: Sequence[tuple[str | None, bytes | None]], group: int = 4, column: str = "image"
) -> Path:
    """A file of images, paths and bytes, as datasets writes them."""
    pyarrow = pytest.importorskip("pyarrow")
    from pyarrow import parquet

    kind = pyarrow.struct([("bytes", pyarrow.binary()), ("path", pyarrow.string())])
    values = [{"bytes": content, "path": name} for name, content in rows]
    table = pyarrow.table({column: pyarrow.array(values, kind), "caption": ["a caption"] * len(rows)})
    path.parent.mkdir(parents=True, exist_ok=True)
    parquet.write_table(table, path, row_group_size=group)
    return path
