"""Retrieval on COCO captions: the file as COCO publishes it, five captions an image."""

from __future__ import annotations

from collections import Counter

from negdata.benchmark.suites.base import RetrievalBench
from negdata.benchmark.suites.contents import Contents, Document, first_records
from negdata.benchmark.suites.problems import Problems, name_problem
from negdata.benchmark.suites.retrieval import Gallery
from negdata.benchmark.suites.suite import Suite, SuiteOptions
from negdata.sources.base import BadRow, Columns
from negdata.sources.coco import CocoSource

CAPTIONS = 5
"""Of an image: some have six or seven, and what is published counts the first five."""
_REMEDY = "Give the file as it is published, such as captions_val2017.json."
_FURTHER = f"captions of an image beyond its first {CAPTIONS}"
_WITHOUT = "images without a caption"


def fits(contents: Contents) -> bool:
    """Whether this is an object with captions among its annotations."""
    if not isinstance(contents, Document) or not isinstance(contents.value, dict):
        return False
    annotations = Document(contents.path, contents.value.get("annotations"))
    return any({"caption", "image_id"} <= one.keys() for one in first_records(annotations))


def read(contents: Contents, options: SuiteOptions) -> RetrievalBench:
    """Every image that has a caption, and the first five captions of each; raises NegdataError."""
    source = CocoSource(contents.path, Columns())
    document = contents.value if isinstance(contents, Document) else {}
    problems = Problems(contents.path, _REMEDY)
    gallery = Gallery()
    left_out: Counter[str] = Counter()
    for row in source.rows():
        if isinstance(row, BadRow):
            problems.add(row.where, row.problem)
        elif problems.add(row.id, name_problem("file_name", row.image)) or row.image is None:
            continue
        elif gallery.captions_of(row.image) == CAPTIONS:
            left_out[_FURTHER] += 1
        else:
            gallery.add(row.image, row.caption)
    problems.refuse()
    named = {str(one.get("file_name")) for one in document.get("images", []) if isinstance(one, dict)}
    left_out[_WITHOUT] = len(named.difference(gallery.images))
    return gallery.bench(SUITE.name, contents.path, +left_out)


SUITE = Suite(
    name="coco-retrieval",
    layout='a JSON object with "images" and "annotations" that have captions (captions_val2017.json)',
    fits=fits,
    read=read,
)
