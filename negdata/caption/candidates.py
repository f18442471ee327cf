"""Objects that an image's captions don't name and its scene could hold, shared out among the image's captions.

The corpus is read once as a whole into a temporary database on disk, so that memory stays flat; each caption's
candidates follow from its image's captions, the co-occurrence table and the seed alone.
"""

from __future__ import annotations

import hashlib
import math
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence, Set
from dataclasses import dataclass, field
from functools import lru_cache
from itertools import groupby, islice
from operator import itemgetter
from types import TracebackType

from negdata.imagerows import ImageRows, key
from negdata.vocabulary import Cooccurrence, ImageCounts, Vocabulary, vocabulary

OTHERS_SHOWN = 4
POOL = 48
"""How far down the ranking an image's candidates come from, at least."""
JITTER = 0.5
"""How much a seeded draw adds to a candidate's log score, or takes from it, at most: variety without nonsense."""
WEAK = 0.4
"""A score, as a share of the best, below which a candidate is taken only once all better ones are."""
FEEBLE = 0.2
"""A score, as a share of the best, below which a candidate only fills up to ``ENOUGH``: a small model picks any."""
ENOUGH = 8
"""Candidates for each caption that are enough."""


@dataclass(frozen=True, slots=True)
class ImageContext:
    """What the captions of one image say together, seen from one of them.

    Attributes:
        mentioned: the objects that any of them names.
        implied: objects that are there though no caption names them.
        scenes: the scenes that their words tell.
        others: up to four of the other captions.
        ordinal: the caption's place among them, from 0; ``of`` is their number.
    """

    mentioned: frozenset[str]
    implied: frozenset[str]
    scenes: frozenset[str]
    others: tuple[str, ...]
    ordinal: int
    of: int


@dataclass(frozen=True, eq=False)
class Choice:
    """Which objects may be proposed, and how gladly.

    Attributes:
        allowed: those alone; None: all.
        likely: whether also what is mostly there though unsaid.
        weights: what scores are multiplied by, so that each object comes up about as often; empty: scores as they are.
    """

    allowed: frozenset[str] | None = None
    likely: bool = False
    weights: Mapping[str, float] = field(default_factory=dict)

    def allows(self, name: str) -> bool:
        """Whether an object may be proposed."""
        return self.allowed is None or name in self.allowed


ANY = Choice()


class CorpusContext:
    """The captions of a corpus by image, and how often its images name objects together."""

    def __init__(self, rows: ImageRows[str]) -> None:
        self._rows = rows
        self.counts = ImageCounts()
        self._captions = lru_cache(maxsize=2_048)(self._read_captions)

    @classmethod
    def build(cls, rows: Iterable[tuple[str, str, str]]) -> CorpusContext:
        """Reads (id, image, caption) rows; the caller closes the context."""
        context = cls(ImageRows((image, identity, (text,)) for identity, image, text in rows))
        try:
            context._count()
        except BaseException:
            context.close()
            raise
        return context

    def image(self, image: str, identity: str) -> ImageContext:
        """What the image's captions say, seen from the caption with this id."""
        ids, texts, said = self._captions(key(image))
        return _seen_from(texts, said, ids.index(key(identity)))

    def said(self, most: int) -> list[ImageContext]:
        """What the captions of some images say, at most so many; which, follows from their names."""
        grouped = groupby(self._rows.by_image(), key=itemgetter(0))
        return [image_context([text for _, (text,) in rows]) for _, rows in islice(grouped, most)]

    def close(self) -> None:
        """Removes the temporary database."""
        self._captions.cache_clear()
        self._rows.close()

    def __enter__(self) -> CorpusContext:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def _count(self) -> None:
        known = vocabulary()
        names: set[str] = set()
        last: bytes | None = None
        for image, (text,) in self._rows.by_image():
            if image != last and last is not None:
                self.counts.add(names)
                names = set()
            last = image
            names.update(mention.name for mention in known.find(text))
        if last is not None:
            self.counts.add(names)

    def _read_captions(self, image: bytes) -> tuple[list[bytes], list[str], _Said]:
        rows = self._rows.of(image)
        texts = [text for _, (text,) in rows]
        return [identity for identity, _ in rows], texts, _said(texts)


_Said = tuple[frozenset[str], frozenset[str], frozenset[str]]


def image_context(captions: Sequence[str], ordinal: int = 0) -> ImageContext:
    """What all the captions of one image say together, seen from the one at ``ordinal``."""
    return _seen_from(captions, _said(captions), ordinal)


def image_contexts(captions: Sequence[str]) -> list[ImageContext]:
    """The same, seen from each of them."""
    said = _said(captions)
    return [_seen_from(captions, said, ordinal) for ordinal in range(len(captions))]


def _seen_from(captions: Sequence[str], said: _Said, ordinal: int) -> ImageContext:
    others = tuple(text for number, text in enumerate(captions) if number != ordinal)[:OTHERS_SHOWN]
    return ImageContext(*said, others, ordinal, len(captions))


def _said(texts: Sequence[str]) -> _Said:
    known = vocabulary()
    mentioned: set[str] = set()
    implied: set[str] = set()
    told: Counter[str] = Counter()
    hinted: set[str] = set()
    for text in texts:
        mentioned.update(mention.name for mention in known.find(text))
        setting = known.setting(text)
        told.update(setting.scenes)
        hinted.update(setting.hinted)
        implied |= setting.implied
    for name in mentioned:
        implied.update(known.entries[name].implies)
    return frozenset(mentioned), frozenset(implied), _credible(told, hinted, mentioned, len(texts))


def _credible(told: Counter[str], hinted: Set[str], mentioned: Set[str], captions: int) -> frozenset[str]:
    """The scenes that are the image's: told ones where what it shows is at home, or of which most captions tell.

    One word of one caption may mislead: an elephant that "drinks" is in no restaurant. Where none is told, a hint
    counts if what the image shows bears it out; else the scenes of half of what it shows.
    """
    entries = [vocabulary().entries[name] for name in mentioned]
    homes = {scene for entry in entries if not entry.background for scene in entry.scenes if scene != "any"}
    if told:
        supported = homes & told.keys()
        kept = {scene for scene, count in told.items() if scene in supported or count * 2 >= captions}
        return frozenset(kept if supported else told)
    everywhere = Counter(scene for entry in entries for scene in entry.scenes if scene != "any")
    votes = {scene for scene, count in everywhere.items() if count * 2 >= len(mentioned)}
    return frozenset(homes & hinted or votes or (hinted if not homes else ()))


def plausible_candidates(
    context: ImageContext,
    cooccurrence: Cooccurrence,
    known: Vocabulary,
    *,
    n: int,
    seed: int,
    image: str,
    choice: Choice = ANY,
) -> list[str]:
    """At most ``n`` objects for one caption, best first; those of the image's other captions are different ones.

    Of those that the choice allows alone. Feeble ones only fill up to ``ENOUGH``. None is named by a caption of the
    image, kin to a named one or implied by what they say.
    """
    pool = max(POOL, n * context.of)
    names = _ranked(
        cooccurrence,
        context.mentioned,
        context.implied,
        context.scenes,
        f"{seed}\0{image}",
        pool,
        ENOUGH * context.of,
        choice,
    )
    return _share(names, context, known, n)


@lru_cache(maxsize=8_192)
def _ranked(
    cooccurrence: Cooccurrence,
    mentioned: frozenset[str],
    implied: frozenset[str],
    scenes: frozenset[str],
    drawn: str,
    pool: int,
    enough: int,
    choice: Choice,
) -> tuple[str, ...]:
    """An image's candidates in the order in which its captions take turns at them."""
    found = scored(cooccurrence, mentioned, implied, scenes, pool, choice)
    draws = list(islice(_draws(drawn), len(found)))
    best = max((score for _, score in found), default=0.0)
    order = ranked(found, draws, choice.weights)
    fit = sum(score >= FEEBLE * best for _, score in found)
    return tuple(order[: max(fit, enough)])


def scored(
    cooccurrence: Cooccurrence,
    mentioned: frozenset[str],
    implied: frozenset[str],
    scenes: frozenset[str],
    pool: int,
    choice: Choice,
) -> list[tuple[str, float]]:
    """An image's candidates with their scores, of which none is implied by what its captions say."""
    known = vocabulary()
    return [
        (name, score)
        for name, score in cooccurrence.plausible(mentioned, pool, scenes, choice.allowed, likely=choice.likely)
        if name not in implied and implied.isdisjoint(known.ancestors(name))
    ]


def ranked(found: Sequence[tuple[str, float]], draws: Sequence[float], weights: Mapping[str, float]) -> list[str]:
    """Scored names, best first: much worse ones last, and else as score, weight and draw have it."""
    best = max((score for _, score in found), default=0.0)
    weak = 0.0 if weights else WEAK * best
    order = [
        (score < weak, score < FEEBLE * best, -math.log(score * weights.get(name, 1.0)) - JITTER * drawn, name)
        for (name, score), drawn in zip(found, draws, strict=True)
    ]
    return [name for *_, name in sorted(order)]


def random_candidates(
    context: ImageContext,
    known: Vocabulary,
    *,
    n: int,
    seed: int,
    image: str,
    choice: Choice = ANY,
) -> list[str]:
    """The same, drawn evenly from all objects whose absence could be told."""
    present = context.mentioned | context.implied
    named = frozenset().union(*(known.ancestors(name) for name in present))
    if "person" in named:
        present |= {"person"}
    out = named.union(*(known.kinds(name) for name in present))
    drawn = [name for name in _shuffled(seed, image) if name not in out and choice.allows(name)]
    return _share(drawn, context, known, n)


def _share(names: Sequence[str], context: ImageContext, known: Vocabulary, n: int) -> list[str]:
    """Every ``of``-th name, from the caption's ordinal on; kin names go to the same caption at most once."""
    taken: list[str] = []
    kin: set[str] = set()
    for name in names[context.ordinal :: context.of]:
        if name not in kin:
            taken.append(name)
            if len(taken) == n:
                break
            kin |= known.ancestors(name) | known.kinds(name)
    return taken


@lru_cache(maxsize=256)
def _shuffled(seed: int, image: str) -> tuple[str, ...]:
    draw = _draws(f"random\0{seed}\0{image}")
    return tuple(name for _, name in sorted((next(draw), name) for name in _foreground()))


@lru_cache(maxsize=1)
def _foreground() -> tuple[str, ...]:
    return tuple(name for name, entry in sorted(vocabulary().entries.items()) if not entry.background)


def _draws(key: str) -> Iterator[float]:
    """Draws from -1 to 1 that follow from the key on any machine."""
    counter = 0
    while True:
        block = hashlib.blake2b(f"{key}\0{counter}".encode("utf-8", "surrogatepass"), digest_size=64).digest()
        for start in range(0, 64, 4):
            uniform = (int.from_bytes(block[start : start + 4], "big") + 0.5) / 2**32
            yield 2 * uniform - 1
        counter += 1
