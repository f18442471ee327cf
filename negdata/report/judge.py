"""A check of verifiers: how far they can be trusted, and every question with its answer, the surest mistakes first."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from pathlib import Path

from pydantic import ValidationError

from negdata.filter.check.figures import (
    Confusion,
    calibration,
    confusion,
    trusted_absence,
    trusted_presence,
    wilson,
)
from negdata.records import CheckedAnswer
from negdata.report.charts import reliability_chart
from negdata.report.pictures import Pictures
from negdata.report.recognise import manifest_of
from negdata.report.rows import read_rows
from negdata.report.runs import run_panel, state_notes
from negdata.report.section import Figure, Item, ListView, Order, PanelView, Section, cut_notes
from negdata.store import OutputPaths

_WORDS = {True: "present", False: "absent", None: "can't tell"}


def check_section(path: Path, limit: int) -> Section:
    """The section of an output of ``negdata filter --check-against``.

    Raises:
        NegdataError: it can't be read.
    """
    rows = read_rows(path, missing=True)
    answers, bad = [], 0
    for row in rows.values:
        try:
            answers.append(CheckedAnswer.model_validate(row))
        except ValidationError:
            bad += 1
    manifest, problem = manifest_of(path)
    failed = len(read_rows(OutputPaths.of(path).failed, missing=True).values)
    counts = (len(answers), 0, failed)
    view = _view(answers, limit)
    notes = [*state_notes(path, manifest, problem, counts), *rows.notes(path), *cut_notes(view, "the surest mistakes")]
    if bad:
        notes.append(f"{bad:,} lines are no checked answers, and aren't shown.")
    absent, present = confusion(answers, False), confusion(answers, True)
    return Section(
        kind="check",
        path=path,
        eyebrow="Check of a judge",
        lead=_lead(answers),
        figures=_figures(absent, present),
        views=(
            _trust(answers, absent, present),
            view,
            *([run_panel(manifest, counts)] if manifest is not None else ()),
        ),
        notes=tuple(notes),
    )


def sureness(answer: CheckedAnswer) -> float:
    """Sorts answers: wrong ones first, of them the surest, then those that can't tell, then right ones, the least sure
    of them first. An answer without a probability was as sure as can be."""
    said, p = answer.verdict.present, answer.verdict.p_present
    sure = 1.0 if p is None else abs(p - 0.5) * 2
    if said is None:
        return 0.0
    return 1 + sure if said is answer.truth else -1 - sure


def _view(answers: Sequence[CheckedAnswer], limit: int) -> ListView:
    places = sorted(range(len(answers)), key=lambda place: sureness(answers[place]))[:limit]

    def items(pictures: Pictures) -> list[Item]:
        return [_item(answers[place], place, pictures) for place in places]

    def images() -> Iterable[str | None]:
        return (answers[place].image for place in places)

    return ListView(
        name="answers",
        label="Answers",
        count=len(answers),
        shown=len(places),
        items=items,
        images=images,
        facets={"outcome": "Outcome", "truth": "Truth", "said": "Judged", "object": "Object"},
        orders=(
            Order("Surest mistakes first", "sure"),
            Order("Least certain first", "doubt"),
            Order("As in the file", "place"),
            Order("By image", "image"),
        ),
        empty="No question has been answered yet.",
    )


def _item(answer: CheckedAnswer, place: int, pictures: Pictures) -> Item:
    verdict = answer.verdict
    outcome = "can't tell" if verdict.present is None else "right" if verdict.present is answer.truth else "wrong"
    tone = {"can't tell": "unsure", "right": "good", "wrong": "bad"}[outcome]
    asked = answer.question or f"Is there a {answer.object}?"
    chance = "" if verdict.p_present is None else f", {verdict.p_present:.0%} likely"
    who = f"{verdict.verifier} ({verdict.model})" if verdict.model else verdict.verifier
    return {
        "id": answer.id,
        "place": place,
        "picture": pictures.place(answer.image),
        "image": answer.image or "",
        "says": [[asked, ""]],
        "was": f"In truth it is {_WORDS[answer.truth]}.",
        "text": None,
        "chips": [[f"{outcome}: judged {_WORDS[verdict.present]}{chance}", tone]],
        "facts": [["Judged by", who]],
        "facets": {
            "outcome": outcome,
            "truth": _WORDS[answer.truth],
            "said": _WORDS[verdict.present],
            "object": answer.object or "",
        },
        "numbers": {
            "sure": sureness(answer),
            "doubt": None if verdict.p_present is None else abs(verdict.p_present - 0.5),
        },
    }


def _trust(answers: Sequence[CheckedAnswer], absent: Confusion, present: Confusion) -> PanelView:
    """How far the judge can be trusted: verdicts by truth, calibration, thresholds."""
    pairs = [(one.verdict.p_present, one.truth) for one in answers if one.verdict.p_present is not None]
    ece, bins = calibration(pairs)
    return PanelView(
        name="trust",
        label="Trust",
        template="trust.html.j2",
        context={
            "absent": absent,
            "present": present,
            "bins": bins,
            "with_probability": len(pairs),
            "ece": ece,
            "brier": sum((p - truth) ** 2 for p, truth in pairs) / len(pairs) if pairs else None,
            "chart": reliability_chart(bins),
            "absent_at": trusted_absence(pairs),
            "present_at": trusted_presence(pairs),
        },
    )


def _figures(absent: Confusion, present: Confusion) -> tuple[Figure, ...]:
    judged = absent.absent + present.absent
    decided = judged + absent.present + present.present
    figures = [Figure("questions", f"{absent.total + present.total:,}")]
    if decided:
        figures.append(Figure("right, of those decided", f"{(absent.absent + present.present) / decided:.1%}"))
    if judged:
        low, high = wilson(absent.absent, judged) or (0.0, 0.0)
        share = absent.absent / judged
        figures.append(Figure(f"“absent” is right ({low:.0%} to {high:.0%})", f"{share:.1%}"))
    return tuple(figures)


def _lead(answers: Sequence[CheckedAnswer]) -> str:
    judges = dict.fromkeys(
        f"{one.verdict.verifier} ({one.verdict.model})" if one.verdict.model else one.verdict.verifier
        for one in answers
    )
    if not judges:
        return "No question whose answer is known has been answered yet."
    return f"How far {' and '.join(judges)} can be trusted, on questions whose answer is known."
