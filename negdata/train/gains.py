"""What a fine-tuning gained and what it cost: benchmarks before and after, and the gate that retrieval has to pass."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path

from pydantic import BaseModel, ConfigDict

from negdata.benchmark.evaluate import BenchScores, EvalSettings, evaluate
from negdata.benchmark.evaluate.run import read_benches
from negdata.benchmark.suites.base import Bench, JudgeBench
from negdata.clip.architecture import QUICK_GELU_SUFFIX
from negdata.errors import NegdataError
from negdata.images import Places
from negdata.progress import Progress
from negdata.train.settings import FinetuneSettings

GATE = "R@5 text→image"
_EASY = 0.2
"""Chance at which a search says little: five of 25 images."""
_ZERO_SHOT = "zero-shot"
_ROUNDING = 1e-9


class _Model(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Gain(_Model):
    """One figure of one benchmark.

    Attributes:
        bench: the name of its file or folder.
        before: a share in [0, 1], as ``after`` and ``chance`` are.
        difference: after less before, in points.
        low: of the difference's 95 % interval (paired bootstrap), in points; None where it isn't known.
        n: the items that were scored; ``of`` are all that the benchmark has.
        p_value: McNemar's exact test of the two on the same items.
    """

    bench: str
    suite: str
    metric: str
    before: float
    after: float
    difference: float
    low: float | None = None
    high: float | None = None
    n: int
    of: int
    chance: float | None = None
    p_value: float | None = None


class Gate(_Model):
    """Whether retrieval by affirmative captions held.

    Attributes:
        drop: points that ``metric`` lost on held-out captions; negative where it gained.
        max_drop: the most that it may lose.
    """

    metric: str = GATE
    drop: float
    max_drop: float
    passed: bool

    @property
    def sentence(self) -> str:
        """What it found, for people."""
        moved = "held"
        if self.drop:
            moved = f"{'fell' if self.drop > 0 else 'rose'} by {abs(self.drop):.2f} points"
        return f"{self.metric} on held-out captions {moved}; it may fall by {self.max_drop:g}."


class Gains(_Model):
    """All figures, held-out retrieval first, then benchmarks in the order in which they were named.

    Attributes:
        notes: sentences on what limits them: items that couldn't be scored, images that the model was trained on.
    """

    rows: list[Gain]
    gate: Gate
    notes: list[str] = []


def check_benches(settings: FinetuneSettings) -> list[Bench]:
    """Every benchmark that the trained model will be scored on, read as it will be then.

    To be called before a model is trained for hours.

    Raises:
        NegdataError: one can't be read, asks questions of verifiers, or has none of its images there.
    """
    _refuse_twice(settings)
    found: list[Bench] = []
    places = Places()
    for one in _evaluations(settings, settings.model, settings.out, singly=True):
        (bench,) = read_benches(one, places)
        if isinstance(bench, JudgeBench):
            raise NegdataError(
                f"{bench.path} asks verifiers yes/no questions, which a CLIP can't answer.",
                "Leave it out; negdata eval scores verifiers on it.",
            )
        found.append(bench)
    return found


def measure_gains(
    settings: FinetuneSettings,
    held_out: BenchScores,
    before_name: str,
    after_folder: Path,
    on_progress: Callable[[Progress], None] | None = None,
    on_notice: Callable[[str], None] | None = None,
) -> Gains:
    """Scores both models on the benchmarks of the settings.

    Args:
        held_out: of ``held_out_retrieval``; the gate looks at it.
        before_name: the model that was fine-tuned, as ``load_dual_encoder`` takes it.
        after_folder: what it became.
        on_progress: called after every batch of an evaluation.
        on_notice: takes what an evaluation can't wait to tell.

    Raises:
        NegdataError: as ``evaluate``; ``check_benches`` tells most of it before.
    """
    benches = [held_out]
    for one in _evaluations(settings, before_name, after_folder, singly=False):
        benches += evaluate(one, on_progress=on_progress, on_notice=on_notice).benches
    rows = [row for bench in benches for row in _rows(bench)]
    notes = [note for bench in benches for note in _notes(bench)]
    return Gains(rows=rows, gate=_gate(rows, settings.max_drop), notes=notes)


def _evaluations(settings: FinetuneSettings, before: str, after: Path, *, singly: bool) -> Iterator[EvalSettings]:
    """What is evaluated: the benchmarks, each by itself or all at once, and the folder of classes."""
    # A folder says its own architecture, and the shapes of weights say theirs; the activation is all that is left.
    named = settings.architecture is not None and settings.architecture.endswith(QUICK_GELU_SUFFIX)

    def evaluation(benches: tuple[Path, ...], suite: str | None) -> EvalSettings:
        return EvalSettings(
            benches=benches,
            models=(before, str(after)),
            images=settings.bench_images or settings.images,
            suite=suite,
            baseline=before,
            quick_gelu=True if named else settings.quick_gelu,
            device=settings.device,
            dtype=settings.dtype,
            workers=settings.workers,
        )

    for benches in [(bench,) for bench in settings.benches] if singly else [settings.benches]:
        if benches:
            yield evaluation(benches, None)
    if settings.zero_shot is not None:
        yield evaluation((settings.zero_shot,), _ZERO_SHOT)


def _refuse_twice(settings: FinetuneSettings) -> None:
    for path, count in Counter(bench.resolve() for bench in settings.benches).items():
        if count > 1:
            raise NegdataError(f"The benchmark {path} is named {count} times.", "Name each once.")


def _rows(bench: BenchScores) -> Iterator[Gain]:
    before, after = bench.models
    compared = {one.metric: one for one in bench.comparisons}
    later = {one.metric: one for one in after.figures}
    for figure in before.figures:
        other = later[figure.metric]
        row = {
            "bench": Path(bench.path).name,
            "suite": bench.suite,
            "metric": figure.metric,
            "before": figure.value,
            "after": other.value,
            "difference": 100 * (other.value - figure.value),
            "n": other.n,
            "of": other.of,
            "chance": other.chance,
        }
        if one := compared.get(figure.metric):
            row |= {"low": 100 * one.low, "high": 100 * one.high, "p_value": one.p_value}
        yield Gain.model_validate(row)


def _gate(rows: list[Gain], max_drop: float) -> Gate:
    found = next(row for row in rows if row.metric == GATE)
    drop = -found.difference
    return Gate(drop=drop, max_drop=max_drop, passed=drop <= max_drop + _ROUNDING)


def _notes(bench: BenchScores) -> Iterator[str]:
    name = Path(bench.path).name
    before, after = bench.models
    if after.partial:
        reasons = ", ".join(f"{count:,} {code}" for code, count in after.failed.items())
        yield f"{name}: not all of it can be scored ({reasons})"
    for when, scores in (("before", before), ("after", after)):
        if scores.contaminated:
            yield f"{name}: the model {when} was trained on {scores.contaminated:,} of its images"
    for what, count in bench.left_out.items():
        yield f"{name}: {count:,} left out: {what}"
    chance = next((figure.chance or 0.0 for figure in after.figures if figure.metric == GATE), 0.0)
    if chance > _EASY:
        yield f"{name}: {GATE} says little, as {100 * chance:.0f} % is chance among so few images"
