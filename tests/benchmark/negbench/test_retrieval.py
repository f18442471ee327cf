"""Captions that deny an absent object: everything else as it was, and nothing denied that is there."""

from __future__ import annotations

from collections import Counter

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import ValidationError

from negdata.benchmark.negbench.annotated import AnnotatedCaptions
from negdata.benchmark.negbench.presence import called
from negdata.benchmark.negbench.retrieval import NegatedCaption, RetrievalOptions, build_retrieval
from negdata.filter.contradiction import check_contradiction
from negdata.negation import check_negated_caption
from tests.benchmark.negbench.scenes import SCENES, albums, coco, definition, pictured, retrieval_options

NAMES = retrieval_options().objects.names


def check_row(image: AnnotatedCaptions, captions: tuple[NegatedCaption, ...]) -> None:
    """Each caption passes the checks of every backend, and denies what no annotation and no caption holds."""
    for caption in captions:
        assert caption.original in image.captions
        assert caption.category not in image.present
        plain = " ".join(caption.original.split())
        name = called(caption.category, NAMES)
        assert check_negated_caption(plain, caption.text, name) is None
        assert check_contradiction(name, image.captions) is None


@settings(max_examples=15, deadline=None)
@given(albums(most=4), st.integers(0, 3))
def test_what_is_denied_is_absent(images: list[AnnotatedCaptions], seed: int) -> None:
    by_id = {image.image_id: image for image in images}
    for row in build_retrieval(images, retrieval_options(), seed).rows:
        check_row(by_id[row.image_id], row.captions)
        assert row.present == by_id[row.image_id].present
        assert set(row.denied) == {caption.category for caption in row.captions}


@settings(max_examples=15, deadline=None)
@given(albums(most=4), st.integers(0, 3))
def test_every_caption_is_kept_or_rejected(images: list[AnnotatedCaptions], seed: int) -> None:
    built = build_retrieval(images, retrieval_options(), seed)
    kept = Counter((row.image_id, caption.original) for row in built.rows for caption in row.captions)
    rejected = Counter((one.image_id, one.what) for one in built.rejected if one.reason != "no-captions")
    assert kept + rejected == Counter((image.image_id, text) for image in images for text in image.captions)
    without = [one.image_id for one in built.rejected if one.reason == "no-captions"]
    assert without == [image.image_id for image in images if not image.captions]


@settings(max_examples=15, deadline=None)
@given(albums(most=4), st.integers(0, 3))
def test_images_are_written_each_by_itself(images: list[AnnotatedCaptions], seed: int) -> None:
    together = build_retrieval(images[::-1], retrieval_options(), seed)
    alone = [build_retrieval([image], retrieval_options(), seed) for image in images]
    assert together.rows == tuple(row for one in alone for row in one.rows)


def test_captions_of_an_image_take_turns() -> None:
    captions = [f"A man {what} in the park." for what in ("walks", "sits", "runs", "jumps", "sleeps", "stands")]
    (row,) = build_retrieval([pictured(1, captions, ["person"])], retrieval_options(), 0).rows
    assert len(row.denied) == 3
    assert [caption.original for caption in row.captions] == captions
    assert len({caption.construction for caption in row.captions}) > 1


def test_why_a_caption_is_rejected() -> None:
    unseen = "There is no image here to provide a caption for."
    image = pictured(1, ["A dog on a bench.", unseen], ["dog", "bench"])
    built = build_retrieval([image, pictured(2, (), ["dog"])], retrieval_options(), 0)
    assert [(one.image_id, one.what, one.reason) for one in built.rejected] == [
        (1, unseen, "not-a-caption"),
        (2, "", "no-captions"),
    ]
    assert len(built.rows) == 1


def test_line_breaks_of_a_caption_are_spaces() -> None:
    (row,) = build_retrieval([pictured(1, ["A dog\non a bench.  \n"], ["dog"])], retrieval_options(), 0).rows
    assert "\n" not in row.captions[0].text
    assert row.captions[0].original == "A dog\non a bench.  \n"


def test_another_seed_writes_other_captions() -> None:
    images = [pictured(number, scene, []) for number, scene in enumerate(SCENES, 1)]
    one, other = (build_retrieval(images, retrieval_options(), seed).rows for seed in (0, 1))
    assert one != other


def test_wrong_options_are_refused() -> None:
    with pytest.raises(ValidationError):
        RetrievalOptions.model_validate({**definition("negbench-retrieval")["build"], "templates": {}})


def test_coco_is_rewritten_in_many_ways() -> None:
    images = coco("val2017")
    built = build_retrieval(images, retrieval_options(), 0)
    by_id = {image.image_id: image for image in images}
    captions = [caption for row in built.rows for caption in row.captions]
    for row in built.rows:
        check_row(by_id[row.image_id], row.captions)
    assert len(captions) + len(built.rejected) == 610
    assert len(captions) > 0.9 * 610
    positions = Counter(caption.position for caption in captions)
    assert min(positions[place] for place in ("start", "middle", "end")) > 0.1 * len(captions)
    assert len({caption.category for caption in captions}) > 40
