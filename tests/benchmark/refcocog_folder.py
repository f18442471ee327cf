"""Writes corpora of referring expressions as RefCOCOg's authors publish theirs: a pickle of refs and instances.json."""

from __future__ import annotations

import json
import pickle
from pathlib import Path, PurePosixPath
from typing import Any

from negdata.benchmark.regions import Phrase, Reference, ReferredImage, ReferringCorpus, Region


def write_folder(folder: Path, corpus: ReferringCorpus, *, split_by: str = "umd", protocol: int = 2) -> Path:
    """Writes ``refs(umd).p`` and ``instances.json``; the folder, which may have refs that others split."""
    folder.mkdir(parents=True, exist_ok=True)
    (folder / f"refs({split_by}).p").write_bytes(pickle.dumps(refs_of(corpus), protocol))
    (folder / "instances.json").write_text(json.dumps(instances_of(corpus)), encoding="utf-8")
    return folder


def refs_of(corpus: ReferringCorpus) -> list[dict[str, Any]]:
    """The rows of the pickle, with all the keys that the published ones have."""
    return [
        {
            "image_id": image.id,
            "split": reference.split,
            "sentences": [
                {
                    "tokens": phrase.text.split(),
                    "raw": phrase.text.capitalize(),
                    "sent_id": phrase.id,
                    "sent": phrase.text,
                }
                for phrase in reference.phrases
            ],
            "file_name": f"{PurePosixPath(image.file_name).stem}_{reference.annotation_id}.jpg",
            "category_id": _category(image, reference),
            "ann_id": reference.annotation_id,
            "sent_ids": [phrase.id for phrase in reference.phrases],
            "ref_id": reference.id,
        }
        for image in corpus.images
        for reference in image.references
    ]


def _category(image: ReferredImage, reference: Reference) -> int:
    region = image.region(reference.annotation_id)
    return region.category if region else 0


def instances_of(corpus: ReferringCorpus) -> dict[str, Any]:
    """The content of ``instances.json``, polygons included."""
    return {
        "info": {"description": corpus.name},
        "images": [
            {"license": 1, "id": image.id, "file_name": image.file_name, "width": image.width, "height": image.height}
            for image in corpus.images
        ],
        "licenses": [],
        "annotations": [
            {
                "segmentation": [[1.0, 2.0, 3.5, 4.0, 5.0, 6.0]],
                "area": region.box[2] * region.box[3],
                "iscrowd": int(region.crowd),
                "image_id": image.id,
                "bbox": list(region.box),
                "category_id": region.category,
                "id": region.annotation_id,
            }
            for image in corpus.images
            for region in image.regions
        ],
        "categories": [
            {"supercategory": "", "id": identity, "name": name} for identity, name in corpus.categories.items()
        ],
    }


def small_corpus() -> ReferringCorpus:
    """Two images in the val split and one in the test split, out of order in every way that the reader mends."""
    kitchen = ReferredImage(
        id=7,
        file_name="COCO_train2014_000000000007.jpg",
        width=640,
        height=480,
        regions=(
            Region(71, 1, (10.5, 20.25, 100.0, 200.0)),
            Region(70, 1, (300.0, 20.0, 120.0, 210.0)),
            Region(79, 62, (0.0, 300.0, 640.0, 180.0), crowd=True),
        ),
        references=(
            Reference(2, 70, "val", (Phrase(5, "the woman without a hat"), Phrase(4, "woman on the right"))),
            Reference(9, 71, "val", (Phrase(8, "a man who isn ' t looking"),)),
        ),
    )
    street = ReferredImage(
        id=3,
        file_name="COCO_train2014_000000000003.jpg",
        width=500,
        height=375,
        regions=(Region(30, 17, (1.0, 1.0, 99.0, 99.0)),),
        references=(Reference(1, 30, "val", (Phrase(1, "the cat"),)),),
    )
    garden = ReferredImage(
        id=5,
        file_name="COCO_train2014_000000000005.jpg",
        width=500,
        height=375,
        regions=(Region(50, 17, (1.0, 1.0, 99.0, 99.0)),),
        references=(Reference(0, 50, "test", (Phrase(2, "cat with no collar"),)),),
    )
    return ReferringCorpus(
        "small", (kitchen, street, garden), {1: "person", 17: "cat", 62: "chair"}, digests={}, skipped={}
    )
