"""negdata recipes: what there is, a start for one's own, and every error at once."""

from __future__ import annotations

import json
from pathlib import Path

from negdata.train.recipes import load_recipes
from tests.cli.command import ROOT, negdata, refused

NAMES = sorted(path.stem for path in (ROOT / "train").glob("*.yaml"))


def test_ls_names_every_recipe(tmp_path: Path) -> None:
    table = negdata("recipes", "ls", folder=tmp_path).stdout
    rows = json.loads(negdata("recipes", "ls", "--json", folder=tmp_path).stdout)
    assert [row["name"] for row in rows] == NAMES
    assert [row["id"] for row in rows] == [recipe.id for recipe in load_recipes()]
    assert all(name in table for name in NAMES)


def test_what_show_prints_is_a_valid_start(tmp_path: Path) -> None:
    shown = negdata("recipes", "show", "lora", folder=tmp_path).stdout
    assert shown.rstrip("\n") == (ROOT / "train" / "lora.yaml").read_text().rstrip("\n")
    (tmp_path / "mine.yaml").write_text(shown.replace("name: lora", "name: mine"))
    said = negdata("recipes", "validate", "mine.yaml", folder=tmp_path).stdout
    assert "1 recipes are valid: mine@2-" in said
    values = json.loads(negdata("recipes", "show", "lora", "--json", folder=tmp_path).stdout)
    assert values["trained"]["lora"]["rank"] == 16
    assert "'lora'" in refused("recipes", "show", "lorra", folder=tmp_path)


def test_validate_lists_every_error_of_every_file(tmp_path: Path) -> None:
    assert f"{len(NAMES)} recipes are valid" in negdata("recipes", "validate", folder=tmp_path).stdout
    text = (ROOT / "train" / "default.yaml").read_text()
    (tmp_path / "default.yaml").write_text(text.replace("size: 512", "sise: 512").replace("epochs: 10", "epochs: 0"))
    (tmp_path / "other.yaml").write_text(text)
    said = refused("recipes", "validate", "default.yaml", "other.yaml", folder=tmp_path)
    assert "4 errors in the recipes of default.yaml, other.yaml" in said
    for part in (
        "did you mean 'batches.size'",
        "key 'batches.size' is missing",
        "epochs",
        "the file is called 'other'",
    ):
        assert part in said


def test_ids_for_machines(tmp_path: Path) -> None:
    ids = json.loads(negdata("recipes", "validate", "--json", folder=tmp_path).stdout)
    assert ids == [recipe.id for recipe in load_recipes()]
