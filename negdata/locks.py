"""One writer for one output: a lock file that says who."""

from __future__ import annotations

import contextlib
import errno
import os
import socket
from datetime import UTC, datetime
from pathlib import Path

import orjson

from negdata.errors import NegdataError
from negdata.redact import redact
from negdata.whole_files import write_error


class Held(NegdataError):
    """Another process writes to the output; it may end soon."""


class OutputLock:
    """An exclusive ``flock`` on a file beside the output; the kernel lets go of it when the process dies.

    A file that a dead process left behind is therefore no hindrance.

    Raises:
        Held: another process writes to the output (the message names it).
        NegdataError: the file can't be made or locked.
    """

    def __init__(self, path: Path, out: Path, command: str) -> None:
        self._path = path
        self._descriptor = _acquire(path, out)
        holder = {
            "pid": os.getpid(),
            "host": socket.gethostname(),
            "since": datetime.now(UTC).isoformat(timespec="seconds"),
            "command": redact(command),
        }
        try:
            os.ftruncate(self._descriptor, 0)
            os.pwrite(self._descriptor, orjson.dumps(holder) + b"\n", 0)
        except OSError as error:
            self.release()
            raise write_error(path, error) from error

    def release(self) -> None:
        """Removes the file and lets go, in this order: whoever opened it meanwhile sees that it is gone."""
        if self._descriptor < 0:
            return
        with contextlib.suppress(OSError):
            self._path.unlink()
        os.close(self._descriptor)
        self._descriptor = -1


def lock_file(path: Path, *, shared: bool = False, wait: bool = True) -> int | None:
    """Locks a file that is made where there is none; closing the descriptor lets go of it.

    Args:
        shared: whether others may hold it in the same way.
        wait: whether to wait for those who hold it.

    Returns:
        The descriptor; None where others hold it and it isn't waited for.

    Raises:
        NegdataError: the file can't be made or locked.
    """
    import fcntl

    kind = (fcntl.LOCK_SH if shared else fcntl.LOCK_EX) | (0 if wait else fcntl.LOCK_NB)
    while True:
        try:
            descriptor = os.open(path, os.O_RDWR | os.O_CREAT, 0o666)
        except OSError as error:
            raise write_error(path, error) from error
        try:
            fcntl.flock(descriptor, kind)
        except OSError as error:
            os.close(descriptor)
            if error.errno in (errno.EWOULDBLOCK, errno.EACCES):
                return None
            raise write_error(path, error) from error
        if _is_same_file(descriptor, path):
            return descriptor
        os.close(descriptor)


def _acquire(path: Path, out: Path) -> int:
    import fcntl

    while True:
        try:
            descriptor = os.open(path, os.O_RDWR | os.O_CREAT, 0o666)
        except OSError as error:
            raise write_error(path, error) from error
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError as error:
            try:
                if error.errno in (errno.EWOULDBLOCK, errno.EACCES):
                    raise _held(descriptor, out) from None
                raise NegdataError(
                    f"{path} can't be locked: {error.strerror}.", "Write to a file system that supports locks."
                ) from error
            finally:
                os.close(descriptor)
        if _is_same_file(descriptor, path):
            return descriptor
        os.close(descriptor)  # its holder removed it between our open and our lock: take the new one


def _is_same_file(descriptor: int, path: Path) -> bool:
    try:
        return os.path.samestat(os.fstat(descriptor), path.stat())
    except FileNotFoundError:
        return False


def _held(descriptor: int, out: Path) -> Held:
    remedy = "Wait for it to end, stop it, or write to another --out."
    try:
        holder = orjson.loads(os.pread(descriptor, 1 << 16, 0))
        who = f"process {holder['pid']} on {holder['host']}, since {holder['since']} ({holder['command']})"
    except (orjson.JSONDecodeError, KeyError, TypeError, OSError):
        who = "another process"
    return Held(f"{out} is being written by {who}.", remedy)
