"""What can be told of the data before the first step: whether it can be trained on, and what of it is lost."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from statistics import median
from typing import TYPE_CHECKING, Literal

from pydantic import BaseModel

from negdata.errors import NegdataError
from negdata.pictures import BadImage
from negdata.records import Record
from negdata.train.pairs import Pair, lines_if_any
from negdata.train.recipe import Recipe
from negdata.train.split import split

if TYPE_CHECKING:
    from negdata.clip.encoder import TorchEncoder

Which = Literal["negated_caption", "caption", "false_caption"]

_AT_ONCE = 4_096
_EXAMPLES = 5


class RowsPerImage(BaseModel):
    """How many captions an image has; ``several`` is the share of images that have more than one."""

    min: int
    median: float
    max: int
    several: float


class CutText(Record):
    """A line of ``data.cut.jsonl``: a text whose end the text tower doesn't read; ``id`` is its record's."""

    which: Which
    tokens: int


class UnusableImage(Record):
    """A line of ``data.images.jsonl``: an image that can't be read; ``id`` is its name.

    Attributes:
        pairs: how many captions go with it.
    """

    error: str
    message: str
    pairs: int


class DataChecks(BaseModel):
    """What is told of the data that is left once images that can't be read are gone.

    Attributes:
        images: distinct ones.
        pairs: captions of them.
        trained: of these, those that are trained on.
        held_out: and those that are held out for validation.
        with_false_caption: pairs that have one.
        context: how many tokens the text tower takes.
        longest: tokens of the longest text that is read, before it is cut.
        cut_at_context: how many texts that are read are cut, of each kind.
        cut_examples: some of them.
        missing_images: how many images can't be read, by the error.
        missing_pairs: how many pairs go with them.
    """

    images: int
    pairs: int
    trained: int
    held_out: int
    rows_per_image: RowsPerImage
    with_false_caption: int
    context: int
    longest: int
    cut_at_context: dict[Which, int]
    cut_examples: list[CutText]
    missing_images: dict[str, int]
    missing_pairs: int


def check_data(
    pairs: Sequence[Pair],
    encoder: TorchEncoder,
    images_missing: Mapping[str, BadImage],
    recipe: Recipe,
    *,
    out: Path,
) -> DataChecks:
    """Checks the data against the model and the recipe.

    Args:
        pairs: all that were read.
        encoder: whose tokenizer and text tower read the texts.
        images_missing: by name, what is wrong with images that can't be read; their pairs don't count.
        recipe: with what is set in it.
        out: a folder that is there: the texts that are cut go to its ``data.cut.jsonl``, the images that can't be read
            to its ``data.images.jsonl``.

    Raises:
        NegdataError: fewer than two images are left, a batch is larger than what is trained on, or the recipe contrasts
            captions with false ones that the data lacks.
    """
    missing_pairs = _tell_images(pairs, images_missing, out)
    left = [pair for pair in pairs if pair.image not in images_missing]
    rows = Counter(pair.image for pair in left)
    if len(rows) < 2:
        raise _too_few_images(len(rows), images_missing, out)
    trained, held_out = check_enough(left, recipe)
    cut, examples, longest = _tell_cuts(left, encoder, recipe, out)
    return DataChecks(
        images=len(rows),
        pairs=len(left),
        trained=len(trained),
        held_out=len(held_out),
        rows_per_image=RowsPerImage(
            min=min(rows.values()),
            median=median(rows.values()),
            max=max(rows.values()),
            several=sum(number > 1 for number in rows.values()) / len(rows),
        ),
        with_false_caption=sum(pair.false_caption is not None for pair in left),
        context=encoder.tokenization.context,
        longest=longest,
        cut_at_context=cut,
        cut_examples=examples,
        missing_images=dict(Counter(problem.code for problem in images_missing.values()).most_common()),
        missing_pairs=missing_pairs,
    )


def check_enough(pairs: Sequence[Pair], recipe: Recipe) -> tuple[list[int], list[int]]:
    """Checks that these are enough to train on; an image that can't be read only makes them fewer.

    Returns:
        Those that are trained on and those that are held out, as ``split`` gives them.

    Raises:
        NegdataError: they can't be parted, a batch is larger than what is trained on, or the recipe contrasts captions
            with false ones that the data lacks.
    """
    trained, held_out = split(pairs, recipe.split, recipe.seed)
    _check_batch(pairs, trained, recipe)
    _check_contrast(pairs, trained, recipe)
    return trained, held_out


def texts_read(recipe: Recipe) -> tuple[Which, ...]:
    """Which texts of a pair a recipe has the text tower read."""
    which: tuple[Which, ...] = ("negated_caption",)
    if recipe.batches.original > 0:
        which += ("caption",)
    if _contrasts_captions(recipe):
        which += ("false_caption",)
    return which


def _contrasts_captions(recipe: Recipe) -> bool:
    return recipe.contrast is not None and recipe.contrast.captions > 0


def _check_batch(left: Sequence[Pair], trained: Sequence[int], recipe: Recipe) -> None:
    size = recipe.batches.size
    if recipe.batches.one_caption_an_image:
        most, of = len({left[index].image for index in trained}), "image"
        why = ", and no image stands twice in a batch"
    else:
        most, of, why = len(trained), "caption", ""
    if size <= most:
        return
    held = f"{len(left) - len(trained):,} of {len(left):,} captions are held out"
    remedy = f"Set a smaller batch: --set batches.size={most}" if most > 1 else "Give more data"
    raise NegdataError(
        f"A batch of {size:,} captions is larger than the data: there {'is' if most == 1 else 'are'} {most:,} {of}"
        f"{'' if most == 1 else 's'} to train on{why} ({held}).",
        f"{remedy}; the smaller a batch, the less each caption is told apart from.",
    )


def _check_contrast(left: Sequence[Pair], trained: Sequence[int], recipe: Recipe) -> None:
    if _contrasts_captions(recipe) and not any(left[index].false_caption for index in trained):
        raise NegdataError(
            f"The recipe {recipe.name} contrasts captions with false ones, and no caption that is trained on has one.",
            "Write them with `negdata caption --contrast`, or leave that out: --set contrast.captions=0.",
        )


def _tell_images(pairs: Sequence[Pair], images_missing: Mapping[str, BadImage], out: Path) -> int:
    """Writes what is wrong with images, and counts the pairs that go with them."""
    rows = Counter(pair.image for pair in pairs if pair.image in images_missing)
    with lines_if_any(out / "data.images.jsonl") as write:
        for name, problem in images_missing.items():
            write(UnusableImage(id=name, error=problem.code, message=str(problem), pairs=rows[name]))
    return rows.total()


def _tell_cuts(
    left: Sequence[Pair], encoder: TorchEncoder, recipe: Recipe, out: Path
) -> tuple[dict[Which, int], list[CutText], int]:
    """Writes which texts are cut, and counts them; with some of them, and the length of the longest text of all."""
    which = texts_read(recipe)
    cut: dict[Which, int] = dict.fromkeys(which, 0)
    examples: list[CutText] = []
    longest = 0
    with lines_if_any(out / "data.cut.jsonl") as write:
        for start in range(0, len(left), _AT_ONCE):
            found = list(_texts(left[start : start + _AT_ONCE], which))
            for (pair, kind, _), tokens in zip(found, encoder.whole_lengths([text for *_, text in found]), strict=True):
                longest = max(longest, tokens)
                if tokens <= encoder.tokenization.context:
                    continue
                line = CutText(id=pair.id, which=kind, tokens=tokens)
                write(line)
                cut[kind] += 1
                if len(examples) < _EXAMPLES:
                    examples.append(line)
    return cut, examples, longest


def _texts(pairs: Sequence[Pair], which: Sequence[Which]) -> Iterator[tuple[Pair, Which, str]]:
    for pair in pairs:
        for kind in which:
            text: str | None = getattr(pair, kind)
            if text is not None:
                yield pair, kind, text


def _too_few_images(number: int, images_missing: Mapping[str, BadImage], out: Path) -> NegdataError:
    lost = f", since {len(images_missing):,} can't be read" if images_missing else ""
    return NegdataError(
        f"Captions of two images are the least that can be told apart, and there {'is' if number == 1 else 'are'} "
        f"{number or 'none'}{lost}.",
        f"Check --images: what is wrong with each stands in {out / 'data.images.jsonl'}."
        if images_missing
        else "Give captions of more images.",
    )
