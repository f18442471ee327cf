"""``--objects``: which objects alone may be said to be absent."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from negdata.caption import CaptionSettings, caption_corpus
from negdata.caption.object_list import read_objects
from negdata.errors import NegdataError
from negdata.records import read_lines
from tests.cli.command import EXAMPLE


def _named(path: Path, *names: str) -> Path:
    path.write_text("\n".join(names) + "\n", encoding="utf-8")
    return path


def test_a_name_a_line(tmp_path: Path) -> None:
    listed = read_objects(_named(tmp_path / "names.txt", "# mine", "Dogs", "", "sofa  # a couch", "flux capacitor"))
    assert listed.known == {"dog", "couch"}
    assert listed.unknown == ("flux capacitor",)
    assert "flux capacitor" in listed.notes[0]


def test_the_categories_of_an_instances_file(tmp_path: Path) -> None:
    path = tmp_path / "instances.json"
    categories = [{"id": 1, "name": "dog"}, {"id": 2, "name": "potted plant"}, {"id": 3, "name": "hot_dog"}]
    path.write_text(json.dumps({"categories": categories, "images": [], "annotations": []}), encoding="utf-8")
    assert {"dog", "hot dog"} <= read_objects(path).known


@pytest.mark.parametrize(
    ("name", "content", "told"),
    [
        ("names.txt", "qwertz\n", "names no object"),
        ("names.txt", "", "names no object"),
        ("names.txt", "person\nsky\n", "names no object"),
        ("boxes.json", "{}", "no list of categories"),
        ("boxes.json", '{"categories": 3}', "no list of categories"),
        ("boxes.json", "[1]", "a JSON list"),
    ],
)
def test_a_file_that_names_nothing_is_told(tmp_path: Path, name: str, content: str, told: str) -> None:
    path = tmp_path / name
    path.write_text(content, encoding="utf-8")
    with pytest.raises(NegdataError, match=told):
        read_objects(path)


def test_a_file_that_is_not_there_or_no_text(tmp_path: Path) -> None:
    (tmp_path / "names.txt").write_bytes(b"\xff\xfe\x00dog")
    for name in ("none.txt", "none.json", "names.txt"):
        with pytest.raises(NegdataError):
            read_objects(tmp_path / name)


@pytest.mark.parametrize("pipeline", ["objects", "random"])
def test_nothing_else_is_said_to_be_absent(tmp_path: Path, pipeline: str) -> None:
    listed = _named(tmp_path / "names.txt", "dog", "umbrella", "bicycle", "cup", "zyxw")
    settings = CaptionSettings(source=EXAMPLE, out=tmp_path / "out.jsonl", objects=listed, pipeline=pipeline)  # type: ignore[arg-type]
    done = caption_corpus(settings)
    assert any("zyxw" in note for note in done.notes)
    rows = list(read_lines(tmp_path / "out.jsonl"))
    assert len(rows) > 5
    assert {row["negated"] for row in rows} <= {"dog", "umbrella", "bicycle", "cup"}
    assert len({row["negated"] for row in rows}) > 1


def test_another_list_is_another_run(tmp_path: Path) -> None:
    listed = tmp_path / "names.txt"
    settings = CaptionSettings(source=EXAMPLE, out=tmp_path / "out.jsonl", objects=listed)
    _named(listed, "dog")
    caption_corpus(settings)
    _named(listed, "# the same", "dogs")
    caption_corpus(settings)
    _named(listed, "dog", "cat")
    with pytest.raises(NegdataError, match="objects"):
        caption_corpus(settings)


def test_it_needs_a_step_that_proposes(tmp_path: Path) -> None:
    with pytest.raises(NegdataError, match="no object is proposed"):
        CaptionSettings(source=EXAMPLE, out=tmp_path / "o.jsonl", objects=EXAMPLE, steps=("rewrite",))
