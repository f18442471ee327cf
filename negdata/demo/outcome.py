"""What a demonstration came to."""

from __future__ import annotations

from pydantic import BaseModel, ConfigDict

from negdata.benchmark.evaluate.report import Share


class _Model(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class DemoRow(_Model):
    """A model and what it scores.

    Attributes:
        name: what it is, in words.
        negation: how often it takes the picture that a phrase with "no" is about, of two; chance is one half.
        retrieval: how often an ordinary caption finds its picture among the first five.
        change: of retrieval since before training, in points, with its 95 % interval; None: it is the start.
    """

    name: str
    model: str
    negation: Share
    retrieval: Share
    change: tuple[float, float, float] | None = None


class Flip(_Model):
    """A phrase whose picture was missed before training and is found after.

    Attributes:
        fitting: what the picture shows that the phrase is about, in words; ``other`` is the other picture's.
        before: by how much the fitting picture's similarity was above the other's, hence below 0; ``after`` now.
    """

    phrase: str
    image: str
    fitting: str
    other: str
    before: float
    after: float


class DemoReport(_Model):
    """Everything that ``negdata demo`` tells at its end.

    Attributes:
        captions: that were written; ``kept`` passed the judge, for the rest ``rejected`` has the reasons.
        items: of the benchmark.
        rows: before, after, and after with the paper's own recipe.
        seconds: that this run took; one that goes on takes less.
    """

    out: str
    report: str
    captions: int
    kept: int
    rejected: dict[str, int]
    items: int
    rows: list[DemoRow]
    flips: list[Flip]
    seconds: float
