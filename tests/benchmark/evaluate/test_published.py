"""Which published scores stand beside a figure."""

from __future__ import annotations

from pathlib import Path

import pytest

from negdata.benchmark import BuildSettings, build_benchmark
from negdata.benchmark.evaluate.scored import published_suite
from tests.benchmark.furnished import furnish_regions


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("built")
    furnish_regions(folder)
    return folder


def test_nothing_was_published_on_the_strict_edition(built: Path) -> None:
    assert published_suite("negrefcocog", built / "strict.json") is None
    assert published_suite("negrefcocog", built / "NegRefCOCOg.json") == "negrefcocog"


def test_a_file_without_a_manifest_is_taken_for_the_published_one(built: Path, tmp_path: Path) -> None:
    copy = tmp_path / "bench.json"
    copy.write_bytes((built / "strict.json").read_bytes())
    assert published_suite("negrefcocog", copy) == "negrefcocog"
    (tmp_path / "bench.manifest.json").write_text("{}", encoding="utf-8")
    assert published_suite("negrefcocog", copy) == "negrefcocog"


def test_ones_own_definition_has_no_published_scores(built: Path, tmp_path: Path) -> None:
    shipped = Path(__file__).resolve().parents[3] / "benchmark" / "negrefcocog.yaml"
    own = tmp_path / "mine.yaml"
    own.write_text(shipped.read_text(encoding="utf-8").replace("name: negrefcocog", "name: mine"), encoding="utf-8")
    build_benchmark(BuildSettings(source=built / "refcocog", out=tmp_path / "mine.json", definition=str(own)))
    assert published_suite("negrefcocog", tmp_path / "mine.json") is None
