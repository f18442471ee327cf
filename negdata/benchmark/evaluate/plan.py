"""What the models are to be shown: every view and every text of all benchmarks, each once."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TypeVar

from negdata.benchmark.evaluate.showing import Showing
from negdata.benchmark.suites.base import Bench, ChoiceBench, ChoiceItem, ClassBench, RetrievalBench, View


@dataclass(frozen=True, slots=True)
class Sight:
    """A view, and the folder that its image lies in; ``again`` counts how often it was shown before."""

    folder: Path
    view: View
    again: int = 0


@dataclass(frozen=True, slots=True)
class Wording:
    """A text; ``again`` counts how often it was shown before."""

    text: str
    again: int = 0


T = TypeVar("T", Sight, Wording)


@dataclass(frozen=True, slots=True)
class Asked:
    """An item as the models are shown it.

    Attributes:
        order: the places of its candidates in the order in which they are shown.
        sights: its views, in the order of the file.
        wordings: its texts, in the order of the file.
    """

    order: tuple[int, ...]
    sights: tuple[Sight, ...]
    wordings: tuple[Wording, ...]


@dataclass
class Plan:
    """Everything that is encoded, in this order.

    Attributes:
        pictures: (folder, image) → what is cut from it.
        texts: groups of texts that are shown one after the other, less those that stand in a group before.
        sights: each view → its place among all.
        wordings: each text → its place among all.
        asked: the items of each benchmark of choices, by its path.
    """

    pictures: dict[tuple[Path, str], list[Sight]] = field(default_factory=dict)
    texts: list[list[Wording]] = field(default_factory=list)
    sights: dict[Sight, int] = field(default_factory=dict)
    wordings: dict[Wording, int] = field(default_factory=dict)
    asked: dict[Path, list[Asked]] = field(default_factory=dict)

    def add(self, sights: Iterable[Sight], texts: Iterable[str]) -> None:
        """Adds what is shown in no order of its own."""
        for sight in sights:
            self._add_sight(sight)
        self._add_wordings(map(Wording, texts))

    def ask(self, item: ChoiceItem, order: tuple[int, ...], folder: Path) -> Asked:
        """Adds an item, whose candidates are shown in this order.

        What an earlier item had is shown again only where the order would be another without that: a model that
        prefers what it is shown first would find the second candidate the first.
        """
        sights = [Sight(folder, view) for view in item.views]
        wordings = [Wording(text) for text in item.texts]
        if len(sights) > 1:
            sights = _by_order(sights, order, self.sights)
        if len(wordings) > 1:
            wordings = _by_order(wordings, order, self.wordings)
        for place in order if len(sights) > 1 else (0,):
            self._add_sight(sights[place])
        self._add_wordings(wordings[place] for place in (order if len(wordings) > 1 else (0,)))
        return Asked(order, tuple(sights), tuple(wordings))

    def _add_sight(self, sight: Sight) -> None:
        if sight not in self.sights:
            self.sights[sight] = len(self.sights)
            self.pictures.setdefault((sight.folder, sight.view.image), []).append(sight)

    def _add_wordings(self, wordings: Iterable[Wording]) -> None:
        fresh = [wording for wording in dict.fromkeys(wordings) if wording not in self.wordings]
        for wording in fresh:
            self.wordings[wording] = len(self.wordings)
        if fresh:
            self.texts.append(fresh)


def sights_of(bench: Bench, images: Path | None) -> Iterator[Sight]:
    """Every view of a benchmark, in the order of its file; ``images`` is where those lie that have no root."""
    if isinstance(bench, ClassBench):
        yield from (Sight(bench.root, View(name)) for name in bench.images)
        return
    assert images is not None, "settings ask for it"
    if isinstance(bench, ChoiceBench):
        yield from (Sight(images, view) for item in bench.items for view in item.views)
    elif isinstance(bench, RetrievalBench):
        yield from (Sight(images, View(name)) for name in bench.images)
    else:
        yield from (Sight(images, View(item.image)) for item in bench.items)


def plan_for(benches: Sequence[Bench], images: Path | None, seed: int | None) -> Plan:
    """What two towers need to answer all benchmarks; ``seed`` is that of the order in which candidates are shown."""
    plan, showing = Plan(), Showing(seed)
    for bench in benches:
        if isinstance(bench, ChoiceBench):
            assert images is not None, "settings ask for it"
            orders = showing.orders(bench.items)
            plan.asked[bench.path] = [
                plan.ask(item, order, images) for item, order in zip(bench.items, orders, strict=True)
            ]
        elif isinstance(bench, RetrievalBench):
            plan.add(sights_of(bench, images), ())
            for caption in bench.captions:
                plan.add((), (caption,))
        elif isinstance(bench, ClassBench):
            plan.add(sights_of(bench, images), ())
            for prompts in bench.prompts:
                plan.add((), prompts)
    return plan


def _by_order(candidates: list[T], order: Sequence[int], placed: dict[T, int]) -> list[T]:
    """The candidates, each as the first showing of it that comes after the candidate before."""
    found, last = list(candidates), -1
    for place in order:
        candidate = candidates[place]
        while candidate in placed and placed[candidate] <= last:
            candidate = replace(candidate, again=candidate.again + 1)
        last = placed.get(candidate, len(placed))
        found[place] = candidate
    return found
