"""What an export is told: every option of ``negdata data export``, typed and checked."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from negdata.command_line import command_line
from negdata.errors import NegdataError, unknown_name
from negdata.images import TAKEN, check_images
from negdata.redact import redact
from negdata.store import OutputPaths

FORMS = ("hf", "webdataset", "parquet", "coco")
ROWS_A_FILE = 1_000_000
ROWS_A_FILE_WITH_IMAGES = 5_000
MOST_WORDS = 500
"""Characters of a name or licence."""


@dataclass(frozen=True, slots=True)
class DataExportSettings:
    """The options of an export; the defaults are the command line's.

    Attributes:
        source: caption records, or captions in the paper's COCO layout.
        to: one of ``FORMS``.
        out: the folder that is written.
        images: what image names are relative to, as ``negdata.images.open_images`` takes it. Where it is given, each
            image has to decode.
        embed_images: whether parquet holds the images; ``hf`` with ``images`` and ``webdataset`` always do.
        name: of the dataset; the folder's where None.
        licence: of the captions.
        image_licence: of the images, in words.
        exclude: benchmarks whose images are left out.
        against: benchmarks that images are counted against, and left in.
        shard_rows: records a file at most; None: a million, 5,000 with images.
        bad_rows: whether rows that can't be used stop the export or fail.
        fresh: whether an earlier export is replaced.
    """

    source: Path
    to: str
    out: Path
    images: Path | None = None
    embed_images: bool = False
    name: str | None = None
    licence: str = "unknown"
    image_licence: str = "unknown"
    exclude: tuple[Path, ...] = ()
    against: tuple[Path, ...] = ()
    shard_rows: int | None = None
    source_format: str | None = None
    bad_rows: Literal["refuse", "fail"] = "refuse"
    fresh: bool = False

    def __post_init__(self) -> None:
        """Checks what the types can't say; raises NegdataError."""
        if self.to not in FORMS:
            raise unknown_name("form of a dataset", self.to, FORMS)
        if self.bad_rows not in ("refuse", "fail"):
            raise NegdataError(f"--bad-rows is {self.bad_rows!r}.", "Give refuse or fail.")
        if self.shard_rows is not None and self.shard_rows < 1:
            raise NegdataError(f"--shard-rows is {self.shard_rows}.", "Give at least 1.")
        self._check_images()
        for option, text in (
            ("--name", self.title),
            ("--licence", self.licence),
            ("--image-licence", self.image_licence),
        ):
            if not text.strip() or len(text) > MOST_WORDS or not text.isprintable() or redact(text) != text:
                raise NegdataError(
                    f"{option} is empty, longer than {MOST_WORDS} characters, or holds what no card should.",
                    "Give one line of plain text.",
                )
        self._check_paths()

    def _check_images(self) -> None:
        if self.to == "webdataset" and self.images is None:
            raise NegdataError(
                "The form webdataset pairs each caption with its image, and --images is missing.",
                f"Give what image names are relative to: {TAKEN}.",
            )
        if self.embed_images and (self.images is None or self.to == "coco"):
            why = "COCO's layout holds no images" if self.to == "coco" else "--images is missing"
            raise NegdataError(
                f"--embed-images is given, and {why}.", "Leave it out, or give another form or --images."
            )
        check_images(self.images)

    def _check_paths(self) -> None:
        if not self.out.name:
            raise NegdataError(f"The output {self.out} has no name.", "Give the path of a folder to be made.")
        out = self.out.resolve()
        for read in (self.source, *self.exclude, *self.against):
            if OutputPaths.of(self.out).holds(read):
                raise NegdataError(f"The output {self.out} is the source itself, or lies over it.", "Give another -o.")
        for read in (self.source, *((self.images,) if self.images is not None else ())):
            if read.resolve().is_relative_to(out):
                raise NegdataError(f"{read} lies in the output {self.out}, which is written anew.", "Give another -o.")

    @property
    def embeds(self) -> bool:
        """Whether images are part of what is written."""
        return self.images is not None and (self.embed_images or self.to in ("hf", "webdataset"))

    @property
    def rows_a_file(self) -> int:
        """Records in a file at most."""
        return self.shard_rows or (ROWS_A_FILE_WITH_IMAGES if self.embeds else ROWS_A_FILE)

    @property
    def title(self) -> str:
        """The dataset's name."""
        return self.name if self.name is not None else self.out.name

    @property
    def command_line(self) -> str:
        """The ``negdata data export`` command that says the same, options at their defaults left out."""
        return command_line(
            "data", ("export", self.source, "-o", self.out), (self, {"source": "", "out": "", "fresh": ""})
        )
