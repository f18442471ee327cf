"""How datasets of labelled images lie on a disk: folders of classes, and the layouts of well-known datasets.

A layout is known by the files and folders that only it has; a new one is a function and a line in ``LAYOUTS``.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from negdata.benchmark.suites.problems import Problems, name_problem
from negdata.errors import NegdataError
from negdata.imagenames import IMAGE_SUFFIXES
from negdata.sources.base import read_bytes

SPLITS = ("test", "val", "valid", "validation")
"""Folders of which one holds the images to classify, in the order in which they are looked for."""
_TRAINING = ("train", "training")
_NO_IMAGE = "class folders without an image"
_CLASS_FOLDERS = "Give a folder that holds a folder of images for each class."


@dataclass(frozen=True, slots=True)
class Labelled:
    """Images and the classes that they show.

    Attributes:
        images: (name below the folder, class) in the order in which they are scored.
        names: what classes are called, where the dataset says so.
        left_out: what isn't classified, and how many of it.
    """

    images: tuple[tuple[str, str], ...]
    names: dict[str, str] = field(default_factory=dict)
    left_out: dict[str, int] = field(default_factory=dict)


def read_folder(root: Path) -> Labelled:
    """The labelled images of a dataset; raises NegdataError."""
    layout = next((one for one in LAYOUTS if one.lies_in(root)), None)
    return layout.read(root) if layout is not None else _class_folders(root)


def is_labelled(root: Path) -> bool:
    """Whether this is a known dataset, or a folder of class folders."""
    if any(layout.lies_in(root) for layout in LAYOUTS):
        return True
    return any(_any_image(folder) for folder in _subfolders(root))


@dataclass(frozen=True, slots=True)
class Layout:
    """A dataset's layout: ``marks`` are the paths that tell it."""

    name: str
    marks: tuple[str, ...]
    read: Callable[[Path], Labelled]

    def lies_in(self, root: Path) -> bool:
        return all((root / mark).exists() for mark in self.marks)


def _class_folders(root: Path) -> Labelled:
    """A folder of images for each class, or such a folder for each split."""
    folders = _subfolders(root)
    names = {folder.name.lower() for folder in folders}
    if folders and names <= {*SPLITS, *_TRAINING}:
        for split in SPLITS:
            inside = next((one for one in folders if one.name.lower() == split), None)
            if inside is not None and any(map(_any_image, _subfolders(inside))):
                return _of_classes(root, _subfolders(inside))
        if not names.isdisjoint(_TRAINING):
            raise NegdataError(
                f"{root} has a training split and no folder of classes in any other.",
                f"Give the folder of the split that is to be classified. {_CLASS_FOLDERS}",
            )
    return _of_classes(root, folders)


def _of_classes(root: Path, folders: Sequence[Path], *, without: str | None = None) -> Labelled:
    """All images of class folders, but for those of the folder called ``without``."""
    left_out: Counter[str] = Counter()
    images: list[tuple[str, str]] = []
    for folder in folders:
        found = [file.relative_to(root).as_posix() for file in _images(folder)]
        if folder.name == without:
            left_out[f"images of {without}"] += len(found)
        elif not found:
            left_out[_NO_IMAGE] += 1
        images += [(name, folder.name) for name in found if folder.name != without]
    return Labelled(tuple(images), left_out=dict(left_out))


def _food_101(root: Path) -> Labelled:
    listed = tuple(
        (f"images/{line}.jpg", line.partition("/")[0]) for line in _lines(root / "meta" / "test.txt", root, "images")
    )
    classes, labels = root / "meta" / "classes.txt", root / "meta" / "labels.txt"
    names = dict(zip(_all_lines(classes), _all_lines(labels), strict=False)) if classes.is_file() else {}
    return Labelled(listed, names)


def _pets(root: Path) -> Labelled:
    files = [line.split()[0] for line in _lines(root / "annotations" / "test.txt", root, "images")]
    return Labelled(tuple((f"images/{file}.jpg", file.rpartition("_")[0]) for file in files))


def _dtd(root: Path) -> Labelled:
    files = _lines(root / "labels" / "test1.txt", root, "images")
    return Labelled(tuple((f"images/{file}", file.partition("/")[0]) for file in files))


def _caltech_101(root: Path) -> Labelled:
    return _of_classes(root, _subfolders(root / "101_ObjectCategories"), without="BACKGROUND_Google")


def _eurosat(root: Path) -> Labelled:
    labelled = _of_classes(root, _subfolders(root / "2750"))
    words = {one: re.sub(r"(?<=[a-z])(?=[A-Z])", " ", one).lower() for _, one in labelled.images}
    return Labelled(labelled.images, words, labelled.left_out)


def _sun397(root: Path) -> Labelled:
    """``/a/access_road``: the letter is no part of the name."""
    images: list[tuple[str, str]] = []
    for line in _lines(root / "ClassName.txt", root, ""):
        folder = line.strip("/")
        name = folder.partition("/")[2] or folder
        images += [(file.relative_to(root).as_posix(), name) for file in _images(root / folder, deep=False)]
    return Labelled(tuple(images))


def _unread(what: str) -> Callable[[Path], Labelled]:
    def refuse(root: Path) -> Labelled:
        raise NegdataError(f"{root} holds {what}.", f"Sort its images into class folders. {_CLASS_FOLDERS}")

    return refuse


LAYOUTS = (
    Layout("food-101", ("images", "meta/test.txt"), _food_101),
    Layout("oxford-iiit-pet", ("images", "annotations/test.txt"), _pets),
    Layout("dtd", ("images", "labels/test1.txt"), _dtd),
    Layout("caltech-101", ("101_ObjectCategories",), _caltech_101),
    Layout("eurosat", ("2750",), _eurosat),
    Layout("sun397", ("ClassName.txt",), _sun397),
    Layout("flowers-102", ("imagelabels.mat",), _unread("Flowers 102, whose labels are a MATLAB file")),
    Layout("cifar-10", ("batches.meta",), _unread("CIFAR-10 as pickles, which are not read")),
)


def _subfolders(root: Path) -> list[Path]:
    try:
        return sorted(one for one in root.iterdir() if one.is_dir() and not one.name.startswith((".", "__")))
    except OSError as error:
        raise NegdataError(f"{root} can't be read: {error.strerror}.", "Check its permissions.") from error


def _images(folder: Path, *, deep: bool = True) -> list[Path]:
    return sorted(_found(folder, deep=deep))


def _any_image(folder: Path) -> bool:
    return next(_found(folder, deep=True), None) is not None


def _found(folder: Path, *, deep: bool) -> Iterator[Path]:
    for file in folder.rglob("*") if deep else folder.glob("*"):
        if file.suffix.lower() in IMAGE_SUFFIXES and not file.name.startswith(".") and file.is_file():
            yield file


def _lines(path: Path, root: Path, folder: str) -> list[str]:
    """The lines of a list of files below a folder; NegdataError where one is no name."""
    problems = Problems(path, f"Give {root} as it is published.")
    lines = _all_lines(path)
    for number, line in enumerate(lines, 1):
        problems.add(f"line {number}", name_problem("the file", f"{folder}/{line}".lstrip("/")))
    if not lines:
        raise NegdataError(f"{path} names no file.", f"Give {root} as it is published.")
    problems.refuse()
    return lines


def _all_lines(path: Path) -> list[str]:
    text = read_bytes(path).decode("utf-8", "replace")
    return [line.strip() for line in text.splitlines() if line.strip() and not line.startswith("#")]
