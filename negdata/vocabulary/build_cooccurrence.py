"""Counts which objects captions name together.

Run as ``python -m negdata.vocabulary.build_cooccurrence CAPTIONS... -o FILE``.
"""

from __future__ import annotations

import argparse
from collections.abc import Iterable
from pathlib import Path

from negdata.records import CaptionRecord
from negdata.sources import open_source
from negdata.vocabulary.cooccurrence import SHIPPED, ImageCounts, write_counts
from negdata.vocabulary.matcher import vocabulary


def count_sources(paths: Iterable[Path]) -> ImageCounts:
    """The counts over all images of some caption files."""
    known = vocabulary()
    counts = ImageCounts()
    for path in paths:
        images: dict[str, set[str]] = {}
        for row in open_source(path).rows():
            if isinstance(row, CaptionRecord):
                names = images.setdefault(row.image or row.id, set())
                names.update(mention.name for mention in known.find(row.caption))
        for names in images.values():
            counts.add(names)
    return counts


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("captions", nargs="+", type=Path)
    parser.add_argument("-o", "--out", type=Path, default=SHIPPED)
    arguments = parser.parse_args()
    write_counts(count_sources(arguments.captions), arguments.out)
