"""OUT: the folder of a demonstration, and what is laid into it before the first command runs."""

from __future__ import annotations

import random
import shutil
from pathlib import Path

import orjson
from pydantic import BaseModel, ConfigDict

from negdata import __version__
from negdata.demo.holdout import balanced_scenes
from negdata.demo.judge import SMALL_JUDGE
from negdata.demo.referring import write_referring, write_retrieval
from negdata.demo.settings import CAPTIONS, DemoSettings
from negdata.demo.small_clip_folder import SMALL_CLIP
from negdata.demo.world import write_scenes
from negdata.errors import NegdataError
from negdata.whole_files import write_whole

WALLS, UNSEEN = 300, 300
"""Pairs of pictures that phrases with "no" are about, and scenes that ordinary captions search."""


class _Laid(BaseModel):
    """``demo.json``: what a folder was made for, written once all is laid into it."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    negdata: str
    scenes: int
    seed: int


class DemoFolder:
    """Where everything of a demonstration lies, relative to where the user stands."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.world = path / "world"
        self.test = path / "test"
        self.refcocog = self.test / "refcocog"
        self.test_images = self.test / "images"
        self.clip = path / "models" / "small-clip"
        self.judge = path / "models" / "small-judge"
        self.captions = path / "captions.jsonl"
        self.clean = path / "clean.jsonl"
        self.bench = path / "strict.json"
        self.trained = path / "negationclip"
        self.paper = path / "paper"
        self.predictions = path / "predictions.jsonl"
        self.report = path / "report.html"
        self.log = path / "paper.log"

    @property
    def retrieval(self) -> Path:
        """Ordinary captions of unseen scenes."""
        return self.test / "captions.json"

    def lay(self, settings: DemoSettings) -> bool:
        """Draws the world and copies the models, unless they are there; returns whether that was to be done.

        Raises:
            NegdataError: the folder holds something else, or a demonstration of other settings.
        """
        wanted = _Laid(negdata=__version__, scenes=settings.scenes, seed=settings.seed)
        if settings.fresh:
            self._clear()
        elif self._laid_for(wanted):
            return False
        chance = random.Random(f"demo {settings.seed}")
        scenes = balanced_scenes(settings.scenes, settings.seed)
        write_scenes(self.world, scenes, chance, captions_an_image=CAPTIONS)
        write_referring(self.refcocog, WALLS, settings.seed, images=self.test_images)
        write_retrieval(self.test, UNSEEN, settings.seed, images=self.test_images)
        for shipped, copy in ((SMALL_CLIP, self.clip), (SMALL_JUDGE, self.judge)):
            shutil.copytree(shipped, copy, dirs_exist_ok=True)
        write_whole(self._mark, orjson.dumps(wanted.model_dump()))
        return True

    @property
    def _mark(self) -> Path:
        return self.path / "demo.json"

    def _laid_for(self, wanted: _Laid) -> bool:
        if not self._mark.is_file():
            self._refuse_what_is_no_demonstration()
            return False
        found = _Laid.model_validate_json(self._mark.read_bytes())
        for name in ("negdata", "scenes", "seed"):
            mine, its = getattr(wanted, name), getattr(found, name)
            if mine != its:
                raise NegdataError(
                    f"{self.path} holds a demonstration with {name} {its}, not {mine}.",
                    "Give another --out, or start over with --fresh.",
                )
        return True

    def _clear(self) -> None:
        """Removes what a demonstration wrote, and nothing else."""
        self._refuse_what_is_no_demonstration()
        for folder in (self.world, self.test, self.path / "models", self.trained, self.paper):
            shutil.rmtree(folder, ignore_errors=True)
        for stem in ("captions", "clean", "strict", "predictions", "report", "paper", "demo"):
            for file in self.path.glob(f"{stem}.*"):
                file.unlink()

    def _refuse_what_is_no_demonstration(self) -> None:
        if self.path.is_dir() and any(self.path.iterdir()) and not self.world.is_dir():
            raise NegdataError(f"{self.path} isn't empty, and holds no demonstration.", "Give another --out.")
