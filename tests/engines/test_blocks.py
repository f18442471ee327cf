"""Blocks hold every row once, those of an image together."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from negdata.engines.blocks import Block, Group, in_blocks
from negdata.engines.grouping import Grouping
from negdata.records import CaptionRecord, FailedCaption

captions = st.text(st.characters(codec="utf-8", exclude_categories=["Cs"]), min_size=1, max_size=30)
records = st.lists(
    st.tuples(st.integers(0, 6), captions, st.booleans(), st.none() | st.integers(-(2**80), 2**80)), max_size=40
)


def grouped(rows: list[tuple[int, str, bool, int | None]]) -> tuple[list[CaptionRecord], list[Group]]:
    made = [
        CaptionRecord(id=f"r{number}", image=f"{image}.jpg" if image else None, image_id=identity, caption=caption)
        for number, (image, caption, _, identity) in enumerate(rows)
    ]
    with Grouping() as grouping:
        for record, (_, _, taken, _) in zip(made, rows, strict=True):
            grouping.add(record, taken=taken)
        return made, list(grouping.groups())


@given(records)
def test_groups_hold_every_row_once_in_its_order(rows: list[tuple[int, str, bool, int | None]]) -> None:
    made, groups = grouped(rows)
    found = [record for group in groups for record, _ in group.rows]
    assert sorted(found, key=lambda record: record.id) == sorted(made, key=lambda record: record.id)
    for group in groups:
        numbers = [int(record.id[1:]) for record, _ in group.rows]
        assert numbers == sorted(numbers)
        assert len({record.image or record.id for record, _ in group.rows}) == 1
        assert [taken for _, taken in group.rows] == [rows[number][2] for number in numbers]


@given(records, st.integers(0, 7), st.integers(1, 9))
def test_blocks_hold_what_is_taken_and_come_back_from_their_files(
    rows: list[tuple[int, str, bool, int | None]], bad: int, size: int
) -> None:
    _, groups = grouped(rows)
    unusable = [FailedCaption(id=f"b{number}", error="bad-row", message="why") for number in range(bad)]
    blocks = list(in_blocks(groups, unusable, size))
    taken = [record.id for block in blocks for group in block.groups for record, taken in group.rows if taken]
    assert sorted(taken) == sorted(f"r{number}" for number, row in enumerate(rows) if row[2])
    assert [record for block in blocks for record in block.bad] == unusable
    assert sum(block.taken for block in blocks) == len(taken) + bad
    assert all(block.taken >= size for block in blocks[:-1])
    assert [Block.from_bytes(block.to_bytes()) for block in blocks] == blocks
