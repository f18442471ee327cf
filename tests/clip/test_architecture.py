"""Shapes tell what a CLIP is, and what about it is wrong."""

from __future__ import annotations

from dataclasses import replace

import pytest

from negdata.clip.architecture import PUBLISHED, Architecture, Tower, architecture_of, check_name, plain_name
from negdata.errors import NegdataError

B32 = PUBLISHED["ViT-B-32"]


class Shape(tuple[int, ...]):
    """Stands for a tensor, of which only the shape is looked at."""

    @property
    def shape(self) -> tuple[int, ...]:
        return self


def shapes(architecture: Architecture = B32) -> dict[str, Shape]:
    return {name: Shape(shape) for name, shape in architecture.shapes().items()}


def error(tensors: dict[str, Shape]) -> str:
    with pytest.raises(NegdataError) as caught:
        architecture_of(tensors, "it.pt")
    return str(caught.value)


@pytest.mark.parametrize("name", PUBLISHED)
def test_published_ones_are_recognised(name: str) -> None:
    found = architecture_of(shapes(PUBLISHED[name]), "it.pt")
    assert found == PUBLISHED[name]
    assert found.name == name
    check_name(found, name, "it.pt")
    check_name(found, f"{name}-quickgelu", "it.pt")


def test_unpublished_ones_are_too() -> None:
    odd = Architecture(Tower(192, 5, 3, 100), Tower(128, 2, 2, 7), 7, 21, 13, 60, 3)
    assert architecture_of(shapes(odd), "it.pt") == odd
    assert odd.name is None
    assert odd.pools_at == 59


def test_names_as_people_write_them() -> None:
    assert plain_name("ViT-B/32") == plain_name("ViT-B-32-quickgelu") == "ViT-B-32"
    assert plain_name("ViT-L/14@336px") == "ViT-L-14-336"
    with pytest.raises(NegdataError, match=r"no architecture named 'ViT-B-23'.*Did you mean 'ViT-B-32'"):
        check_name(B32, "ViT-B/23", "it.pt")
    with pytest.raises(NegdataError, match=r"it\.pt has the shapes of ViT-B-32, not of ViT-L-14"):
        check_name(B32, "ViT-L-14", "it.pt")


def test_the_first_ten_of_what_is_missing_or_too_much_are_listed() -> None:
    tensors = shapes()
    lost = [name for name in tensors if ".ln_1." in name]
    for name in lost:
        del tensors[name]
    tensors["visual.extra"] = Shape((3,))
    said = error(tensors)
    assert f"lacks {len(lost)} of its tensors" in said
    assert all(name in said for name in lost[:10])
    assert lost[10] not in said
    assert f"and {len(lost) - 10} more" in said
    assert "has 1 that it should not: visual.extra" in said


def test_what_is_no_clip() -> None:
    said = error({"encoder.weight": Shape((3, 4))})
    assert "no visual.conv1.weight, but encoder.weight" in said
    assert "nothing" in error({})


@pytest.mark.parametrize(
    ("name", "shape", "said"),
    [
        ("visual.positional_embedding", (51, 768), "50 patches, which are no square"),
        ("visual.positional_embedding", (1, 768), "0 patches"),
        ("visual.conv1.weight", (768, 3, 32), "visual.conv1.weight is (768, 3, 32)"),
        ("visual.conv1.weight", (768, 4, 32, 32), "visual.conv1.weight is (768, 4, 32, 32), not (768, 3, 32, 32)"),
        ("visual.conv1.weight", (100, 3, 32, 32), "width of 100 can't be split into heads of 64"),
        ("text_projection", (512, 511), "visual.proj is (768, 512), not (768, 511)"),
        ("token_embedding.weight", (49408, 0), "token_embedding.weight is (49408, 0)"),
        ("transformer.resblocks.3.mlp.c_fc.weight", (2047, 512), "resblocks.3.mlp.c_fc.weight is (2047, 512)"),
    ],
)
def test_shapes_that_contradict_each_other(name: str, shape: tuple[int, ...], said: str) -> None:
    assert said in error(shapes() | {name: Shape(shape)})


def test_a_hostile_number_of_layers_costs_nothing() -> None:
    tensors = shapes() | {f"transformer.resblocks.{10**30}.ln_1.weight": Shape((512,))}
    assert "lacks 12 of its tensors: transformer.resblocks.12." in error(tensors)


def test_a_scale_in_brackets_is_one() -> None:
    assert architecture_of(shapes() | {"logit_scale": Shape((1,))}, "it.pt") == B32


def test_wide_towers_have_the_heads_that_were_published() -> None:
    wide = replace(PUBLISHED["ViT-H-14"], resolution=28)
    assert architecture_of(shapes(wide), "it.pt").vision.heads == 16
