"""VALSE (Parcalabescu et al., ACL 2022), above all its existence part: which of caption and foil is true of an image?

Three annotators judged each record. VALSE calls one valid if at least two of them chose the caption and not the foil,
and asks to be evaluated on those. ``valse`` takes every record and groups them by that, as Park et al. (ICCV 2025) did:
each of the scores that they publish is a number of 534 records. ``valse-valid`` takes the valid ones alone.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from negdata.benchmark.suites.base import ChoiceBench, ChoiceItem, View
from negdata.benchmark.suites.contents import Contents, Document
from negdata.benchmark.suites.negation import which_negates
from negdata.benchmark.suites.problems import Problems, name_problem, said, text_problem
from negdata.benchmark.suites.suite import Suite, SuiteOptions
from negdata.errors import NegdataError

VALID_FROM = 2
"""Votes of the three annotators for the caption alone."""
_KEYS = {"image_file", "caption", "foil"}
_NOT_VALID = f"records for whose caption fewer than {VALID_FROM} of 3 annotators voted"
_REMEDY = 'Each record must be "ID": {"image_file": "NAME", "caption": "…", "foil": "…", "mturk": {"caption": VOTES}}.'


def fits(contents: Contents) -> bool:
    """Whether this is an object of records with a caption and a foil."""
    return (
        isinstance(contents, Document)
        and isinstance(contents.value, dict)
        and any(isinstance(record, dict) and record.keys() >= _KEYS for record in contents.value.values())
    )


def read_valid(contents: Contents, options: SuiteOptions) -> ChoiceBench:
    """The valid records, in the order of the file, and how many are left out; raises NegdataError."""
    records = _records(contents)
    kept = {identity: record for identity, record in records.items() if record["mturk"]["caption"] >= VALID_FROM}
    if not kept:
        raise NegdataError(f"{contents.path} has only {_NOT_VALID}.", "Score all of them with --suite valse.")
    left_out = {_NOT_VALID: len(records) - len(kept)} if len(kept) < len(records) else {}
    return ChoiceBench("valse-valid", contents.path, tuple(_item(*one) for one in kept.items()), left_out)


def read_all(contents: Contents, options: SuiteOptions) -> ChoiceBench:
    """Every record, grouped by whether it is valid; raises NegdataError."""
    return ChoiceBench(
        "valse",
        contents.path,
        tuple(
            _item(identity, record, votes="valid" if record["mturk"]["caption"] >= VALID_FROM else "not valid")
            for identity, record in _records(contents).items()
        ),
    )


def _records(contents: Contents) -> dict[str, Mapping[str, Any]]:
    if not isinstance(contents, Document) or not isinstance(contents.value, dict) or not contents.value:
        raise NegdataError(f"{contents.path} is no object of VALSE records.", _REMEDY)
    problems = Problems(contents.path, _REMEDY)
    for identity, record in contents.value.items():
        if not isinstance(record, dict):
            problems.add(f"record {said(identity)}", f"it is {said(record)}, not an object")
            continue
        votes = record.get("mturk")
        counted = votes.get("caption") if isinstance(votes, dict) else None
        provenance = record.get("provenance_of_foils")
        problems.add(
            f"record {said(identity)}",
            name_problem("image_file", record.get("image_file")),
            text_problem("caption", record.get("caption")),
            text_problem("foil", record.get("foil")),
            None if _is_votes(counted) else f"the votes for the caption in mturk are {said(counted)}, not a number",
            None
            if provenance is None or isinstance(provenance, str)
            else f"provenance_of_foils is {said(provenance)}, not text",
        )
    problems.refuse()
    return dict(contents.value)


def _is_votes(value: object) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and value >= 0


def _item(identity: str, record: Mapping[str, Any], **further: str) -> ChoiceItem:
    caption, foil = record["caption"], record["foil"]
    groups = {"negation": which_negates(caption, foil)} | further
    if record.get("provenance_of_foils"):
        groups["provenance_of_foils"] = record["provenance_of_foils"]
    return ChoiceItem(identity, (View(record["image_file"]),), (caption, foil), 0, groups)


_LAYOUT = 'a JSON object of "ID": {"image_file", "caption", "foil", "mturk"} (VALSE\'s existence.json)'
SUITE = Suite("valse", _LAYOUT, fits, read_all)
VALID = Suite("valse-valid", _LAYOUT, lambda contents: False, read_valid)
"""By name only: a file is recognised as ``valse``."""
