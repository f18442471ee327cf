"""The report of a check: one HTML page with the figures, the reliability plot and the worst mistakes."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from negdata.filter.check.figures import CheckFigures
from negdata.records import CheckedAnswer
from negdata.whole_files import write_whole

TEMPLATE = Path(__file__).with_name("report.html.j2")
MISTAKES = 30
PLOT = 300
"""Side of the plot, in the units of its SVG."""


def write_report(figures: CheckFigures, answers: Sequence[CheckedAnswer], path: Path) -> None:
    """Writes the page; NegdataError where it can't be written. Text from files is escaped, and no script is in it."""
    from jinja2 import Environment, StrictUndefined

    environment = Environment(autoescape=True, undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True)
    environment.filters["share"] = _share
    environment.filters["number"] = lambda value: f"{value:,}"
    page = environment.from_string(TEMPLATE.read_text(encoding="utf-8")).render(
        figures=figures, mistakes=_mistakes(answers), plot=PLOT, most=max([1, *(one.answers for one in figures.bins)])
    )
    write_whole(path, page.encode())


def _mistakes(answers: Sequence[CheckedAnswer]) -> list[CheckedAnswer]:
    """The verdicts that are wrong, the surest first; one without a probability was as sure as can be."""
    wrong = [one for one in answers if one.verdict.present is not None and one.verdict.present is not one.truth]

    def doubt(answer: CheckedAnswer) -> float:
        p_present = answer.verdict.p_present
        return 0.0 if p_present is None else (1.0 - p_present if not answer.truth else p_present)

    return sorted(wrong, key=doubt)[:MISTAKES]


def _share(value: float | None) -> str:
    return "–" if value is None else f"{value:.2%}"
