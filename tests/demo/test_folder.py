"""The folder of a demonstration: whose it is, and what is removed of it."""

from __future__ import annotations

from pathlib import Path

import pytest

from negdata.demo.folder import DemoFolder
from negdata.demo.settings import DemoSettings
from negdata.errors import NegdataError


def _settings(folder: Path, **options: int) -> DemoSettings:
    return DemoSettings(out=folder, scenes=options.get("scenes", 100), seed=options.get("seed", 0))


@pytest.fixture(scope="module")
def laid(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("demos") / "demo"
    assert DemoFolder(folder).lay(_settings(folder))
    return folder


def test_it_has_the_published_layouts(laid: Path) -> None:
    folder = DemoFolder(laid)
    for file in ("captions.json", "instances.json", "images/000099.png"):
        assert (folder.world / file).is_file()
    for file in ("refs(umd).p", "instances.json"):
        assert (folder.refcocog / file).is_file()
    assert folder.retrieval.is_file()
    assert {path.name.split("-")[0] for path in folder.test_images.iterdir()} == {"wall", "unseen"}
    assert (folder.clip / "model.safetensors").is_file()
    assert (folder.judge / "model.safetensors").is_file()


def test_what_is_laid_stays(laid: Path) -> None:
    image = laid / "world" / "images" / "000000.png"
    before = image.stat().st_mtime_ns
    assert not DemoFolder(laid).lay(_settings(laid))
    assert image.stat().st_mtime_ns == before


@pytest.mark.parametrize("other", [{"seed": 1}, {"scenes": 200}])
def test_another_demonstration_is_refused(laid: Path, other: dict[str, int]) -> None:
    with pytest.raises(NegdataError, match="holds a demonstration with"):
        DemoFolder(laid).lay(_settings(laid, **other))


@pytest.mark.parametrize("fresh", [False, True])
def test_a_folder_of_something_else_is_left_alone(tmp_path: Path, fresh: bool) -> None:
    (tmp_path / "captions.jsonl").write_text("mine\n")
    with pytest.raises(NegdataError, match="isn't empty"):
        DemoFolder(tmp_path).lay(DemoSettings(out=tmp_path, scenes=100, fresh=fresh))
    assert (tmp_path / "captions.jsonl").read_text() == "mine\n"


def test_a_file_is_no_folder(tmp_path: Path) -> None:
    (tmp_path / "out").write_text("")
    with pytest.raises(NegdataError, match="is a file"):
        DemoSettings(out=tmp_path / "out")


@pytest.mark.parametrize("options", [{"backend": "olama"}, {"scenes": 99}, {"seed": -1}])
def test_options_out_of_range_are_told(options: dict[str, object]) -> None:
    with pytest.raises(NegdataError):
        DemoSettings(**options)  # type: ignore[arg-type]
