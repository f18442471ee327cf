"""Batches, orders, lengths and number formats change nothing that counts; what is no number is seen to be none."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

pytest.importorskip("torch")
pytest.importorskip("transformers")
pytest.importorskip("ftfy")

import torch
from safetensors.torch import load_file

from negdata.clip import load_dual_encoder
from negdata.clip.bpe import tokenize
from negdata.clip.encoder import TorchEncoder, weights_digest
from negdata.errors import NegdataError
from tests.clip.openai_model import OpenAIClip
from tests.clip.tiny import PHRASES, embeddings, largest_difference, pictures, state_dict


@pytest.fixture(scope="module")
def encoder(checkpoint: Path) -> TorchEncoder:
    loaded = load_dual_encoder(str(checkpoint), quick_gelu=True, device="cpu")
    assert isinstance(loaded, TorchEncoder)
    return loaded


def test_embeddings_are_those_of_the_model(encoder: TorchEncoder) -> None:
    reference = OpenAIClip(quick=True).eval()
    reference.load_state_dict(state_dict())
    tokens = torch.zeros(len(PHRASES), 77, dtype=torch.long)
    for place, row in enumerate(tokenize(PHRASES)):
        tokens[place, : len(row)] = torch.tensor(row)
    prepared = torch.stack([encoder.prepare(picture) for picture in pictures()])
    with torch.no_grad():
        wanted = [part / part.norm(dim=1, keepdim=True) for part in reference(prepared, tokens)]
    found = embeddings(encoder)
    assert largest_difference(found, (wanted[0], wanted[1])) < 1e-5
    for part in found:
        assert part.dtype == torch.float32
        assert part.device.type == "cpu"
        assert part.shape[1] == encoder.dim == 32
        assert float((part.norm(dim=1) - 1).abs().max()) < 1e-6
    assert float((found[1] @ found[1].T).min()) < 0.9  # they tell texts apart
    assert encoder.scale == pytest.approx(12.182494, rel=1e-6)  # e^2.5
    assert encoder.bias == 0.0


def test_company_and_order_change_nothing(encoder: TorchEncoder) -> None:
    many = [PHRASES[number * 5 % len(PHRASES)] + " no" * (number % 7) for number in range(300)]
    together = encoder.encode_texts(many)
    for place in (0, 1, 150, 299):
        assert float((together[place] - encoder.encode_texts([many[place]])[0]).abs().max()) < 1e-6
    prepared = torch.stack([encoder.prepare(picture) for picture in pictures(3)])
    repeated = encoder.encode_images(prepared.repeat(100, 1, 1, 1))
    assert float((repeated[297:] - encoder.encode_images(prepared)).abs().max()) < 1e-6


def test_texts_are_as_long_as_they_need(encoder: TorchEncoder) -> None:
    seen: list[tuple[int, ...]] = []
    hook = encoder.model.text_model.register_forward_pre_hook(
        lambda _module, _arguments, named: seen.append(tuple(named["input_ids"].shape)), with_kwargs=True
    )
    encoder.encode_texts(["dog " * 60, *["no dog"] * 300])
    hook.remove()
    assert seen == [*[(32, 4)] * 9, (13, 62)]


def test_siglip_sees_its_padding_wherever_a_text_stands(siglip: Path) -> None:
    encoder = load_dual_encoder(str(siglip), device="cpu")
    texts = ["no dog", "a man without a cat on the street", "", "umbrella " * 40]
    together = encoder.encode_texts(texts)
    alone = torch.cat([encoder.encode_texts([text]) for text in texts])
    assert float((together - alone).abs().max()) < 1e-6
    assert isinstance(encoder, TorchEncoder)
    assert {len(row) for row in encoder.tokens(texts)} == {16}
    assert encoder.bias == -12.5


def test_nothing_in_is_nothing_out(encoder: TorchEncoder) -> None:
    assert encoder.encode_texts([]).shape == (0, 32)
    assert encoder.encode_images(torch.zeros(0, 3, 32, 32)).shape == (0, 32)


def test_what_is_no_number_stays_none(encoder: TorchEncoder) -> None:
    prepared = torch.stack([encoder.prepare(picture) for picture in pictures(2)])
    prepared[0, 0, 0, 0] = float("nan")
    found = encoder.encode_images(prepared)
    assert bool(found[0].isnan().all())
    assert bool(found[1].isfinite().all())


def test_what_has_no_direction_is_no_number(checkpoint: Path) -> None:
    encoder = load_dual_encoder(str(checkpoint), quick_gelu=True, device="cpu")
    assert isinstance(encoder, TorchEncoder)
    with torch.no_grad():
        encoder.model.text_projection.weight.zero_()
    assert bool(encoder.encode_texts(["no dog"]).isnan().all())


def test_half_a_character_is_no_reason_to_fail(encoder: TorchEncoder) -> None:
    assert bool(encoder.encode_texts(["a dog \ud83d", "\udc36", "a \ud83d\udc36 dog"]).isfinite().all())
    assert torch.equal(encoder.encode_texts(["\ud83d\udc36"]), encoder.encode_texts(["🐶"]))


@pytest.mark.parametrize("dtype", ["bfloat16", "float16"])
def test_half_precision_is_near(encoder: TorchEncoder, checkpoint: Path, dtype: str) -> None:
    half = load_dual_encoder(str(checkpoint), quick_gelu=True, device="cpu", dtype=dtype)
    difference = largest_difference(embeddings(half), embeddings(encoder))
    assert 1e-5 < difference < 0.05
    assert isinstance(half, TorchEncoder)
    assert next(half.model.parameters()).dtype == torch.float32
    assert half.identity()["dtype"] == dtype


def test_a_gradient_reaches_the_weights(checkpoint: Path) -> None:
    encoder = load_dual_encoder(str(checkpoint), quick_gelu=True, device="cpu")
    assert isinstance(encoder, TorchEncoder)
    encoder.text_features(encoder.padded(encoder.tokens(PHRASES))).sum().backward()
    assert float(encoder.model.text_projection.weight.grad.abs().sum()) > 0
    before = encoder.identity()["weights"]
    with torch.no_grad():
        encoder.model.text_projection.weight.add_(1e-3)
    assert encoder.identity()["weights"] != before


def test_identity_tells_what_shapes_scores(encoder: TorchEncoder, folder: Path, checkpoint: Path) -> None:
    identity = encoder.identity()
    assert identity["model"] == str(checkpoint)
    assert identity["activation"] == "QuickGELU"
    assert (identity["layout"], identity["device"], identity["dtype"]) == ("openai", "cpu", "float32")
    assert identity["weights"] == weights_digest(load_file(folder / "model.safetensors"))
    other = load_dual_encoder(str(checkpoint), quick_gelu=True, device="cpu", crop="letterbox").identity()
    differing = {key for key in identity if identity[key] != other[key]}
    assert differing == {"preprocessing"}


def test_the_digest_is_of_names_formats_and_numbers() -> None:
    base = {"a": torch.tensor([1.0, 2.0]), "b": torch.tensor(3.0)}
    digests = {
        weights_digest(base),
        weights_digest({"a": base["a"], "c": base["b"]}),
        weights_digest({"a": base["a"].half(), "b": base["b"]}),
        weights_digest({"a": base["a"].view(2, 1), "b": base["b"]}),
        weights_digest({"a": base["a"] + 1e-6, "b": base["b"]}),
    }
    assert len(digests) == 5
    assert weights_digest(dict(reversed(base.items()))) == weights_digest(base)


def test_a_token_that_the_tower_does_not_know(checkpoint: Path) -> None:
    encoder = load_dual_encoder(str(checkpoint), quick_gelu=True, device="cpu")
    assert isinstance(encoder, TorchEncoder)
    encoder.tokenization = _with(encoder.tokenization, vocabulary=1000)
    with pytest.raises(NegdataError, match=r"makes the token 49407, but its text tower has only 1000"):
        encoder.encode_texts(["no"])


@pytest.mark.parametrize(
    ("options", "said"),
    [
        ({"device": "gpu"}, "device 'gpu' can't be used"),
        ({"device": "cuda:99"}, "device 'cuda:99' can't be used"),
        ({"device": "meta"}, "device 'meta' can't be used"),
        ({"dtype": "float8"}, "no number format named 'float8'"),
    ],
)
def test_what_the_machine_has_not(checkpoint: Path, options: dict[str, Any], said: str) -> None:
    with pytest.raises(NegdataError, match=said):
        load_dual_encoder(str(checkpoint), quick_gelu=True, **options)


def _with(record: Any, **changes: Any) -> Any:
    from dataclasses import replace

    return replace(record, **changes)
