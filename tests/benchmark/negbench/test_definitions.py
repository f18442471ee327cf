"""benchmark/negbench-*.yaml: they hold what a definition has to, and their builders take what they say."""

from __future__ import annotations

import pytest

from negdata.benchmark.definition import PublishedScore
from tests.benchmark.negbench.scenes import definition, mcq_options, retrieval_options


@pytest.mark.parametrize("name", ["negbench-mcq", "negbench-retrieval"])
def test_a_definition_is_whole(name: str) -> None:
    found = definition(name)
    keys = "name version suite title description paper url licence build published"
    assert list(found) == keys.split()
    assert (found["name"], found["version"], found["build"]["builder"]) == (name, 1, name)
    scores = [PublishedScore.model_validate(score) for score in found["published"]]
    assert len(scores) == 8
    assert len({(score.model, score.metric) for score in scores}) == 8


def test_builders_take_what_the_definitions_say() -> None:
    options = mcq_options()
    assert all(len(templates) >= 8 for templates in options.templates.values())
    assert all(len(set(templates)) == len(templates) for templates in options.templates.values())
    assert retrieval_options().objects.least_plausible == options.objects.least_plausible
