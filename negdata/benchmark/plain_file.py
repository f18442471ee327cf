"""What every reader of a whole file asks of it first."""

from __future__ import annotations

import stat
from pathlib import Path

from negdata.errors import NegdataError
from negdata.sources.base import unreadable


def plain_size(path: Path) -> int:
    """How many bytes a file has.

    Raises:
        NegdataError: it can't be read, is empty, or is no plain file: a pipe would be waited for.
    """
    try:
        found = path.stat()
    except OSError as error:
        raise unreadable(path, error) from error
    if not stat.S_ISREG(found.st_mode):
        raise NegdataError(f"{path} is no plain file.", "Give the file itself.")
    if found.st_size == 0:
        raise NegdataError(f"{path} is empty.", "Download or write it again.")
    return found.st_size
