"""Each file is recognised as its own suite and no other, and what is none is told what it is."""

from __future__ import annotations

import contextlib
import json
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from negdata.benchmark.suites.contents import open_contents
from negdata.benchmark.suites.registry import SUITES, _load, read_bench
from negdata.errors import NegdataError
from tests.benchmark.suites.standins import (
    ALL_CAPTIONS,
    ASKED,
    CAPTIONS,
    ITEM,
    MCQ,
    NEGATED,
    NEGREFCOCOG,
    NOT_HERE,
    PAIR,
    PLAIN,
    QUESTION,
    RECORD,
    ROW,
    VALSE,
    coco,
    image_files,
    lines,
    table,
    written,
)
from tests.cli.command import ROOT


def turned(value: Any) -> Any:
    """The same JSON with the keys of all objects in the opposite order."""
    if isinstance(value, dict):
        return {key: turned(one) for key, one in reversed(value.items())}
    return [turned(one) for one in value] if isinstance(value, list) else value


Making = Callable[[Path, Callable[[Any], Any]], Path]
MADE: list[tuple[str, Making]] = [
    ("negrefcocog", lambda folder, order: written(folder / "a.json", order([ITEM]))),
    ("valse", lambda folder, order: written(folder / "a.json", order({"a": RECORD, "b": RECORD}))),
    ("negbench-mcq", lambda folder, order: table(folder / "a.csv", order(QUESTION))),
    ("negbench-retrieval", lambda folder, order: table(folder / "a.csv", order(ROW))),
    ("coco-retrieval", lambda folder, order: written(folder / "a.json", order(coco((1, "A cat."))))),
    ("pairs", lambda folder, order: lines(folder / "a.jsonl", order(PAIR))),
    ("pairs", lambda folder, order: written(folder / "a.json", order([PAIR]))),
    ("pairs", lambda folder, order: table(folder / "a.csv", order(PAIR))),
    ("zero-shot", lambda folder, order: image_files(folder / "a", "cat/1.jpg", "dog/1.jpg")),
    ("pope", lambda folder, order: lines(folder / "a.json", order(ASKED), order(ASKED | {"question_id": 2}))),
]


def fitting(path: Path) -> list[str]:
    """All suites that take a path for one of theirs."""
    contents = open_contents(path)
    return [name for name, place in SUITES.items() if _load(place).fits(contents)]


@pytest.mark.parametrize("order", [lambda value: value, turned], ids=["as published", "keys turned"])
@pytest.mark.parametrize(("suite", "made"), MADE, ids=[f"{name}-{place}" for place, (name, _) in enumerate(MADE)])
def test_a_file_is_one_of_its_own_suite_only(
    tmp_path: Path, suite: str, made: Making, order: Callable[[Any], Any]
) -> None:
    path = made(tmp_path, order)
    assert fitting(path) == [suite]
    assert read_bench(path).suite == suite
    assert read_bench(path, suite=suite) == read_bench(path)


@pytest.mark.parametrize("name", ["a", "a.txt", "a.json", "a.csv.json"])
@pytest.mark.parametrize(("suite", "made"), [one for one in MADE if one[0] != "zero-shot"])
def test_content_tells_whatever_the_name(tmp_path: Path, suite: str, made: Making, name: str) -> None:
    made(tmp_path, lambda value: value).rename(tmp_path / name)
    assert read_bench(tmp_path / name).suite == suite


@pytest.mark.parametrize(
    ("path", "suite"),
    [
        (NEGREFCOCOG, "negrefcocog"),
        (VALSE, "valse"),
        (MCQ, "negbench-mcq"),
        (PLAIN, "negbench-retrieval"),
        (NEGATED, "negbench-retrieval"),
        (CAPTIONS, "coco-retrieval"),
        (ALL_CAPTIONS, "coco-retrieval"),
    ],
)
@pytest.mark.skipif(not NEGREFCOCOG.is_file(), reason=NOT_HERE)
def test_published_files_are_recognised(path: Path, suite: str) -> None:
    assert fitting(path) == [suite]


@pytest.mark.parametrize(("suite", "made"), MADE)
def test_one_good_record_is_enough_to_recognise_a_broken_file(tmp_path: Path, suite: str, made: Making) -> None:
    path = made(tmp_path, lambda value: value)
    if path.suffix == ".json" and path.read_text().startswith("["):
        written(path, [7, {"x": 1}, *json.loads(path.read_bytes())])
        with pytest.raises(NegdataError, match="item 1: it is 7, not an object"):
            read_bench(path)
    assert fitting(path) == [suite]


UNKNOWN: list[tuple[str, bytes, str]] = [
    ("a.json", b"{}", "is an empty JSON object; that is no benchmark of any suite"),
    ("a.json", b"[]", "is a JSON list without an object"),
    ("a.json", b"[1, 2]", "is a JSON list without an object"),
    ("a.json", b'[{"a": 1, "b": 2}]', "is a JSON list of objects with the keys 'a', 'b'"),
    ("a.json", b'{"images": [], "annotations": [{"bbox": []}], "categories": []}', "COCO instances"),
    ("a.json", b'{"questions": [], "data_type": "x"}', "VQA questions"),
    ("a.jsonl", b'{"image": "a.jpg", "caption": "A dog."}\n', "is JSON lines of objects with the keys 'image'"),
    ("a.jsonl", b"none\n", "is JSON lines without an object"),
    ("a.csv", b"image,caption\na.jpg,A dog.\n", "is a table with the columns 'image', 'caption'"),
    ("a.json", b"[" * 5000 + b"]" * 5000, "is not valid JSON"),
    ("a.json", b'[{"phrase": "x"', "is not valid JSON"),
    ("a.json", b"\xff\xfe[", "is neither JSON, JSON lines nor CSV: it begins with b'\\xff\\xfe['"),
    ("a.pkl", b"\x80\x02}q\x00.", "is neither JSON, JSON lines nor CSV"),
    ("a.json", b" \n", "is empty"),
    ("a.json", b"", "is empty"),
    ("a.json", json.dumps([dict.fromkeys("abcdefghijkl", 1)]).encode(), "'h' and 4 more"),
    ("a.json", json.dumps([{"k" * 500: 1}]).encode(), "kkk…'"),
]


@pytest.mark.parametrize(("name", "content", "said"), UNKNOWN)
def test_what_is_no_benchmark_is_told_what_it_is(tmp_path: Path, name: str, content: bytes, said: str) -> None:
    (tmp_path / name).write_bytes(content)
    with pytest.raises(NegdataError) as refused:
        read_bench(tmp_path / name)
    assert said in refused.value.problem
    assert str(tmp_path / name) in refused.value.problem
    if "no benchmark" in refused.value.problem:
        assert all(suite in refused.value.remedy for suite in SUITES)


def test_a_folder_that_is_no_benchmark_is_told_what_is_in_it(tmp_path: Path) -> None:
    image_files(tmp_path, "refs(umd).p", "instances.json")
    with pytest.raises(NegdataError, match=r"is a folder that holds 'instances.json', 'refs\(umd\).p'; that is no"):
        read_bench(tmp_path)
    (tmp_path / "empty").mkdir()
    with pytest.raises(NegdataError, match="is an empty folder"):
        read_bench(tmp_path / "empty")
    with pytest.raises(NegdataError, match="doesn't exist"):
        read_bench(tmp_path / "nowhere.json")


def test_an_unknown_suite_names_the_nearest(tmp_path: Path) -> None:
    with pytest.raises(NegdataError, match=r"no suite named 'negrefcoco'. Did you mean 'negrefcocog'"):
        read_bench(written(tmp_path / "a.json", [ITEM]), suite="negrefcoco")


def test_options_are_for_classes_only(tmp_path: Path) -> None:
    path = written(tmp_path / "a.json", [ITEM])
    with pytest.raises(
        NegdataError, match=r"--classes says nothing about .*a\.json, which is of the suite negrefcocog"
    ):
        read_bench(path, classes=path)
    with pytest.raises(NegdataError, match="--templates says nothing about"):
        read_bench(path, templates=path)


@pytest.mark.parametrize("suite", SUITES)
@pytest.mark.parametrize(("made_for", "made"), MADE)
def test_a_file_of_another_suite_is_refused_in_a_sentence(
    tmp_path: Path, suite: str, made_for: str, made: Making
) -> None:
    path = made(tmp_path, lambda value: value)
    if made_for != suite.removesuffix("-valid"):
        with pytest.raises(NegdataError, match=str(path.name)):
            read_bench(path, suite=suite)


PLUGIN = """
from negdata.benchmark.suites.base import ChoiceBench
from negdata.benchmark.suites.contents import Document
from negdata.benchmark.suites.suite import Suite

SUITE = Suite(
    name="elsewhere",
    layout="a JSON object with the key elsewhere",
    fits=lambda contents: isinstance(contents, Document) and "elsewhere" in contents.value,
    read=lambda contents, options: ChoiceBench("elsewhere", contents.path, ()),
)
"""


def test_another_package_adds_a_suite(tmp_path: Path) -> None:
    described = tmp_path / "site" / "elsewhere-1.0.dist-info"
    described.mkdir(parents=True)
    (tmp_path / "site" / "elsewhere.py").write_text(PLUGIN)
    (described / "METADATA").write_text("Metadata-Version: 2.1\nName: elsewhere\nVersion: 1.0\n")
    (described / "entry_points.txt").write_text("[negdata.suites]\nelsewhere = elsewhere:SUITE\n")
    path = written(tmp_path / "a.json", {"elsewhere": [1]})
    code = (
        f"import sys; sys.path[:0] = [{str(ROOT)!r}, {str(tmp_path / 'site')!r}]\n"
        "from pathlib import Path\nfrom negdata.benchmark.suites.registry import read_bench\n"
        f"print(read_bench(Path({str(path)!r})).suite, read_bench(Path({str(path)!r}), suite='elsewhere').suite)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.split() == ["elsewhere", "elsewhere"]


values = st.recursive(
    st.none() | st.booleans() | st.floats() | st.integers() | st.text(max_size=8),
    lambda inner: (
        st.lists(inner, max_size=4)
        | st.dictionaries(
            st.sampled_from([*ITEM, *RECORD, *PAIR, *ASKED, "images", "annotations", "image_paths", "image_id"]),
            inner,
            max_size=5,
        )
    ),
    max_leaves=12,
)


@settings(max_examples=200, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(value=values, suite=st.none() | st.sampled_from([*SUITES]), name=st.sampled_from(["a.json", "a.jsonl"]))
def test_any_json_is_read_or_refused(tmp_path: Path, value: Any, suite: str | None, name: str) -> None:
    with contextlib.suppress(NegdataError):
        read_bench(written(tmp_path / name, value), suite=suite)


@pytest.mark.parametrize("key", ["image", "phrase", "ref_bbox", "bbox_list", "id", "cue", "image_size"])
@pytest.mark.parametrize("depth", [300, 1000])
def test_deep_values_are_refused_in_a_sentence(tmp_path: Path, key: str, depth: int) -> None:
    text = json.dumps([ITEM, ITEM | {key: "HERE"}]).replace('"HERE"', "[" * depth + "]" * depth)
    (tmp_path / "a.json").write_text(text)
    with pytest.raises(NegdataError, match=f"item 2: {key}"):
        read_bench(tmp_path / "a.json")


def test_a_deep_caption_of_coco_is_refused_in_a_sentence(tmp_path: Path) -> None:
    text = json.dumps(coco((1, "A cat."), (1, "HERE"))).replace('"HERE"', "[" * 1000 + "]" * 1000)
    (tmp_path / "a.json").write_text(text)
    with pytest.raises(NegdataError, match="annotation 101: caption is a list"):
        read_bench(tmp_path / "a.json")


@settings(max_examples=200, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(content=st.binary(max_size=60), name=st.sampled_from(["a.json", "a.csv", "a.jsonl", "a"]))
def test_any_bytes_are_read_or_refused(tmp_path: Path, content: bytes, name: str) -> None:
    (tmp_path / name).write_bytes(content)
    with pytest.raises(NegdataError):
        read_bench(tmp_path / name)
