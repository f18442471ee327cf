"""Ground truth as a verifier: the boxes that people drew, in COCO's layout or LVIS's. No model is asked."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path, PurePosixPath
from typing import Any

from pydantic import JsonValue

from negdata.askers import Driven
from negdata.asking import Ask
from negdata.errors import NegdataError
from negdata.imagenames import coco_number
from negdata.sources.base import file_digest, shorten
from negdata.sources.coco import parse_json
from negdata.verify.base import Judgement, Question
from negdata.vocabulary import vocabulary

MOST_PIXELS = 1e6
"""A side of an image that is longer is a slip of the file."""
_DIGITS = re.compile(r"[0-9]{4,}")
_WHOLE_NUMBER = re.compile(r"[0-9]{1,18}")


@dataclass(slots=True)
class AnnotatedImage:
    """What a file says of an image.

    Attributes:
        present: the categories that are annotated in it, crowd regions included.
        exhausted: the categories of which it is known that all there is was annotated; None: all of the file's.
        pixels: how large the image is, None where the file doesn't tell.
        shares: for a category the part of the image that its largest box covers, where the file tells.
    """

    name: str
    present: set[int] = field(default_factory=set)
    exhausted: frozenset[int] | None = None
    pixels: float | None = None
    shares: dict[int, float] = field(default_factory=dict)

    def is_exhausted(self, category: int) -> bool:
        """Whether nothing annotated means nothing there."""
        return self.exhausted is None or category in self.exhausted


class Instances:
    """A COCO instances file: which categories each image shows."""

    def __init__(self, path: Path) -> None:
        """Reads the file; NegdataError says which record of it is wrong."""
        document = parse_json(path)
        self.path = path
        self.categories = _categories(path, document)
        self.images = _images(path, document)
        self._by_name: dict[str | int, int | str | None] = {}
        for identity, image in self.images.items():
            short = PurePosixPath(image.name).name
            for key in _keys(short):
                self._by_name[key] = None if key in self._by_name else identity  # of two with one name neither
        _read_annotations(path, document, self.images, self.categories)

    def find(self, name: str | None, identity: int | str | None) -> AnnotatedImage | None:
        """The image with this name, or this id; None where the two are at odds or the file doesn't have it."""
        by_id = self._with_id(identity)
        if name is None:
            return by_id
        short = PurePosixPath(name).name
        if by_id is not None:
            known = PurePosixPath(by_id.name).name
            agree = short == known or _number(short) == _number(known) is not None
            return by_id if agree else None
        known_as = next((key for key in _keys(short) if key in self._by_name), None)
        found = self._by_name[known_as] if known_as is not None else None
        return self.images[found] if found is not None else None

    def _with_id(self, identity: int | str | None) -> AnnotatedImage | None:
        """Tables of text, such as CSV, have text for a number."""
        if identity is None:
            return None
        found = self.images.get(identity)
        if found is None and isinstance(identity, str) and _WHOLE_NUMBER.fullmatch(identity):
            return self.images.get(int(identity))
        return found


class InstancesVerifier:
    """Tells presence and absence of the objects whose category the file annotates exhaustively."""

    name = "instances"
    key = "instances"
    model = None
    driven: Driven | None = None

    def __init__(self, instances: Instances) -> None:
        self.instances = instances
        self._meanings: dict[str, _Meaning] = {}
        known = vocabulary()
        self._by_entry: dict[str, set[int]] = {}
        self._by_words: dict[str, set[int]] = {}
        for category, names in instances.categories.items():
            for name in names:
                entry = known.lookup(name)
                if entry is not None:
                    self._by_entry.setdefault(entry.name, set()).add(category)
                self._by_words.setdefault(_plain(name), set()).add(category)

    def knows(self, name: str) -> bool:
        meaning = self._meaning(name)
        return bool(meaning.same or meaning.above)

    async def judge(self, question: Question, ask: Ask) -> Judgement:
        """See Verifier."""
        return self.tell(question)

    def tell(self, question: Question) -> Judgement:
        """What the boxes say; to a question in words they can say no, where its object is absent, and never yes."""
        told = self._tell_of(question)
        if question.text and told.present is not False:
            return Judgement(None, detail="boxes don't tell whether the answer to a question is yes")
        return told

    def _tell_of(self, question: Question) -> Judgement:
        image = self.instances.find(question.image, question.image_id)
        if image is None:
            return Judgement(None, detail="the instances file doesn't have the image")
        meaning = self._meaning(question.object)
        if image.present & (meaning.same | meaning.below):
            return Judgement(True, 1.0)
        if meaning.same and all(image.is_exhausted(category) for category in meaning.same):
            return Judgement(False, 0.0)
        if meaning.above & image.present:
            return Judgement(None, detail="something of its kind is annotated, which may be it")
        if any(image.is_exhausted(category) for category in meaning.above):
            return Judgement(False, 0.0)
        return Judgement(None, detail="the file doesn't annotate such objects exhaustively")

    def identity(self) -> dict[str, JsonValue]:
        return {"verifier": self.name, "digest": file_digest(self.instances.path)}

    def close(self) -> None:
        """Nothing is held."""

    def _meaning(self, name: str) -> _Meaning:
        if name not in self._meanings:
            self._meanings[name] = self._find_meaning(name)
        return self._meanings[name]

    def _find_meaning(self, name: str) -> _Meaning:
        known = vocabulary()
        entry = known.lookup(name)
        if entry is None:
            return _Meaning(frozenset(self._by_words.get(_plain(name), ())), frozenset(), frozenset())
        same = self._by_entry.get(entry.name, set())
        kinds = self._of(known.kinds(entry.name)) - same
        general = self._of(known.ancestors(entry.name)) - same
        return _Meaning(frozenset(same), frozenset(kinds), frozenset(general))

    def _of(self, names: Iterable[str]) -> set[int]:
        return {category for name in names for category in self._by_entry.get(name, ())}


@dataclass(frozen=True, slots=True)
class _Meaning:
    """The categories that are the object, kinds of it (a cup for a vessel), and what it is a kind of."""

    same: frozenset[int]
    below: frozenset[int]
    above: frozenset[int]


def _plain(name: str) -> str:
    return " ".join(name.lower().replace("_", " ").split())


def _keys(name: str) -> list[str | int]:
    """What an image is looked for by: its name, and its number where it is one of COCO's."""
    number = coco_number(name)
    return [name] if number is None else [name, number]


def _number(name: str) -> str | None:
    number = coco_number(name)
    if number is not None:
        return str(number)
    found = _DIGITS.findall(name)
    return found[-1].lstrip("0") if found else None


def _categories(path: Path, document: Mapping[str, Any]) -> dict[int, tuple[str, ...]]:
    found: dict[int, tuple[str, ...]] = {}
    for number, category in enumerate(_list(path, document, "categories"), 1):
        identity, name = _field(category, "id"), _field(category, "name")
        if type(identity) is not int or identity in found or not isinstance(name, str) or not _plain(name):
            raise NegdataError(
                f"Category number {number} of {path} has the id {shorten(repr(identity))} and the name "
                f"{shorten(repr(name))}.",
                "It must have a number that no other has, and a text.",
            )
        more = category.get("synonyms")
        synonyms = [one for one in more if isinstance(one, str)] if isinstance(more, list) else []
        plain = map(_plain, (name, *synonyms))
        found[identity] = tuple(dict.fromkeys(one for one in plain if one))
    return found


def _images(path: Path, document: Mapping[str, Any]) -> dict[int | str, AnnotatedImage]:
    found: dict[int | str, AnnotatedImage] = {}
    for number, image in enumerate(_list(path, document, "images"), 1):
        identity, name = _field(image, "id"), _field(image, "file_name")
        if name is None and isinstance(_field(image, "coco_url"), str):
            name = PurePosixPath(image["coco_url"]).name  # LVIS gives no other name
        known = isinstance(identity, int | str) and not isinstance(identity, bool)
        if not known or identity in found or not isinstance(name, str):
            raise NegdataError(
                f"Image number {number} of {path} has the id {shorten(repr(identity))} and the file_name "
                f"{shorten(repr(name))}.",
                "Give a COCO instances file, whose images have both, each an id of its own.",
            )
        pixels = _area(_field(image, "width"), _field(image, "height"))
        found[identity] = AnnotatedImage(name, exhausted=_exhausted(image), pixels=pixels)
    return found


def _exhausted(image: Mapping[str, Any]) -> frozenset[int] | None:
    """LVIS lists for each image the categories that were looked for and not found; COCO looked for all."""
    if "neg_category_ids" not in image:
        return None
    negative = image["neg_category_ids"]
    return frozenset(one for one in negative if isinstance(one, int)) if isinstance(negative, list) else frozenset()


def _read_annotations(
    path: Path,
    document: Mapping[str, Any],
    images: Mapping[int | str, AnnotatedImage],
    categories: Mapping[int, tuple[str, ...]],
) -> None:
    for number, annotation in enumerate(_list(path, document, "annotations"), 1):
        image, category = _field(annotation, "image_id"), _field(annotation, "category_id")
        if not isinstance(image, int | str) or image not in images:
            raise NegdataError(
                f"Annotation number {number} of {path} has the image_id {shorten(repr(image))}, which is none of its "
                "images.",
                "Give the instances file as it was published; a cut one would make present objects look absent.",
            )
        if not isinstance(category, int) or category not in categories:
            raise NegdataError(
                f"Annotation number {number} of {path} has the category_id {shorten(repr(category))}, which is none of "
                "its categories.",
                "Give a COCO instances file (not captions), as it was published.",
            )
        shown = images[image]
        shown.present.add(category)
        box = _field(annotation, "bbox")
        covered = _area(*box[2:]) if isinstance(box, list) and len(box) == 4 else None
        if covered is not None and shown.pixels is not None:
            shown.shares[category] = max(shown.shares.get(category, 0.0), min(1.0, covered / shown.pixels))


def _area(width: object, height: object) -> float | None:
    """Width times height; None where they are no sizes: files may hold anything there."""
    return _side(width) * _side(height) or None


def _side(value: object) -> float:
    if isinstance(value, bool) or not isinstance(value, int | float) or not 0 < value < MOST_PIXELS:
        return 0.0
    return float(value)


def _field(record: object, key: str) -> Any:
    return record.get(key) if isinstance(record, dict) else None


def _list(path: Path, document: Mapping[str, Any], key: str) -> list[Any]:
    value = document.get(key)
    if isinstance(value, list):
        return value
    found = ", ".join(map(repr, list(document)[:10])) or "none"
    raise NegdataError(
        f"{path} has no list of {key!r}; its keys are {found}.",
        "Give a COCO instances file, with 'images', 'annotations' and 'categories'.",
    )
