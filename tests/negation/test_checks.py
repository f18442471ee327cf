"""A written caption passes that says what it should, and each thing that can be wrong has its reason."""

from __future__ import annotations

import random

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from negdata.negation import REASONS, check_false_caption, check_negated_caption, find_cues, find_lookalikes
from negdata.vocabulary import vocabulary
from tests.negation.shared import COCO_CAPTIONS, coco_captions
from tests.negation.test_detect import ANY_TEXT

HORSE = "A man rides a brown horse on the beach."
KEPT = "A man rides a brown horse on the beach"

GOOD: list[tuple[str, str, str]] = [
    (HORSE, f"{KEPT}, with no umbrella in sight.", "umbrella"),
    (HORSE, f"{KEPT} without an umbrella.", "umbrella"),
    (HORSE, "A man with no hat rides a brown horse on the beach.", "hat"),
    (HORSE, "A hatless man rides a brown horse on the beach.", "hat"),
    (HORSE, f"{KEPT}, but an umbrella is nowhere to be seen.", "umbrella"),
    (HORSE, f"There are no umbrellas, but {KEPT.lower()}.", "umbrella"),
    (HORSE, f"Absent is an umbrella, but {KEPT.lower()}.", "umbrella"),
    (HORSE, "On the beach, a man who isn't wearing a hat is riding a brown horse.", "hat"),
    (HORSE, "On the beach a brown horse is ridden by a man, not by a dog.", "dog"),
    ("A bench by a lake.", "A bench by a lake with nobody on it.", "person"),
    ("A plate of food.", "A plate of food with no hot dogs.", "hot dog"),
    ("Two men play soccer.", "Two men play soccer, with no zorbing sphere.", "zorbing sphere"),
    ("A man watching the rain.", "A man watching the rain, with no watch on his wrist.", "watch"),
    # Whether it is worn is asked of what the vocabulary knows only.
    (HORSE, "A man not wearing a hat rides a brown horse on the beach.", "hat"),
    (HORSE, "A man not wearing a zorbing sphere rides a brown horse on the beach.", "zorbing sphere"),
    ("A player in a uniform by a bus.", "A player in a uniform not wearing a hat by a bus.", "hat"),
    ("A dog in the snow.", "A dog not wearing a collar in the snow.", "collar"),
    ("Two teddy bears on a bed.", "Two teddy bears not wearing any hats on a bed.", "hat"),
    # The caption has a negation already, or a look-alike of one.
    ("A truck with no wheels.", "A truck with no wheels and no driver.", "driver"),
    ("A no parking sign on a pole.", "A no parking sign on a pole with no cars around.", "car"),
    ("A man reads a sign that says stop.", "A man reads a sign that says stop, with no dog in sight.", "dog"),
]
BAD: list[tuple[str, str, str, str]] = [
    ("no-cue", HORSE, f"{KEPT} with an umbrella.", "umbrella"),
    ("no-cue", HORSE, f"{KEPT} instead of an umbrella.", "umbrella"),
    ("no-cue", HORSE, f"{KEPT} with nothing but an umbrella.", "umbrella"),
    ("no-cue", HORSE, f"{KEPT} under umbrella no. 12.", "umbrella"),
    ("no-cue", "A truck with no wheels.", "A truck with no wheels and a driver.", "driver"),
    ("object-not-in-scope", HORSE, f"{KEPT}, with no dog.", "umbrella"),
    ("object-not-in-scope", HORSE, f"{KEPT} under an umbrella with no dog.", "umbrella"),
    ("object-not-in-scope", "A plate of food.", "A plate of food with no hot dog.", "dog"),
    ("lost-content", HORSE, "A man rides a horse on the beach, with no umbrella.", "umbrella"),
    ("lost-content", "Three dogs run in a park.", "Dogs run in a park with no ball.", "ball"),
    ("invented-content", HORSE, "A man rides a brown horse on the sunny beach, with no umbrella.", "umbrella"),
    ("invented-content", HORSE, f"{KEPT}, with no umbrella but a big towel.", "umbrella"),
    ("contradiction", HORSE, "No man rides a brown horse on the beach, with no umbrella.", "umbrella"),
    ("contradiction", HORSE, "A man doesn't ride a brown horse on the beach without an umbrella.", "umbrella"),
    ("names-object-as-present", HORSE, f"{KEPT}, with no umbrella but a red umbrella.", "umbrella"),
    ("names-object-as-present", HORSE, f"{KEPT}, with no animal.", "animal"),
    ("names-object-as-present", HORSE, f"{KEPT}, with no person in sight.", "person"),
    ("double-negation", HORSE, f"{KEPT}, not without an umbrella.", "umbrella"),
    ("double-negation", HORSE, f"{KEPT} without no umbrella.", "umbrella"),
    ("unnatural", HORSE, "A man not wearing a parking meter rides a brown horse on the beach.", "parking meter"),
    ("unnatural", HORSE, f"{KEPT}, wearing no pigeon.", "pigeon"),
    ("unnatural", "An old airplane on a runway.", "An old airplane not wearing a suit on a runway.", "suit"),
    ("unchanged", HORSE, "A man rides a brown horse, on the beach", "umbrella"),
    ("too-long", HORSE, f"{KEPT}, with no umbrella" + " and with no umbrella" * 6, "umbrella"),
    ("too-short", HORSE, "A man, no umbrella.", "umbrella"),
    ("too-short", HORSE, "  ", "umbrella"),
    ("not-a-caption", HORSE, f"Sure! {KEPT} with no umbrella.", "umbrella"),
    ("not-a-caption", HORSE, f"Caption: {KEPT} with no umbrella.", "umbrella"),
    ("not-a-caption", HORSE, f"Here is the rewritten caption: {KEPT} with no umbrella.", "umbrella"),
    ("garbled", HORSE, f"{KEPT}\nwith no umbrella.", "umbrella"),
    ("garbled", HORSE, f"{KEPT} with no no umbrella.", "umbrella"),
    ("garbled", HORSE, f"**{KEPT}** with no umbrella.", "umbrella"),
]
GOOD_FALSE = [
    (HORSE, "A man on the beach with no horse.", "horse"),
    (HORSE, "A man rides on the brown beach with no horse in sight.", "horse"),
    (HORSE, "No horse is on the beach, but a man rides.", "horse"),
]
BAD_FALSE = [
    ("not-in-caption", "A man rides on the beach, with no umbrella.", "umbrella"),
    ("no-cue", "A man rides a horse on the beach.", "horse"),
    ("object-not-in-scope", "A man rides a brown horse on the beach, with no dog.", "horse"),
    ("names-object-as-present", "A man rides a brown horse on the beach with no horse.", "horse"),
    ("names-object-as-present", "A man rides a pony on the beach, with no horse.", "horse"),
    ("lost-content", "There is no horse in sight.", "horse"),
    ("invented-content", "A man surfs on the beach with no horse.", "horse"),
    ("double-negation", "A man on the beach without no horse.", "horse"),
    ("unchanged", HORSE, "horse"),
    ("too-short", "", "horse"),
    ("too-long", "A man on the beach with no horse" + " and no horse" * 12, "horse"),
    ("not-a-caption", "Note: a man on the beach with no horse.", "horse"),
    ("garbled", "A man on the beach with no no horse.", "horse"),
]


@pytest.mark.parametrize(("caption", "written", "negated"), GOOD)
def test_a_good_negated_caption_passes(caption: str, written: str, negated: str) -> None:
    assert check_negated_caption(caption, written, negated) is None


@pytest.mark.parametrize(("reason", "caption", "written", "negated"), BAD)
def test_a_bad_negated_caption_has_its_reason(reason: str, caption: str, written: str, negated: str) -> None:
    finding = check_negated_caption(caption, written, negated)
    assert finding is not None
    assert finding.reason == reason
    assert finding.detail
    assert "\n" not in finding.detail


@pytest.mark.parametrize(("caption", "written", "present"), GOOD_FALSE)
def test_a_good_false_caption_passes(caption: str, written: str, present: str) -> None:
    assert check_false_caption(caption, written, present) is None


@pytest.mark.parametrize(("reason", "written", "present"), BAD_FALSE)
def test_a_bad_false_caption_has_its_reason(reason: str, written: str, present: str) -> None:
    finding = check_false_caption(HORSE, written, present)
    assert finding is not None
    assert finding.reason == reason


def test_every_reason_has_a_case() -> None:
    assert {case[0] for case in BAD} | {case[0] for case in BAD_FALSE} == set(REASONS)
    assert {case[0] for case in BAD_FALSE} == set(REASONS) - {"contradiction", "unnatural"}


NAMES = st.sampled_from(sorted(vocabulary().entries))


@settings(deadline=None)
@given(ANY_TEXT, ANY_TEXT, ANY_TEXT)
def test_any_three_texts_get_an_answer(caption: str, written: str, name: str) -> None:
    for check in (check_negated_caption, check_false_caption):
        finding = check(caption, written, name)
        assert finding is None or finding.reason in REASONS


@settings(deadline=None)
@given(ANY_TEXT, NAMES)
def test_nothing_passes_that_negates_nothing(caption: str, name: str) -> None:
    written = f"{caption} and a {name}"
    assume(not find_cues(written))
    for check in (check_negated_caption, check_false_caption):
        assert check(caption, written, name) is not None


NOUN = st.sampled_from("man woman dog red car tall tree wet street bowl of soup on a the with near two sign".split())
ENDING = st.sampled_from(
    (
        ", with no {} in sight",
        ", and no {} is visible",
        " without any {}",
        ", but there is no {}",
        ", and a {} is notably absent",
    )
)


@settings(deadline=None)
@given(st.lists(NOUN, min_size=3, max_size=14).map(" ".join), ENDING, NAMES)
def test_a_denial_added_to_a_plain_caption_passes(caption: str, ending: str, name: str) -> None:
    assume(not find_lookalikes(caption))
    known = vocabulary()
    assume(not any(known.kin(mention.name, name) for mention in known.find(caption)))
    written = caption + ending.format(name)
    # What the joint of the two makes of an object's name ("hot" + "dog") is not asked here.
    assume([m.name for m in known.find(written)] == [*(m.name for m in known.find(caption)), name])
    finding = check_negated_caption(caption, written, name)
    repeats = finding is not None and finding.reason in ("garbled", "names-object-as-present")
    assert finding is None or repeats, finding


@pytest.mark.skipif(not COCO_CAPTIONS.exists(), reason="COCO's captions are not under ../shared/data")
def test_an_absent_object_denied_in_a_real_caption_passes() -> None:
    chance, known = random.Random(0), vocabulary()
    names = sorted(known.entries)
    asked = 0
    for caption in chance.sample(coco_captions(), 800):
        name = chance.choice(names)
        if find_cues(caption) or any(known.kin(mention.name, name) for mention in known.find(caption)):
            continue
        asked += 1
        written = f"{caption.rstrip('. ')}, with no {name} in sight."
        assert check_negated_caption(caption, written, name) is None, written
        assert check_negated_caption(caption, f"{caption.rstrip('. ')} with a {name}.", name) is not None
    assert asked > 700


def test_a_model_that_goes_on_says_it_twice() -> None:
    caption = "A dog sits in the front seat of a jeep."
    twice = "A dog sits in the front seat of a jeep without any awning. A dog is sitting in the front seat of a jeep."
    denied_twice = "A dog sits in the front seat of a jeep without any awning. But there is no awning."
    for written in (twice, denied_twice):
        finding = check_negated_caption(caption, written, "awning")
        assert finding is not None
        assert finding.reason == "garbled"


def test_contracted_there_is_invents_nothing() -> None:
    written = "A dog sits in the front seat of a jeep, but there's no awning in sight."
    assert check_negated_caption("A dog sits in the front seat of a jeep.", written, "awning") is None
