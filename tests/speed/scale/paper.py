"""The plan on paper: what a corpus costs by its size, and what is slowest at how many GPUs. Pure arithmetic."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from negdata.engines.foreman import Foreman, Told
from negdata.engines.plan import rows_a_block
from negdata.limits import Limits
from negdata.parts import MANIFESTS_AT_ONCE
from tests.speed.common import table
from tests.speed.scale import figures as of

SIZES = (12_000_000, 1_000_000_000)
GPUS = (8, 64, 512)
_BEGIN, _END = "<!-- tables -->", "<!-- end of tables -->"
_PASSES = 3
"""Over the manifests of all parts: to sum them up, to tidy, and to read the records back."""
_REQUESTS_IN_FLIGHT = 256
"""Of a worker before a fast server."""


@dataclass(frozen=True)
class Wanted:
    """What is made of each caption.

    Attributes:
        prompt: tokens sent; ``completion``: received, of the model that writes.
        images: shown to the model that sees, one question each.
    """

    name: str
    requests: float
    prompt: float
    completion: float
    images: float = 0.0

    def gpu_seconds(self, *, fast: bool) -> float:
        """Of one caption, by the assumed rates."""
        tokens, images = (of.FAST_TOKENS, of.FAST_IMAGES) if fast else (of.SLOW_TOKENS, of.SLOW_IMAGES)
        return (self.prompt + self.completion) / tokens.value + self.images / images.value

    def dollars(self, sent: of.Figure, received: of.Figure) -> float:
        """What an API charges for a caption; an image counts as tokens."""
        tokens = self.prompt + self.images * of.IMAGE_TOKENS.value
        return (tokens * sent.value + self.completion * received.value) / 1e6

    @property
    def worker_seconds(self) -> float:
        """Of a core of a worker, for one caption."""
        return (of.WORKER.value + (self.requests + self.images) * of.HTTP.value) / 1e6


PLAIN = Wanted("captions", of.REQUESTS.value, of.PROMPT.value, of.COMPLETION.value)
VERIFIED = Wanted("and `--verify`", of.REQUESTS.value, of.PROMPT.value, of.COMPLETION.value, of.QUESTIONS.value)
BOTH = Wanted(
    "and `--verify --contrast`",
    of.CONTRAST_REQUESTS.value,
    of.CONTRAST_PROMPT.value,
    of.CONTRAST_COMPLETION.value,
    of.QUESTIONS.value,
)
ALL = (PLAIN, VERIFIED, BOTH)


@dataclass(frozen=True)
class Course:
    """How long the steps of a run take, one after the other, in hours; the records go to S3."""

    planning: float
    models: float
    closing: float

    @classmethod
    def of_run(cls, wanted: Wanted, rows: int, gpus: int, *, fast: bool) -> Course:
        """With as many workers as keep the GPUs busy."""
        parts = parts_of(rows)
        answers = of.S3_SECONDS.value
        writing = parts * answers
        summing = parts * answers * (1 + 2 * _PASSES / MANIFESTS_AT_ONCE)
        summing += rows * of.REREAD.value / 1e6 if wanted.images else 0.0
        planning = rows * of.PLANNING.value / 1e6 + writing
        return cls(planning / 3_600, rows * wanted.gpu_seconds(fast=fast) / gpus / 3_600, summing / 3_600)

    @property
    def hours(self) -> float:
        """From the beginning to the end."""
        return self.planning + self.models + self.closing

    @property
    def slowest(self) -> str:
        """The step that takes longest."""
        steps = {"the models": self.models, "planning": self.planning, "closing": self.closing}
        return max(steps, key=lambda name: steps[name])


def parts_of(rows: int) -> int:
    """How many parts a run of many workers writes."""
    return -(-rows // rows_a_block(rows, 64, _REQUESTS_IN_FLIGHT))


def gpus_as_fast_as_planning(wanted: Wanted, *, fast: bool) -> float:
    """How many GPUs need as long for all captions as the driver needs to plan them; the size doesn't matter."""
    return wanted.gpu_seconds(fast=fast) / (of.PLANNING.value / 1e6)


def seconds_between_reports(workers: int) -> float:
    """After how long a worker is heard again, where all have a block."""
    foreman = Foreman(Limits())
    return [foreman.report(block, Told()).again for block in range(workers)][-1]


def written(page: str) -> str:
    """The page with its tables made anew."""
    before, _, rest = page.partition(_BEGIN)
    _, _, after = rest.partition(_END)
    return f"{before}{_BEGIN}\n\n{paper()}\n\n{_END}{after}"


def paper() -> str:
    """All tables of the page, with their headings."""
    parts = [
        ("What was measured", _figures(of.MEASURED)),
        ("What is assumed", _figures(of.ASSUMED)),
        ("What models cost", _models()),
        ("What is stored", _stored()),
        ("What takes how long", _courses()),
        ("What limits what", _limits()),
    ]
    return "\n\n".join(f"### {heading}\n\n{body}" for heading, body in parts)


def _figures(figures: Sequence[of.Figure]) -> str:
    rows = [[one.what, f"{_number(one.value)} {one.unit}".strip(), one.source] for one in figures]
    return table(["", "", "from"], rows)


def _models() -> str:
    rows = []
    for size in SIZES:
        for wanted in ALL:
            tokens = wanted.prompt + wanted.images * of.IMAGE_TOKENS.value
            hours = [size * wanted.gpu_seconds(fast=fast) / 3_600 for fast in (False, True)]
            rows.append(
                [
                    f"{size:,} {wanted.name}",
                    _short(size * (wanted.requests + wanted.images)),
                    f"{_short(size * tokens)} / {_short(size * wanted.completion)}",
                    f"{hours[0]:,.0f} … {hours[1]:,.0f}",
                    f"{hours[0] * of.GPU_HOUR.value:,.0f} … {hours[1] * of.GPU_HOUR.value:,.0f}",
                    f"{size * wanted.dollars(of.CHEAP_IN, of.CHEAP_OUT):,.0f}",
                    f"{size * wanted.dollars(of.DEAR_IN, of.DEAR_OUT):,.0f}",
                ]
            )
    head = ["", "requests", "tokens sent / received", "GPU hours", "$ of GPUs", "$ of an 8B API", "$ of a closed API"]
    return table(head, rows)


def _stored() -> str:
    rows = []
    for name, each in (
        ("kept records", of.KEPT),
        ("blocks, while it goes on", of.BLOCK),
        ("the driver's temporary files, while it plans", of.SCRATCH),
    ):
        rows.append([name, *(f"{size * each.value / 1e9:,.1f} GB" for size in SIZES)])
    replies = of.REQUESTS.value * of.REPLY.value
    rows.append(["the caches of replies of all nodes", *(f"{size * replies / 1e9:,.1f} GB" for size in SIZES)])
    rows.append(["parts", *(f"{parts_of(size):,}" for size in SIZES)])
    rows.append(
        [
            "memory of the driver for the blocks that wait",
            *(f"{parts_of(size) * of.BLOCK_MEMORY.value / 1e3:,.0f} MB" for size in SIZES),
        ]
    )
    rows.append(["captions a part", *(f"{-(-size // parts_of(size)):,}" for size in SIZES)])
    rows.append(["the parts' manifests", *(f"{parts_of(size) * of.MANIFEST.value / 1e6:,.1f} MB" for size in SIZES)])
    rows.append(
        ["kept records on S3", *(f"{size * of.KEPT.value / 1e9 * of.STORAGE.value:,.2f} $/month" for size in SIZES)]
    )
    each_part = of.WRITES.value * of.WRITE_PRICE.value + of.READS.value * of.READ_PRICE.value
    rows.append(["requests to S3", *(f"{parts_of(size) * each_part / 1e3:,.2f} $" for size in SIZES)])
    return table(["", *(f"{size:,}" for size in SIZES)], rows)


def _courses() -> str:
    rows = []
    for size in SIZES:
        for gpus in GPUS:
            course = Course.of_run(VERIFIED, size, gpus, fast=True)
            captions = gpus / VERIFIED.gpu_seconds(fast=True)
            rows.append(
                [
                    f"{size:,} on {gpus} GPUs",
                    f"{course.planning:,.2f}",
                    f"{course.models:,.2f}",
                    f"{course.closing:,.2f}",
                    course.slowest,
                    f"{1 - course.models / course.hours:.0%}",
                    f"{captions:,.0f}",
                    f"{captions * VERIFIED.worker_seconds:,.0f}",
                ]
            )
    head = ["", "planning, h", "models, h", "closing, h", "slowest", "GPUs wait", "captions/s", "cores of workers"]
    return table(head, rows)


def _limits() -> str:
    captions = 1 / (of.WORKER.value + PLAIN.requests * of.HTTP.value) * 1e6
    a_block = rows_a_block(SIZES[-1], 64, _REQUESTS_IN_FLIGHT)
    rows = [
        [
            "planning takes as long as the models at",
            " … ".join(f"{gpus_as_fast_as_planning(PLAIN, fast=fast):,.0f}" for fast in (True, False)),
            "GPUs, captions alone",
        ],
        [
            "the same",
            " … ".join(f"{gpus_as_fast_as_planning(VERIFIED, fast=fast):,.0f}" for fast in (True, False)),
            "GPUs, with `--verify`",
        ],
        ["a worker's core keeps up with", f"{captions:,.0f}", "captions/s"],
        *(
            [f"the foreman hears each of {workers:,} workers every", f"{seconds_between_reports(workers):,.1f}", "s"]
            for workers in (64, 1_000)
        ),
        ["with `--rpm` or `--tpm`, all workers together send", f"{of.REPORTS.value:,.0f}", "requests/s"],
        [f"Ray Data hands out blocks of {a_block:,}, at most", _short(of.RAY_BLOCKS.value * a_block), "captions/s"],
    ]
    return table(["", "", ""], rows)


def _number(value: float) -> str:
    return f"{value:,.0f}" if value >= 1_000 or value == int(value) else f"{value:g}"


def _short(value: float) -> str:
    """Three digits of a large number."""
    for size, name in ((1e12, "T"), (1e9, "G"), (1e6, "M")):
        if value >= size:
            return f"{value / size:.3g} {name}"
    return f"{value:,.0f}"
