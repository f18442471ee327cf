"""Pictures are prepared as the processors of transformers do it; test_openclip.py compares with open_clip's."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from functools import cache

import pytest

pytest.importorskip("torch")
pytest.importorskip("transformers")

import numpy
import torch
import transformers
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from negdata.clip.preprocessing import Preprocessing
from tests.clip.tiny import pictures

SIZE = 24
OPENAI = Preprocessing(SIZE)
SIGLIP = Preprocessing(SIZE, fit="squash", mean=(0.5,) * 3, std=(0.5,) * 3)


def noise(width: int, height: int, seed: int = 0) -> Image.Image:
    chance = numpy.random.default_rng(seed)
    return Image.fromarray(chance.integers(0, 256, (height, width, 3), dtype=numpy.uint8))


@cache
def clip_processor() -> transformers.CLIPImageProcessor:
    return transformers.CLIPImageProcessor(size={"shortest_edge": SIZE}, crop_size={"height": SIZE, "width": SIZE})


def of_transformers(processor: transformers.CLIPImageProcessor, picture: Image.Image) -> torch.Tensor:
    return processor(images=picture, return_tensors="pt")["pixel_values"][0]


@settings(deadline=None, max_examples=40)
@given(width=st.integers(1, 60), height=st.integers(1, 60))
def test_clip_is_prepared_as_transformers_does_it_but_for_a_pixel(width: int, height: int) -> None:
    """Where the overhang is 3 mod 4, OpenAI rounds the middle up and the transformers library down."""
    picture = noise(width, height)
    ours = OPENAI(picture)
    assert (ours.shape, ours.dtype) == ((3, SIZE, SIZE), torch.float32)
    long = int(SIZE * max(width, height) / min(width, height))
    theirs = of_transformers(clip_processor(), picture)
    if (long - SIZE) % 4 == 3 and long > SIZE:
        axis = 2 if width > height else 1
        ours, theirs = ours.narrow(axis, 0, SIZE - 1), theirs.narrow(axis, 1, SIZE - 1)
    assert float((ours - theirs).abs().max()) < 1e-6


@settings(deadline=None, max_examples=30)
@given(width=st.integers(1, 120), height=st.integers(1, 120))
def test_siglip_is_squashed_as_transformers_does_it(width: int, height: int) -> None:
    processor = transformers.SiglipImageProcessor(size={"height": SIZE, "width": SIZE})
    picture = noise(width, height)
    assert float((SIGLIP(picture) - of_transformers(processor, picture)).abs().max()) < 1e-6


def test_other_colour_modes_are_taken() -> None:
    grey = noise(30, 40).convert("L")
    assert torch.equal(OPENAI(grey), OPENAI(grey.convert("RGB")))


@pytest.mark.parametrize("shape", [(1, 1), (1, 60_000), (60_000, 1), (2, 9_000)])
@pytest.mark.parametrize("fit", [OPENAI, SIGLIP, OPENAI.letterboxed()])
def test_a_line_of_pixels_is_a_picture(fit: Preprocessing, shape: tuple[int, int]) -> None:
    prepared = fit(noise(*shape))
    assert prepared.shape == (3, SIZE, SIZE)
    assert bool(torch.isfinite(prepared).all())


@pytest.mark.parametrize("shape", [(3, 500), (500, 3), (2, 1000)])
def test_what_is_cut_out_first_is_what_is_cut_out_last(shape: tuple[int, int]) -> None:
    """A line isn't resized in whole; Pillow may go across and down in another order, and round otherwise."""
    picture = noise(max(2, shape[0] // 9), max(2, shape[1] // 9)).resize(shape, Image.Resampling.BILINEAR)
    assert max(shape) > 100 * min(shape)
    assert float((OPENAI(picture) - of_transformers(clip_processor(), picture)).abs().max()) < 2.01 / 255 / 0.26


def test_a_border_is_cut_off_where_the_model_wants_it() -> None:
    processor = transformers.CLIPImageProcessor(size={"shortest_edge": 28}, crop_size={"height": SIZE, "width": SIZE})
    picture = noise(60, 40)
    ours = Preprocessing(SIZE, short=28)(picture)
    assert float((ours - of_transformers(processor, picture)).abs().max()) < 1e-6


@settings(deadline=None, max_examples=40)
@given(width=st.integers(1, 300), height=st.integers(1, 300))
def test_letterbox_shows_the_whole_picture_on_the_mean_colour(width: int, height: int) -> None:
    white = OPENAI.letterboxed()(Image.new("RGB", (width, height), "white"))
    shown = (white[0] != 0).nonzero()
    wide, high = (int(shown[:, axis].max() - shown[:, axis].min()) + 1 for axis in (1, 0))
    assert max(wide, high) == SIZE
    assert abs(wide / SIZE - width / max(width, height)) <= 1 / SIZE
    assert abs(high / SIZE - height / max(width, height)) <= 1 / SIZE
    assert len(shown) == wide * high
    assert len(white[0][white[0] != 0].unique()) == 1
    top, left = int(shown[:, 0].min()), int(shown[:, 1].min())
    assert 0 <= (SIZE - high) - 2 * top <= 1
    assert 0 <= (SIZE - wide) - 2 * left <= 1


def test_a_square_is_the_same_either_way() -> None:
    picture = noise(50, 50)
    assert torch.equal(OPENAI(picture), OPENAI.letterboxed()(picture))
    assert OPENAI.letterboxed().description() != OPENAI.description()


def test_threads_get_what_one_thread_gets() -> None:
    shown = pictures(6) * 10
    alone = [OPENAI(picture) for picture in shown]
    with ThreadPoolExecutor(8) as threads:
        together = list(threads.map(OPENAI, shown))
    assert all(torch.equal(one, other) for one, other in zip(alone, together, strict=True))


def test_the_picture_is_left_as_it_is() -> None:
    picture = noise(30, 30)
    before = picture.tobytes()
    OPENAI(picture).zero_()
    assert picture.tobytes() == before
