"""Small corpora of referring expressions for tests."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from hypothesis import strategies as st

from negdata.benchmark.regions import Box, Phrase, Reference, ReferredImage, ReferringCorpus, Region

CATEGORIES = {1: "person", 2: "chair", 3: "dog"}
PHRASES = (
    "man with no hat",
    "a man in a hat",
    "the man without a tie",
    "man not wearing a tie",
    "the man holding a cup",
    "chair nobody sits on",
    "a chair that isn ' t occupied",
    "unoccupied chair",
    "player no . 12",
    "the bus that reads not in service",
    "a dog on a leash",
    "the dog that is not on a leash beside another dog not on a leash",
    "shirtless man",
    "kite",
)


def image_of(
    regions: Sequence[tuple[int, Box]],
    phrases: Mapping[int, Sequence[str]],
    *,
    number: int = 1,
    size: tuple[int, int] = (640, 480),
    split: str = "val",
) -> ReferredImage:
    """An image with regions (category, box), of which some (by their place) are referred to by phrases."""
    return ReferredImage(
        id=number,
        file_name=f"COCO_train2014_{number:012}.jpg",
        width=size[0],
        height=size[1],
        regions=tuple(
            Region(annotation_id=1000 * number + at, category=category, box=box)
            for at, (category, box) in enumerate(regions)
        ),
        references=tuple(
            Reference(
                id=1000 * number + at,
                annotation_id=1000 * number + at,
                split=split,
                phrases=tuple(
                    Phrase(id=100_000 * number + 100 * at + nth, text=text) for nth, text in enumerate(texts)
                ),
            )
            for at, texts in phrases.items()
        ),
    )


def corpus_of(*images: ReferredImage) -> ReferringCorpus:
    """A corpus of these images."""
    return ReferringCorpus("drawn", tuple(images), CATEGORIES, {}, {})


@st.composite
def corpora(draw: st.DrawFn, most: int = 12) -> ReferringCorpus:
    """Corpora with boxes of whole pixels, several phrases a region and several regions a category."""
    images = []
    for number in range(1, draw(st.integers(1, most)) + 1):
        width, height = draw(st.integers(60, 640)), draw(st.integers(60, 640))
        regions: list[tuple[int, Box]] = []
        for _ in range(draw(st.integers(1, 5))):
            x, y = draw(st.integers(0, width - 20)), draw(st.integers(0, height - 20))
            w, h = draw(st.integers(5, width - x)), draw(st.integers(5, height - y))
            regions.append((draw(st.sampled_from(sorted(CATEGORIES))), (float(x), float(y), float(w), float(h))))
        phrases = {
            at: draw(st.lists(st.sampled_from(PHRASES), min_size=1, max_size=3))
            for at in range(len(regions))
            if draw(st.booleans())
        }
        images.append(image_of(regions, phrases, number=number, size=(width, height)))
    return corpus_of(*images)
