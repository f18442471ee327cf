"""Held-out retrieval is what ``negdata eval`` says of the same captions, without its images."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

pytest.importorskip("torch")
pytest.importorskip("transformers")

from negdata.benchmark.evaluate import EvalSettings, evaluate
from negdata.errors import NegdataError
from negdata.pictures import BadImage
from negdata.train import held_out
from negdata.train.held_out import held_out_retrieval
from tests.train.ends import Cached, Ends, cached, loaded, write_ends


@pytest.fixture(scope="module")
def ends(tmp_path_factory: pytest.TempPathFactory) -> Ends:
    return write_ends(tmp_path_factory.mktemp("ends"))


@pytest.fixture(scope="module")
def features(ends: Ends) -> Cached:
    return cached(ends, loaded(ends.before))


@pytest.fixture(scope="module")
def captions(ends: Ends) -> list[tuple[str, str]]:
    content = json.loads(ends.world.captions.read_text())
    names = {image["id"]: image["file_name"] for image in content["images"]}
    return [(names[one["image_id"]], one["caption"]) for one in content["annotations"]]


def test_the_figures_are_those_of_an_evaluation(
    ends: Ends, features: Cached, captions: list[tuple[str, str]], tmp_path: Path
) -> None:
    before, after = loaded(ends.before), loaded(ends.after)
    once = list(dict.fromkeys(captions))
    coco = {
        "images": [{"id": number, "file_name": name} for number, name in enumerate(ends.images)],
        "annotations": [
            {"id": number, "image_id": ends.images.index(image), "caption": caption}
            for number, (image, caption) in enumerate(once)
        ],
    }
    (tmp_path / "captions.json").write_text(json.dumps(coco))
    report = evaluate(
        EvalSettings(
            benches=(tmp_path / "captions.json",),
            models=(str(ends.before), str(ends.after)),
            images=ends.world.images,
            device="cpu",
            seed=3,
        )
    )
    away = ends.world.images.with_name("away")
    ends.world.images.rename(away)  # nothing may be decoded again
    try:
        found = held_out_retrieval(captions, features, before, after, seed=3)
    finally:
        away.rename(ends.world.images)
    assert [one.model for one in found.models] == ["before", "after"]
    for ours, theirs in zip(found.models, report.benches[0].models, strict=True):
        assert [figure.metric for figure in ours.figures] == [figure.metric for figure in theirs.figures]
        assert [figure.value for figure in ours.figures] == pytest.approx([figure.value for figure in theirs.figures])
        assert [figure.chance for figure in ours.figures] == [figure.chance for figure in theirs.figures]
    assert [one.metric for one in found.comparisons] == [one.metric for one in found.models[0].figures]
    gate = next(one for one in found.comparisons if one.metric == "R@5 text→image")
    assert (gate.a, gate.b, gate.n) == ("before", "after", len(once))
    assert gate.low <= gate.difference <= gate.high
    for one, other in zip(found.comparisons, report.benches[0].comparisons, strict=True):
        assert (one.difference, one.p_value) == pytest.approx((other.difference, other.p_value))


def test_a_caption_that_an_image_has_twice_counts_once(ends: Ends, features: Cached) -> None:
    model = loaded(ends.before)
    one, other = ends.images[:2]
    found = held_out_retrieval([(one, "a cat"), (other, "a cat"), (one, "a cat")], features, model, model, seed=0)
    assert found.items == 2
    assert found.left_out == {"captions that their image has twice": 1}
    assert all(not one.difference for one in found.comparisons)


def test_of_many_images_as_many_are_searched_as_is_said(
    ends: Ends, features: Cached, captions: list[tuple[str, str]], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(held_out, "MOST", 7)
    before, after = loaded(ends.before), loaded(ends.after)
    found = held_out_retrieval(captions, features, before, after, seed=5)
    assert found == held_out_retrieval(captions, features, before, after, seed=5)
    assert found.models != held_out_retrieval(captions, features, before, after, seed=6).models
    assert found.models[0].figures[-1].n == 7  # image→text
    assert found.models[0].figures[0].chance == pytest.approx(1 / 7)
    assert found.items + found.left_out["captions of images beyond 7"] == len(set(captions))


def test_images_without_an_embedding_are_counted(ends: Ends, features: Cached) -> None:
    model = loaded(ends.before)
    rest = {name: row for name, row in features.row_of.items() if row}
    some = Cached(features.vectors, rest, {ends.images[0]: BadImage("not-an-image", "it is HTML")})
    pairs = [(name, f"the scene {name}") for name in (*ends.images, "nowhere.png")]
    found = held_out_retrieval(pairs, some, model, model, seed=0)
    assert found.partial
    assert found.models[0].failed == {"not-an-image": 1, "image-missing": 1}
    assert (found.models[0].figures[0].n, found.models[0].figures[0].of) == (len(rest), len(pairs))


def test_of_no_image_nothing_can_be_said(ends: Ends, features: Cached) -> None:
    model = loaded(ends.before)
    for pairs in ([], [("nowhere.png", "a cat")]):
        with pytest.raises(NegdataError, match="Nothing of held-out captions can be scored"):
            held_out_retrieval(pairs, features, model, model, seed=0)


def test_a_model_that_gives_no_numbers_is_refused(ends: Ends, features: Cached) -> None:
    import torch

    broken = loaded(ends.after)
    with torch.no_grad():
        broken.model.text_projection.weight.fill_(float("nan"))
    with pytest.raises(NegdataError, match="after gives scores that are no finite numbers"):
        held_out_retrieval([(ends.images[0], "a cat")], features, loaded(ends.before), broken, seed=0)
