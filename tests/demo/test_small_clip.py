"""The small CLIP that ships: it knows what affirmative words mean, and has never read a "no"."""

from __future__ import annotations

import random
from pathlib import Path

import pytest

pytest.importorskip("transformers")
pytest.importorskip("torch")

from negdata.benchmark.evaluate import EvalSettings, evaluate
from negdata.clip.encoder import TorchEncoder
from negdata.clip.load import load_dual_encoder
from negdata.demo.affirming import presence_choice
from negdata.demo.holdout import training_scenes
from negdata.demo.pretrain import pretrain
from negdata.demo.small_clip_data import sentence
from negdata.demo.small_clip_folder import SMALL_CLIP
from negdata.negation import find_cues
from tests.train.world import benchmark


@pytest.fixture(scope="module")
def small() -> TorchEncoder:
    encoder = load_dual_encoder(str(SMALL_CLIP), device="cpu", dtype="float32")
    assert isinstance(encoder, TorchEncoder)
    return encoder


def test_it_is_small(small: TorchEncoder) -> None:
    assert sum(weight.numel() for weight in small.model.parameters()) < 2_000_000
    assert sum(path.stat().st_size for path in SMALL_CLIP.iterdir()) < 4_000_000


def test_it_knows_what_affirmative_words_mean(small: TorchEncoder) -> None:
    assert presence_choice(small, 128, 1) >= 0.9


def test_it_does_not_know_what_no_means(tmp_path: Path) -> None:
    bench = benchmark(tmp_path, 40, 1)
    settings = EvalSettings(benches=(bench.file,), models=(str(SMALL_CLIP),), images=bench.images, device="cpu")
    report = evaluate(settings)
    ((figure,),) = (model.figures for model in report.benches[0].models)
    assert figure.n == figure.of >= 60
    assert figure.value <= 0.6


@pytest.mark.parametrize("word", ["no", "not", "without", "nothing", "never", "dog", "chair", "and"])
def test_a_word_is_a_token(small: TorchEncoder, word: str) -> None:
    ((start, token, end),) = small.tokens([word])
    assert start < end == small.tokenization.vocabulary - 1
    assert token < start


@pytest.mark.parametrize("text", ["", "A zebra, x-rayed: 7 £!", "Ὀδυσσεύς 犬", "\x00\t\n", "isn't", "no " * 100])
def test_no_text_ends_before_its_end(small: TorchEncoder, text: str) -> None:
    (tokens,) = small.tokens([text])
    assert tokens.index(tokens[-1]) == len(tokens) - 1 < 40


def test_what_it_read_denies_nothing() -> None:
    chance = random.Random(0)
    said = [sentence(scene, chance) for scene in training_scenes(200, 0) for _ in range(5)]
    assert not any(find_cues(text) for text in said)
    assert len(set(said)) > 500


def test_a_pretraining_writes_a_model_that_loads(tmp_path: Path) -> None:
    pretrain(tmp_path, seed=1, scenes=100, steps=1)
    encoder = load_dual_encoder(str(tmp_path), device="cpu", dtype="float32")
    assert encoder.encode_texts(["a cat", "no cat"]).shape == (2, encoder.dim)
