"""Statements: when they are true, that none of a question gives another away, and that every wording is English."""

from __future__ import annotations

import re
from itertools import product

import pytest
from hypothesis import given
from hypothesis import strategies as st

from negdata.benchmark.negbench.presence import noun
from negdata.benchmark.negbench.statements import (
    FORMS,
    LAYOUTS,
    WORLDS,
    Form,
    Statement,
    check_template,
    laid_out,
    worded,
)
from negdata.filter.misfits import misfits
from tests.benchmark.negbench.scenes import CATEGORIES, coco, is_true, mcq_options, spoken_coco

SINGLE: tuple[Form, ...] = ("affirm", "deny")
PLACES = {layout: 1 + max(place for _, named in forms for place in named) for layout, forms in LAYOUTS.items()}


@pytest.mark.parametrize(
    ("form", "true"),
    [("affirm", "TTFF"), ("deny", "FFTT"), ("both", "TFFF"), ("but", "FTFF"), ("neither", "FFFT")],
)
def test_truth_of_each_form(form: Form, true: str) -> None:
    # In order: both objects there, the first alone, the second alone, none; of one object: the first.
    statement = Statement(form, ("cat",) if form in ("affirm", "deny") else ("cat", "dog"))
    worlds: list[set[str]] = [{"cat", "dog"}, {"cat"}, {"dog"}, set()]
    assert "".join("T" if statement.is_true(world) else "F" for world in worlds) == true


@pytest.mark.parametrize("layout", LAYOUTS)
def test_no_statement_of_a_question_follows_from_another(layout: str) -> None:
    names = tuple(map(str, range(PLACES[layout])))
    worlds = [
        {name for name, there in zip(names, signs, strict=True) if there}
        for signs in product((True, False), repeat=len(names))
    ]
    holds = [
        {at for at, world in enumerate(worlds) if statement.is_true(world)} for statement in laid_out(layout, names)
    ]
    for one, other in product(range(4), repeat=2):
        assert one == other or not holds[one] <= holds[other]


def test_a_world_makes_one_statement_true_and_each_can_be_it() -> None:
    for layout in LAYOUTS:
        assert {world.right for world in WORLDS if world.layout == layout} == {0, 1, 2, 3}
    for world in WORLDS:
        names = tuple(map(str, range(len(world.shown))))
        there = {name for name, is_there in zip(names, world.shown, strict=True) if is_there}
        true = [statement.is_true(there) for statement in laid_out(world.layout, names)]
        assert [at for at, holds in enumerate(true) if holds] == [world.right]


@given(st.data())
def test_a_shipped_wording_says_what_its_statement_says(data: st.DataObject) -> None:
    options = mcq_options()
    form = data.draw(st.sampled_from(FORMS))
    template = data.draw(st.sampled_from(options.templates[form]))
    size = 1 if form in ("affirm", "deny") else 2
    objects = tuple(data.draw(st.lists(st.sampled_from(CATEGORIES), min_size=size, max_size=size, unique=True)))
    statement = Statement(form, objects)
    said = worded(statement, template, spoken_coco())
    present = set(data.draw(st.lists(st.sampled_from(objects), unique=True)))
    assert is_true(said, present, spoken_coco()) == statement.is_true(present), said
    assert list(misfits(said)) == []
    assert said[0].isupper()
    assert said.endswith(".")


@pytest.mark.parametrize(
    ("form", "objects", "template", "said"),
    [
        ("affirm", ("umbrella",), "{an 1} {is 1} visible.", "An umbrella is visible."),
        ("affirm", ("scissors",), "{an 1} {is 1} visible.", "Scissors are visible."),
        ("affirm", ("skis",), "There {is 1} {an 1} here.", "There are skis here."),
        ("affirm", ("broccoli",), "This shows {an 1}.", "This shows broccoli."),
        ("deny", ("person",), "There {be 1} {no 1} here.", "There are no people here."),
        ("deny", ("broccoli",), "There {be 1} {no 1} here.", "There is no broccoli here."),
        ("deny", ("bus",), "You can't see {any 1}.", "You can't see a bus."),
        ("deny", ("skis",), "You can't see {any 1}.", "You can't see any skis."),
        ("but", ("tv", "mouse"), "{an 1}, but {no 2}.", "A TV, but no computer mouse."),
        ("neither", ("bird", "oven"), "Neither {an 1} nor {an 2} {is 2} here.", "Neither a bird nor an oven is here."),
    ],
)
def test_articles_plurals_and_verbs(form: Form, objects: tuple[str, ...], template: str, said: str) -> None:
    names = mcq_options().objects.names
    assert worded(Statement(form, objects), template, {name: noun(name, names) for name in objects}) == said


@pytest.mark.parametrize(
    ("form", "template", "problem"),
    [
        ("affirm", "This image shows {an 2}.", "no slot"),
        ("affirm", "This image shows {colour 1}.", "no slot"),
        ("affirm", "This image shows {1.__class__}.", "no slot"),
        ("affirm", "This image shows something.", "each of its objects"),
        ("but", "This image shows {an 1} and nothing else.", "each of its objects"),
        ("affirm", "This image shows {an 1}", "full stop"),
        ("affirm", "This {image shows {an 1}.", "no slot|full stop"),
        ("affirm", "There {be 1} {no 1} here.", "has a word that negates"),
        ("deny", "This image shows {an 1}.", "has no word that negates"),
        ("but", "This image shows {an 2}, but {no 1}.", "affirms 'kite'"),
        ("neither", "This image shows {an 1}, but {no 2}.", "affirms 'zebra'"),
        ("both", "This image shows {an 1}, but {no 2}.", "has a word that negates"),
    ],
)
def test_a_template_that_says_something_else_is_refused(form: Form, template: str, problem: str) -> None:
    found = check_template(form, template)
    assert found is not None
    assert re.search(problem, found)


def test_every_category_of_coco_can_be_worded() -> None:
    options = mcq_options()
    for name in coco("val2017")[0].exhaustive:
        for form in SINGLE:
            for template in options.templates[form]:
                spoken = {name: noun(name, options.objects.names)}
                said = worded(Statement(form, (name,)), template, spoken)
                assert list(misfits(said)) == []
                assert is_true(said, [name], spoken) == (form == "affirm")
