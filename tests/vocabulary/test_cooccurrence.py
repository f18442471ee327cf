"""What plausibly goes with what."""

from __future__ import annotations

import tempfile
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from negdata.vocabulary import Cooccurrence, ImageCounts, vocabulary
from negdata.vocabulary.build_cooccurrence import count_sources
from negdata.vocabulary.cooccurrence import SHIPPED, read_counts, write_counts

TABLE = Cooccurrence.shipped()
KNOWN = vocabulary()
SOME = st.sets(st.sampled_from(sorted(KNOWN.entries)), max_size=5)
SCENES = st.sets(st.sampled_from(["kitchen", "street", "beach", "home", "tennis court", "farm"]), max_size=2)


@pytest.mark.parametrize(
    ("present", "scenes", "expected"),
    [
        (["surfboard", "man"], ["beach", "water"], {"kite", "boat", "dog"}),
        (["computer keyboard", "desk"], ["office"], {"lamp", "speaker", "printer"}),
        (["oven", "sink"], ["kitchen"], {"microwave", "dishwasher"}),
        (["giraffe"], ["zoo"], {"zebra", "elephant"}),
        (["bed"], ["bedroom"], {"pillow", "lamp"}),
    ],
)
def test_good_company(present: list[str], scenes: list[str], expected: set[str]) -> None:
    assert expected & {name for name, _ in TABLE.plausible(present, 12, scenes)}


@pytest.mark.parametrize(
    ("present", "scenes", "strange"),
    [
        (["man", "tennis racket"], ["tennis court"], {"surfboard", "elephant", "oven"}),
        (["woman", "baby"], ["home"], {"elephant", "hotel", "giraffe"}),
        (["man", "sheep"], ["farm"], {"jockey", "megaphone", "surfboard"}),
        (["motorcycle"], ["street", "parking lot"], {"solar panel", "megaphone", "wedding ring", "bed"}),
    ],
)
def test_strange_company_is_not_among_the_first(present: list[str], scenes: list[str], strange: set[str]) -> None:
    assert not strange & {name for name, _ in TABLE.plausible(present, 12, scenes)}


def test_what_is_worn_needs_a_wearer() -> None:
    worn = {"earring", "cap", "tie", "headphones"}
    with_man, without = (
        {name for name, _ in TABLE.plausible(present, 200, ["street"])} for present in (["man"], ["clock tower"])
    )
    assert worn <= with_man
    assert not worn & without


def test_men_alone_miss_no_dress() -> None:
    found = {name for name, _ in TABLE.plausible(["man", "street"], 300, ["street"])}
    assert not found & {"dress", "purse"}
    assert "purse" in {name for name, _ in TABLE.plausible(["man", "woman", "street"], 300, ["street"])}


@given(SOME, SCENES)
def test_nothing_proposed_is_kin_to_what_is_there(present: set[str], scenes: set[str]) -> None:
    found = TABLE.plausible(present, 30, scenes)
    assert [score for _, score in found] == sorted((score for _, score in found), reverse=True)
    assert len({name for name, _ in found}) == len(found) <= 30
    for name, score in found:
        assert score > 0
        assert not KNOWN.entries[name].background
        assert not any(KNOWN.kin(name, one) for one in present)


@given(SOME)
def test_where_a_person_is_no_person_is_proposed(present: set[str]) -> None:
    for name, _ in TABLE.plausible(present | {"man"}, 30):
        assert "person" not in KNOWN.ancestors(name)


def test_what_is_nearly_always_there_is_not_proposed() -> None:
    counts = ImageCounts()
    for _ in range(100):
        counts.add({"zebra", "lamp", "vase"})
    for number in range(900):
        counts.add({"lamp"} if number % 9 else {"zebra", "kite"})
    table = Cooccurrence(counts)
    # A lamp stands beside half of the zebras; captions seldom tell a vase, so that it counts as there as well.
    assert "kite" not in {name for name, _ in table.plausible(["zebra"], 50)}
    assert "lamp" not in {name for name, _ in table.plausible(["zebra"], 50)}
    assert "vase" not in {name for name, _ in table.plausible(["zebra"], 50)}


@given(st.sampled_from(sorted(KNOWN.entries)), st.sampled_from(sorted(KNOWN.entries)))
def test_shares_are_probabilities(one: str, other: str) -> None:
    assert 0 < TABLE.share(one) < 1
    assert 0 < TABLE.conditional(one, other) <= 1


def test_a_corpus_refines_the_table() -> None:
    corpus = ImageCounts()
    for _ in range(300):
        corpus.add({"zebra", "trumpet"})
    refined = TABLE.refined(corpus)
    assert refined.conditional("trumpet", "zebra") > 0.5 > TABLE.conditional("trumpet", "zebra")
    assert TABLE.conditional("trumpet", "zebra") == Cooccurrence.shipped().conditional("trumpet", "zebra")


@given(st.lists(SOME, max_size=12))
def test_counts_survive_writing(images: list[set[str]]) -> None:
    counts = ImageCounts()
    for names in images:
        counts.add(names)
    with tempfile.TemporaryDirectory() as folder:
        first, second = Path(folder) / "1.tsv.gz", Path(folder) / "2.tsv.gz"
        write_counts(counts, first, least=1)
        assert read_counts(first) == counts
        write_counts(read_counts(first), second, least=1)
        assert first.read_bytes() == second.read_bytes()


@pytest.mark.parametrize("scene", sorted({scene for entry in KNOWN.entries.values() for scene in entry.scenes}))
def test_every_plausible_object_has_something_that_speaks_for_it(scene: str) -> None:
    assert all(score > 0 for _, score in TABLE.plausible(["laptop"], 10_000, [scene]))


def test_the_shipped_table_speaks_of_known_objects() -> None:
    counts = read_counts(SHIPPED)
    assert counts.images >= 5_000
    assert set(counts.objects) <= set(KNOWN.entries)
    assert all(one < other for one, other in counts.pairs)


def test_sources_are_counted_by_image(tmp_path: Path) -> None:
    path = tmp_path / "c.jsonl"
    path.write_text('{"image": "a.jpg", "caption": "A dog."}\n{"image": "a.jpg", "caption": "A cat and a dog."}\n')
    counts = count_sources([path])
    assert (counts.images, counts.objects["dog"], counts.pairs["cat", "dog"]) == (1, 1, 1)
