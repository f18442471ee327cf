"""How good the proposed objects are: how often they are absent, and how well they go with the caption.

Run as ``python -m tests.quality.proposals [--read N]``; reads COCO val2017 annotations under ``../shared/data``.
"""

from __future__ import annotations

import argparse
import ast
import csv
import json
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from statistics import mean

from negdata.caption.candidates import CorpusContext, ImageContext, plausible_candidates, random_candidates
from negdata.vocabulary import Cooccurrence, ImageCounts, vocabulary

DATA = Path(__file__).parents[2].parent / "shared" / "data"
NEGBENCH = DATA / "negbench" / "COCO_val_retrieval.csv"
INSTANCES = DATA / "coco" / "annotations" / "instances_val2017.json"
CAPTIONS = DATA / "coco" / "annotations" / "captions_val2017_all_text.json"
SHOWN = 8
"""Candidates a caption, as the pipeline asks for them."""

Propose = Callable[[ImageContext, str], list[str]]


@dataclass(frozen=True, slots=True)
class Annotated:
    """An image with its captions and the COCO categories that people found in it."""

    image: str
    captions: tuple[str, ...]
    present: frozenset[str]


@dataclass(frozen=True, slots=True)
class Proposal:
    """The object proposed for a caption, and what is known of it."""

    caption: str
    name: str
    own: frozenset[str]
    absent: bool
    category: bool


@dataclass(frozen=True, slots=True)
class Figures:
    """``absent`` over all proposals and ``absent_categories`` over those that are COCO categories, as shares."""

    proposals: int
    categories: int
    absent: float
    absent_categories: float
    distinct: int


def read_images(limit: int | None = None) -> list[Annotated]:
    """NegBench's images, with the categories that it and COCO's boxes list."""
    boxes: dict[str, set[str]] = {}
    instances = json.loads(INSTANCES.read_text(encoding="utf-8"))
    names = {category["id"]: category["name"] for category in instances["categories"]}
    for annotation in instances["annotations"]:
        boxes.setdefault(str(annotation["image_id"]), set()).add(names[annotation["category_id"]])
    images = []
    with NEGBENCH.open(encoding="utf-8", newline="") as file:
        for row in csv.DictReader(file):
            listed = set(ast.literal_eval(row["positive_objects"])) | boxes.get(row["image_id"], set())
            captions = tuple(text.strip() for text in ast.literal_eval(row["captions"]))
            images.append(Annotated(row["image_id"], captions, frozenset(map(canonical, listed))))
    return images[:limit]


def categories() -> frozenset[str]:
    """The names by which the vocabulary knows COCO's categories."""
    instances = json.loads(INSTANCES.read_text(encoding="utf-8"))
    return frozenset(canonical(category["name"]) for category in instances["categories"])


def canonical(name: str) -> str:
    """The vocabulary's name for a COCO category."""
    entry = vocabulary().lookup(name)
    return entry.name if entry else name


def by_cooccurrence(table: Cooccurrence, seed: int = 0) -> Propose:
    """Proposes as ``negdata caption --pipeline objects`` does."""
    return lambda context, image: plausible_candidates(context, table, vocabulary(), n=SHOWN, seed=seed, image=image)


def at_random(seed: int = 0) -> Propose:
    """Proposes as ``negdata caption --pipeline random`` does."""
    return lambda context, image: random_candidates(context, vocabulary(), n=SHOWN, seed=seed, image=image)


def proposals(images: Sequence[Annotated], propose: Propose) -> list[Proposal]:
    """The first candidate of every caption; one that is kin to something present counts as present."""
    known, of_coco = vocabulary(), categories()
    found = []
    with CorpusContext.build(_rows(images)) as corpus:
        for image in images:
            for number, caption in enumerate(image.captions):
                names = propose(corpus.image(image.image, f"{image.image}-{number}"), image.image)
                if names:
                    absent = not any(known.kin(names[0], there) for there in image.present)
                    own = frozenset(mention.name for mention in known.find(caption))
                    found.append(Proposal(caption, names[0], own, absent, names[0] in of_coco))
    return found


def figures(made: Sequence[Proposal]) -> Figures:
    """The shares over some proposals."""
    of_coco = [p for p in made if p.category]
    return Figures(
        len(made),
        len(of_coco),
        mean(p.absent for p in made),
        mean(p.absent for p in of_coco) if of_coco else 1.0,
        len({p.name for p in made}),
    )


def company(made: Iterable[Proposal], table: Cooccurrence) -> float:
    """P(an image names the proposal | it names an object of the caption), averaged over objects, then captions."""
    return mean(mean(table.conditional(p.name, one) for one in p.own) for p in made if p.own)


def halves(left_out: frozenset[str]) -> tuple[ImageCounts, ImageCounts]:
    """Counts over COCO val2017's images but those given, half and half: one to propose by and one to measure by."""
    known = vocabulary()
    names: dict[str, set[str]] = {}
    for annotation in json.loads(CAPTIONS.read_text(encoding="utf-8"))["annotations"]:
        image = str(annotation["image_id"])
        if image not in left_out:
            names.setdefault(image, set()).update(m.name for m in known.find(annotation["caption"]))
    counts = ImageCounts(), ImageCounts()
    for number, image in enumerate(sorted(names)):
        counts[number % 2].add(names[image])
    return counts


def _rows(images: Iterable[Annotated]) -> Iterable[tuple[str, str, str]]:
    for image in images:
        for number, caption in enumerate(image.captions):
            yield f"{image.image}-{number}", image.image, caption


def _print(kinds: Mapping[str, Propose], images: Sequence[Annotated], measure: Cooccurrence) -> None:
    for kind, propose in kinds.items():
        made = proposals(images, propose)
        f = figures(made)
        print(
            f"{kind:26} {f.proposals:5} proposals, {f.distinct:3} objects: {f.absent:6.1%} absent; "
            f"{f.categories:4} COCO categories: {f.absent_categories:6.1%}; company {company(made, measure):.4f}"
        )


def main() -> None:
    """Prints the figures, and some proposals to read."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--read", type=int, default=0, help="print this many proposals")
    parser.add_argument("--seed", type=int, default=0)
    arguments = parser.parse_args()
    images = read_images()
    shipped = Cooccurrence.shipped()
    print(f"{len(images)} images, {sum(len(image.captions) for image in images)} captions")
    print("With the shipped table, measured by it:")
    _print(
        {"co-occurrence": by_cooccurrence(shipped, arguments.seed), "random": at_random(arguments.seed)},
        images,
        shipped,
    )
    one, other = map(Cooccurrence, halves(frozenset(image.image for image in images)))
    print("Chosen by one half of the other images, measured by the other half:")
    _print({"co-occurrence": by_cooccurrence(one, arguments.seed), "random": at_random(arguments.seed)}, images, other)
    made = proposals(images, by_cooccurrence(shipped, arguments.seed))
    for p in made[:: max(1, len(made) // arguments.read)] if arguments.read else ():
        print(f"{p.name:20} {'' if p.absent else '(there) '}{p.caption}")


if __name__ == "__main__":
    main()
