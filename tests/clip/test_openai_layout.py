"""There and back is the same state dict, and the model on the other side the same function."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

pytest.importorskip("torch")
pytest.importorskip("transformers")

import torch
import transformers

from negdata.clip.architecture import architecture_of
from negdata.clip.openai_layout import to_openai, to_transformers
from negdata.clip.transformers_model import build
from tests.clip.openai_model import OpenAIClip, random_openai_clip


@settings(deadline=None, max_examples=12)
@given(
    vision=st.sampled_from([(64, 1), (128, 2)]),
    text=st.sampled_from([(64, 3), (128, 1)]),
    patch=st.integers(1, 5),
    side=st.integers(1, 3),
    dim=st.integers(1, 9),
    context=st.integers(1, 9),
    dtype=st.sampled_from([torch.float32, torch.float16, torch.bfloat16]),
)
def test_there_and_back_is_the_same(
    vision: tuple[int, int],
    text: tuple[int, int],
    patch: int,
    side: int,
    dim: int,
    context: int,
    dtype: torch.dtype,
) -> None:
    model = OpenAIClip(vision=vision, text=text, patch=patch, side=side, dim=dim, context=context, vocabulary=11).to(
        dtype
    )
    theirs = dict(model.state_dict())
    ours = to_transformers(theirs)
    back = to_openai(ours)
    assert set(back) == set(theirs)
    for name, tensor in theirs.items():
        assert back[name].dtype == dtype
        assert torch.equal(back[name].nan_to_num(), tensor.nan_to_num()), name
    again = to_transformers(back)
    assert set(again) == set(ours)
    assert all(torch.equal(again[name].nan_to_num(), ours[name].nan_to_num()) for name in ours)
    config = architecture_of(theirs, "it").config(quick_gelu=True)
    assert set(ours) == set(transformers.CLIPModel(config).state_dict())


@pytest.mark.parametrize("quick", [True, False])
def test_the_converted_model_is_the_same_function(quick: bool) -> None:
    model = random_openai_clip(seed=3, quick=quick, vision=(128, 2), text=(64, 3), vocabulary=50, context=12)
    tensors = dict(model.state_dict())
    shape = architecture_of(tensors, "it")
    assert (shape.vision.heads, shape.text.layers, shape.context, shape.vocabulary) == (2, 3, 12, 50)
    converted = build(shape.config(quick_gelu=quick), to_transformers(tensors), "it").eval()
    pixels = torch.randn(3, 3, 32, 32)
    tokens = torch.tensor([[48, 5, 6, 49, 0, 0], [48, 49, 0, 0, 0, 0], [48, 7, 7, 7, 7, 49]])
    padded = torch.nn.functional.pad(tokens, (0, 6))
    with torch.no_grad():
        pictures, texts = model(pixels, padded)
        ours = converted(pixel_values=pixels, input_ids=tokens)
    for reference, embedding in ((pictures, ours.image_embeds), (texts, ours.text_embeds)):
        normal = reference / reference.norm(dim=-1, keepdim=True)
        assert float((normal - embedding).abs().max()) < 1e-5
    other = build(shape.config(quick_gelu=not quick), to_transformers(tensors), "it").eval()
    with torch.no_grad():
        wrong = other(pixel_values=pixels, input_ids=tokens)
    assert float((wrong.text_embeds - ours.text_embeds).abs().max()) > 1e-4


def test_foreign_names_are_named() -> None:
    with pytest.raises(KeyError, match="foreign"):
        to_transformers({"foreign": torch.zeros(1)})
    prefix = "text_model.encoder.layers.0.self_attn"
    parts = {f"{prefix}.{part}_proj.bias": torch.zeros(2) for part in "qk"}
    with pytest.raises(KeyError, match=r"v_proj\.bias"):
        to_openai(parts)
