"""The package of docs/plugins.md, as the page has it."""

from __future__ import annotations

import json
import re
import tomllib
from pathlib import Path

PAGE = Path(__file__).resolve().parents[2] / "docs" / "plugins.md"
_BLOCK = re.compile(r"^```(\w+)\n(.*?)^```", re.MULTILINE | re.DOTALL)


def blocks(language: str) -> list[str]:
    """The page's blocks in a language, in their order."""
    return [text for told, text in _BLOCK.findall(PAGE.read_text(encoding="utf-8")) if told == language]


def write_package(folder: Path) -> Path:
    """The package's two files, to be installed by pip."""
    folder.mkdir(parents=True)
    (folder / "pyproject.toml").write_text(blocks("toml")[0], encoding="utf-8")
    (folder / "negdata_tags.py").write_text(blocks("python")[0], encoding="utf-8")
    return folder


def lay_out(site: Path) -> Path:
    """The package and the page's suite and source as pip would have laid them out, for ``PYTHONPATH``."""
    package, suite, source = blocks("python")
    described = site / "negdata_tags-1.0.dist-info"
    described.mkdir(parents=True)
    for name, code in (("negdata_tags", package), ("odd_one_out", suite), ("lines", source)):
        (site / f"{name}.py").write_text(code, encoding="utf-8")
    groups = tomllib.loads(blocks("toml")[0])["project"]["entry-points"]
    groups |= {"negdata.suites": {"odd-one-out": "odd_one_out:SUITE"}, "negdata.sources": {"lines": "lines:Lines"}}
    points = (f"[{group}]\n" + "".join(f"{at} = {to}\n" for at, to in of.items()) for group, of in groups.items())
    (described / "entry_points.txt").write_text("\n".join(points), encoding="utf-8")
    (described / "METADATA").write_text("Metadata-Version: 2.1\nName: negdata-tags\nVersion: 1.0\n", encoding="utf-8")
    return site


def write_tags(folder: Path, captions: Path) -> None:
    """``tags.json``: a detector has looked at every image and found nothing."""
    rows = [json.loads(line) for line in captions.read_text(encoding="utf-8").splitlines()]
    (folder / "tags.json").write_text(json.dumps({row["image"]: {} for row in rows}), encoding="utf-8")
