"""Which images are kept between batches."""

from __future__ import annotations

import pytest

pytest.importorskip("torch")
pytest.importorskip("transformers")

from negdata.backends.vision_prefix import Key, Prefix, PrefixCache, joined

A, B, C = ((name.encode(), "") for name in "abc")


def _prefix(length: int = 4, fill: float = 1.0) -> Prefix:
    """Two layers of three heads, two wide: 2 x 2 x 3 x 2 x 4 bytes a token."""
    import torch

    part = torch.full((3, length, 2), fill)
    return Prefix(((part, part), (part, part)), length, length)


def _kept(cache: PrefixCache, *keys: Key) -> list[bool]:
    return [cache.get(key) is not None for key in keys]


def test_what_was_used_longest_ago_goes_first() -> None:
    size = _prefix().size
    assert size == 4 * 96
    cache = PrefixCache(2 * size)
    cache.put(A, _prefix())
    cache.put(B, _prefix())
    assert cache.get(A) is not None
    cache.put(C, _prefix())
    assert _kept(cache, A, B, C) == [True, False, True]
    assert cache.size == 2 * size


def test_a_large_one_makes_room_for_itself_and_a_too_large_one_is_not_kept() -> None:
    cache = PrefixCache(3 * _prefix().size)
    cache.put(A, _prefix())
    cache.put(B, _prefix(12))
    assert _kept(cache, A, B) == [False, True]
    cache.put(C, _prefix(13))
    assert (len(cache), cache.size) == (0, 0)


def test_clearing_frees_all() -> None:
    cache = PrefixCache(2**20)
    cache.put(A, _prefix())
    cache.clear()
    assert (len(cache), cache.size, cache.get(A)) == (0, 0, None)


def test_rows_end_at_the_same_column() -> None:
    import torch

    short, long = _prefix(2, 5.0), _prefix(3, 7.0)
    cache = joined([short, long, short])
    new = torch.full((3, 3, 1, 2), 9.0)
    keys, values = cache.update(new, new, 1)
    assert cache.get_seq_length() == 3
    assert keys.shape == (3, 3, 4, 2)
    assert keys[:, 0, :, 0].tolist() == [[0.0, 5.0, 5.0, 9.0], [7.0, 7.0, 7.0, 9.0], [0.0, 5.0, 5.0, 9.0]]
    assert torch.equal(keys, values)
