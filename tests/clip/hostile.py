"""Checkpoints that nobody should load, and how they are made."""

from __future__ import annotations

import os
import pickle
import struct
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import orjson


class Runs:
    """Calls a function when it is unpickled."""

    def __init__(self, function: Callable[..., object], *arguments: object) -> None:
        self._call = (function, arguments)

    def __reduce__(self) -> Any:
        return self._call


def touching(path: Path) -> list[tuple[str, object]]:
    """What would write a file, in the ways that pickles do: (the global that is named, the object)."""
    return [
        ("posix.system", Runs(os.system, f"touch {path}")),
        ("builtins.eval", Runs(eval, f"open({str(path)!r}, 'w')")),
        ("builtins.exec", Runs(exec, f"open({str(path)!r}, 'w')")),
        ("builtins.getattr", Runs(getattr, Runs(__import__, "os"), "system")),
        ("io.open", Runs(open, str(path), "w")),
    ]


def torch_zip(path: Path, described: bytes, storages: dict[str, bytes] | None = None, **options: Any) -> Path:
    """A file as torch.save lays it out, with any description and any storages."""
    with zipfile.ZipFile(path, "w", options.get("compression", zipfile.ZIP_STORED)) as archive:
        archive.writestr("archive/data.pkl", described)
        for key, content in (storages or {}).items():
            archive.writestr(f"archive/data/{key}", content)
    return path


def described(tensor: str, *, count: int = 4, shape: str = "(I4\nt", stride: str = "(I1\nt", offset: int = 0) -> bytes:
    """The pickle of {tensor: a float32 tensor in storage 0}, in the text protocol; sizes may lie."""
    storage = f"(Vstorage\nctorch\nFloatStorage\nV0\nVcpu\nI{count}\ntQ"
    made = (
        f"ctorch._utils\n_rebuild_tensor_v2\n({storage}I{offset}\n{shape}{stride}I00\nccollections\nOrderedDict\n)RtR"
    )
    return f"(V{tensor}\n{made}d.".encode()


def safetensors_file(
    path: Path, header: dict[str, Any] | bytes, content: bytes = b"", length: int | None = None
) -> Path:
    """A safetensors file with any header, and any claim about its length."""
    packed = header if isinstance(header, bytes) else orjson.dumps(header)
    path.write_bytes(struct.pack("<Q", len(packed) if length is None else length) + packed + content)
    return path


def plain_pickle(path: Path, value: object, protocol: int = 2) -> Path:
    path.write_bytes(pickle.dumps(value, protocol))
    return path
