"""The checks of a caption record, one after the other, and each left out where asked."""

from __future__ import annotations

from time import process_time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from negdata.filter.text import TEXT_CHECKS, ImageText, check_text
from negdata.records import CaptionRecord
from negdata.sources.base import MAX_CAPTION_CHARACTERS

CAPTION = "A man rides a horse on a beach."
GOOD = "A man rides a horse on a beach with no dog."
LONG = "A man with a red hat and a green coat rides a brown horse on a beach, {} with no dog."


def record(negated_caption: str | None = GOOD, caption: str = CAPTION, **fields: str | None) -> CaptionRecord:
    usual = {"id": "1", "negated": "dog", "pipeline": "objects", "caption": caption, "negated_caption": negated_caption}
    return CaptionRecord.model_validate({**usual, **fields})


CASES = {
    "empty": (record(" …"), ImageText()),
    "unsafe": (record("A man rides a horse on a beach with no dog, www.example.org"), ImageText()),
    "ungrammatical": (record("A man rides a horse on a beach with no no dog."), ImageText()),
    "no-negation": (record("A man rides a horse on an empty beach."), ImageText()),
    "duplicate": (record(), ImageText(earlier=(("a man rides a horse on a beach, with no dog", "cat"),))),
    "near-duplicate": (record(LONG.format("")), ImageText(earlier=((LONG.format("indeed"), "dog"),))),
    "contradiction": (record(), ImageText(captions=("A rider and his puppy.",))),
}


def test_there_is_a_case_for_every_code() -> None:
    assert list(CASES) == list(TEXT_CHECKS)


@pytest.mark.parametrize("reason", CASES)
def test_each_is_found_and_only_when_asked_for(reason: str) -> None:
    finding = check_text(*CASES[reason])
    assert finding is not None
    assert finding.reason == reason
    left = check_text(*CASES[reason], without=frozenset({reason}))
    assert left is None or left.reason != reason


def test_a_good_record_has_nothing_wrong() -> None:
    image = ImageText(captions=(CAPTION, "A horse."), earlier=(("A horse with no dog.", "dog"),))
    assert check_text(record(), image) is None


def test_the_first_in_order_is_told() -> None:
    image = ImageText(captions=("A dog.",), earlier=((GOOD, "dog"),))
    told = []
    without: frozenset[str] = frozenset()
    while (finding := check_text(record(), image, without)) is not None:
        told.append(finding.reason)
        without |= {finding.reason}
    assert told == ["duplicate", "near-duplicate", "contradiction"]


def test_its_own_caption_contradicts_too() -> None:
    finding = check_text(record(caption="A man and a dog.", negated_caption="A man and no dog."), ImageText())
    assert finding is not None
    assert finding.reason == "contradiction"


def test_a_false_caption_must_be_safe_too() -> None:
    finding = check_text(record(false_caption="A <b>man</b> with no horse."), ImageText())
    assert finding is not None
    assert finding.reason == "unsafe"


def test_a_record_that_is_only_proposed_can_only_contradict() -> None:
    assert check_text(record(None), ImageText(captions=("A cat.",))) is None
    finding = check_text(record(None), ImageText(captions=("A dog.",)))
    assert finding is not None
    assert finding.reason == "contradiction"


def test_an_object_that_the_record_does_not_tell_is_read_from_the_caption() -> None:
    finding = check_text(record(negated=None, pipeline=None), ImageText(captions=("A dog.",)))
    assert finding is not None
    assert finding.reason == "contradiction"


def test_what_an_answer_denies_may_be_no_object() -> None:
    assert check_text(record(pipeline="vqa"), ImageText(captions=("A dog.",))) is None


def test_a_negation_that_the_original_has_counts_for_nothing() -> None:
    old = record("A man who has no hat.", caption="A man with no hat.", negated=None)
    new = record("A hatted man with no dog.", caption="A man with no hat.")
    finding = check_text(old, ImageText())
    assert finding is not None
    assert finding.reason == "no-negation"
    assert check_text(new, ImageText()) is None


@pytest.mark.parametrize("unit", ["no dog or ", "no ", "not ", "no sign of ", "( ", "isn't a dog visible ", ", "])
def test_a_hostile_record_takes_no_time_to_read(unit: str) -> None:
    text = unit * (MAX_CAPTION_CHARACTERS // len(unit))
    start = process_time()
    for negated in (None, "dog"):
        one = record(text + "cat", caption=text, negated=negated)
        for reason in TEXT_CHECKS:
            check_text(one, ImageText((text,), ((text + "cow", negated),)), frozenset(TEXT_CHECKS) - {reason})
    assert process_time() - start < 5


TEXT = st.one_of(
    st.text(max_size=80), st.lists(st.sampled_from('a no dog , cat with an . " ( of the'.split())).map(" ".join)
)


@settings(deadline=None)
@given(TEXT.filter(bool), TEXT, st.none() | TEXT, st.lists(TEXT, max_size=3), st.lists(TEXT, max_size=3))
def test_any_text_is_checked_alike_each_time(
    caption: str, written: str, negated: str | None, captions: list[str], earlier: list[str]
) -> None:
    one = CaptionRecord(id="1", caption=caption, negated_caption=written, negated=negated)
    image = ImageText(tuple(captions), tuple((text, negated) for text in earlier))
    finding = check_text(one, image)
    assert finding == check_text(one, image)
    assert finding is None or finding.reason in TEXT_CHECKS
    assert check_text(one, image, frozenset(TEXT_CHECKS)) is None
