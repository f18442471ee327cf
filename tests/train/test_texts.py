"""Texts in chunks: each once, and no embedding depends on what it is padded to."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

import pytest

pytest.importorskip("torch")
pytest.importorskip("transformers")
pytest.importorskip("ftfy")

import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from negdata.clip import load_dual_encoder
from negdata.clip.encoder import TorchEncoder
from negdata.train.gradients import text_tower
from negdata.train.texts import Texts, chunks
from tests.train.worlds import CONTEXT, small_clip

WORDS = "a dog cat with no without on the umbrella, bus; wet street two people and of".split()
TEXTS = [" ".join(WORDS[(number * step) % len(WORDS)] for step in range(number % 19)) for number in range(1, 60)]


@pytest.fixture(scope="module")
def encoder(tmp_path_factory: pytest.TempPathFactory) -> TorchEncoder:
    found = load_dual_encoder(str(small_clip(tmp_path_factory.mktemp("clip"))), device="cpu", dtype="float32")
    assert isinstance(found, TorchEncoder)
    return found


@pytest.fixture(scope="module")
def texts(encoder: TorchEncoder) -> Texts:
    return Texts(encoder, TEXTS)


def test_the_tokens_are_the_tokenizers(encoder: TorchEncoder, texts: Texts) -> None:
    rows = encoder.tokens(TEXTS)
    assert texts.lengths.tolist() == [len(row) for row in rows]
    for number, row in enumerate(rows):
        assert texts.padded([number])[0].tolist() == row


@settings(deadline=None, max_examples=60)
@given(st.lists(st.integers(0, len(TEXTS) - 1), min_size=1, max_size=80), st.integers(1, 90))
def test_chunks_hold_every_text_once(texts: Texts, numbers: list[int], at_once: int) -> None:
    made = chunks(texts, numbers, at_once)
    assert sorted(place for chunk in made for place in chunk.places) == list(range(len(numbers)))
    assert all(1 <= len(chunk.places) <= at_once for chunk in made)
    assert len(made) == -(-len(numbers) // at_once)
    widths = [chunk.tokens.shape[1] for chunk in made]
    assert widths == sorted(widths, reverse=True)
    for chunk in made:
        lengths = texts.lengths[[numbers[place] for place in chunk.places]]
        assert chunk.tokens.shape == (len(chunk.places), int(lengths.max()))
        for place, row in zip(chunk.places, chunk.tokens, strict=True):
            length = int(texts.lengths[numbers[place]])
            assert torch.equal(row[:length], texts.padded([numbers[place]])[0])
            assert set(row[length:].tolist()) <= {texts._pad}


def test_an_embedding_is_the_same_however_far_it_is_padded(encoder: TorchEncoder, texts: Texts) -> None:
    tower = text_tower(encoder, compiled=False)
    everything = list(range(len(TEXTS)))
    full = texts.padded(everything)
    full = torch.nn.functional.pad(full, (0, CONTEXT - full.shape[1]), value=texts._pad)
    with torch.no_grad():
        wanted = tower(full)
        for chunk in chunks(texts, everything, 7):
            assert torch.allclose(tower(chunk.tokens), wanted[chunk.places], atol=1e-6)
    assert torch.allclose(wanted.norm(dim=-1), torch.ones(len(TEXTS)))
    assert torch.allclose(encoder.encode_texts(TEXTS).float(), wanted, atol=1e-6)


def test_no_text_is_none(encoder: TorchEncoder) -> None:
    nothing = Texts(encoder, [])
    assert nothing.lengths.tolist() == []
    assert chunks(nothing, [], 4) == []
    assert Counter(len(chunk.places) for chunk in chunks(Texts(encoder, [""]), [0, 0, 0], 2)) == {2: 1, 1: 1}


def test_a_model_of_the_world_is_small(tmp_path: Path) -> None:
    small_clip(tmp_path)
    assert sum(file.stat().st_size for file in tmp_path.iterdir()) < 1_000_000
