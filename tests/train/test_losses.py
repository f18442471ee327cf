"""The losses against a plain reading of their formulas."""

from __future__ import annotations

import math

import pytest

pytest.importorskip("torch")

import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from negdata.train.losses import Losses, info_nce, minimised, pairwise, similarities
from negdata.train.recipe import ContrastRule


def unit(rows: int, seed: int) -> torch.Tensor:
    chance = torch.Generator().manual_seed(seed)
    return torch.nn.functional.normalize(torch.randn(rows, 6, generator=chance, dtype=torch.float64), dim=-1)


@settings(deadline=None, max_examples=50)
@given(st.integers(1, 9), st.integers(0, 1000), st.floats(0.1, 100))
def test_info_nce_is_the_mean_of_both_ways(rows: int, seed: int, scale: float) -> None:
    images, texts = unit(rows, seed), unit(rows, seed + 5000)
    logits = [[scale * float(image @ text) for text in texts] for image in images]
    total = 0.0
    for own in range(rows):
        for line in (logits[own], [row[own] for row in logits]):
            most = max(line)
            total += most + math.log(sum(math.exp(value - most) for value in line)) - line[own]
    found = info_nce(images, texts, torch.tensor(scale, dtype=torch.float64))
    assert float(found) == pytest.approx(total / (2 * rows), abs=1e-9)
    order = torch.randperm(rows, generator=torch.Generator().manual_seed(seed))
    again = info_nce(images[order], texts[order], torch.tensor(scale, dtype=torch.float64))
    assert float(again) == pytest.approx(float(found), abs=1e-9)


def test_one_pair_has_nothing_to_be_told_from() -> None:
    assert float(info_nce(unit(1, 0), unit(1, 1), torch.tensor(50.0))) == 0


@settings(deadline=None, max_examples=50)
@given(
    st.lists(st.tuples(st.floats(-1, 1), st.floats(-1, 1)), min_size=1, max_size=8), st.floats(0, 100), st.floats(0, 5)
)
def test_pairwise_is_a_softplus_of_what_is_missing(
    pairs: list[tuple[float, float]], scale: float, margin: float
) -> None:
    true, false = (torch.tensor(column, dtype=torch.float64) for column in zip(*pairs, strict=True))
    found = float(pairwise(true, false, torch.tensor(scale, dtype=torch.float64), margin))
    missing = [margin - scale * (one - other) for one, other in pairs]
    wanted = sum(max(value, 0) + math.log1p(math.exp(-abs(value))) for value in missing) / len(missing)
    assert found == pytest.approx(wanted, abs=1e-8)


def test_the_scale_learns_from_info_nce_alone() -> None:
    scale = torch.tensor(3.0, requires_grad=True)
    true = torch.tensor([0.5, 0.2], requires_grad=True)
    pairwise(true, torch.tensor([0.1, 0.4]), scale, 0.0).backward()
    assert scale.grad is None
    assert true.grad is not None
    assert bool((true.grad < 0).all())
    info_nce(unit(3, 1).float(), unit(3, 2).float(), scale).backward()
    assert scale.grad is not None


def test_similarities_are_row_by_row() -> None:
    one, other = unit(4, 1), unit(4, 2)
    assert torch.allclose(similarities(one, other), (one @ other.t()).diagonal())


def test_numbers_name_the_parts_that_there_are() -> None:
    one = torch.tensor(1.0)
    assert Losses(one, one).numbers() == {"loss": 1.0, "infonce": 1.0}
    assert Losses(one, one, contrast_images=one).numbers() == {"loss": 1.0, "infonce": 1.0, "contrast_images": 1.0}


def test_infonce_counts_for_more_with_every_step() -> None:
    losses = Losses(total=torch.tensor(7.0), infonce=torch.tensor(2.0))
    rule = ContrastRule(captions=1, swaps=0, images=0, margin=0, infonce=3.0, infonce_start=1.0)
    assert [float(minimised(losses, rule, done)) for done in (0, 0.5, 1)] == [3.0, 5.0, 7.0]
    assert float(minimised(losses, None, 0.5)) == 7.0
