"""The training data as numbers: which image, which texts, and which images show what a caption denies."""

from __future__ import annotations

import random
from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from typing import TYPE_CHECKING

from negdata.clip.encoder import TorchEncoder
from negdata.train.pairs import Pair
from negdata.train.recipe import ContrastRule
from negdata.train.swap import named_in, phrase, swapped
from negdata.train.texts import Texts
from negdata.vocabulary import vocabulary

if TYPE_CHECKING:
    from negdata.train.features import Features

_SELDOM = 0.75
"""How often a false caption is passed over where the row's caption has a better opponent."""
MOST_DUELS, MOST_PHRASES = 4, 16
"""Of a row, that affirm and that deny; some are drawn every time."""
_Texts = tuple[str | None, str | None, frozenset[str]]
"""True, false, and what both say is there."""
_Maker = Callable[[Pair, str, frozenset[str], int], Iterator[_Texts]]


@dataclass(frozen=True, slots=True)
class Duel:
    """Two texts, by number, that differ in one word: one is true of the row's image, and one is false.

    Attributes:
        denies: whether they say that something is absent, rather than there.
        true: None where the image shows too little for one.
        false: the same.
        things: what both say is there.
    """

    denies: bool
    true: int | None
    false: int | None
    things: frozenset[str]


@dataclass(frozen=True, slots=True)
class Corpus:
    """Rows of training data; every list has an entry a row.

    Attributes:
        features: of the images.
        texts: every distinct text, by number.
        images: the row of ``features`` that is the row's image.
        originals: the number of the row's original caption.
        negated: of its negated caption.
        false: of its false caption; None where it has none.
        whole: duels of its captions with themselves, but for one word.
        phrases: duels of short phrases.
        denied: what its negated caption says is absent, by the vocabulary's name; None where that isn't known.
        shows: row of ``features`` → what captions of it name.
        showing: object, and how many objects are shown in all → the rows of ``features`` of which that is true, as
            captions tell; none of them says that the object is absent.
    """

    pairs: Sequence[Pair]
    features: Features
    texts: Texts
    images: list[int]
    originals: list[int]
    negated: list[int]
    false: list[int | None]
    whole: list[tuple[Duel, ...]]
    phrases: list[tuple[Duel, ...]]
    denied: list[str | None]
    shows: Mapping[int, frozenset[str]]
    showing: Mapping[tuple[str, int], list[int]]


def corpus_of(
    pairs: Sequence[Pair], features: Features, encoder: TorchEncoder, contrast: ContrastRule | None
) -> Corpus:
    """Puts rows together, with what the contrast needs of them.

    Args:
        pairs: those whose image is among the features.
    """
    numbers: dict[str, int] = {}

    def number(text: str) -> int:
        return numbers.setdefault(text, len(numbers))

    duels = contrast if contrast is not None and (contrast.images > 0 or contrast.swaps > 0) else None
    images = [features.row_of[pair.image] for pair in pairs]
    originals = [number(pair.caption) for pair in pairs]
    negated = [number(pair.negated_caption) for pair in pairs]
    false = [None if pair.false_caption is None else number(pair.false_caption) for pair in pairs]
    denied = [None if duels is None else _name(pair.negated) for pair in pairs]
    shows = {} if duels is None else _shows(pairs, images, denied)
    whole: list[tuple[Duel, ...]] = [()] * len(pairs)
    phrases: list[tuple[Duel, ...]] = [()] * len(pairs)
    if duels is not None:
        for row, (pair, name) in enumerate(zip(pairs, denied, strict=True)):
            if name is not None:
                there = shows[images[row]]
                whole[row] = _duels(_denying, _affirming, pair, name, there, row, number)
                phrases[row] = _duels(
                    partial(_phrases, forms=duels.denying, denies=True),
                    partial(_phrases, forms=duels.affirming, denies=False),
                    pair,
                    name,
                    there,
                    row,
                    number,
                )
    showing: dict[tuple[str, int], list[int]] = defaultdict(list)
    for image, names in shows.items():
        for name in sorted(names):
            showing[name, len(names)].append(image)
    return Corpus(
        pairs=pairs,
        features=features,
        texts=Texts(encoder, list(numbers)),
        images=images,
        originals=originals,
        negated=negated,
        false=false,
        whole=whole,
        phrases=phrases,
        denied=denied,
        shows=shows,
        showing=showing,
    )


def _name(negated: str | None) -> str | None:
    entry = None if negated is None else vocabulary().lookup(negated)
    return None if entry is None else entry.name


def _shows(pairs: Sequence[Pair], images: Sequence[int], denied: Sequence[str | None]) -> dict[int, frozenset[str]]:
    """What each image shows, as its original captions tell, but for what another caption of it denies."""
    named: dict[int, set[str]] = defaultdict(set)
    absent: dict[int, set[str]] = defaultdict(set)
    for pair, image, name in zip(pairs, images, denied, strict=True):
        named[image] |= named_in(pair.caption)
        if name is not None:
            absent[image].add(name)
    return {image: frozenset(names - absent[image]) for image, names in named.items()}


def _duels(
    denying: _Maker,
    affirming: _Maker,
    pair: Pair,
    denied: str,
    shows: frozenset[str],
    row: int,
    number: Callable[[str], int],
) -> tuple[Duel, ...]:
    """Some of each kind."""
    return tuple(
        Duel(denies, None if true is None else number(true), None if false is None else number(false), things)
        for denies, maker in ((True, denying), (False, affirming))
        for true, false, things in maker(pair, denied, shows, row)
    )


def _denying(pair: Pair, denied: str, shows: frozenset[str], row: int) -> Iterator[_Texts]:
    things = named_in(pair.caption)
    false = [swapped(pair.negated_caption, denied, shown) for shown in _shuffled(shows, row)]
    found = [text for text in false if text is not None][:MOST_DUELS]
    yield from ((pair.negated_caption, text, things) for text in found or (None,))


def _affirming(pair: Pair, denied: str, shows: frozenset[str], row: int) -> Iterator[_Texts]:
    things = named_in(pair.caption)
    for shown in _shuffled(things & shows, row)[:MOST_DUELS]:
        text = swapped(pair.caption, shown, denied)
        if text is not None:
            yield pair.caption, text, things - {shown}


def _phrases(
    pair: Pair, denied: str, shows: frozenset[str], row: int, forms: Sequence[str], denies: bool
) -> Iterator[_Texts]:
    objects = vocabulary()
    chance = random.Random(f"phrases:{denies}:{row}")
    named = sorted(thing for thing in named_in(pair.caption) & shows if not objects.kin(thing, denied))
    if not named or not forms:
        return
    for _ in range(MOST_PHRASES):
        form, thing = chance.choice(forms), chance.choice(named)
        others = [shown for shown in sorted(shows) if not objects.kin(shown, thing)]
        of_absent = phrase(form, thing, denied)
        of_shown = phrase(form, thing, chance.choice(others)) if others else None
        things = frozenset({thing}) if "{thing}" in form else frozenset()
        yield *((of_absent, of_shown) if denies else (of_shown, of_absent)), things


def _shuffled(names: frozenset[str], row: int) -> list[str]:
    """Another order for each row, so that not the same few names are always denied."""
    order = sorted(names)
    random.Random(row).shuffle(order)
    return order


@dataclass(frozen=True, slots=True)
class Duels:
    """What is set against each other of one kind of text; texts are given by their place in the batch.

    Attributes:
        texts: feature row of an image, a text that is true of it, one that is false.
        images: feature row of an image, a text that is true of it, the feature row of an image of which it is false.
    """

    texts: list[tuple[int, int, int]] = field(default_factory=list)
    images: list[tuple[int, int, int]] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Batch:
    """What is compared in one step; texts are given by their place in ``texts``.

    Attributes:
        rows: of the corpus.
        images: of the features, one a row.
        texts: numbers of texts: the caption of each row, then what else is encoded.
        captions: feature row of an image, its true caption, its false caption.
        whole: duels of whole captions.
        phrases: duels of short phrases.
        affirming: which of the texts are original captions or affirming phrases, true or false.
    """

    rows: list[int]
    images: list[int]
    texts: list[int]
    captions: list[tuple[int, int, int]]
    whole: Duels
    phrases: Duels
    affirming: list[int]


def draw(
    corpus: Corpus,
    rows: Sequence[int],
    original: float,
    contrast: ContrastRule | None,
    chance: random.Random,
    *,
    done: float = 1.0,
) -> Batch:
    """The batch of some rows.

    Args:
        original: the share of rows whose original caption is taken.
        contrast: what is set against the captions.
        chance: decides all that is random.
        done: the share of the run that is done, by which the share of phrases that affirm has grown.
    """
    says_no = [original == 0 or chance.random() >= original for _ in rows]
    images = [corpus.images[row] for row in rows]
    texts = [corpus.negated[row] if no else corpus.originals[row] for row, no in zip(rows, says_no, strict=True)]
    originals = [place for place, no in enumerate(says_no) if not no]
    batch = Batch(list(rows), images, texts, [], Duels(), Duels(), originals)
    if contrast is None:
        return batch

    # A short phrase may stand for many rows; it is encoded once.
    known: dict[int, int] = {}
    affirmed: dict[int, None] = {}

    def place_of(number: int, row_place: int) -> int:
        if number == texts[row_place]:
            return row_place
        if number not in known:
            known[number] = len(texts)
            texts.append(number)
        return known[number]

    def compare(row: int, place: int, duel: Duel, into: Duels) -> list[int]:
        true, false = (None if number is None else place_of(number, place) for number in (duel.true, duel.false))
        if contrast.swaps and true is not None and false is not None:
            into.texts.append((images[place], true, false))
        if contrast.images:
            other = _showing_what_is_denied(corpus, row, duel, contrast.candidates, chance)
            if other is not None and duel.denies and true is not None:
                into.images.append((images[place], true, other))
            if other is not None and not duel.denies and false is not None:
                into.images.append((other, false, images[place]))
        return [text for text in (true, false) if text is not None]

    for place, row in enumerate(rows):
        whole = [duel for duel in corpus.whole[row] if duel.denies == says_no[place]]
        if whole:
            compare(row, place, chance.choice(whole), batch.whole)
        false = corpus.false[row] if contrast.captions else None
        # It is soon told apart.
        if false is not None and not (whole and chance.random() < _SELDOM):
            batch.captions.append((images[place], place, place_of(false, place)))
        for _ in range(contrast.phrases if corpus.phrases[row] else 0):
            denies = chance.random() >= contrast.affirm * done
            some = [duel for duel in corpus.phrases[row] if duel.denies == denies]
            if some:
                compared = compare(row, place, chance.choice(some), batch.phrases)
                affirmed.update(dict.fromkeys([] if denies else compared))
    batch.affirming.extend(affirmed)
    return batch


def _showing_what_is_denied(corpus: Corpus, row: int, duel: Duel, candidates: int, chance: random.Random) -> int | None:
    """Of some images that show it, the one that shows most of what the text says is there, and looks most alike.

    It shows as many objects as the row's own: else "no" would come to mean an emptier picture, and so it does in what
    is denied of images that show little. One that shows nothing that the text affirms is told from it by that.
    """
    own = corpus.images[row]
    showing = corpus.showing.get((corpus.denied[row] or "", len(corpus.shows[own])), [])
    if not showing:
        return None
    drawn = [chance.choice(showing) for _ in range(candidates)]
    shared = [len(duel.things & corpus.shows[image]) for image in drawn]
    if duel.things and not max(shared):
        return None
    best = [image for image, count in zip(drawn, shared, strict=True) if count == max(shared)]
    # Of so few rows numpy makes it ten times sooner than torch.
    vectors = corpus.features.vectors.numpy()
    return best[int((vectors[best] @ vectors[own]).argmax())]
