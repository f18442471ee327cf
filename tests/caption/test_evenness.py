"""Objects of a list are denied about equally often, and none where it can't be."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

import pytest

from negdata.caption import CaptionSettings, caption_corpus
from negdata.caption.candidates import Choice, CorpusContext, plausible_candidates
from negdata.caption.evenness import SAMPLE, evened
from negdata.demo.captions import caption
from negdata.demo.holdout import training_scenes
from negdata.demo.scene import KINDS
from negdata.errors import NegdataError
from negdata.records import read_lines
from negdata.vocabulary import Cooccurrence, vocabulary

KNOWN = vocabulary()
TABLE = Cooccurrence.shipped()
SCENES, CAPTIONS = 250, 2
ROWS = [
    (f"{number}-{form}", f"{number}.png", caption(scene, form))
    for number, scene in enumerate(training_scenes(SCENES, 3))
    for form in range(CAPTIONS)
]
CHOICE = Choice(frozenset(KINDS), likely=True)


def _denied(context: CorpusContext, choice: Choice) -> Counter[str]:
    """How often each object is proposed first."""
    return Counter(
        plausible_candidates(context.image(image, row), TABLE, KNOWN, n=8, seed=0, image=image, choice=choice)[0]
        for row, image, _ in ROWS
    )


def test_each_is_denied_about_as_often() -> None:
    with CorpusContext.build(ROWS) as context:
        before, after = (
            _denied(context, choice) for choice in (CHOICE, evened(CHOICE, context.said(SAMPLE), TABLE, 0))
        )
    even = len(ROWS) / len(KINDS)
    assert max(before.values()) > even * 3
    assert max(after.values()) < even * 2
    # A clock is what hardly any of these scenes could hold: it stays rare.
    fair_before, fair_after = (sum(found[kind] > even / 2 for kind in KINDS) for found in (before, after))
    assert fair_before < len(KINDS) * 0.7
    assert fair_after > len(KINDS) * 0.8
    assert after.keys() <= set(KINDS)


def test_it_follows_from_corpus_and_seed() -> None:
    found = []
    for rows in (ROWS, list(reversed(ROWS))):
        with CorpusContext.build(rows) as context:
            found.append(evened(CHOICE, context.said(SAMPLE), TABLE, 5).weights)
    assert found[0] == found[1]


def test_what_no_image_could_hold_stays_undenied() -> None:
    rows = [(str(number), f"{number}.jpg", "A surfer rides a wave.") for number in range(20)]
    choice = Choice(frozenset({"surfboard", "boat", "dog", "tie"}))
    with CorpusContext.build(rows) as context:
        found = evened(choice, context.said(SAMPLE), TABLE, 0)
        first = [
            plausible_candidates(context.image(image, row), TABLE, KNOWN, n=1, seed=0, image=image, choice=found)
            for row, image, _ in rows
        ]
    assert {name for names in first for name in names} <= {"boat", "dog"}


def test_without_a_list_nothing_is_evened() -> None:
    with CorpusContext.build(ROWS[:20]) as context:
        choice = Choice(likely=True)
        assert evened(choice, context.said(SAMPLE), TABLE, 0) is choice


def test_what_is_likely_is_proposed_only_if_asked_for() -> None:
    assert "chair" not in {name for name, _ in TABLE.plausible(["dining table"], 300)}
    assert "chair" in {name for name, _ in TABLE.plausible(["dining table"], 300, likely=True)}


def test_likely_is_another_run_and_needs_plausible_objects(tmp_path: Path) -> None:
    source = tmp_path / "captions.csv"
    source.write_text("id,image,caption\n1,a.jpg,A plate on a dining table.\n", encoding="utf-8")
    listed = tmp_path / "names.txt"
    listed.write_text("chair\n", encoding="utf-8")
    plain = CaptionSettings(source=source, out=tmp_path / "out.jsonl", objects=listed)
    assert caption_corpus(plain).kept == 0
    bold = CaptionSettings(source=source, out=tmp_path / "out.jsonl", objects=listed, likely=True)
    with pytest.raises(NegdataError, match="likely"):
        caption_corpus(bold)
    caption_corpus(CaptionSettings(source=source, out=tmp_path / "bold.jsonl", objects=listed, likely=True))
    assert [row["negated"] for row in read_lines(tmp_path / "bold.jsonl")] == ["chair"]
    with pytest.raises(NegdataError, match="--likely"):
        CaptionSettings(source=source, out=tmp_path / "o.jsonl", pipeline="random", likely=True)
