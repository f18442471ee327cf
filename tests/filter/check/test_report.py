"""The report of a check: its figures are there, and nothing that a file says can act on its reader."""

from __future__ import annotations

from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import pytest

from negdata.errors import NegdataError
from negdata.filter.check.figures import CheckFigures, Confusion, TrustedThreshold, calibration
from negdata.filter.check.report import MISTAKES, write_report
from negdata.records import CheckedAnswer, Verdict

HOSTILE = '"><script>alert(1)</script><img src=x onerror=alert(2)>&amp;{{ 7 * 7 }}'
EMPTY = {"br", "circle", "img", "input", "line", "link", "meta", "rect"}


class Page(HTMLParser):
    """What a browser would see: elements, their attributes and the text; unbalanced tags are an error."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.elements: list[tuple[str, dict[str, str | None]]] = []
        self.text = ""
        self._open: list[str] = []
        self.feed(text)
        self.close()
        assert not self._open

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, dict(attrs)))
        if tag not in EMPTY:
            self._open.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, dict(attrs)))

    def handle_endtag(self, tag: str) -> None:
        assert self._open.pop() == tag
        self.text += " "

    def handle_data(self, data: str) -> None:
        if "style" not in self._open:
            self.text += data

    def of(self, tag: str) -> list[dict[str, str | None]]:
        return [attributes for name, attributes in self.elements if name == tag]


def figures(folder: Path, **changed: Any) -> CheckFigures:
    pairs = [(0.02, False)] * 1_234 + [(0.95, True)] * 800 + [(0.45, True)] * 6
    error, bins = calibration(pairs)
    made = CheckFigures(
        out=str(folder / "out.jsonl"),
        report=str(folder / "out.html"),
        verifiers=["llava (m)"],
        taken=2_050,
        answered=2_040,
        failed=10,
        resumed=0,
        seconds=1.0,
        truly_absent=Confusion(absent=1_201, present=22, unsure=11),
        truly_present=Confusion(absent=33, present=766, unsure=7),
        accuracy=0.97283,
        precision_absent=0.97326,
        precision_absent_interval=(0.96271, 0.98089),
        recall_absent=0.97326,
        with_probability=len(pairs),
        ece=error,
        brier=0.01234,
        bins=bins,
        absent_at=TrustedThreshold(threshold=0.000021, precision=0.9912, recall=0.8123, answers=1_000),
        present_at=TrustedThreshold(threshold=0.8765, precision=0.9934, recall=0.7345, answers=900),
    )
    return made.model_copy(update=changed)


def answer(identity: str, truth: bool, present: bool | None, p_present: float | None, **fields: Any) -> CheckedAnswer:
    verdict = Verdict(present=present, p_present=p_present, verifier="llava")
    return CheckedAnswer(id=identity, truth=truth, verdict=verdict, **({"image": "a.jpg", "object": "dog"} | fields))


def page(folder: Path, answers: list[CheckedAnswer], **changed: Any) -> Page:
    made = figures(folder, **changed)
    write_report(made, answers, Path(made.report))
    return Page(Path(made.report).read_text(encoding="utf-8"))


def test_the_figures_are_in_it(tmp_path: Path) -> None:
    text = " ".join(page(tmp_path, []).text.split())
    for said in (
        "How far llava (m) can be trusted",
        "2,040 questions whose answer is known (1,234 about what is absent, 806 about what is present); 10 more failed",
        "97.28%",
        "97.33%",
        "96.27% to 98.09% (95 %)",
        "truly absent 1,201 11 22",
        "truly present 33 7 766",
        "the Brier score is 0.0123",
        "absent: --absent-below 2.1e-05",
        "99.12% of the time, and finds 81.23%",
        "present: --present-above 0.8765",
        "99.34% of the time, and finds 73.45%",
        "0.0 to 0.1 1,234 2.00% 0.00%",
        "0.4 to 0.5 6 45.00% 100.00%",
        "0.9 to 1.0 800 95.00% 100.00%",
        "0.5 to 0.6 0 – –",
        "None: every verdict was right or unsure.",
    ):
        assert said in text


def test_every_bin_with_answers_is_a_point_of_the_plot(tmp_path: Path) -> None:
    found = page(tmp_path, [])
    points = [(float(one["cx"] or 0), float(one["cy"] or 0)) for one in found.of("circle")]
    assert points == [pytest.approx((0.02 * 300, 300)), pytest.approx((0.45 * 300, 0)), pytest.approx((0.95 * 300, 0))]
    for one in found.of("rect"):
        assert float(one["height"] or -1) >= 0


def test_without_probabilities_there_is_no_plot(tmp_path: Path) -> None:
    _, bins = calibration([])
    nothing: dict[str, Any] = dict.fromkeys(("accuracy", "precision_absent", "precision_absent_interval", "ece"))
    nothing |= {"brier": None, "absent_at": None, "present_at": None, "recall_absent": None}
    found = page(tmp_path, [], with_probability=0, bins=bins, **nothing)
    assert not found.of("svg")
    assert "gave no probabilities" in found.text
    assert "At no threshold is “absent” right" in found.text
    assert "At no threshold is “present” right" in found.text
    assert "–" in found.text


def test_what_files_say_stays_text(tmp_path: Path) -> None:
    answers = [
        answer("image", False, True, 0.99, image=HOSTILE),
        answer("object", False, True, 0.98, object=HOSTILE),
        answer("question", False, True, 0.97, object=None, question=HOSTILE),
        answer("id", False, True, 0.96, image=None, image_id=HOSTILE),
    ]
    found = page(tmp_path, answers, verifiers=[HOSTILE, "other"])
    assert found.text.count(HOSTILE) == 4 + 2
    assert not found.of("script")
    assert not found.of("img")
    assert not found.of("link")
    for tag, attributes in found.elements:
        assert not [name for name in attributes if name.startswith("on") or name in ("src", "href")], tag


def test_a_policy_forbids_all_but_its_own_style(tmp_path: Path) -> None:
    (policy,) = [one for one in page(tmp_path, []).of("meta") if "http-equiv" in one]
    assert policy["http-equiv"] == "Content-Security-Policy"
    assert policy["content"] == "default-src 'none'; style-src 'unsafe-inline'"


def test_the_surest_mistakes_come_first(tmp_path: Path) -> None:
    answers = [
        answer("a", False, True, 0.71, object="slightly"),
        answer("b", True, False, 0.01, object="surely"),
        answer("c", False, True, None, object="in-words"),
        answer("d", False, True, 0.98, object="nearly-surely"),
        answer("e", False, False, 0.02, object="right"),
        answer("f", True, None, 0.5, object="unsure"),
    ]
    text = page(tmp_path, answers).text
    told = text[text.index("The surest mistakes") :].split()
    order = [word for word in told if word in {one.object for one in answers}]
    assert order == ["in-words", "surely", "nearly-surely", "slightly"]
    assert "0.0100" in told


def test_of_many_mistakes_the_surest_are_shown(tmp_path: Path) -> None:
    answers = [answer(str(n), False, True, 0.7 + n / 1_000, object=f"thing-{n}") for n in range(100)]
    found = page(tmp_path, answers)
    shown = [word for word in found.text.split() if word.startswith("thing-")]
    assert shown == [f"thing-{99 - n}" for n in range(MISTAKES)]


def test_a_place_that_cannot_be_written_is_told(tmp_path: Path) -> None:
    with pytest.raises(NegdataError, match="can't be written"):
        write_report(figures(tmp_path), [], tmp_path / "nowhere" / "out.html")
