"""What an evaluation came to: a table a benchmark, breakdowns, and comparisons in words."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rich.text import Text

from negdata.console.base import duration, new_table, out, sentence, shortfall, visible, warning

if TYPE_CHECKING:
    from rich.table import Table

    from negdata.benchmark.evaluate import BenchScores, Comparison, EvalReport, Figure, ModelScores
    from negdata.benchmark.evaluate.report import Share

MOST_GROUPS = 20
"""Groups of a kind that are shown; the JSON has all."""
WITH_INTERVALS = 2
"""Models beside each other in a breakdown, up to which their intervals are shown as well."""
_DIM = "bright_black"


def evaluation(report: EvalReport) -> None:
    """Every benchmark in its turn, and what is to be said of the whole."""
    for bench in report.benches:
        _head(bench)
        out.print(_scores(bench))
        for key in bench.models[0].figures[0].groups:
            out.print()
            out.print(_breakdown(bench, key))
        if bench.comparisons:
            out.print()
        several = len({one.metric for one in bench.comparisons}) > 1
        for one in bench.comparisons:
            sentence(out, Text((f"{visible(one.metric)}: " if several else "") + compared(one)))
        out.print()
    facts = [f"scoring {report.scoring}", f"seed {report.seed}", duration(report.seconds)]
    if report.predictions:
        facts.append(f"a line for each item in {visible(report.predictions)}")
    sentence(out, Text(" · ".join(facts), style=_DIM))


def partial_scores(report: EvalReport) -> None:
    """Which scores lack items, and why; on standard error, whatever is printed beside it."""
    for bench in report.benches:
        for text in _partial(bench):
            warning(text)
            shortfall(text)


def compared(one: Comparison) -> str:
    """A comparison in words."""
    a, b = visible(one.a), visible(one.b)
    points = 100 * one.difference
    apart = f"{abs(points):.1f} points {'above' if points > 0 else 'below'} {a}" if points else f"level with {a}"
    return (
        f"{b} is {apart} (95 %: {100 * one.low:.1f} to {100 * one.high:.1f}; McNemar p = {_p(one.p_value)}; "
        f"{_items(one.only_a)} only {a} has right, {one.only_b:,} only {b})."
    )


def _head(bench: BenchScores) -> None:
    left_out = "".join(f" · left out: {count:,} {visible(what)}" for what, count in bench.left_out.items())
    title = Text.assemble(
        (visible(bench.suite), "bold"), f" · {visible(bench.path)} · {bench.items:,} {bench.counted}{left_out}"
    )
    sentence(out, title)


def _scores(bench: BenchScores) -> Table:
    """Rows of models for each metric, then what they are to be measured against."""
    by_metric: dict[str, list[tuple[ModelScores, Figure]]] = {}
    for scores in bench.models:
        for one in scores.figures:
            by_metric.setdefault(one.metric, []).append((scores, one))
    only = visible(next(iter(by_metric))) if len(by_metric) == 1 else ""
    table = new_table("", (only, "right"), ("95 % interval", "right"), ("n", "right"), ("", "left"))
    for metric, figures in by_metric.items():
        if not only:
            table.add_row(Text(visible(metric), style="bold"))
        for scores, one in figures:
            table.add_row(Text(visible(scores.model)), _percent(one.value), _interval(one), _n(one), _flags(scores))
        _add_references(table, figures[0][1])
    return table


def _add_references(table: Table, one: Figure) -> None:
    if one.chance is not None:
        table.add_row(Text("chance", style=_DIM), Text(_percent(one.chance), style=_DIM))
    if one.blind is not None:
        rule = Text(f"blind: {visible(one.blind.rule)}", style=_DIM)
        table.add_row(rule, Text(_percent(one.blind.value), style=_DIM))
    for score in one.published:
        cells = (visible(score.model), _percent(score.value), "published", "", visible(score.source))
        table.add_row(*(Text(cell, style=_DIM) for cell in cells))


def _breakdown(bench: BenchScores, key: str) -> Table:
    models = bench.models
    table = new_table(visible(key), *((visible(scores.model), "right") for scores in models), ("n", "right"))
    groups = models[0].figures[0].groups[key]
    shown = sorted(groups, key=lambda group: -groups[group].n)[:MOST_GROUPS]
    for group in shown:
        cells = [_cell(scores.figures[0].groups.get(key, {}).get(group), len(models)) for scores in models]
        table.add_row(Text(visible(group)), *cells, f"{groups[group].n:,}")
    if len(groups) > len(shown):
        table.add_row(Text(f"and {len(groups) - len(shown):,} more, see --json", style=_DIM))
    return table


def _cell(inside: Share | None, models: int) -> str:
    if inside is None:
        return "–"
    return f"{_percent(inside.value)}  {_interval(inside)}" if models <= WITH_INTERVALS else _percent(inside.value)


def _partial(bench: BenchScores) -> list[str]:
    """What a benchmark lacks, once for all models that lack the same."""
    lacking: dict[str, list[str]] = {}
    for scores in bench.models:
        if scores.partial:
            reasons = ", ".join(f"{count:,} {code}" for code, count in scores.failed.items())
            lacking.setdefault(reasons, []).append(visible(scores.model))
    return [
        f"{visible(bench.path)}: partial for {', '.join(models)}, as not all of it can be scored: {reasons}"
        for reasons, models in lacking.items()
    ]


def _flags(scores: ModelScores) -> Text:
    flags = ["partial"] if scores.partial else []
    if scores.contaminated:
        flags.append(f"trained on {scores.contaminated:,} of the images")
    return Text(", ".join(flags), style="yellow")


def _n(one: Figure) -> str:
    return f"{one.n:,}" if one.n == one.of else f"{one.n:,} of {one.of:,}"


def _interval(one: Share | Figure) -> str:
    return "–" if one.low is None or one.high is None else f"{100 * one.low:.1f} to {100 * one.high:.1f}"


def _percent(value: float) -> str:
    return f"{100 * value:.2f} %"


def _p(value: float) -> str:
    return "< 0.0001" if value < 0.0001 else f"{value:.2g}"


def _items(count: int) -> str:
    return "1 item" if count == 1 else f"{count:,} items"
