"""An image's file is found under the names that others gave it, and never outside of its folder."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from negdata.images.folder import find_image
from tests.benchmark.suites.standins import image_files

OF_2017, OF_2014 = "000000397133.jpg", "COCO_val2014_000000397133.jpg"


@pytest.mark.parametrize("folder", [".", "data", "data/coco", "data/coco/images", "data/coco/images/val2017"])
def test_a_path_of_other_peoples_is_found_from_any_of_its_folders(tmp_path: Path, folder: str) -> None:
    name = f"data/coco/images/val2017/{OF_2017}"
    root = image_files(tmp_path, name)
    assert find_image(root / folder, name) == root / name


@pytest.mark.parametrize(
    ("there", "name"),
    [
        (OF_2017, OF_2014),
        (OF_2017, f"val2014/{OF_2014}"),
        (OF_2014, OF_2017),
        (OF_2014, f"val2017/{OF_2017}"),
        (f"val2017/{OF_2017}", f"images/val2017/{OF_2017}"),
        ("COCO_train2014_000000397133.jpg", OF_2017),
        (OF_2017, "COCO_train2014_000000397133.jpg"),
        ("v7w_1.jpg", "images/v7w_1.jpg"),
    ],
)
def test_other_names_of_the_same_photograph(tmp_path: Path, there: str, name: str) -> None:
    assert find_image(image_files(tmp_path, there), name) == tmp_path / there


@pytest.mark.parametrize(
    ("there", "name"),
    [
        ("b.jpg", "a.jpg"),
        ("COCO_val2014_000000397134.jpg", OF_2017),
        ("COCO_val2014_000000397133.png", OF_2017),
        ("a/b.jpg", "b.jpg"),
        ("v7w_1.jpg", "w_1.jpg"),
    ],
)
def test_another_photograph_is_none(tmp_path: Path, there: str, name: str) -> None:
    assert find_image(image_files(tmp_path, there), name) is None


def test_the_name_as_it_stands_comes_first(tmp_path: Path) -> None:
    root = image_files(tmp_path, f"val2017/{OF_2017}", OF_2017, OF_2014)
    assert find_image(root, f"val2017/{OF_2017}") == root / "val2017" / OF_2017
    assert find_image(root, OF_2014) == root / OF_2014


@pytest.mark.parametrize(
    "name",
    [
        "../secret.jpg",
        "a/../../secret.jpg",
        "/secret.jpg",
        "C:\\secret.jpg",
        "..\\secret.jpg",
        "a\0.jpg",
        "",
        ".",
        "n" * 5000,
        "a/" * 400 + "b.jpg",
        "\ud800.jpg",
        "folder.jpg",
    ],
)
def test_a_name_that_leads_elsewhere_or_nowhere_finds_nothing(tmp_path: Path, name: str) -> None:
    image_files(tmp_path, "secret.jpg", "images/a.jpg", "images/folder.jpg/a.jpg")
    assert find_image(tmp_path / "images", name) is None
    absolute = tmp_path / "secret.jpg"
    assert find_image(image_files(tmp_path / "images", "a\\b.jpg"), "a\\b.jpg") is None, "a folder on other systems"
    assert find_image(tmp_path / "images", str(absolute)) is None


def test_links_lead_no_further_than_the_folder(tmp_path: Path) -> None:
    image_files(tmp_path, "outside/secret.jpg", "images/inner/a.jpg")
    images = tmp_path / "images"
    (images / "leads-out.jpg").symlink_to(tmp_path / "outside" / "secret.jpg")
    (images / "leads-out").symlink_to(tmp_path / "outside")
    (images / "leads-in.jpg").symlink_to("inner/a.jpg")
    (images / "circle.jpg").symlink_to("circle.jpg")
    (tmp_path / "link").symlink_to(images)
    for folder in (images, tmp_path / "link"):
        assert find_image(folder, "leads-out.jpg") is None
        assert find_image(folder, "leads-out/secret.jpg") is None
        assert find_image(folder, "circle.jpg") is None
        assert find_image(folder, "leads-in.jpg") == folder / "leads-in.jpg"


parts = st.sampled_from(["..", ".", "", "a", "inner", "outside", "secret.jpg", "a.jpg", "up", "~", OF_2014, OF_2017])
names = st.lists(parts, max_size=5).map("/".join) | st.lists(parts, max_size=4).map("\\".join) | st.text(max_size=20)


@settings(max_examples=300, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(name=names)
def test_nothing_outside_is_ever_found(tmp_path: Path, name: str) -> None:
    images = tmp_path / "images"
    if not images.is_dir():
        image_files(tmp_path, "secret.jpg", "outside/secret.jpg", OF_2017, "images/a.jpg", "images/inner/a.jpg")
        (images / "up").symlink_to("..")
    found = find_image(images, name)
    assert found is None or found.resolve() in {images / "a.jpg", images / "inner" / "a.jpg"}
