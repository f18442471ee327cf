"""Finds a Ray cluster, or starts a Ray on this machine for as long as a run takes."""

from __future__ import annotations

import logging
import os
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from negdata.errors import NegdataError

_CONNECT_SECONDS = 4.0
_HEALTH_SECONDS = 7.0
_HEALTH = "from ray.scripts.scripts import main; main()"
_START = "Start one with ray start --head, or leave --ray-address out: a Ray of this machine's is started for the run."


@contextmanager
def connected(address: str | None, workers: int | None) -> Iterator[Any]:
    """The module ``ray``, connected; whoever was connected before stays so.

    Args:
        address: of the head, ``HOST:PORT``, or ``auto``; None: ``$RAY_ADDRESS``, else a Ray that ends with the run.
        workers: for which such a Ray has room; None: for one a core.

    Raises:
        NegdataError: Ray isn't installed, or doesn't answer at the address.
    """
    # Asked of nobody: a tool that is run on people's data tells no one of it.
    os.environ.setdefault("RAY_USAGE_STATS_ENABLED", "0")
    # What Ray's native code logs to the terminal is for its developers; the files of its session have the rest.
    os.environ.setdefault("RAY_BACKEND_LOG_LEVEL", "fatal")
    try:
        import ray
        import ray.data
    except ImportError as error:
        raise NegdataError(
            f"--engine ray needs Ray Data, which isn't installed ({error}).", 'Run: pip install "negdata[ray]"'
        ) from error
    if ray.is_initialized():
        yield ray
        return
    address = address or os.environ.get("RAY_ADDRESS")
    quiet: dict[str, Any] = {"logging_level": logging.ERROR, "log_to_driver": False}
    try:
        if address not in (None, "auto"):
            _check_answers(address)
        with _hushed():
            if address is None:
                ray.init(address="local", num_cpus=workers, include_dashboard=False, **quiet)
            else:
                ray.init(address=address, **quiet)
    except (ConnectionError, RuntimeError, ValueError, OSError) as error:
        where = "on this machine" if address in (None, "auto") else f"at {address}"
        raise NegdataError(f"There is no Ray {where}: {str(error).splitlines()[0]}", _START) from error
    try:
        yield ray
    finally:
        ray.shutdown()


@contextmanager
def _hushed() -> Iterator[None]:
    """Keeps what native code says while it starts from the terminal; Python's errors are raised, not printed."""
    sys.stderr.flush()
    kept = os.dup(2)
    nowhere = os.open(os.devnull, os.O_WRONLY)
    try:
        os.dup2(nowhere, 2)
        yield
    finally:
        os.dup2(kept, 2)
        os.close(kept)
        os.close(nowhere)


def _check_answers(address: str) -> None:
    """Raises NegdataError where no head of a cluster answers within seconds: Ray itself asks for a minute or longer."""
    host, _, port = address.rpartition(":")
    if "://" in address or not host or not port.isdecimal() or not 0 < int(port) < 65_536:
        raise NegdataError(
            f"The Ray address {address!r} isn't HOST:PORT.",
            "Give the address that ray start --head prints, such as 10.0.0.1:6379; Ray's client (ray://) isn't used.",
        )
    try:
        socket.create_connection((host.strip("[]"), int(port)), timeout=_CONNECT_SECONDS).close()
    except OSError as error:
        why = error.strerror or str(error)
        raise NegdataError(f"No Ray answers at {address}: {why}.", _START) from error
    try:
        asked = subprocess.run(
            [sys.executable, "-c", _HEALTH, "health-check", "--address", address],
            capture_output=True,
            timeout=_HEALTH_SECONDS,
            check=False,
        )
    except subprocess.TimeoutExpired as error:
        raise NegdataError(
            f"What listens at {address} doesn't answer as a Ray cluster's head within {_HEALTH_SECONDS:g} s.", _START
        ) from error
    if b"AuthenticationError" in asked.stderr:
        raise NegdataError(
            f"The Ray cluster at {address} asks for its token.",
            "Set RAY_AUTH_MODE=token, and have its token in ~/.ray/auth_token or in the variable RAY_AUTH_TOKEN.",
        )
    if b"Error" in asked.stderr:
        why = asked.stderr.decode(errors="replace").strip().splitlines()[-1]
        raise NegdataError(f"What listens at {address} is no Ray cluster's head ({why}).", _START)
    if asked.returncode != 0:
        raise NegdataError(f"The Ray cluster at {address} says that it isn't well.", "Look at it with ray status.")
