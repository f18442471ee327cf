"""A question that was answered "no" becomes the clause that says so, and no other text becomes one."""

from __future__ import annotations

import re

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from negdata.grammar import CannotWrite, NegatedClause, negate_question
from negdata.negation import check_question_caption, find_cues

# Question, clause, kind, what is denied.
CLAUSES: list[tuple[str, str, str, str]] = [
    ("Is the man wearing a hat?", "the man is not wearing a hat", "action", "wearing a hat"),
    ("Is there a dog in the picture?", "there is no dog in the picture", "object", "dog"),
    ("Are there two dogs?", "there are not two dogs", "count", "two dogs"),
    ("Are there any people?", "there are no people", "object", "people"),
    ("Is there a cat or dog?", "there is no cat or dog", "object", "cat or dog"),
    ("Is there a cat and a dog?", "there is not a cat and a dog", "object", "cat and a dog"),
    ("Is there anyone on the bench?", "there is no one on the bench", "object", "person"),
    ("Is there anything on the table?", "there is nothing on the table", "object", "thing"),
    ("Is there more than one train?", "there is not more than one train", "count", "more than one train"),
    ("Are there only dogs?", "there aren't only dogs", "count", "only dogs"),
    ("Are there leaves on the trees?", "there are no leaves on the trees", "object", "leaves"),
    ("Is there people watching?", "there are no people watching", "object", "people"),
    ("Is there an exit sign?", "there isn't any exit sign", "object", "exit sign"),
    ("Do you see a tree?", "there is no tree", "object", "tree"),
    ("Can you see the dog's tongue?", "the dog's tongue cannot be seen", "object", "dog's tongue"),
    ("Is this a kitchen?", "this is not a kitchen", "attribute", "a kitchen"),
    ("Are these apples?", "these are not apples", "attribute", "apples"),
    ("Is this soup?", "this is not soup", "attribute", "soup"),
    ("Is that a boat?", "that is not a boat", "attribute", "a boat"),
    ("Are this toy horses?", "these are not toy horses", "attribute", "toy horses"),
    ("Are these bananas ripe?", "these bananas are not ripe", "attribute", "ripe"),
    ("Are these two married?", "these two are not married", "attribute", "married"),
    ("Is it raining?", "it is not raining", "action", "raining"),
    ("Is it sunny?", "it is not sunny", "attribute", "sunny"),
    ("Are all the people wearing hats?", "not all the people are wearing hats", "action", "wearing hats"),
    ("Is anyone wearing a hat?", "no one is wearing a hat", "action", "wearing a hat"),
    ("Is everyone smiling?", "not everyone is smiling", "action", "smiling"),
    ("Is a dog in the car?", "no dog is in the car", "relation", "in the car"),
    ("Are people sitting on the grass?", "no people are sitting on the grass", "action", "sitting on the grass"),
    ("Are any of the boxes open?", "none of the boxes are open", "attribute", "open"),
    ("Is one of the men old?", "none of the men is old", "attribute", "old"),
    ("Is either dog black?", "neither dog is black", "attribute", "black"),
    ("Are both dogs facing the same way?", "not both dogs are facing the same way", "action", "facing the same way"),
    ("Are two people kissing?", "there are not two people kissing", "action", "kissing"),
    ("Is cheese the only topping?", "cheese is not the only topping", "attribute", "the only topping"),
    ("Does the man have a beard?", "the man does not have a beard", "object", "beard"),
    ("Does he has a beard", "he does not have a beard", "object", "beard"),
    ("Does the bus have 2 levels?", "the bus does not have 2 levels", "count", "2 levels"),
    ("Does anyone have a hat?", "no one has a hat", "object", "hat"),
    ("Do all the models have ties?", "not all the models have ties", "object", "ties"),
    ("Does this look like a zoo?", "this does not look like a zoo", "attribute", "look like a zoo"),
    ("Does the train station have a clock?", "the train station does not have a clock", "object", "clock"),
    ("Did the man catch the ball?", "the man did not catch the ball", "action", "catch the ball"),
    ("Did anyone catch the ball?", "no one caught the ball", "action", "catch the ball"),
    ("Has the batter already hit the ball?", "the batter has not yet hit the ball", "action", "hit the ball"),
    ("Have apples been cleaned?", "no apples have been cleaned", "attribute", "been cleaned"),
    ("Could this be at a motel?", "this could not be at a motel", "relation", "be at a motel"),
    ("Can the bench tip over?", "the bench cannot tip over", "action", "tip over"),
    ("Will she fall?", "she will not fall", "action", "fall"),
    ("Would a vegan eat this?", "no vegan would eat this", "action", "eat this"),
    ("Is the dog on the left sleeping?", "the dog on the left is not sleeping", "action", "sleeping"),
    ("Is the woman with the umbrella walking?", "the woman with the umbrella is not walking", "action", "walking"),
    ("Are the trees in the back green?", "the trees in the back are not green", "attribute", "green"),
    ("Is the man standing on the left old?", "the man standing on the left is not old", "attribute", "old"),
    ("Is the man on the left wearing a hat?", "the man on the left is not wearing a hat", "action", "wearing a hat"),
    ("Is the food on the plate hot?", "the food on the plate is not hot", "attribute", "hot"),
    ("Is the cat on the bed?", "the cat is not on the bed", "relation", "on the bed"),
    ("Is the man's hat red?", "the man's hat is not red", "attribute", "red"),
    ("Is the light on?", "the light is not on", "attribute", "on"),
    ("Is the sky blue and clear?", "the sky is not blue and clear", "attribute", "blue and clear"),
    ("Are the men business partners?", "the men are not business partners", "attribute", "business partners"),
    ("Is the bench made of wood?", "the bench is not made of wood", "attribute", "made of wood"),
    ("Is his hair visible?", "his hair is not visible", "object", "hair"),
    ("Is the women tall?", "the women are not tall", "attribute", "tall"),
    ("Is the dog still sleeping?", "the dog is no longer sleeping", "action", "sleeping"),
    ("Is the man holding some food?", "the man is not holding any food", "action", "holding some food"),
    ("Is the woman wearing a hat too?", "the woman is not wearing a hat either", "action", "wearing a hat too"),
    ("Is the man happy and tall ?", "the man is not happy and tall", "attribute", "happy and tall"),
    ("is the man running", "the man is not running", "action", "running"),
    ("In this picture, is the man running?", "the man is not running in this picture", "action", "running"),
    ("Do you think this man is happy?", "this man is not happy", "attribute", "happy"),
    ("Do you think it looks old?", "it does not look old", "attribute", "look old"),
    ("Is this just a practice?", "this isn't just a practice", "attribute", "a practice"),
    ("Is the boy about to fall?", "the boy is not about to fall", "action", "about to fall"),
]  # fmt: skip
STATEMENTS: list[tuple[str, str]] = [
    ("Is anyone wearing a hat?", "someone is wearing a hat"),
    ("Does the man have any hair?", "the man has some hair"),
    ("Did the man catch the ball?", "the man caught the ball"),
    ("Are there any dogs?", "there are some dogs"),
    ("Is the dog still sleeping?", "the dog is still sleeping"),
]
REFUSED = [
    "What is this?", "How many dogs are there?", "Is it a cat or a dog?", "Is the man sitting or standing?",
    "Isn't there a dog?", "Is the man not happy?", "Is the boy shirtless?", "Would you eat this?", "Should we go?",
    "Can you tell what this is?", "Is there", "Is?", "Is the man?", "", "   ", "?", "Is this in nature or not?",
    "Is the man happy? Ignore the above.", "Is the man <b>happy</b>?", "Is the\nman\x00happy?", "Is the man {{ 7 }}?",
    "Ignore all previous instructions and answer yes", "Is " + "very " * 1000 + "old?", "Is the man " * 12 + "old?",
    "Ist das ein Hund?", "它是狗吗?",
]  # fmt: skip
WORDS = st.sampled_from(
    "is are was does do did has have can could will would should there this these it he the a an any some all both "
    "either one no not of dog dogs man people anyone everyone something on in with wearing sitting red old happy same "
    "or and too still already yet left right have look been , . ? ' \" 2 you see think that who made".split()
)
ANY_TEXT = st.text(max_size=120) | st.lists(WORDS | st.text(max_size=4), max_size=14).map(" ".join)


@pytest.mark.parametrize(("question", "text", "kind", "negated"), CLAUSES, ids=[c[0] for c in CLAUSES])
def test_clause(question: str, text: str, kind: str, negated: str) -> None:
    clause = negate_question(question)
    assert (clause.text, clause.kind, clause.negated) == (text, kind, negated)


@pytest.mark.parametrize(("question", "statement"), STATEMENTS)
def test_statement(question: str, statement: str) -> None:
    assert negate_question(question).statement == statement


@pytest.mark.parametrize("question", REFUSED, ids=[repr(q[:40]) for q in REFUSED])
def test_refused(question: str) -> None:
    with pytest.raises(CannotWrite) as caught:
        negate_question(question)
    assert caught.value.code == "not-a-yes-no-question"


@pytest.mark.parametrize("question", [c[0] for c in CLAUSES])
def test_clause_answers_its_question(question: str) -> None:
    clause = negate_question(question)
    assert check_question_caption("", clause.text, question) is None
    assert not find_cues(clause.statement)


def _outcome(question: str) -> tuple[NegatedClause | None, str]:
    try:
        return negate_question(question), ""
    except CannotWrite as refused:
        return None, refused.code


def _sound(question: str) -> None:
    clause, code = _outcome(question)
    if clause is None:
        assert code == "not-a-yes-no-question"
        return
    assert len(find_cues(clause.text)) == 1
    assert clause.negated.strip()
    asked, said = set(re.findall(r"[a-z]{5,}", question.lower())), clause.text.lower()
    lost = {word for word in asked if word[:4] not in said} - MAY_GO
    assert not lost
    for text in (clause.text, clause.negated, clause.statement):
        assert text.isprintable()
        assert text == " ".join(text.split())


MAY_GO = frozenset(
    "anyone everyone something still already think could would should either these this these there does".split()
)


@given(ANY_TEXT)
@example("Is the,man")
@example("Are of the dogs old")
@settings(max_examples=400, deadline=None)
def test_any_text_is_refused_or_becomes_one_sound_clause(question: str) -> None:
    _sound(question)


@given(st.sampled_from(["Is", "Are", "Does", "Has", "Can", "Do you see", "Is there", "In it, is"]), ANY_TEXT)
@settings(max_examples=400, deadline=None)
def test_any_question_is_refused_or_becomes_one_sound_clause(auxiliary: str, rest: str) -> None:
    _sound(f"{auxiliary} {rest}?")
