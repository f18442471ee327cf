"""The definitions of suites that are built elsewhere: readable, of known suites, and true to their sources."""

from __future__ import annotations

from typing import Any

import pytest
import yaml

from negdata.benchmark.definition import PublishedScore
from negdata.benchmark.suites.registry import SUITES
from negdata.shipped import shipped

OURS = ("valse-existence", "cc-neg", "pope", "zero-shot", "coco-retrieval")
KEYS = {"name", "version", "suite", "title", "description", "paper", "url", "licence", "published"}


def definition(name: str) -> dict[str, Any]:
    content: dict[str, Any] = yaml.safe_load((shipped("benchmark") / f"{name}.yaml").read_text(encoding="utf-8"))
    return content


@pytest.mark.parametrize("name", OURS)
def test_a_definition_is_whole(name: str) -> None:
    found = definition(name)
    assert found.keys() == KEYS
    assert (found["name"], found["version"]) == (name, 1)
    assert found["suite"] in SUITES
    scores = [PublishedScore.model_validate(one) for one in found["published"]]
    assert len({(one.model, one.metric, one.source) for one in scores}) == len(scores)


def test_what_is_published_on_valse_is_a_number_of_all_its_records() -> None:
    for score in map(PublishedScore.model_validate, definition("valse-existence")["published"]):
        assert round(100 * round(score.value * 534 / 100) / 534, 2) == score.value
