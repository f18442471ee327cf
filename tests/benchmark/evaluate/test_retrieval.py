"""Recall beside the same counted in the plainest way, with ties broken at random, and as published evaluators do."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from PIL import Image

from negdata.benchmark.evaluate.retrieval import score_retrieval
from negdata.benchmark.evaluate.scored import Scored
from negdata.benchmark.evaluate.similarity import rows_of_similarities, similarities
from negdata.benchmark.evaluate.ties import SCORINGS, ScoringName
from negdata.benchmark.suites.base import RetrievalBench
from negdata.errors import NegdataError
from tests.benchmark.evaluate.standins import Constant, NotNumbers, StandIn, encoded_by

pytest.importorskip("torch")
np = pytest.importorskip("numpy")


class Hashing(StandIn):
    """Sees and reads noise, coarse enough that much of it ties."""

    def see(self, picture: Any) -> Any:
        return self._noise(picture.numpy().tobytes())

    def read(self, text: str) -> Any:
        return self._noise(text.encode())

    def _noise(self, content: bytes) -> list[float]:
        import zlib

        generator = np.random.default_rng(zlib.crc32(content))
        return [float(one) for one in generator.integers(0, 2, 3)] + [1.0]


def _bench(folder: Path, images: int, captions: int) -> RetrievalBench:
    """So many captions of each image but the last, which has none."""
    names = [f"{number}.png" for number in range(images)]
    for number, name in enumerate(names):
        Image.new("RGB", (8, 8), (number * 5 % 256, number * 11 % 256, 7)).save(folder / name)
    texts = [f"caption {one} of {number}" for number in range(images - 1) for one in range(captions)]
    image_of = tuple(number for number in range(images - 1) for _ in range(captions))
    return RetrievalBench("coco-retrieval", folder / "captions.json", tuple(names), tuple(texts), image_of)


def _scored(model: Any, bench: RetrievalBench, scoring: ScoringName = "strict") -> Scored:
    images = bench.path.parent
    encoded, _ = encoded_by([model], [bench], images, scoring=scoring)
    (scored,) = score_retrieval(bench, images, encoded, SCORINGS[scoring])
    return scored


def _values(scored: Scored) -> dict[str, float]:
    return {figure.metric: figure.value for figure in scored.scores.figures}


def _plain_recall(scores: Any, right: list[set[int]], k: int, rng: Any) -> float:
    """The share of rows with a right column among the k best, columns that tie in random order."""
    hits = 0
    for row, good in zip(scores, right, strict=True):
        order = np.lexsort((rng.permutation(len(row)), -row))
        hits += bool(good & set(order[:k].tolist()))
    return hits / len(right)


def test_recall_is_that_of_ties_broken_at_random(tmp_path: Path) -> None:
    bench, model = _bench(tmp_path, 30, 2), Hashing()
    found = _values(_scored(model, bench))
    pictures = [model.prepare(Image.open(tmp_path / name)) for name in bench.images]
    of_images = np.stack([model.encode_images(picture[None])[0].numpy() for picture in pictures])
    of_texts = model.encode_texts(bench.captions).numpy()
    scores = np.round(of_texts.astype(np.float64) @ of_images.astype(np.float64).T, 6)
    rng = np.random.default_rng(0)
    to_image = [{image} for image in bench.image_of]
    to_text = [{place for place, image in enumerate(bench.image_of) if image == one} for one in range(29)]
    for k in (1, 5, 10):
        drawn = [_plain_recall(scores, to_image, k, rng) for _ in range(300)]
        assert found[f"R@{k} text→image"] == pytest.approx(sum(drawn) / 300, abs=0.01)
        drawn = [_plain_recall(scores.T[:29], to_text, k, rng) for _ in range(300)]
        assert found[f"R@{k} image→text"] == pytest.approx(sum(drawn) / 300, abs=0.015)


def test_a_collapsed_model_is_at_chance(tmp_path: Path) -> None:
    bench = _bench(tmp_path, 12, 3)
    scored = _scored(Constant(), bench)
    for figure in scored.scores.figures:
        assert figure.value == pytest.approx(figure.chance)
    assert _values(scored)["R@5 text→image"] == pytest.approx(5 / 12)
    assert scored.scores.ties == 33 + 11


def test_as_published_the_first_of_those_that_tie_is_taken(tmp_path: Path) -> None:
    """Of 12 images that all score the same, the first five are "found" by their three captions each."""
    found = _values(_scored(Constant(), _bench(tmp_path, 12, 3), "paper"))
    assert found["R@5 text→image"] == pytest.approx(15 / 33)
    assert found["R@1 image→text"] == pytest.approx(1 / 11)


def test_what_is_no_number_comes_first_as_published_and_is_an_error_else(tmp_path: Path) -> None:
    bench = _bench(tmp_path, 5, 1)
    published = _scored(NotNumbers(), bench, "paper")
    assert _values(published)["R@1 text→image"] == pytest.approx(1 / 4)
    assert published.scores.not_numbers == 8
    with pytest.raises(
        NegdataError, match=r"on 4 of 4 captions of .*captions.json, the first of them 'caption 0 of 0'"
    ):
        _scored(NotNumbers("broken"), bench)


def test_an_image_that_is_missing_takes_its_captions_along(tmp_path: Path) -> None:
    bench = _bench(tmp_path, 6, 2)
    (tmp_path / "2.png").unlink()
    scored = _scored(Constant(), bench)
    by_metric = {figure.metric: figure for figure in scored.scores.figures}
    assert scored.scores.partial
    assert scored.scores.failed == {"image-missing": 1}
    assert (by_metric["R@1 text→image"].n, by_metric["R@1 text→image"].of) == (8, 10)
    assert (by_metric["R@1 image→text"].n, by_metric["R@1 image→text"].of) == (4, 5)
    assert by_metric["R@1 text→image"].chance == pytest.approx(1 / 5)
    lines = list(scored.lines)
    assert len(lines) == 10 + 5
    assert [line["id"] for line in lines if line.get("error") == "image-missing"] == [
        "caption 5",
        "caption 6",
        "image 3",
    ]


def test_every_query_has_an_outcome_for_every_figure(tmp_path: Path) -> None:
    bench = _bench(tmp_path, 12, 2)
    (tmp_path / "3.png").unlink()
    scored = _scored(Hashing(), bench)
    assert list(scored.outcomes) == [figure.metric for figure in scored.scores.figures]
    for figure in scored.scores.figures:
        credits = scored.outcomes[figure.metric]
        known = [credit for credit in credits if credit is not None]
        assert (len(known), len(credits)) == (figure.n, figure.of)
        assert sum(known) / len(known) == pytest.approx(figure.value)


def test_equal_embeddings_tie_wherever_they_stand() -> None:
    """A plain product in single precision differs in its last bit at the edges of a matrix."""
    row = np.random.default_rng(1).standard_normal(512).astype(np.float32)
    row /= np.linalg.norm(row)
    other = np.random.default_rng(2).standard_normal((37, 512)).astype(np.float32)
    scores = similarities(np.tile(row, (101, 1)), other)
    assert (scores == scores[0]).all()
    assert scores == pytest.approx(np.tile(row, (101, 1)) @ other.T, abs=1e-5)


def test_rows_are_those_of_the_whole_matrix(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("negdata.benchmark.evaluate.similarity._BLOCK", 20)
    rng = np.random.default_rng(3)
    one, other = rng.standard_normal((11, 4)).astype(np.float32), rng.standard_normal((7, 4)).astype(np.float32)
    assert (np.stack(list(rows_of_similarities(one, other))) == similarities(one, other)).all()
