"""Writes weights to a safetensors file that is whole or not there."""

from __future__ import annotations

import contextlib
import errno
import os
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO

import orjson

from negdata.whole_files import beside, write_error

if TYPE_CHECKING:
    from torch import Tensor


def save_tensors(path: Path, tensors: Mapping[str, Tensor], metadata: Mapping[str, str] | None = None) -> None:
    """Writes a file beside, flushes it and puts it in the old one's place; not through memory.

    Args:
        metadata: strings that the file's head carries.

    Raises:
        NegdataError: it can't be written; the old file stays.
    """
    from safetensors import SafetensorError
    from safetensors.torch import save_file

    temporary = beside(path)
    try:
        temporary.touch()
        rights = temporary.stat().st_mode
        contents = {name: tensor.detach().cpu().contiguous() for name, tensor in tensors.items()}
        save_file(contents, temporary, metadata={"format": "pt", **(metadata or {})})
        # The library lets nobody else read it.
        temporary.chmod(rights)
        with temporary.open("rb+") as file:
            _sort_metadata(file)
            file.flush()
            os.fsync(file.fileno())
        temporary.replace(path)
    except SafetensorError as error:
        # It tells the system's error in words alone.
        code = next((code for code in errno.errorcode if f"(os error {code})" in str(error)), errno.EIO)
        raise write_error(path, OSError(code, os.strerror(code))) from error
    except OSError as error:
        raise write_error(path, error) from error
    finally:
        with contextlib.suppress(OSError):
            temporary.unlink(missing_ok=True)


def _sort_metadata(file: BinaryIO) -> None:
    """The library writes these strings in another order each time; the same weights should be the same file."""
    length = int.from_bytes(file.read(8), "little")
    head = orjson.loads(file.read(length))
    head["__metadata__"] = dict(sorted(head["__metadata__"].items()))
    sorted_head = orjson.dumps(head).ljust(length)
    if len(sorted_head) == length:
        file.seek(8)
        file.write(sorted_head)
