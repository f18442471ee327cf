"""How many rows a block has."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from negdata.engines.plan import rows_a_block

_ROWS, _WORKERS = st.integers(1, 2_000_000_000), st.integers(1, 2_000)


@given(_ROWS, _WORKERS, st.integers(1, 1_000))
def test_blocks_are_few_enough_and_large_enough(rows: int, workers: int, at_once: int) -> None:
    size = rows_a_block(rows, workers, at_once)
    assert size >= 50
    blocks = -(-rows // size)
    assert blocks <= 20_000, "their manifests are read at the end"
    if size > 50 and size > -(-rows // 20_000):
        assert blocks >= 4 * workers, "no worker waits long for another"


@given(_ROWS, _WORKERS)
def test_a_worker_seldom_waits_for_the_last_replies_of_a_block(rows: int, workers: int) -> None:
    size = rows_a_block(rows, workers, 256)
    assert size >= 20 * 256 or -(-rows // size) <= 5 * workers


def test_what_it_comes_to() -> None:
    assert rows_a_block(240, 2, 4) == 50
    assert rows_a_block(20_000, 2, 256) == 2_500
    assert rows_a_block(12_000_000, 64, 8) == 5_000
    assert rows_a_block(1_000_000_000, 64, 8) == 50_000
