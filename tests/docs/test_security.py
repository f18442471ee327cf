"""What docs/security.md claims: each test that it names is there, and remote code is trusted nowhere."""

from __future__ import annotations

import ast
import re
from pathlib import Path

import negdata

ROOT = Path(__file__).resolve().parents[2]
NAMED = re.findall(r"`(tests/[\w/]+\.py)(?:::(\w+))?`", (ROOT / "docs" / "security.md").read_text(encoding="utf-8"))
LOADERS = {"from_pretrained", "from_config"}


def test_every_test_that_the_page_names_is_there() -> None:
    assert len(NAMED) > 30
    for file, name in NAMED:
        tree = ast.parse((ROOT / file).read_text(encoding="utf-8"))
        found = {node.name for node in ast.walk(tree) if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)}
        assert not name or name in found, f"{file} has no {name}"


def test_remote_code_is_never_trusted() -> None:
    """Wherever ``trust_remote_code`` is written in the package, it is given as False."""
    written = 0
    for path in Path(negdata.__file__).parent.rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            given = []
            if isinstance(node, ast.Call):
                given = [word.value for word in node.keywords if word.arg == "trust_remote_code"]
            elif isinstance(node, ast.Dict):
                pairs = zip(node.keys, node.values, strict=True)
                given = [
                    value for key, value in pairs if isinstance(key, ast.Constant) and key.value == "trust_remote_code"
                ]
            for value in given:
                assert isinstance(value, ast.Constant), path
                assert value.value is False, path
                written += 1
    assert written >= 8


def test_every_automatic_loader_is_told() -> None:
    """A call of one of the library's Auto classes says so itself, or passes on arguments that do."""
    for path in Path(negdata.__file__).parent.rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if not isinstance(node, ast.Call) or not isinstance(node.func, ast.Attribute):
                continue
            if node.func.attr in LOADERS and ".Auto" in ast.unparse(node.func):
                assert {"trust_remote_code", None} & {word.arg for word in node.keywords}, (path, node.lineno)
