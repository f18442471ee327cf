"""The plug-in of docs/plugins.md is installed and used; the code is read out of the page."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from tests.cli.command import EXAMPLE, negdata, refused
from tests.docs.plugin import lay_out, write_package, write_tags


def records(path: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]


@pytest.fixture(scope="module")
def installed(tmp_path_factory: pytest.TempPathFactory) -> str:
    """Where pip has put the package."""
    pytest.importorskip("hatchling")
    folder = tmp_path_factory.mktemp("plugin")
    package, site = write_package(folder / "negdata-tags"), folder / "site"
    offline = ["--no-index", "--no-deps", "--no-build-isolation", "--disable-pip-version-check"]
    command = [sys.executable, "-m", "pip", "install", "-q", *offline, "--target", str(site), str(package)]
    done = subprocess.run(command, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    return str(site)


def test_pip_installs_it_and_both_parts_work(installed: str, tmp_path: Path) -> None:
    rows = records(EXAMPLE)
    write_tags(tmp_path, EXAMPLE)
    words = ("caption", EXAMPLE, "-o", "out.jsonl", "--backend", "template", "--verify", "tags=tags.json")
    negdata(*words, folder=tmp_path, PYTHONPATH=installed)
    made = records(tmp_path / "out.jsonl")
    assert len(made) > len(rows) / 2
    for record in made:
        assert record["negated_caption"].endswith(f", with no {record['negated']} in sight.")
        assert record["verdict"] == {"p_present": 0.0, "present": False, "verifier": "tags", "model": "tags.json"}

    first = made[0]
    second = next(record for record in made if record["image"] != first["image"])
    seen = {first["image"]: {first["negated"]: 0.93}, second["image"]: {second["negated"]: 0.5}}
    (tmp_path / "tags.json").write_text(json.dumps(seen), encoding="utf-8")
    again = ("filter", "out.jsonl", "-o", "clean.jsonl", "--verifier", "tags=tags.json")
    negdata(*again, folder=tmp_path, PYTHONPATH=installed)
    told = {record["id"]: record["reason"] for record in records(tmp_path / "clean.rejected.jsonl")}
    assert told[first["id"]] == "present"
    assert told[second["id"]] == "unsure"

    doctor = negdata("doctor", "--json", folder=tmp_path, PYTHONPATH=installed)
    named = {one["name"]: one["state"] for one in json.loads(doctor.stdout)["backends"]}
    assert named["template"] == "ok"


def test_without_its_file_the_verifier_says_so(installed: str, tmp_path: Path) -> None:
    words = ("filter", EXAMPLE, "-o", "clean.jsonl", "--verifier", "tags")
    done = negdata(*words, folder=tmp_path, code=2, PYTHONPATH=installed)
    assert "Write tags=FILE." in done.stderr + done.stdout


def test_without_the_package_there_is_no_such_name(tmp_path: Path) -> None:
    assert "template" in refused("caption", EXAMPLE, "-o", "out.jsonl", "--backend", "template", folder=tmp_path)


def test_the_pages_source_is_read(tmp_path: Path) -> None:
    site = lay_out(tmp_path / "site")
    (tmp_path / "a.txt").write_text("1.jpg A man rides a horse.\n2.jpg A cat on a bed.\n", encoding="utf-8")
    words = ("caption", "a.txt", "-o", "out.jsonl", "--source-format", "lines")
    negdata(*words, folder=tmp_path, PYTHONPATH=str(site))
    assert [record["id"] for record in records(tmp_path / "out.jsonl")] == ["a:1", "a:2"]


def test_the_pages_suite_is_recognised(tmp_path: Path) -> None:
    site = lay_out(tmp_path / "site")
    row = {"image": "1.jpg", "true": "A dog.", "false": "No dog."}
    (tmp_path / "a.json").write_text(json.dumps({"odd-one-out": [row]}), encoding="utf-8")
    code = (
        f"import sys; sys.path.insert(0, {str(site)!r})\n"
        "from pathlib import Path\nfrom negdata.benchmark.suites.registry import read_bench\n"
        f"bench = read_bench(Path({str(tmp_path / 'a.json')!r}))\nprint(bench.suite, len(bench.items))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.split() == ["odd-one-out", "1"]
