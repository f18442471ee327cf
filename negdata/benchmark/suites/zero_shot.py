"""Zero-shot classification: images in class folders, and the sentences that stand for each class."""

from __future__ import annotations

import re
from pathlib import Path

from negdata.benchmark.suites.base import ClassBench
from negdata.benchmark.suites.class_names import PLACE, name_of_folder, read_class_names, read_templates
from negdata.benchmark.suites.contents import Contents, Folder
from negdata.benchmark.suites.layouts import is_labelled, read_folder
from negdata.benchmark.suites.suite import Suite, SuiteOptions
from negdata.errors import NegdataError

NAME_FILES = ("imagenet_class_index.json", "LOC_synset_mapping.txt")
"""Names of ImageNet's classes, looked for in the folder and in the one that holds it."""
_CODE = re.compile(r"n\d{8}|[A-Z]{2}")
"""What is no name: an id of WordNet, the code of a country."""
_CLASS_FOLDERS = "Give a folder that holds a folder of images for each class."


def fits(contents: Contents) -> bool:
    """Whether this is a folder of class folders, or a dataset whose layout is known."""
    return isinstance(contents, Folder) and is_labelled(contents.path)


def read(contents: Contents, options: SuiteOptions) -> ClassBench:
    """The images, and for each class a prompt of each template; raises NegdataError.

    Classes are in the order of their folders' names. Those that have the same name have the same prompts: no model can
    tell them apart (ImageNet's own names have two such pairs).
    """
    if not isinstance(contents, Folder):
        raise NegdataError(f"{contents.path} is no folder.", _CLASS_FOLDERS)
    root = contents.path
    labelled = read_folder(root)
    folders = sorted({folder for _, folder in labelled.images})
    if len(folders) < 2:
        kinds = "one class" if folders else "no class"
        raise NegdataError(f"{root} has images of {kinds}: there is nothing to tell apart.", _CLASS_FOLDERS)
    templates = read_templates(options.templates)
    names = _names(root, folders, labelled.names, options.classes)
    places = {folder: place for place, folder in enumerate(folders)}
    return ClassBench(
        suite=SUITE.name,
        path=root,
        root=root,
        classes=tuple(names[folder] for folder in folders),
        prompts=tuple(tuple(one.replace(PLACE, names[folder]) for one in templates) for folder in folders),
        images=tuple(name for name, _ in labelled.images),
        labels=tuple(places[folder] for _, folder in labelled.images),
        left_out=labelled.left_out,
    )


def _names(root: Path, folders: list[str], known: dict[str, str], classes: Path | None) -> dict[str, str]:
    if classes is not None:
        return read_class_names(classes, folders)
    if all(map(_CODE.fullmatch, folders)):
        for file in (place / name for name in NAME_FILES for place in (root, root.parent)):
            if file.is_file():
                return read_class_names(file, folders)
        raise NegdataError(
            f"The class folders of {root} are named by codes, such as {folders[0]}, that no model knows.",
            f"Give their names with --classes: a JSON list in the order of the folders, or "
            f'{{"{folders[0]}": "name", …}}.',
        )
    return {folder: known.get(folder, name_of_folder(folder)) for folder in folders}


SUITE = Suite(
    name="zero-shot",
    layout="a folder of images for each class",
    fits=fits,
    read=read,
    takes_options=True,
)
