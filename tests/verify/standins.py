"""What the tests of verifiers share: ground truth written by the test, pictures, and a model that answers by hand."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, TypeVar

from PIL import Image

from negdata.askers import Askers, Driven
from negdata.asking import Ask
from negdata.backends.base import Reply, Request
from negdata.images import open_images
from negdata.limits import Limits
from negdata.pictures import as_jpeg
from negdata.prompts import load_prompt
from negdata.verify.model import ModelVerifier, Thresholds
from negdata.verify.pictures import Pictures

T = TypeVar("T")

QUICK = Limits(first_wait=0.01, timeout=5, redraws=1)
CATEGORIES = ("person", "dog", "cup", "couch", "dining table", "quokka")


def instances_document(
    images: Mapping[str, Sequence[str]], categories: Sequence[str] = CATEGORIES, **more: Any
) -> dict[str, Any]:
    """A document in COCO's layout: ids of images count from 1, those of categories from 10 in steps of 10."""
    ids = {name: 10 * number for number, name in enumerate(categories, 1)}
    annotations = [
        {"id": 100 * image + place, "image_id": image, "category_id": ids[name], "iscrowd": 0, "bbox": [0, 0, 1, 1]}
        for image, names in enumerate(images.values(), 1)
        for place, name in enumerate(names)
    ]
    return {
        "images": [{"id": number, "file_name": name} for number, name in enumerate(images, 1)],
        "annotations": annotations,
        "categories": [{"id": identity, "name": name} for name, identity in ids.items()],
        **more,
    }


def written(path: Path, document: Any) -> Path:
    path.write_text(json.dumps(document), encoding="utf-8")
    return path


def picture(path: Path, colour: str = "red") -> Path:
    """An image file of one colour."""
    path.parent.mkdir(parents=True, exist_ok=True)
    Image.new("RGB", (32, 24), colour).save(path)
    return path


@dataclass
class Seer:
    """Answers each request as ``answer`` does; keeps what it was asked."""

    answer: Callable[[Request], Reply]
    name: str = "seer"
    model: str = "by-hand"
    cacheable: bool = False
    asked: list[Request] = field(default_factory=list)

    async def ready(self) -> None:
        return None

    async def chat(self, request: Request) -> Reply:
        self.asked.append(request)
        return self.answer(request)

    async def close(self) -> None:
        return None

    @property
    def texts(self) -> list[str]:
        """The questions, as they were put."""
        return [request.messages[-1].content for request in self.asked]


def sure(p_yes: float, mass: float = 1.0) -> Reply:
    """A reply that gives the probabilities of yes and no, ``mass`` together."""
    return Reply("yes" if p_yes >= 0.5 else "no", masses=(p_yes * mass, (1 - p_yes) * mass))


def says(word: str) -> Reply:
    """A structured reply without probabilities."""
    return Reply(json.dumps({"present": word}))


def model_verifier(
    seer: Seer,
    images: Path,
    *,
    votes: int = 1,
    structured: bool = True,
    absent_below: float = 0.3,
    present_above: float = 0.7,
    encode: Callable[[Image.Image], bytes] = as_jpeg,
) -> ModelVerifier:
    """A verifier as ``make_served`` sets it up, or without ``structured`` as ``make_local`` does."""
    return ModelVerifier(
        name="seer",
        key="seer",
        driven=Driven(seer, QUICK),
        pictures=Pictures(open_images(images), 1_000_000, encode),
        thresholds=Thresholds(absent_below, present_above),
        votes=votes,
        prompt=load_prompt("verify"),
        structured=load_prompt("verify-structured") if structured else None,
        max_pixels=1_000_000,
    )


def under_askers(verifier: ModelVerifier, work: Callable[[Ask], Awaitable[T]]) -> T:
    """What ``work`` makes with the ``Ask`` of a run that drives the verifier's backend; the verifier is closed then."""

    async def run() -> T:
        askers = Askers(None, {verifier.key: verifier.driven}, QUICK, None)
        try:
            return await work(askers)
        finally:
            askers.close()
            verifier.close()

    return asyncio.run(run())
