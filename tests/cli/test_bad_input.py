"""Every kind of wrong input: exit code 2, what is wrong, what to do."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.cli.command import EXAMPLE, refused

ROW = {"id": "a", "image": "a.jpg", "caption": "A dog on a sofa."}


def jsonl(*rows: object) -> str:
    return "".join(json.dumps(row) + "\n" for row in rows)


def coco(**changes: object) -> str:
    whole: dict[str, object] = {
        "images": [{"id": 1, "file_name": "a.jpg"}],
        "annotations": [{"id": 5, "image_id": 1, "caption": "A dog on a sofa."}],
    }
    return json.dumps({k: v for k, v in (whole | changes).items() if v is not None})


def with_caption(caption: object) -> str:
    return jsonl(ROW, ROW | {"id": "b", "caption": caption})


def with_image(image: str) -> str:
    return jsonl(ROW, ROW | {"id": "b", "image": image})


CASES = {
    "empty": ("in.jsonl", "", "is empty"),
    "cut short": ("in.json", coco()[:-20], "in.json"),
    "no annotations": ("in.json", coco(annotations=None), "annotations"),
    "image missing": ("in.json", coco(annotations=[{"id": 5, "image_id": 9, "caption": "A dog."}]), "9"),
    "null": ("in.jsonl", with_caption(None), "caption is null"),
    "number": ("in.jsonl", with_caption(7), "caption is a number (7), not text"),
    "empty caption": ("in.jsonl", with_caption("  "), "caption is empty"),
    "long": ("in.jsonl", with_caption("dog " * 25_000), "100,000"),
    "script": ("in.jsonl", with_caption("ソファの上の犬"), "Latin"),
    "control": ("in.jsonl", with_caption("A dog\x1b[31m on a sofa"), "U+001B"),
    "absolute": ("in.jsonl", with_image("/etc/passwd"), "absolute"),
    "climbs": ("in.jsonl", with_image("../../secret.jpg"), "climbs out"),
    "not JSON": ("in.jsonl", jsonl(ROW) + "{oops\n", "line 2"),
    "column": ("in.csv", "filepath,words\na.jpg,A dog on a sofa.\n", "caption"),
    "twice": ("in.jsonl", jsonl(ROW, ROW), "id 'a' twice"),
}


@pytest.mark.parametrize("name", CASES)
def test_wrong_file(tmp_path: Path, name: str) -> None:
    file, content, said = CASES[name]
    (tmp_path / file).write_text(content, encoding="utf-8")
    message = refused("caption", file, "-o", "out.jsonl", folder=tmp_path)
    assert said in message
    assert file in message
    assert message.count(". ") >= 1, "what is wrong, and what to do"
    assert not (tmp_path / "out.jsonl").exists()


def test_every_bad_row_is_listed(tmp_path: Path) -> None:
    (tmp_path / "in.jsonl").write_text(jsonl(ROW, ROW | {"id": "b", "caption": 1}, ROW | {"id": "c", "caption": ""}))
    message = refused("caption", "in.jsonl", "-o", "out.jsonl", folder=tmp_path)
    assert "line 2" in message
    assert "line 3" in message


WRONG: dict[str, tuple[list[str | Path], str]] = {
    "missing file": (["caption", "none.jsonl", "-o", "o.jsonl"], "none.jsonl doesn't exist"),
    "backend": (["caption", EXAMPLE, "-o", "o.jsonl", "--backend", "olama"], "ollama"),
    "pipeline": (["caption", EXAMPLE, "-o", "o.jsonl", "--pipeline", "object"], "objects"),
    "steps": (["caption", EXAMPLE, "-o", "o.jsonl", "--steps", "rewrit"], "rewrite"),
    "out kind": (["caption", EXAMPLE, "-o", "o.txt"], "o.txt"),
    "below a file": (["caption", EXAMPLE, "-o", EXAMPLE / "o.jsonl"], "captions.jsonl"),
    "a folder": (["caption", EXAMPLE, "-o", "folder.jsonl"], "folder.jsonl"),
    "no captions": (["caption", "folder.jsonl", "-o", "o.jsonl"], "folder.jsonl"),
    "key": (
        ["caption", EXAMPLE, "-o", "o.jsonl", "--backend", "openai", "--model", "m", "--api-key-env", "NO_SUCH_KEY"],
        "NO_SUCH_KEY",
    ),
    "gguf": (["caption", EXAMPLE, "-o", "o.jsonl", "--backend", "llamacpp", "--model", "no.gguf"], "no.gguf"),
    "prompts": (["caption", EXAMPLE, "-o", "o.jsonl", "--prompts", "nowhere"], "nowhere"),
}


@pytest.mark.parametrize("name", WRONG)
def test_wrong_use(tmp_path: Path, name: str) -> None:
    arguments, said = WRONG[name]
    (tmp_path / "folder.jsonl").mkdir()
    message = refused(*arguments, folder=tmp_path)
    assert said in message


def test_all_errors_of_a_prompt_at_once(tmp_path: Path) -> None:
    prompts = tmp_path / "prompts"
    prompts.mkdir()
    original = (EXAMPLE.parents[2] / "prompts" / "rewrite.yaml").read_text()
    (prompts / "rewrite.yaml").write_text(original.replace("{{ negated }}", "{{ negatted }}") + "\ntemprature: 1\n")
    message = refused("prompts", "validate", "--prompts", prompts, folder=tmp_path)
    assert "temprature" in message
    assert "negatted" in message
