"""Images with captions and with annotated objects: what benchmarks of presence and absence are built from."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path

from negdata.errors import NegdataError
from negdata.sources.base import BadRow, Columns, file_digest
from negdata.sources.coco import CocoSource
from negdata.verify.instances import AnnotatedImage, Instances
from negdata.vocabulary import vocabulary


@dataclass(frozen=True, slots=True)
class AnnotatedCaptions:
    """An image with its captions and the categories of its annotated objects.

    Attributes:
        present: the categories that are annotated in it, crowd regions included.
        exhaustive: the categories of which all there is was annotated: those that aren't present are absent.
        shares: for a present category the part of the image that its largest box covers, where the file tells.
    """

    file_name: str
    image_id: int | str
    captions: tuple[str, ...]
    present: tuple[str, ...]
    exhaustive: tuple[str, ...]
    shares: Mapping[str, float] = field(default_factory=dict, hash=False)


@dataclass(frozen=True, slots=True)
class AnnotatedCorpus:
    """A captions file and an instances file, joined; images in the order of the instances file.

    Attributes:
        digests: file name → hash of its content, for the manifest.
        skipped: what of the files was left out, and how many of it.
        bad: the captions that can't be used, each with its reason.
    """

    images: tuple[AnnotatedCaptions, ...]
    digests: dict[str, str]
    skipped: dict[str, int]
    bad: tuple[BadRow, ...]


def read_coco_pair(captions: Path, instances: Path) -> AnnotatedCorpus:
    """The images that are in both files of COCO's layout (or LVIS's, for the instances), with what both say of them.

    Raises:
        NegdataError: a file can't be read, or isn't what it should be, or they have no image in common.
    """
    boxes = Instances(instances)
    texts, names, bad = _captions(captions)
    skipped: Counter[str] = Counter()
    found: dict[int, tuple[int | str, AnnotatedImage]] = {}
    for identity in texts:
        annotated = boxes.find(names[identity], identity)
        if annotated is None:
            skipped["captioned images that the instances file doesn't have"] += 1
        else:
            found[id(annotated)] = (identity, annotated)
    images = []
    for annotated in boxes.images.values():
        if id(annotated) not in found:
            skipped["annotated images without a caption"] += 1
            continue
        identity, _ = found[id(annotated)]
        images.append(_joined(names[identity], identity, tuple(texts[identity]), annotated, boxes))
    if bad:
        skipped["captions that can't be used"] = len(bad)
    if not images:
        raise NegdataError(
            f"{captions} and {instances} have no image in common.", "Give the captions and the instances of one split."
        )
    digests = {path.name: file_digest(path) for path in (captions, instances)}
    return AnnotatedCorpus(tuple(images), digests, dict(skipped), tuple(bad))


def _captions(path: Path) -> tuple[dict[int | str, list[str]], dict[int | str, str], list[BadRow]]:
    texts: dict[int | str, list[str]] = {}
    names: dict[int | str, str] = {}
    bad: list[BadRow] = []
    for row in CocoSource(path, Columns()).rows():
        if isinstance(row, BadRow):
            bad.append(row)
        elif row.image is not None and row.image_id is not None:
            texts.setdefault(row.image_id, []).append(row.caption)
            names[row.image_id] = row.image
    return texts, names, bad


def _joined(
    name: str, identity: int | str, texts: tuple[str, ...], annotated: AnnotatedImage, boxes: Instances
) -> AnnotatedCaptions:
    present = sorted(annotated.present)
    label = {category: spellings[0] for category, spellings in boxes.categories.items()}
    spelled = tuple((category, label[category]) for category in boxes.categories)
    return AnnotatedCaptions(
        file_name=name,
        image_id=identity,
        captions=texts,
        present=tuple(dict.fromkeys(label[category] for category in present)),
        exhaustive=_exhaustive(spelled, annotated.exhausted),
        shares={label[category]: annotated.shares[category] for category in present if category in annotated.shares},
    )


@lru_cache(maxsize=1_024)
def _exhaustive(spelled: tuple[tuple[int, str], ...], exhausted: frozenset[int] | None) -> tuple[str, ...]:
    """The names of which nothing annotated means nothing there, under this name or a synonym of it."""
    known = vocabulary()
    meant = {name: entry.name if (entry := known.lookup(name)) else name for _, name in spelled}
    doubtful = {meant[name] for category, name in spelled if exhausted is not None and category not in exhausted}
    return tuple(dict.fromkeys(name for _, name in spelled if meant[name] not in doubtful))
