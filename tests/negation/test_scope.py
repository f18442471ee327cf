"""What a cue negates: no more and no less."""

from __future__ import annotations

import pytest
from hypothesis import example, given, settings

from negdata.negation import find_cues, negated_spans
from negdata.negation.naming import target
from negdata.negation.scope import scopes
from negdata.negation.text import tokenise
from negdata.vocabulary import vocabulary
from tests.negation.shared import COCO_CAPTIONS, NEGATED_CAPTIONS, coco_captions, negbench_captions, unmark
from tests.negation.test_detect import ANY_TEXT

CASES = [
    # A noun phrase to the right
    "A street with no [cars]",
    "A street with no [cars] in sight",
    "There is no [red wine] on the table",
    "a man with no [hat] riding a horse",
    "A white toilet with no [seat or cover]",
    "A table with no [plates, cups or forks] on it",
    "a room with no [chairs and tables]",
    "a man with no [shirt] and a big beard",
    "a chair with no [arms], with a man sitting on it",
    "A man without [a hat] holds a bat",
    "a sheep without [a red marking]",
    "a zebra without [eating grass]",
    "A beach devoid of [people] at dusk",
    "a plate that lacks [a fork]",
    "A kitchen free of [clutter]",
    "a bench with no [stuffed animals] while it rains",
    "There is no [trash can], and a man can swim",
    "A park with no [vending machine, steering wheel or filing cabinet] in it",
    # A predicate
    "A man not [wearing a hat] on a bench",
    "a giraffe that is not [eating]",
    "a zebra not [drinking or eating]",
    "the man does not [have a ball] in his hand",
    "A toilet that isn't [connected to anything]",
    "a pizza that is not [so round] that it rolls",
    "a cup not [yet full]",
    "the chair not [directly in front of the tray]",
    "A truck, not [a car], is parked",
    "a bus no longer [in use]",
    # A subject, where the predicate tells presence
    "[A dog] is not [visible]",
    "a table, and [a cup] isn't [present in the scene]",
    "the man whose [head] is not [shown]",
    "a bowl in which [the spoon] is not [visible]",
    "a room where [a cat] is clearly not [visible]",
    "a man eats pizza and [a fork] is nowhere to be seen",
    "[a trash can] is not [visible]",
    # Either side
    "A pizza missing [a slice]",
    "A pizza with [a slice] missing",
    "A kitchen, but [a fork] is absent",
    "A kitchen, but [a fork] is noticeably absent from the scene",
    "Absent from the image is [a handbag]; a woman smiles",
    "A desk, but noticeably absent is [any chair]",
    "Missing is [a dog], but a cat sits there",
    # The word itself
    "A bench with [nobody], by a lake",
    "A bench with nobody [on it]",
    "A plate with [nothing]",
    "A [shirtless] man",
    "A [leaf]-free tree",
    "A [leaf] free tree",
    # Not at all
    "A no parking sign by a car",
    "nothing but cars",
    "bus no. 12",
    "A cat",
]


@pytest.mark.parametrize("marked", CASES)
def test_a_scope_is_exact(marked: str) -> None:
    text, expected = unmark(marked)
    assert sorted(text[start:end] for _, start, end in negated_spans(text)) == sorted(expected)


def test_each_of_two_cues_has_its_own_scope() -> None:
    text = "A man with no hat and a dog without a leash"
    assert [(cue.cue, text[start:end]) for cue, start, end in negated_spans(text)] == [
        ("no", "hat"),
        ("without", "a leash"),
    ]


@settings(deadline=None)
@given(ANY_TEXT)
@example("absent")
@example("without or")
@example("no ,")
@example("- free")
def test_spans_lie_within_any_text_and_belong_to_its_cues(text: str) -> None:
    cues = find_cues(text)
    for cue, start, end in negated_spans(text):
        assert cue in cues
        assert 0 <= start < end <= len(text)
    for scope in scopes(text):
        assert 0 <= scope.first <= scope.last < len(tokenise(text))


TEMPLATES = (
    "A quiet place with no {} in sight.",
    "A quiet place without any {}.",
    "There is no {}, but the place is quiet.",
    "No {} is visible in this quiet place.",
    "A quiet place that has no {} or noise.",
    "A quiet place, but absent from it is any {}.",
    "The place is quiet, and a {} is noticeably absent.",
    "This place doesn't have a {}.",
)


@pytest.mark.parametrize("template", TEMPLATES)
def test_every_object_of_the_vocabulary_is_in_scope(template: str) -> None:
    at = template.index("{")
    outside = [
        name
        for name in vocabulary().entries
        if not any(s <= at and at + len(name) <= e for _, s, e in negated_spans(template.format(name)))
    ]
    assert outside == []


@pytest.mark.skipif(not NEGATED_CAPTIONS.exists(), reason="NegBench's captions are not under ../shared/data")
def test_what_negbench_denies_is_in_scope() -> None:
    asked = denied = 0
    for caption, absent in negbench_captions():
        places = [naming for name in absent for naming in target(name).namings(caption)]
        if places:
            asked += 1
            found = scopes(caption)
            denied += any(s.first <= p.first and p.last <= s.last for s in found for p in places)
    assert asked > 1200
    assert denied / asked > 0.99


@pytest.mark.skipif(not COCO_CAPTIONS.exists(), reason="COCO's captions are not under ../shared/data")
def test_nearly_every_cue_of_coco_negates_something() -> None:
    found = [(caption, cue) for caption in coco_captions() for cue in find_cues(caption)]
    empty = [(c, cue.cue) for c, cue in found if cue not in [other for other, _, _ in negated_spans(c)]]
    assert len(empty) <= 3, empty
