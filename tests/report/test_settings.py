"""What a report is told is checked before anything is read."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from negdata.errors import NegdataError
from negdata.report import ReportSettings


@pytest.mark.parametrize(
    ("changed", "said"),
    [
        ({"paths": ()}, "Nothing is named"),
        ({"out": Path("report.pdf")}, "doesn't end in .html"),
        ({"limit": 0}, "--limit is 0"),
        ({"limit": 10**9}, "--limit"),
        ({"embed": -1.0}, "--embed is -1"),
        ({"embed": float("nan")}, "--embed is nan"),
        ({"images": (Path("nowhere"),)}, "doesn't exist"),
        ({"title": " "}, "--title"),
        ({"paths": (Path("a.jsonl"), Path("./a.jsonl"))}, "named twice"),
        ({"paths": (Path("report.html"),)}, "one of the inputs"),
    ],
)
def test_what_is_wrong_is_told(changed: dict[str, Any], said: str) -> None:
    given: dict[str, Any] = {"paths": (Path("a.jsonl"),), "out": Path("report.html")}
    with pytest.raises(NegdataError, match=said):
        ReportSettings(**(given | changed))


def test_the_command_line_says_the_same() -> None:
    settings = ReportSettings(paths=(Path("a.jsonl"), Path("b.json")), out=Path("r.html"), limit=5, title="Two things")
    assert settings.command_line == "negdata report a.jsonl b.json -o r.html --limit 5 --title 'Two things'"
