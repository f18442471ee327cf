"""What the models are to be shown: every view and every text of all benchmarks, each once."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from negdata.benchmark.evaluate.showing import Showing, as_shown
from negdata.benchmark.suites.base import Bench, ChoiceBench, ClassBench, RetrievalBench, View


@dataclass(frozen=True, slots=True)
class Sight:
    """A view, and the folder that its image lies in."""

    folder: Path
    view: View


@dataclass
class Plan:
    """Everything that is encoded, in this order.

    Attributes:
        pictures: (folder, image) → what is cut from it.
        texts: groups of texts that belong to one item, less those that stand in a group before.
        sights: each view → its place among all.
        places: each text → its place among all.
        orders: for each benchmark of choices, by its path, the orders in which its items' candidates are shown.
    """

    pictures: dict[tuple[Path, str], list[Sight]] = field(default_factory=dict)
    texts: list[list[str]] = field(default_factory=list)
    sights: dict[Sight, int] = field(default_factory=dict)
    places: dict[str, int] = field(default_factory=dict)
    orders: dict[Path, list[tuple[int, ...]]] = field(default_factory=dict)

    def add(self, sights: Iterable[Sight], texts: Iterable[str]) -> None:
        """Adds what one item needs, in the order in which it is shown."""
        for sight in sights:
            if sight not in self.sights:
                self.sights[sight] = len(self.sights)
                self.pictures.setdefault((sight.folder, sight.view.image), []).append(sight)
        fresh = [text for text in dict.fromkeys(texts) if text not in self.places]
        for text in fresh:
            self.places[text] = len(self.places)
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
            plan.orders[bench.path] = showing.orders(bench.items)
            for item, order in zip(bench.items, plan.orders[bench.path], strict=True):
                shown = as_shown(item, order)
                plan.add((Sight(images, view) for view in shown.views), shown.texts)
        elif isinstance(bench, RetrievalBench):
            plan.add(sights_of(bench, images), ())
            for caption in bench.captions:
                plan.add((), (caption,))
        elif isinstance(bench, ClassBench):
            plan.add(sights_of(bench, images), ())
            for prompts in bench.prompts:
                plan.add((), prompts)
    return plan
