"""A corpus of referring expressions as JSON lines, one image a line: for data that comes in no pickle."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import msgspec

from negdata.benchmark.gathering import Gathering
from negdata.benchmark.plain_file import plain_size
from negdata.benchmark.pointers import Pointer, usable_phrases
from negdata.benchmark.regions import Phrase, Reference, ReferredImage, ReferringCorpus, Region
from negdata.benchmark.typed import Id, Pixels, problem_of
from negdata.errors import NegdataError
from negdata.sources.base import unreadable
from negdata.whole_files import write_whole

_WHAT = "an image with its regions and references"
_REMEDY = "Write each line as negdata does, or give the folder that holds refs(umd).p and instances.json."


class _Phrase(msgspec.Struct, gc=False):
    id: Id
    text: str


class _Reference(msgspec.Struct, gc=False):
    id: Id
    annotation_id: Id
    split: str
    phrases: list[_Phrase]


class _Region(msgspec.Struct, gc=False):
    annotation_id: Id
    category: str
    box: tuple[float, float, float, float]
    crowd: bool = False


class _Line(msgspec.Struct, gc=False):
    id: Id
    file_name: str
    width: Pixels
    height: Pixels
    regions: list[_Region]
    references: list[_Reference]


def read_lines(path: Path, skipped: Counter[str]) -> tuple[Gathering, list[Pointer]]:
    """Every image of the file with its regions, and the references in the order of the file.

    Categories are numbered from 1 as they come. Phrases that can't be used are counted in ``skipped``.

    Raises:
        NegdataError: the file can't be read, or a line isn't an image with its regions and references.
    """
    numbers: dict[str, int] = {}
    pointers: list[Pointer] = []
    gathering = Gathering(path)
    for line_number, line in _lines(path):
        where = f"line {line_number}"
        gathering.add_image(where, ReferredImage(line.id, line.file_name, line.width, line.height, (), ()))
        for region in line.regions:
            category = numbers.get(region.category)
            if category is None:
                category = numbers[region.category] = len(numbers) + 1
                gathering.add_category(where, category, region.category)
            gathering.add_region(where, line.id, Region(region.annotation_id, category, region.box, region.crowd))
        for one in line.references:
            phrases = usable_phrases((Phrase(phrase.id, phrase.text) for phrase in one.phrases), skipped)
            pointers.append(Pointer(line.id, Reference(one.id, one.annotation_id, one.split, phrases)))
    return gathering, pointers


def write_jsonl(corpus: ReferringCorpus, path: Path) -> None:
    """Writes a corpus so that ``read_refcocog`` reads it from there; raises NegdataError where it can't."""
    encoder = msgspec.json.Encoder()
    lines = (encoder.encode(_line(image, corpus.categories)) for image in corpus.images)
    write_whole(path, b"".join(line + b"\n" for line in lines))


def _line(image: ReferredImage, categories: dict[int, str]) -> _Line:
    return _Line(
        id=image.id,
        file_name=image.file_name,
        width=image.width,
        height=image.height,
        regions=[_Region(one.annotation_id, categories[one.category], one.box, one.crowd) for one in image.regions],
        references=[
            _Reference(
                one.id, one.annotation_id, one.split, [_Phrase(phrase.id, phrase.text) for phrase in one.phrases]
            )
            for one in image.references
        ],
    )


def _lines(path: Path) -> Iterator[tuple[int, _Line]]:
    plain_size(path)
    decoder = msgspec.json.Decoder(_Line)
    try:
        with path.open("rb") as file:
            for number, line in enumerate(file, 1):
                if line.isspace():
                    continue
                try:
                    yield number, decoder.decode(line)
                except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
                    raise NegdataError(f"Line {number} of {path} {problem_of(error, line, _WHAT)}.", _REMEDY) from None
    except OSError as error:
        raise unreadable(path, error) from error
