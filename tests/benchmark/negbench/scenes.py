"""What the tests of NegBench's builders share: small annotated images, the shipped options, truth read from text."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from functools import cache
from pathlib import Path
from typing import Any

import pytest
import yaml
from hypothesis import strategies as st

from negdata.benchmark.negbench.annotated import AnnotatedCaptions, read_coco_pair
from negdata.benchmark.negbench.mcq import McqOptions
from negdata.benchmark.negbench.presence import noun
from negdata.benchmark.negbench.retrieval import RetrievalOptions
from negdata.grammar.nouns import Absent
from negdata.negation import negated_spans
from negdata.shipped import shipped
from negdata.vocabulary import vocabulary

ANNOTATIONS = Path(__file__).resolve().parents[4] / "shared" / "data" / "coco" / "annotations"
CATEGORIES = tuple(
    "person,bicycle,car,bus,truck,bench,bird,cat,dog,horse,umbrella,handbag,skis,kite,bottle,cup,fork,knife,bowl,banana,"
    "orange,broccoli,pizza,cake,chair,couch,potted plant,bed,tv,laptop,mouse,keyboard,oven,sink,refrigerator,book,"
    "clock,scissors,sports ball,toothbrush".split(",")
)
SCENES = (
    ("A man walks his dog in the park.", "A person with a dog on a leash."),
    ("A cat sleeps on a laptop in an office.", "A cat lying across a keyboard on a desk."),
    ("A kitchen with an oven and a refrigerator.", "A clean kitchen."),
    ("A bus drives down a busy street.", "A city street with a bus and a bicycle."),
    ("A pizza and a bowl of broccoli on a tray.", "Some food and a fork."),
    ("A woman reads a book in bed.",),
    ("A herd of horses in a field.", "Two horses eat grass."),
    ("A bathroom with a toothbrush in a cup.", "A bathroom sink."),
)


def pictured(identity: int, captions: Sequence[str], present: Iterable[str]) -> AnnotatedCaptions:
    """An image with these captions and categories; nothing is told of sizes."""
    return AnnotatedCaptions(f"{identity:012}.jpg", identity, tuple(captions), tuple(present), CATEGORIES)


@st.composite
def albums(draw: st.DrawFn, least: int = 1, most: int = 8) -> list[AnnotatedCaptions]:
    """Images with captions of some scene, and some categories beside those that the captions name."""
    size = draw(st.integers(least, most))
    found = []
    for identity in range(1, size + 1):
        captions = draw(st.sampled_from(SCENES)) if draw(st.booleans()) or identity == 1 else ()
        named = [name for name in CATEGORIES if any(_names(name, caption) for caption in captions)]
        more = draw(st.lists(st.sampled_from(CATEGORIES), max_size=5))
        found.append(pictured(identity, captions, dict.fromkeys([*named, *more])))
    return found


def is_true(text: str, present: Iterable[str], spoken: Mapping[str, Absent]) -> bool:
    """Whether a sentence holds, by its own words: what is in the scope of a negation is absent, what isn't is there.

    Args:
        spoken: category → its forms, for every category that the sentence may name.
    """
    spans = negated_spans(text)
    named = {
        (name, found.start(), found.end())
        for name, forms in spoken.items()
        for found in re.finditer(rf"(?i)\b(?:{forms.singular}|{forms.plural})\b", text)
    }
    longest = {one for one in named if not any(o[1] <= one[1] and one[2] <= o[2] and o != one for o in named)}
    assert longest, f"{text} names nothing"
    there = set(present)
    return all((name in there) != any(s <= at and end <= e for _, s, e in spans) for name, at, end in longest)


@cache
def spoken_coco() -> dict[str, Absent]:
    """The categories of the tests, as the shipped options call them."""
    return {name: noun(name, mcq_options().objects.names) for name in CATEGORIES}


@cache
def definition(name: str) -> dict[str, Any]:
    """A shipped benchmark definition."""
    loaded: dict[str, Any] = yaml.safe_load((shipped("benchmark") / f"{name}.yaml").read_text(encoding="utf-8"))
    return loaded


def mcq_options(**changed: object) -> McqOptions:
    """The shipped ones, with fewer tries, so that tests are quick."""
    return McqOptions.model_validate({**definition("negbench-mcq")["build"], "tries": 10, "wordings": 3, **changed})


def retrieval_options() -> RetrievalOptions:
    """The shipped ones."""
    return RetrievalOptions.model_validate(definition("negbench-retrieval")["build"])


def coco(split: str) -> list[AnnotatedCaptions]:
    """The images of a split of COCO that have captions and boxes here; skips where there are none."""
    captions, instances = ANNOTATIONS / f"captions_{split}.json", ANNOTATIONS / f"instances_{split}.json"
    if not captions.exists() or not instances.exists():
        pytest.skip("needs ../shared/data/coco/annotations")
    return list(read_coco_pair(captions, instances).images)


def _names(category: str, caption: str) -> bool:
    entry = vocabulary().lookup(category)
    assert entry is not None
    return any(mention.name in vocabulary().kinds(entry.name) for mention in vocabulary().find(caption))
