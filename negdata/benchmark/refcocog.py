"""Reads RefCOCOg, RefCOCO and RefCOCO+: from the folder that their authors publish, or from JSON lines."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from negdata.benchmark.annotations import read_annotations
from negdata.benchmark.collecting import without_collecting
from negdata.benchmark.corpus_lines import read_lines
from negdata.benchmark.gathering import Gathering
from negdata.benchmark.pointers import ALL, Pointer, of_split
from negdata.benchmark.refs import read_refs
from negdata.benchmark.regions import Reference, ReferredImage, ReferringCorpus
from negdata.errors import NegdataError
from negdata.sources.base import file_digest, unreadable

INSTANCES = "instances.json"
SPLIT_BY = ("umd", "unc", "google")
"""Who split the dataset; the first that a folder has is the one that papers report on."""
NO_PHRASE = "refs without a phrase"
NO_IMAGE = "refs to images that are not annotated"
NO_ANNOTATION = "refs to annotations that are none of their image"
_NAMES = {"refcoco": "RefCOCO", "refcoco+": "RefCOCO+", "refcocog": "RefCOCOg"}
_REMEDY = "Give RefCOCOg's folder as it was published, with refs(umd).p and instances.json in it, or JSON lines."


def read_refcocog(source: Path, *, split: str = "val", split_by: str | None = None) -> ReferringCorpus:
    """A split of a dataset of referring expressions, with all annotated regions of the images that it refers to.

    Images stand in the order of their ids, regions in that of the file, references in that of their ids, phrases in
    that of the file. What is left out is counted in ``skipped``.

    Args:
        source: a folder with ``instances.json`` and one or several of ``refs(umd).p``, ``refs(unc).p`` and
            ``refs(google).p``; or a file of JSON lines that ``write_jsonl`` wrote.
        split: train, val, test, testA or testB, as far as the file has them; "test" is testA and testB as well; "all".
        split_by: umd, unc or google; None for the first of them that is there.

    Raises:
        NegdataError: a file is missing, unreadable or not what it should be, or has nothing of the split.
    """
    try:
        is_folder, is_there = source.is_dir(), source.exists()
    except OSError as error:
        raise unreadable(source, error) from error
    if not is_there:
        raise NegdataError(f"{source} doesn't exist.", _REMEDY)
    with without_collecting():
        return _from_folder(source, split, split_by) if is_folder else _from_lines(source, split, split_by)


def _from_folder(folder: Path, split: str, split_by: str | None) -> ReferringCorpus:
    by = _split_by(folder, split_by)
    refs, instances = folder / f"refs({by}).p", folder / INSTANCES
    if not instances.exists():
        raise NegdataError(f"{folder} holds no {INSTANCES}.", _REMEDY)
    skipped: Counter[str] = Counter()
    pointers = of_split(refs, read_refs(refs, skipped), split, skipped)
    gathering = read_annotations(instances, {pointer.image_id for pointer in pointers})
    images = _referred(refs, pointers, gathering, skipped)
    return ReferringCorpus(
        name=f"{_dataset(folder, by)} ({by}), {_named(split)}",
        images=images,
        categories=gathering.categories,
        digests={path.name: file_digest(path) for path in (refs, instances)},
        skipped=dict(skipped),
    )


def _from_lines(path: Path, split: str, split_by: str | None) -> ReferringCorpus:
    if path.name == INSTANCES or path.suffix in (".p", ".pkl", ".pickle"):
        raise NegdataError(f"{path} is half of a dataset: refs and {INSTANCES} belong together.", _REMEDY)
    if split_by is not None:
        raise NegdataError(f"{path} is no folder of refs, so it can't be read by --split-by.", "Leave it out.")
    skipped: Counter[str] = Counter()
    gathering, read = read_lines(path, skipped)
    pointers = of_split(path, read, split, skipped)
    return ReferringCorpus(
        name=f"{path.name}, {_named(split)}",
        images=_referred(path, pointers, gathering, skipped),
        categories=gathering.categories,
        digests={path.name: file_digest(path)},
        skipped=dict(skipped),
    )


def _split_by(folder: Path, split_by: str | None) -> str:
    there = sorted(path.name[len("refs(") : -len(").p")] for path in folder.glob("refs(*).p"))
    if not there:
        looked = ", ".join(f"refs({by}).p" for by in SPLIT_BY)
        nested = next((path.parent for path in sorted(folder.glob("*/refs(*).p"))), None)
        hint = f"Give {nested}, which does." if nested else _REMEDY
        raise NegdataError(f"{folder} holds no refs: none of {looked}.", hint)
    if split_by is None:
        return next((by for by in SPLIT_BY if by in there), there[0])
    if split_by not in there:
        raise NegdataError(f"{folder} holds no refs({split_by}).p.", f"Choose --split-by of {', '.join(there)}.")
    return split_by


def _dataset(folder: Path, by: str) -> str:
    name = folder.resolve().name
    return _NAMES.get(name.lower(), "RefCOCOg" if by == "umd" else name)


def _named(split: str) -> str:
    return "all splits" if split == ALL else f"split {split}"


def _referred(
    path: Path, pointers: Sequence[Pointer], gathering: Gathering, skipped: Counter[str]
) -> tuple[ReferredImage, ...]:
    """The images that are referred to, with those references that can be followed."""
    images = gathering.images()
    annotated = {identity: {region.annotation_id for region in image.regions} for identity, image in images.items()}
    references: dict[int, list[Reference]] = {}
    for pointer in pointers:
        reference = pointer.reference
        if not reference.phrases:
            skipped[NO_PHRASE] += 1
        elif pointer.image_id not in images:
            skipped[NO_IMAGE] += 1
        elif reference.annotation_id in annotated[pointer.image_id]:
            references.setdefault(pointer.image_id, []).append(reference)
        else:
            fault = gathering.left_out.get(reference.annotation_id)
            skipped[f"refs to {fault}" if fault else NO_ANNOTATION] += 1
    if not references:
        why = "; ".join(f"{what}: {count:,}" for what, count in skipped.items())
        raise NegdataError(
            f"{path} has no ref that can be used ({why}).", "Are the refs and the images of one dataset?"
        )
    skipped.update(gathering.left_out.values())
    return tuple(
        replace(images[identity], references=tuple(sorted(references[identity], key=lambda one: one.id)))
        for identity in sorted(references)
    )
