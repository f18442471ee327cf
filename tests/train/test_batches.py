"""The order of an epoch: every row once, no two of an image together, another order each epoch."""

from __future__ import annotations

from collections import Counter

from hypothesis import given
from hypothesis import strategies as st

from negdata.train.batches import apart, number_of_batches, shuffled

images = st.lists(st.integers(0, 12), min_size=1, max_size=120)


@given(images, st.integers(2, 20), st.integers(0, 3), st.integers(-1, 3))
def test_no_two_rows_of_an_image_meet(of_rows: list[int], size: int, seed: int, epoch: int) -> None:
    batches = apart(of_rows, size, seed, epoch)
    assert sorted(row for batch in batches for row in batch) == list(range(len(of_rows)))
    for batch in batches:
        assert len(batch) <= size
        assert len({of_rows[row] for row in batch}) == len(batch)
    assert len(batches) == number_of_batches(of_rows, size, one_caption_an_image=True)
    assert len(batches) == max(-(-len(of_rows) // size), *Counter(of_rows).values())
    assert apart(of_rows, size, seed, epoch) == batches


@given(st.integers(1, 200), st.integers(2, 20), st.integers(0, 3))
def test_shuffled_rows_are_cut_into_batches(count: int, size: int, seed: int) -> None:
    batches = shuffled(count, size, seed, 0)
    assert sorted(row for batch in batches for row in batch) == list(range(count))
    assert [len(batch) for batch in batches[:-1]] == [size] * (len(batches) - 1)
    assert len(batches) == number_of_batches([0] * count, size, one_caption_an_image=False)


def test_rows_meet_others_in_every_epoch() -> None:
    of_rows = [row // 5 for row in range(500)]
    met: Counter[frozenset[int]] = Counter()
    for epoch in range(20):
        for batch in apart(of_rows, 50, 0, epoch):
            found = [of_rows[row] for row in batch]
            met.update(frozenset({one, other}) for one in found for other in found if one < other)
    # 100 images, 10 batches, 5 of them for each image: two images share 2.5 batches an epoch, 50 in all.
    counts = list(met.values())
    assert len(counts) == 100 * 99 // 2
    assert min(counts) > 20
    assert max(counts) < 80
