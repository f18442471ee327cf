"""Which objects plausibly go together: how often captions of one image name both.

The shipped counts come from COCO captions (see docs/vocabulary.md); the corpus at hand is counted in.
"""

from __future__ import annotations

import gzip
import math
from collections import Counter
from collections.abc import Collection, Iterator, Set
from dataclasses import dataclass, field
from functools import lru_cache
from itertools import combinations
from pathlib import Path

from negdata.vocabulary.entries import FOLDER
from negdata.vocabulary.matcher import vocabulary
from negdata.vocabulary.wearable import WORN_BY_ANIMALS, worn_by_people

SHIPPED = FOLDER.parent / "cooccurrence.tsv.gz"
SMOOTHING = 8.0
"""Images of the average kind that each object is counted in beside its own."""
NEARLY_CERTAIN = 0.3
"""A share of an object's images above which what is named with it is likely there though unsaid."""
SELDOM_TOLD = frozenset(
    (
        "backpack, beer bottle, book, bottle, bowl, car, cell phone, chair, clock, cup, dining table, drink, "
        "drinking glass, fork, knife, mouse, mug, napkin, plate, potted plant, purse, spoon, truck, vase, wine bottle, "
        "wine glass"
    ).split(", ")
)
"""What captions leave out though it is there: COCO's boxes show it several times as often as captions name it."""
UNTOLD = 6.0
"""How many times as often."""
SCENE_SCORE = 0.05
"""What sharing a scene is worth, as a share of images."""
BROAD_SCENES = frozenset({"home", "park", "street"})
"""Scenes that hold too many things to speak for one of them: of these, only what captions do name counts."""
FAMILIAR = 3.0
"""Images in which a familiar object is named."""
FAMILIES = tuple(
    frozenset(scenes.split(", "))
    for scenes in (
        "home, living room, bedroom, dining room, office, wedding",
        "home, bathroom",
        "home, kitchen, dining room, restaurant, store, market, wedding",
        "office, store, restaurant",
        "street, parking lot, train station, bus stop, bus, airport, market, restaurant, store, park, wedding",
        "beach, water, harbor, pond",
        "baseball field, sports field, park",
        "tennis court, sports field",
        "skate park, park, street",
        "farm, wild, zoo, pond, park",
        "forest, wild, park",
        "sky, airport, park, beach",
        "snow",
    )
)
"""Scenes between which objects move about."""
STRANGE = 0.15
"""What is left of the score of an object whose scenes are of none of the families that the captions tell."""
COMMON = 0.03
"""A share of images above which an object says less about its company: most things are seen with a person."""
RARITY = 0.3
"""How strongly common objects are held back, so that a corpus negates many different things."""
RARE = 2e-3
"""A share of images below which an object counts as no rarer."""
MEN = frozenset({"man", "boy"})
SELDOM_ON_MEN = frozenset({"dress", "purse"})
"""What nobody misses where the captions name men alone."""


@dataclass
class ImageCounts:
    """Counts over images: how many name an object, and how many name both of two (in alphabetical order)."""

    images: int = 0
    objects: Counter[str] = field(default_factory=Counter)
    pairs: Counter[tuple[str, str]] = field(default_factory=Counter)

    def add(self, names: Collection[str]) -> None:
        """Counts one image by the objects that its captions name."""
        ordered = sorted(set(names))
        self.images += 1
        self.objects.update(ordered)
        self.pairs.update(combinations(ordered, 2))


class Cooccurrence:
    """Conditional frequencies of objects, smoothed."""

    def __init__(self, counts: ImageCounts) -> None:
        self._counts = counts
        self._neighbours: dict[str, dict[str, int]] = {}
        for (one, other), count in counts.pairs.items():
            self._neighbours.setdefault(one, {})[other] = count
            self._neighbours.setdefault(other, {})[one] = count
        entries = vocabulary().entries
        self._shares = {name: self.share(name) for name in entries}
        self._rarity = {name: (share + RARE) ** RARITY for name, share in self._shares.items()}
        self._certain: dict[str, frozenset[str]] = {}
        self._bonds: dict[str, dict[str, float]] = {}
        for one, near in self._neighbours.items():
            expectable = {
                other: both / (counts.objects[one] + SMOOTHING)
                for other, both in near.items()
                if other in entries and not entries[other].background
            }
            self._certain[one] = frozenset(
                other
                for other, conditional in expectable.items()
                if conditional * (UNTOLD if other in SELDOM_TOLD else 1.0) > NEARLY_CERTAIN
            )
            self._bonds[one] = {
                other: conditional * math.log1p(conditional / self._shares[other])
                for other, conditional in expectable.items()
            }
        self._by_scene: dict[str, list[tuple[str, float]]] = {}
        for entry in entries.values():
            familiar = counts.objects[entry.name] / (counts.objects[entry.name] + FAMILIAR)
            for scene in () if entry.background else entry.scenes:
                worth = familiar if scene in BROAD_SCENES else (1 + familiar) / 2
                if worth > 0:  # an object that no caption ever named has nothing that speaks for it
                    self._by_scene.setdefault(scene, []).append((entry.name, SCENE_SCORE * worth))

    @classmethod
    def shipped(cls) -> Cooccurrence:
        """The table that ships with negdata."""
        return _shipped()

    def refined(self, corpus: ImageCounts) -> Cooccurrence:
        """This table with the counts of a corpus added."""
        return Cooccurrence(
            ImageCounts(
                self._counts.images + corpus.images,
                self._counts.objects + corpus.objects,
                self._counts.pairs + corpus.pairs,
            )
        )

    def share(self, name: str) -> float:
        """The share of images that name the object."""
        return (self._counts.objects[name] + 0.5) / (self._counts.images + 1)

    def conditional(self, name: str, given: str) -> float:
        """P(an image names ``name`` | it names ``given``), smoothed towards the object's share of all images."""
        both = self._neighbours.get(given, {}).get(name, 0)
        return (both + SMOOTHING * self.share(name)) / (self._counts.objects[given] + SMOOTHING)

    def plausible(
        self,
        present: Collection[str],
        n: int,
        scenes: Collection[str] = (),
        allowed: Set[str] | None = None,
        *,
        likely: bool = False,
    ) -> list[tuple[str, float]]:
        """The ``n`` objects that go best with those present and with the scenes, best first, with their scores.

        Of those ``allowed`` alone, where that is given.

        None is kin to a present one (nor a person of any role where any person is present), and none is so likely
        there that its absence would mostly be false, unless ``likely`` admits those.
        """
        known = vocabulary()
        given = sorted(name for name in present if self._counts.objects[name] >= 3)
        scores: dict[str, float] = {}
        certain: set[str] = set()
        weights = {one: 1 / (self.share(one) + COMMON) for one in given}
        all_weights = sum(weights.values())
        for one in given:
            weight = weights[one] / all_weights
            if not likely:
                certain |= self._certain.get(one, frozenset())
            for other, bond in self._bonds.get(one, {}).items():
                scores[other] = scores.get(other, 0.0) + bond * weight
        present = set(present)
        named = set().union(*(known.ancestors(name) for name in present))
        people = {name for name in present if "person" in known.ancestors(name)}
        unworn = (frozenset() if people else worn_by_people()) | (frozenset() if "animal" in named else WORN_BY_ANIMALS)
        for scene in scenes:
            for other, worth in self._by_scene.get(scene, ()):
                if other not in unworn:
                    scores[other] = scores.get(other, 0.0) + worth / len(scenes)
        barred = present | ({"person"} if "person" in named else set())
        pointless = SELDOM_ON_MEN if people and people <= MEN else frozenset()
        out = named.union(certain, pointless, *(known.kinds(name) for name in barred))
        strange = _strangers(frozenset(scenes))
        ranked = [
            (name, score * (STRANGE if name in strange else 1.0) / self._rarity[name])
            for name, score in scores.items()
            if name not in out and (allowed is None or name in allowed)
        ]
        ranked.sort(key=lambda pair: (-pair[1], pair[0]))
        return ranked[:n]


@lru_cache(maxsize=64)
def _strangers(scenes: frozenset[str]) -> frozenset[str]:
    """The objects that are at home in none of the scenes and none akin; none, where no scene is told."""
    if not scenes:
        return frozenset()
    akin = scenes.union(*(family for family in FAMILIES if not family.isdisjoint(scenes)))
    entries = vocabulary().entries.values()
    return frozenset(e.name for e in entries if e.scenes and "any" not in e.scenes and akin.isdisjoint(e.scenes))


def write_counts(counts: ImageCounts, path: Path, least: int = 2) -> None:
    """Writes a table as gzipped TSV, deterministic to the byte; pairs seen fewer than ``least`` times are left out."""
    lines = [f"*\t*\t{counts.images}"]
    lines += [f"{name}\t*\t{count}" for name, count in sorted(counts.objects.items())]
    lines += [f"{one}\t{other}\t{count}" for (one, other), count in sorted(counts.pairs.items()) if count >= least]
    with path.open("wb") as file, gzip.GzipFile("", "wb", 9, file, mtime=0) as packed:
        packed.write(("\n".join(lines) + "\n").encode())


def read_counts(path: Path) -> ImageCounts:
    """Reads what ``write_counts`` wrote."""
    counts = ImageCounts()
    for one, other, count in _rows(path):
        if one == "*":
            counts.images = count
        elif other == "*":
            counts.objects[one] = count
        else:
            counts.pairs[one, other] = count
    return counts


def _rows(path: Path) -> Iterator[tuple[str, str, int]]:
    with gzip.open(path, "rt", encoding="utf-8") as file:
        for line in file:
            one, other, count = line.rstrip("\n").split("\t")
            yield one, other, int(count)


@lru_cache(maxsize=1)
def _shipped() -> Cooccurrence:
    return Cooccurrence(read_counts(SHIPPED))
