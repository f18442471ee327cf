"""A server that was there is waited for: one that is restarted in the middle of a run costs the run nothing."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable
from typing import TypeVar

from negdata.remote.address import Address
from negdata.remote.errors import Passing, told

SECONDS = 120.0
"""How long a server that answered before, or says that it is busy, is waited for."""
_FIRST_WAIT, _LONGEST_WAIT = 0.5, 15.0

_log = logging.getLogger(__name__)
_answered: set[str] = set()
"""The hosts that answered this process; what is said about an address with a slip in it is said at once."""

Result = TypeVar("Result")


def patiently(address: Address, call: Callable[[], Result]) -> Result:
    """What a call to the storage returns; it is made again, after growing waits, while its server is down or busy.

    Raises:
        NegdataError: what the storage says, or that it was waited for in vain. A host that never answered this
            process isn't waited for.
    """
    began, wait = time.monotonic(), _FIRST_WAIT
    while True:
        try:
            with told(address):
                result = call()
        except Passing as error:
            known = error.answered or address.host in _answered
            if not known or time.monotonic() - began + wait > SECONDS:
                raise
            _log.info("%s It is asked again in %.1f s.", error.problem, wait)
            time.sleep(wait)
            wait = min(wait * 2, _LONGEST_WAIT)
        else:
            _answered.add(address.host)
            return result
