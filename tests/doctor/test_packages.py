"""Which optional packages there are: as pyproject.toml says, and as they are installed."""

from __future__ import annotations

import re
import tomllib
from importlib import metadata

import pytest

from negdata.doctor import packages
from negdata.doctor.diagnosis import Extra
from tests.cli.command import ROOT

_REQUIREMENT = re.compile(r"([\w-]+)>=([\d.]+)")


def test_the_groups_are_those_of_the_project() -> None:
    extras = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]["optional-dependencies"]

    def pins(name: str) -> dict[str, str]:
        found: dict[str, str] = {}
        for line in extras[name]:
            if line.startswith("negdata["):
                found |= pins(line.removeprefix("negdata[").removesuffix("]"))
            else:
                package, oldest = _REQUIREMENT.fullmatch(line).groups()  # type: ignore[union-attr]
                found[package] = oldest
        return found

    assert {group.name: group.packages for group in packages.GROUPS} == {
        name: pins(name) for name in extras if name not in ("all", "dev")
    }


def _extra(monkeypatch: pytest.MonkeyPatch, **versions: str | None) -> Extra:
    monkeypatch.setattr(packages, "_version", lambda name: versions.get(name, "99.0"))
    return next(one for one in packages.find_extras() if one.name == "train")


def test_a_package_that_is_missing_gives_the_line_that_installs_it(monkeypatch: pytest.MonkeyPatch) -> None:
    extra = _extra(monkeypatch, torch=None)
    assert (extra.state, extra.said, extra.mend) == (
        "absent",
        "not installed: torch",
        'pip install "negdata[train]"',
    )


def test_a_package_that_is_too_old_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    extra = _extra(monkeypatch, torch="2.4.1+cu121", transformers="4.48.0rc1")
    assert extra.state == "broken"
    assert extra.said == "too old: torch 2.4.1+cu121 (older than 2.5)"
    assert extra.mend == 'pip install --upgrade "negdata[train]"'


def test_versions_are_numbers_and_no_texts(monkeypatch: pytest.MonkeyPatch) -> None:
    assert _extra(monkeypatch, torch="2.13.0+cpu", transformers="10.0").state == "ok"


def test_a_folder_that_only_has_the_name_is_no_package(
    monkeypatch: pytest.MonkeyPatch, tmp_path_factory: pytest.TempPathFactory
) -> None:
    folder = tmp_path_factory.mktemp("here")
    (folder / "peft").mkdir()
    monkeypatch.syspath_prepend(str(folder))
    monkeypatch.setattr(metadata, "version", _no_such_package)
    assert all(one.state == "absent" for one in packages.find_extras())


def _no_such_package(name: str) -> str:
    raise metadata.PackageNotFoundError(name)
