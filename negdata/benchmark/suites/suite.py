"""What every suite is: how its files are recognised, and what reads them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from negdata.benchmark.suites.base import Bench
from negdata.benchmark.suites.contents import Contents


@dataclass(frozen=True, slots=True)
class SuiteOptions:
    """What the user says about a benchmark beside its path; for suites that ``take_options``.

    Attributes:
        classes: a file of class names.
        templates: a file of sentences with ``{}`` for the name of a class.
    """

    classes: Path | None = None
    templates: Path | None = None


@dataclass(frozen=True, slots=True)
class Suite:
    """A kind of benchmark.

    Attributes:
        name: as in ``--suite``.
        layout: what its files look like, for people.
        fits: whether a path looks like one of this suite, however much is wrong with it.
        read: reads it; raises NegdataError that tells all that is wrong.
        takes_options: whether ``read`` looks at the options.
    """

    name: str
    layout: str
    fits: Callable[[Contents], bool]
    read: Callable[[Contents, SuiteOptions], Bench]
    takes_options: bool = False
