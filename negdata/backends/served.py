"""Which model a server has, where it has only one and none was named: every record says which one made it."""

from __future__ import annotations

import asyncio

from negdata.backends.base import Backend
from negdata.errors import NegdataError
from negdata.loops import outside_of_loops


def served_model(backend: Backend) -> str:
    """The only model of a backend's server; the backend, which belongs to one event loop, is closed then.

    Raises:
        NegdataError: there is no server, or it has several models or names none.
    """

    async def get_ready() -> None:
        try:
            await backend.ready()
        finally:
            await backend.close()

    outside_of_loops(lambda: asyncio.run(get_ready()))
    if not backend.model:
        raise NegdataError("The server doesn't say which models it has.", "Name one with --model.")
    return backend.model
