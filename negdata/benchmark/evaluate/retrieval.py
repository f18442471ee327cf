"""Scores benchmarks of search: how far up captions find their image, and images one of their captions."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from negdata.benchmark.evaluate.encode import Encoded
from negdata.benchmark.evaluate.plan import Sight, Wording
from negdata.benchmark.evaluate.report import Figure, ModelScores
from negdata.benchmark.evaluate.scored import Line, Scored, figure, published_suite, require_numbers, require_some
from negdata.benchmark.evaluate.similarity import rows_of_similarities
from negdata.benchmark.evaluate.statistics import chance_of_hit, expected_hit
from negdata.benchmark.evaluate.ties import Rank, Scoring
from negdata.benchmark.suites.base import RetrievalBench, View
from negdata.pictures import BadImage

if TYPE_CHECKING:
    from negdata.benchmark.evaluate.similarity import Vectors

CUTS = (1, 5, 10)
"""The k of R@k."""


@dataclass(frozen=True, slots=True)
class _Direction:
    """What is searched for with what; all by their places in the benchmark.

    Attributes:
        queries: those that were encoded and have a right candidate.
        candidates: all that were encoded.
        right: query → its right candidates.
        of: the queries of the whole benchmark.
    """

    name: str
    queries: Sequence[int]
    candidates: Sequence[int]
    right: Mapping[int, Sequence[int]]
    of: int


def score_retrieval(bench: RetrievalBench, images: Path, models: Sequence[Encoded], scoring: Scoring) -> list[Scored]:
    """The scores of each model.

    An image that can't be read is no candidate; its captions are neither searched for nor with.

    Raises:
        NegdataError: nothing can be scored, or scores are no numbers where only numbers are taken.
    """
    sights = [Sight(images, View(name)) for name in bench.images]
    failures = {place: models[0].failed[sight] for place, sight in enumerate(sights) if sight in models[0].failed}
    failed = Counter(failure.code for failure in failures.values())
    there = [place for place in range(len(sights)) if place not in failures]
    captions = [place for place, image in enumerate(bench.image_of) if image not in failures]
    require_some(len(captions), failed, bench.path)
    captions_of: dict[int, list[int]] = defaultdict(list)
    for place in captions:
        captions_of[bench.image_of[place]].append(place)
    text_to_image = _Direction(
        "text→image", captions, there, {place: (bench.image_of[place],) for place in captions}, len(bench.captions)
    )
    with_captions = [place for place in there if place in captions_of]
    image_to_text = _Direction("image→text", with_captions, captions, captions_of, len(set(bench.image_of)))

    def score(model: Encoded) -> Scored:
        of_images, of_texts = model.views(sights), model.texts([Wording(caption) for caption in bench.captions])
        by_text = _ranks(text_to_image, of_texts, of_images, scoring)
        by_image = _ranks(image_to_text, of_images, of_texts, scoring)
        bad_texts = [bench.captions[place] for place, rank in by_text.items() if not rank.is_number]
        bad_images = [bench.images[place] for place, rank in by_image.items() if not rank.is_number]
        if scoring.takes_numbers_only:
            require_numbers(model.model, bench.path, "captions", bad_texts, len(by_text))
            require_numbers(model.model, bench.path, "images", bad_images, len(by_image))
        scores = ModelScores(
            model=model.model,
            figures=[*_figures(bench, text_to_image, by_text), *_figures(bench, image_to_text, by_image)],
            failed=dict(failed),
            partial=bool(failed),
            ties=sum(rank.tied > rank.right for rank in (*by_text.values(), *by_image.values())),
            not_numbers=len(bad_texts) + len(bad_images),
        )
        outcomes = _outcomes(text_to_image, by_text, range(len(bench.captions)))
        outcomes |= _outcomes(image_to_text, by_image, sorted(set(bench.image_of)))
        return Scored(scores, (), _lines(bench, by_text, by_image, failures), outcomes)

    return [score(model) for model in models]


def _ranks(direction: _Direction, queries: Vectors, candidates: Vectors, scoring: Scoring) -> dict[int, Rank]:
    column = {place: number for number, place in enumerate(direction.candidates)}
    rows = rows_of_similarities(queries[list(direction.queries)], candidates[list(direction.candidates)])
    return {
        query: scoring.rank(row, [column[place] for place in direction.right[query]])
        for query, row in zip(direction.queries, rows, strict=True)
    }


def _figures(bench: RetrievalBench, direction: _Direction, ranks: Mapping[int, Rank]) -> list[Figure]:
    among = len(direction.candidates)
    return [
        figure(
            _metric(k, direction),
            [_hit(rank, k) for rank in ranks.values()],
            suite=published_suite(bench.suite, bench.path),
            of=direction.of,
            chance=sum(chance_of_hit(among, len(direction.right[query]), k) for query in ranks) / len(ranks),
        )
        for k in CUTS
    ]


def _outcomes(
    direction: _Direction, ranks: Mapping[int, Rank], queries: Sequence[int]
) -> dict[str, Sequence[float | None]]:
    """The credit of each query of the benchmark, None where it couldn't be scored, by metric."""
    return {
        _metric(k, direction): [_hit(ranks[query], k) if query in ranks else None for query in queries] for k in CUTS
    }


def _metric(k: int, direction: _Direction) -> str:
    return f"R@{k} {direction.name}"


def _hit(rank: Rank, k: int) -> float:
    return expected_hit(rank.better, rank.tied, rank.right, k)


def _lines(
    bench: RetrievalBench,
    by_text: Mapping[int, Rank],
    by_image: Mapping[int, Rank],
    failures: Mapping[int, BadImage],
) -> Iterator[Line]:
    for place, caption in enumerate(bench.captions):
        image = bench.image_of[place]
        line: Line = {"id": f"caption {place + 1}", "query": "text→image", "text": caption}
        yield line | {"right": bench.images[image]} | _told(by_text.get(place), failures.get(image))
    for image in sorted(set(bench.image_of)):
        line = {"id": f"image {image + 1}", "query": "image→text", "image": bench.images[image]}
        yield line | _told(by_image.get(image), failures.get(image))


def _told(rank: Rank | None, failure: BadImage | None) -> Line:
    if rank is not None:
        return {"rank": rank.better + 1, "tied": rank.tied, "tied_right": rank.right}
    return {"error": failure.code, "message": str(failure)} if failure is not None else {}
