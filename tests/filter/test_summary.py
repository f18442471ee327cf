"""Verdicts are counted from the files of a run."""

from __future__ import annotations

from itertools import chain
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from negdata.filter.summary import VerdictCounts, count_verdicts
from negdata.records import CaptionRecord, RejectedCaption, Verdict, read_lines

WHO = st.sampled_from([("instances", None), ("openai", "a"), ("openai", "b"), ("openai", None)])
VERDICTS = st.lists(st.none() | st.tuples(WHO, st.sampled_from([True, False, None])), max_size=20)


@settings(max_examples=50, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(kept=VERDICTS, rejected=VERDICTS)
def test_every_verdict_is_counted_by_who_gave_it(
    tmp_path: Path,
    kept: list[tuple[tuple[str, str | None], bool | None] | None],
    rejected: list[tuple[tuple[str, str | None], bool | None] | None],
) -> None:
    def verdict(said: tuple[tuple[str, str | None], bool | None] | None) -> Verdict | None:
        return None if said is None else Verdict(present=said[1], verifier=said[0][0], model=said[0][1])

    (tmp_path / "kept").write_bytes(
        b"".join(CaptionRecord(id="k", caption="A.", verdict=verdict(said)).to_line() for said in kept)
    )
    (tmp_path / "rejected").write_bytes(
        b"".join(
            RejectedCaption(id="r", caption="A.", verdict=verdict(said), reason="x").to_line() for said in rejected
        )
    )
    told = [said for said in (*kept, *rejected) if said is not None]
    found = count_verdicts(chain(read_lines(tmp_path / "kept"), read_lines(tmp_path / "rejected")))
    assert {(one.verifier, one.model) for one in found} == {who for who, _ in told}
    for one in found:
        who = (one.verifier, one.model)
        assert (one.absent, one.present, one.unsure) == (
            told.count((who, False)),
            told.count((who, True)),
            told.count((who, None)),
        )


@pytest.mark.parametrize("order", [(0, 1), (1, 0)])
def test_the_order_is_that_of_the_names(tmp_path: Path, order: tuple[int, int]) -> None:
    verdicts = [Verdict(present=False, verifier=name) for name in ("a", "b")]
    lines = [CaptionRecord(id=str(n), caption="A.", verdict=verdicts[n]).to_line() for n in order]
    (tmp_path / "kept").write_bytes(b"".join(lines))
    assert count_verdicts(read_lines(tmp_path / "kept")) == [
        VerdictCounts(verifier=name, model=None, absent=1, present=0, unsure=0) for name in ("a", "b")
    ]
