"""Marks of people: read whole or refused, applied before anything is asked, counted, part of what a run is."""

from __future__ import annotations

import json
from functools import reduce
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from negdata.errors import NegdataError
from negdata.filter import FilterSettings, filter_captions
from negdata.filter.marks import MARKED_WRONG, MarkCounts, Marks, MarkTally, read_marks
from negdata.records import CaptionRecord, Mark, RejectedCaption, json_line
from negdata.shards import Shard
from negdata.store import OutputPaths

WORDS = "A cat on a couch with no dog in sight."


def marks_file(folder: Path, *lines: dict[str, Any] | str) -> Path:
    path = folder / "marks.jsonl"
    said = [one if isinstance(one, str) else json.dumps(one) for one in lines]
    path.write_text("\n".join(said) + "\n", encoding="utf-8")
    return path


def record(identity: str, negated_caption: str = WORDS, **fields: Any) -> CaptionRecord:
    given = {"caption": "A cat on a couch.", "image": f"{identity}.png", "negated": "dog"}
    return CaptionRecord(id=identity, negated_caption=negated_caption, **(given | fields))


def run_of(folder: Path, *records: CaptionRecord, **fields: Any) -> FilterSettings:
    source = folder / "in.jsonl"
    source.write_bytes(b"".join(one.to_line() for one in records))
    return FilterSettings(source=source, out=folder / "out.jsonl", **fields)


def manifest(folder: Path) -> dict[str, Any]:
    found: dict[str, Any] = json.loads((folder / "out.manifest.json").read_bytes())
    return found


def test_wrong_is_rejected_with_its_note_and_right_is_kept_whatever_the_checks_say(tmp_path: Path) -> None:
    marks = marks_file(
        tmp_path,
        {"id": "one", "mark": "wrong", "note": "there is a dog"},
        {"id": "two", "mark": "right"},
        {"id": "three", "note": "ask again"},
    )
    broken = record("two", "A cat on a couch with no no dog.")
    given = (record("one"), broken, record("three"), record("four", "A cat on a couch with no no dog."))
    summary = filter_captions(run_of(tmp_path, *given, marks=marks))
    kept = [CaptionRecord.model_validate_json(line) for line in (tmp_path / "out.jsonl").read_bytes().splitlines()]
    lines = OutputPaths.of(tmp_path / "out.jsonl").rejected.read_bytes().splitlines()
    rejected = {one.id: one for one in map(RejectedCaption.model_validate_json, lines)}
    assert {one.id for one in kept} == {"two", "three"}
    assert (rejected["one"].reason, rejected["one"].detail) == (MARKED_WRONG, "there is a dog")
    assert rejected["four"].reason == "ungrammatical"
    verdict = next(one.verdict for one in kept if one.id == "two")
    assert verdict is not None
    assert (verdict.present, verdict.p_present, verdict.verifier) == (False, None, "marks")
    assert summary.marks is not None
    assert (summary.marks.right, summary.marks.wrong, summary.marks.notes_only) == (1, 1, 1)
    assert manifest(tmp_path)["extra"]["marks"]["wrong"] == 1
    assert manifest(tmp_path)["reasons"][MARKED_WRONG] == 1


def test_marks_of_other_ids_and_of_captions_that_changed_are_counted_and_told(tmp_path: Path) -> None:
    marks = marks_file(
        tmp_path,
        {"id": "nobody", "mark": "wrong"},
        {"id": "one", "mark": "wrong", "negated_caption": "Another caption with no dog."},
    )
    summary = filter_captions(run_of(tmp_path, record("one"), marks=marks))
    assert summary.marks is not None
    assert (summary.kept, summary.marks.unknown, summary.marks.changed) == (1, 1, 1)
    assert any("ids that are not among the records" in note for note in summary.notes)
    assert any("changed since" in note for note in summary.notes)


def test_a_run_goes_on_under_the_same_marks_only(tmp_path: Path) -> None:
    given = (record("one"), record("two", image="b.png"))
    first = marks_file(tmp_path, {"id": "one", "mark": "wrong"}, {"id": "two", "mark": "right"})
    filter_captions(run_of(tmp_path, *given, marks=first))
    (tmp_path / "turned.jsonl").write_text("".join(reversed(first.read_text().splitlines(keepends=True))))
    again = filter_captions(run_of(tmp_path, *given, marks=tmp_path / "turned.jsonl"))
    assert again.resumed == 2
    marks_file(tmp_path, {"id": "one", "mark": "right"}, {"id": "two", "mark": "right"})
    for other in (first, None):
        with pytest.raises(NegdataError, match="marks was"):
            filter_captions(run_of(tmp_path, *given, marks=other))
    assert filter_captions(run_of(tmp_path, *given, marks=first, fresh=True)).kept == 2


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ('{"id": "a", "mark": "maybe"}', "mark"),
        ('{"id": 7, "mark": "right"}', "id"),
        ('{"mark": "right"}', "id"),
        ('{"id": "a", "mark": "right", "colour": "red"}', "colour"),
        ('["a", "right"]', "no mark"),
        ('{"id": "a", "mark": ', "valid JSON"),
    ],
)
def test_a_line_that_is_no_mark_is_named(tmp_path: Path, line: str, said: str) -> None:
    path = marks_file(tmp_path, {"id": "first", "mark": "right"}, line)
    with pytest.raises(NegdataError, match=said) as caught:
        read_marks(path)
    assert f"Line 2 of {path}" in caught.value.problem


def test_lines_that_contradict_each_other_are_both_named(tmp_path: Path) -> None:
    path = marks_file(
        tmp_path, {"id": "a", "mark": "right"}, {"id": "b", "mark": "right"}, {"id": "a", "mark": "wrong"}
    )
    with pytest.raises(NegdataError, match=r"Line 3 of .* contradicts line 1"):
        read_marks(path)


def test_one_id_twice_is_one_mark_where_both_agree(tmp_path: Path) -> None:
    path = marks_file(
        tmp_path, {"id": "a", "note": "dim"}, {"id": "a", "mark": "wrong", "note": "small"}, {"id": "a", "note": "dim"}
    )
    assert read_marks(path).by_id["a"] == Mark(id="a", mark="wrong", note="dim; small")


def test_a_file_without_marks_is_no_file_of_marks(tmp_path: Path) -> None:
    path = tmp_path / "marks.jsonl"
    path.write_text("\n")
    with pytest.raises(NegdataError, match="holds no marks"):
        read_marks(path)


def test_the_marks_are_not_written_over(tmp_path: Path) -> None:
    marks = marks_file(tmp_path, {"id": "a", "mark": "right"})
    with pytest.raises(NegdataError, match="file of marks"):
        FilterSettings(source=tmp_path / "in.jsonl", out=marks, marks=marks)


some_marks = st.dictionaries(
    st.text(min_size=1, max_size=8),
    st.tuples(st.sampled_from(["right", "wrong", None]), st.none() | st.text(max_size=20)),
    min_size=1,
    max_size=8,
)


@settings(deadline=None)
@given(said=some_marks, ids=st.lists(st.text(min_size=1, max_size=8), unique=True, max_size=8))
def test_every_mark_is_counted_once(said: dict[str, tuple[Any, str | None]], ids: list[str]) -> None:
    marks = Marks({name: Mark(id=name, mark=mark, note=note) for name, (mark, note) in said.items()})
    tally = MarkTally(marks)
    for identity in ids:
        tally.see(CaptionRecord(id=identity, caption="A cat."))
    counts = tally.counts
    assert counts is not None
    assert sum(counts.model_dump().values()) == len(said)
    assert counts.unknown == len(said.keys() - set(ids))


@settings(deadline=None)
@given(said=some_marks, ids=st.lists(st.text(min_size=1, max_size=8), unique=True, max_size=8), of=st.integers(1, 4))
def test_the_counts_of_shards_add_up(said: dict[str, tuple[Any, str | None]], ids: list[str], of: int) -> None:
    marks = Marks({name: Mark(id=name, mark=mark, note=note) for name, (mark, note) in said.items()})

    def counts(shard: Shard) -> MarkCounts:
        tally = MarkTally(marks)
        for identity in ids:
            tally.see(CaptionRecord(id=identity, caption="A cat."), taken=shard.owns(identity))
        assert tally.counts is not None
        return tally.counts

    together = reduce(MarkCounts.plus, (counts(Shard(index, of)) for index in range(1, of + 1)))
    assert together == counts(Shard(1, 1))


@settings(deadline=None)
@given(said=some_marks)
def test_what_is_written_is_read_again(tmp_path_factory: pytest.TempPathFactory, said: dict[str, Any]) -> None:
    path = tmp_path_factory.mktemp("marks") / "marks.jsonl"
    marks = {name: Mark(id=name, mark=mark, note=note or None) for name, (mark, note) in said.items()}
    path.write_bytes(b"".join(json_line(one.model_dump()) for one in marks.values()))
    assert dict(read_marks(path).by_id) == marks
