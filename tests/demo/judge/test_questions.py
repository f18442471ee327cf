"""Questions about the drawn world are grammatical, balanced and rightly answered."""

from __future__ import annotations

import random

from negdata.demo.judge.questions import PLURAL, SINGULAR, balanced, foreign_names, held_out, phrase
from negdata.demo.scene import KINDS
from negdata.vocabulary import vocabulary


def test_half_of_the_answers_are_yes_and_all_are_true() -> None:
    for scene, questions in held_out(30):
        assert [question.present for question in questions] == [True, False]
        assert all((question.name in scene.present) == question.present for question in questions)
        assert len(balanced(scene, random.Random(0), each=3)) == 6


def test_a_question_names_its_object_and_no_other() -> None:
    chance = random.Random(0)
    for name in KINDS:
        for _ in range(20):
            named = {mention.name for mention in vocabulary().find(phrase(name, chance))}
            assert named & set(KINDS) == {name}


def test_articles_agree() -> None:
    chance = random.Random(0)
    asked = {phrase(name, chance).split("?")[0] + "?" for name in ("apple", "dog") for _ in range(400)}
    forms = len(SINGULAR) + len(PLURAL)
    assert len(asked) == 2 * forms
    assert "Is there an apple in this image?" in asked
    assert "Is there a dog in this image?" in asked
    assert "Are there any dogs in this image?" in asked


def test_foreign_objects_are_no_kin_of_what_is_drawn() -> None:
    names = foreign_names()
    assert len(names) > 300
    assert not {"puppy", "animal", "vehicle", "fruit", "goldfish", *KINDS} & set(names)
    assert "pizza" in names
