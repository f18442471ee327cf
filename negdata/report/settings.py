"""What a report is told: every option of ``negdata report``, typed and checked."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from negdata.command_line import command_line
from negdata.errors import NegdataError
from negdata.images import check_images

MOST_ITEMS = 30_000
"""Of a view: a list of more is taller than browsers can scroll on a phone."""
MOST_MEGABYTES = 200
MOST_TITLE = 200


@dataclass(frozen=True, slots=True, kw_only=True)
class ReportSettings:
    """The options of a report; the defaults are the command line's.

    Attributes:
        paths: outputs of negdata; each becomes a section of the page.
        out: the page, ``*.html``.
        images: what image names are relative to, as ``negdata.images.open_images`` takes it; the first that has an
            image shows it.
        embed: megabytes of images that the page holds at most. What is beyond is linked by its path from the page.
        limit: items of a view at most; of captions those that a judge was least certain of.
        title: of the page; the names of its sections where None.
    """

    paths: tuple[Path, ...]
    out: Path
    images: tuple[Path, ...] = ()
    embed: float = 20.0
    limit: int = 10_000
    title: str | None = None

    def __post_init__(self) -> None:
        """Checks what the types can't say; raises NegdataError."""
        if not self.paths:
            raise NegdataError("Nothing is named to be shown.", "Give the path of an output: captions, a benchmark …")
        if self.out.suffix.lower() not in (".html", ".htm"):
            raise NegdataError(f"The output {self.out} doesn't end in .html.", "Name it report.html, say.")
        if self.out.is_dir():
            raise NegdataError(f"The output {self.out} is a folder.", "Give the path of a file.")
        if not 1 <= self.limit <= MOST_ITEMS:
            raise NegdataError(f"--limit is {self.limit}.", f"Give a number from 1 to {MOST_ITEMS:,}.")
        if not 0 <= self.embed <= MOST_MEGABYTES:
            raise NegdataError(f"--embed is {self.embed:g}.", f"Give megabytes from 0 to {MOST_MEGABYTES}.")
        for folder in self.images:
            check_images(folder)
        if self.title is not None and not (self.title.strip() and len(self.title) <= MOST_TITLE):
            raise NegdataError(
                f"--title is empty or longer than {MOST_TITLE} characters.", "Give one line, or leave it out."
            )
        self._check_paths()

    def _check_paths(self) -> None:
        seen: set[Path] = set()
        for path in self.paths:
            place = path.resolve()
            if place in seen:
                raise NegdataError(f"{path} is named twice.", "Name each output once.")
            seen.add(place)
            if place == self.out.resolve():
                raise NegdataError(f"The output {self.out} is one of the inputs.", "Give another -o.")

    @property
    def command_line(self) -> str:
        """The ``negdata report`` command that says the same, options at their defaults left out."""
        return command_line("report", [*self.paths, "-o", self.out], (self, {"paths": "", "out": ""}))
