"""stats, prompts, help, completion."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.cli.command import EXAMPLE, negdata, refused

SOURCES = {
    "a.jsonl": '{"image": "a.jpg", "caption": "A street with no cars."}\n',
    "a.csv": "image,caption\na.jpg,A street with no cars.\n",
    "a.json": json.dumps(
        {
            "images": [{"id": 1, "file_name": "a.jpg"}],
            "annotations": [{"id": 2, "image_id": 1, "caption": "A street with no cars."}],
        }
    ),
}


@pytest.mark.parametrize("name", SOURCES)
def test_stats_of_any_source(tmp_path: Path, name: str) -> None:
    (tmp_path / name).write_text(SOURCES[name])
    figures = json.loads(negdata("stats", name, "--json", folder=tmp_path).stdout)
    assert (figures["captions"], figures["negated_captions"]) == (1, 1)
    assert figures["cues"][0]["cue"] == "no"
    assert "A street with no cars." in negdata("stats", name, folder=tmp_path).stdout


def test_stats_refuses_what_is_no_corpus(tmp_path: Path) -> None:
    (tmp_path / "a.jsonl").write_text("")
    assert "empty" in refused("stats", "a.jsonl", folder=tmp_path)


def test_prompts(tmp_path: Path) -> None:
    listed = negdata("prompts", "ls", folder=tmp_path).stdout
    for name in ("propose", "rewrite", "contrast"):
        assert name in listed
        assert name in negdata("prompts", "show", name, folder=tmp_path).stdout
    negdata("prompts", "validate", folder=tmp_path)
    assert "rewrite" in refused("prompts", "show", "rewrit", folder=tmp_path)


def test_help_tells_defaults_and_units(tmp_path: Path) -> None:
    text = negdata("caption", "--help", folder=tmp_path).stdout
    for option in ("--backend", "--contrast", "--timeout", "--max-failures", "--price-in", "--dry-run", "--json"):
        assert option in text
    assert "Seconds" in text
    assert "default" in text


def test_completion(tmp_path: Path) -> None:
    done = negdata(folder=tmp_path, _NEGDATA_COMPLETE="complete_bash", COMP_WORDS="negdata ca", COMP_CWORD="1")
    assert "caption" in done.stdout


def test_no_terminal_codes_in_the_example(tmp_path: Path) -> None:
    assert "\x1b" not in negdata("stats", EXAMPLE, folder=tmp_path).stdout
