"""Each record is one shard's, on whatever machine."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from negdata.errors import NegdataError
from negdata.shards import Shard

IDS = st.lists(st.text(), unique=True, max_size=60)


@given(ids=IDS, of=st.integers(1, 40))
def test_every_record_is_one_shards(ids: list[str], of: int) -> None:
    shards = [Shard(index, of) for index in range(1, of + 1)]
    for id in ids:
        assert sum(shard.owns(id) for shard in shards) == 1


def test_shards_are_about_equal() -> None:
    owned = [sum(Shard(index, 7).owns(f"coco:{number}") for number in range(7_000)) for index in range(1, 8)]
    assert sum(owned) == 7_000
    assert min(owned) > 900


@pytest.mark.parametrize(
    ("id", "of_two", "of_three", "of_thousand"),
    [("coco:38", 1, 2, 169), ("captions:1", 1, 3, 703), ("", 1, 1, 877), ("naïve \udcff", 1, 3, 545)],
)
def test_where_a_record_belongs_never_changes(id: str, of_two: int, of_three: int, of_thousand: int) -> None:
    """Shards of an earlier version of negdata are gone on with."""
    for index, of in ((of_two, 2), (of_three, 3), (of_thousand, 1_000)):
        assert Shard(index, of).owns(id)


@given(of=st.integers(1, 999_999_999), data=st.data())
def test_a_shard_is_read_as_it_is_written(of: int, data: st.DataObject) -> None:
    shard = Shard(data.draw(st.integers(1, of)), of)
    assert Shard.parse(str(shard)) == shard


@pytest.mark.parametrize(
    ("text", "problem", "remedy"),
    [
        ("0/3", "0/3 is no shard of 3: they are counted from 1", "Give 1/3 to 3/3."),
        ("4/3", "4/3 is no shard of 3", "Give 1/3 to 3/3."),
        ("2/1", "2/1 is no shard of 1", "Give 1/1, or leave --shard out."),
        ("1/0", "1/0 divides the records among none", "Give I/N"),
        ("a/b", "'a/b' names no shard", "Give I/N, say 1/3"),
        ("1", "'1' names no shard", "Give I/N, say 1/3"),
        ("", "'' names no shard", "Give I/N"),
        ("-1/3", "'-1/3' names no shard", "Give I/N"),
        ("1/3/5", "'1/3/5' names no shard", "Give I/N"),
        ("١/٣", "names no shard", "Give I/N"),
        ("1/9999999999", "names no shard", "Give I/N"),
    ],
)
def test_what_is_no_shard_is_refused_in_words(text: str, problem: str, remedy: str) -> None:
    with pytest.raises(NegdataError) as refused:
        Shard.parse(text)
    assert problem in refused.value.problem
    assert remedy in refused.value.remedy


@given(st.text(max_size=12))
def test_any_text_is_a_shard_or_refused(text: str) -> None:
    try:
        shard = Shard.parse(text)
    except NegdataError:
        return
    assert 1 <= shard.index <= shard.of
