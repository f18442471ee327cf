"""What an error came of, and sizes in words."""

from __future__ import annotations

import pytest

from negdata.console import base
from negdata.errors import NegdataError


def test_causes_in_a_circle_come_to_an_end() -> None:
    first, second = OSError("no network"), RuntimeError("no network")
    first.__context__, second.__context__ = second, first
    problem = NegdataError("No server answers.", "Start it.")
    problem.__cause__ = first
    assert base._causes(problem) == ["OSError: no network"]
    assert base._causes(NegdataError("Wrong.", "Mend it.")) == []


@pytest.mark.parametrize(
    ("count", "said"),
    [
        (0, "0 bytes"),
        (999, "999 bytes"),
        (1_000, "1.0 kB"),
        (99_960, "100 kB"),
        (999_600, "1.0 MB"),
        (2 * 10**12, "2.0 TB"),
    ],
)
def test_sizes(count: int, said: str) -> None:
    assert base.size(count) == said
