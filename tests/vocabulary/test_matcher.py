"""Objects are found in text where they are meant, and only there."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from negdata.vocabulary import vocabulary
from negdata.vocabulary.matcher import Setting

KNOWN = vocabulary()
NAMES = st.sampled_from(sorted(KNOWN.entries))
FOUND: list[tuple[str, list[str]]] = [
    ("A man rides his horse.", ["man", "horse"]),
    ("Two men play frisbee", ["man", "frisbee"]),
    ("kids fly kites", ["child", "kite"]),
    ("A sofa and a TV", ["couch", "television"]),
    ("A puppy on a loveseat", ["dog", "couch"]),
    ("A lap top on a desk", ["laptop", "desk"]),
    ("Women with wine glasses", ["woman", "wine glass"]),
    ("two park benches", ["bench"]),
    ("hotdogs", ["hot dog"]),
    ("A hot dog on a plate", ["hot dog", "plate"]),
    ("A teddy bear", ["teddy bear"]),
    ("a toy car", ["toy car"]),
    ("a computer mouse", ["mouse"]),
    ("A fire truck parked by a fire hydrant", ["fire truck", "fire hydrant"]),
    ("An orange truck", ["truck"]),
    ("an orange on the table", ["orange", "table"]),
    ("A woman bats the ball", ["woman", "ball"]),
    ("people watch", ["person"]),
    ("a watch on his wrist", ["watch"]),
    ("He can see the can of soda", ["soda can"]),
    ("they ski", []),
    ("This does not show a deer", ["deer"]),
    ("That does it, says a doe", ["deer"]),
    ("A category of carts' scattered cargo", ["cart"]),
    ("İstanbul dog", ["dog"]),
    ("", []),
]


@pytest.mark.parametrize(("text", "names"), FOUND, ids=[text for text, _ in FOUND])
def test_finds(text: str, names: list[str]) -> None:
    assert [mention.name for mention in KNOWN.find(text)] == names


def test_offsets_are_those_of_the_text_whatever_its_letters() -> None:
    text = "İ: a DOG and two wine  glasses"
    assert [(text[m.start : m.end], m.plural) for m in KNOWN.find(text)] == [("DOG", False), ("wine  glasses", True)]


@pytest.mark.parametrize(
    ("phrase", "name"),
    [("Dogs", "dog"), ("a tv", "television"), ("the sofa", "couch"), ("an umbrella", "umbrella"), ("mice", "mouse")],
)
def test_looks_up_any_spelling(phrase: str, name: str) -> None:
    entry = KNOWN.lookup(phrase)
    assert entry is not None
    assert entry.name == name


@pytest.mark.parametrize("phrase", ["", "the", "happiness", "dog on a couch", "…"])
def test_looks_up_nothing_else(phrase: str) -> None:
    assert KNOWN.lookup(phrase) is None


@pytest.mark.parametrize(
    ("one", "kind"),
    [
        ("man", "person"),
        ("surfer", "person"),
        ("dog", "animal"),
        ("taxi", "car"),
        ("car", "vehicle"),
        ("pizza", "food"),
    ],
)
def test_is_a(one: str, kind: str) -> None:
    assert kind in KNOWN.ancestors(one)
    assert KNOWN.kin(one, kind)
    assert KNOWN.kin(kind, one)
    assert one not in KNOWN.ancestors(kind)


@pytest.mark.parametrize(("one", "other"), [("dog", "cat"), ("hot dog", "dog"), ("car", "toy car"), ("fork", "knife")])
def test_is_not_a(one: str, other: str) -> None:
    assert not KNOWN.kin(one, other)


def test_words_tell_the_scene_and_what_goes_with_it() -> None:
    setting = KNOWN.setting("A man surfing at night")
    assert {"beach", "water"} <= setting.scenes
    assert {"surfboard", "wave"} <= setting.implied
    assert KNOWN.setting("A thing.") == Setting(frozenset(), frozenset(), frozenset())


def test_some_words_only_hint_at_a_scene() -> None:
    setting = KNOWN.setting("A zebra eating grass in a field")
    assert setting.scenes == frozenset()
    assert {"farm", "kitchen"} <= setting.hinted


def test_of_phrases_that_overlap_the_longest_tells_the_scene() -> None:
    setting = KNOWN.setting("A boy stands near home plate")
    assert setting.scenes == {"baseball field"}
    assert setting.hinted == frozenset(), "neither a home nor a plate"


@given(NAMES, st.booleans())
def test_every_object_is_found_by_its_own_name(name: str, many: bool) -> None:
    entry = KNOWN.entries[name]
    text = f"This is {'some' if many else 'a'} {entry.plural if many else entry.name}."
    assert name in {mention.name for mention in KNOWN.find(text)}
    found = KNOWN.lookup(entry.plural if many else entry.name)
    assert found is entry


@given(st.text(max_size=80) | st.lists(NAMES | st.text(max_size=6), max_size=8).map(" ".join))
def test_mentions_lie_in_the_text_in_order(text: str) -> None:
    end = 0
    for mention in KNOWN.find(text):
        assert end <= mention.start < mention.end <= len(text)
        assert mention.name in KNOWN.entries
        end = mention.end
