"""How long an unavailable server is waited for, and that it is logged."""

from __future__ import annotations

import asyncio
import logging
import re

import pytest

from negdata.asking import Asker
from negdata.backends.base import Reply, Request, Sampling, Unavailable
from negdata.limits import Limits


class Down:
    """A backend that is never there."""

    name = "down"
    model = "none"
    cacheable = False

    def __init__(self) -> None:
        self.asked = 0

    async def ready(self) -> None:
        """It says that it is."""

    async def chat(self, request: Request) -> Reply:
        self.asked += 1
        raise Unavailable("no server")

    async def close(self) -> None:
        """Nothing to be done."""


def test_waits_begin_with_the_first_and_are_three_times_as_long_each(
    caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    slept: list[float] = []
    sleep = asyncio.sleep

    async def at_once(seconds: float) -> None:
        slept.append(seconds)
        await sleep(0)

    monkeypatch.setattr(asyncio, "sleep", at_once)
    backend = Down()
    request = Request("rewrite", "rewrite@0", {}, (), None, Sampling(), 0)

    async def ask() -> None:
        await Asker(backend, Limits(), None)(request, lambda reply: reply.text)

    with caplog.at_level(logging.INFO, "negdata"), pytest.raises(Unavailable):
        asyncio.run(ask())
    assert backend.asked == 6
    waits = [one for one in slept if one > 0]
    for wait, least in zip(waits, (0.5, 1.5, 4.5, 13.5, 30.0), strict=True):
        assert least <= wait <= 1.25 * least
    assert sum(waits) >= 40
    said = re.findall(r"rewrite: no server; attempt (\d) in", caplog.text)
    assert said == ["2", "3", "4", "5", "6"]
