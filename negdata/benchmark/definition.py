"""benchmark/*.yaml: what each benchmark is, how it is built, and the scores that were published on it."""

from __future__ import annotations

from functools import lru_cache
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field

from negdata.benchmark.negbench.mcq import McqOptions
from negdata.benchmark.negbench.retrieval import RetrievalOptions
from negdata.shipped_yaml import Named, YamlKind
from negdata.yamlfile import said

Preference = Literal["referred", "first-annotated-referred", "contrasted", "largest"]


class PublishedScore(BaseModel):
    """A score that somebody else measured and published.

    Attributes:
        model: as the publication names it.
        metric: as this suite's figures name it: "accuracy", "R@5 text→image".
        value: in percent.
        source: where it stands: "Park et al. 2025, table 1".
    """

    model_config = ConfigDict(extra="forbid")

    model: str
    metric: str = "accuracy"
    value: float = Field(ge=0, le=100)
    source: str


class PhraseRule(BaseModel):
    """Which phrases a benchmark of regions takes.

    Attributes:
        read: ``words`` takes every phrase that holds a cue as a word; ``negation`` reads the phrase, and sets aside
            cues that negate nothing: numbers, printed text.
        cues: words, or canonical cues of the lexicon.
        further: for ``negation``: cues that the lexicon doesn't have, with the words that are such.
    """

    model_config = ConfigDict(extra="forbid")

    read: Literal["words", "negation"]
    cues: list[str] = Field(min_length=1)
    further: dict[str, list[str]] = {}


class NegativeRule(BaseModel):
    """Which regions of the same category and image stand against the one that the phrase refers to.

    Attributes:
        max_box_iou: between the tight boxes of the two.
        max_crop_iou: between any two crops of an item.
        min_area: of the tight box, as a share of the image.
        min_crop_area: of the crop, as a share of the image.
        prefer: what decides between regions that are admitted, the first that tells them apart: ``referred`` (another
            phrase refers to it), ``first-annotated-referred`` (of two referred ones the lower annotation id),
            ``contrasted`` (a phrase of it affirms what is negated), ``largest``.
        at_most: regions that stand against the one.
        fitting: whether regions that the phrase fits as well are kept.
        unreferred: whether regions that no phrase refers to are taken.
    """

    model_config = ConfigDict(extra="forbid")

    max_box_iou: float = Field(ge=0, le=1)
    max_crop_iou: float = Field(gt=0, le=1)
    min_area: float = Field(ge=0, lt=1)
    min_crop_area: float = Field(ge=0, lt=1)
    prefer: list[Preference] = Field(min_length=1)
    at_most: int = Field(ge=1, le=8)
    fitting: Literal["kept", "rejected"]


class BalanceRule(BaseModel):
    """How far a rule that never reads the phrase may be from chance.

    Attributes:
        most: in points of accuracy, over all items; and over the items of one category with at least ``category_of``.
    """

    model_config = ConfigDict(extra="forbid")

    most: float = Field(gt=0, le=50)
    category_of: int = Field(ge=2)


class RegionsBuild(BaseModel):
    """How a benchmark of regions is built from referring expressions."""

    model_config = ConfigDict(extra="forbid")

    builder: Literal["regions"]
    split: str
    phrases: PhraseRule
    negatives: NegativeRule
    duplicates: Literal["kept", "rejected"]
    order: Literal["positive-first", "shuffled"]
    balance: BalanceRule | None = None
    beside: str | None = None


class Definition(Named):
    """A file of benchmark/*.yaml.

    Attributes:
        suite: the suite of ``negdata eval`` that scores it.
        licence: of what the benchmark is made from.
        flaws: what is known to be wrong with it, a sentence each.
        build: how it is built; None for a benchmark that is only scored.
    """

    model_config = ConfigDict(extra="forbid")

    suite: str
    title: str
    description: str
    paper: str = ""
    url: str = ""
    licence: str = ""
    flaws: list[str] = Field(default_factory=list)
    build: Annotated[RegionsBuild | McqOptions | RetrievalOptions, Field(discriminator="builder")] | None = None
    published: list[PublishedScore] = Field(default_factory=list)


def load_definition(name: str) -> Definition:
    """A shipped definition by its name, or one's own by the path of its file.

    Raises:
        NegdataError: there is no such definition, or it is wrong; every error is listed.
    """
    return _FILES.own(name) or _FILES.named(name, load_definitions())


@lru_cache(maxsize=1)
def load_definitions() -> tuple[Definition, ...]:
    """The shipped definitions by name; NegdataError lists every error of all of them."""
    return _FILES.shipped()


def definition_file(name: str) -> Path:
    """The file of a shipped definition."""
    return _FILES.file(name)


def published_for(suite: str, name: str | None = None) -> tuple[PublishedScore, ...]:
    """The scores published on a suite, or on the one benchmark of it with this name."""
    return tuple(
        score
        for definition in load_definitions()
        if definition.suite == suite and name in (None, definition.name)
        for score in definition.published
    )


def check_definitions(paths: list[Path]) -> list[Definition]:
    """The definitions of one's own files; NegdataError lists every error of all of them."""
    return _FILES.valid(paths)


def _said(error: Any) -> str:
    """One of pydantic's errors by the keys in the file: pydantic also names the builder by which it chose a schema."""
    place = error["loc"]
    return said({**error, "loc": (place[0], *place[2:]) if place[:1] == ("build",) and len(place) > 2 else place})


_FILES = YamlKind(
    "benchmark", Definition, "benchmark definition", option="--definition", show="negdata benchmarks show", say=_said
)
