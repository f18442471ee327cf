"""OUT: the folder of a fine-tuned model, what made it, and how far it is. One writer, and no run over another."""

from __future__ import annotations

import contextlib
import shutil
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

import orjson
from pydantic import Field, JsonValue

from negdata.errors import Interrupted, NegdataError
from negdata.exclusion.trained import LIST, MANIFEST
from negdata.linefile import LineFile
from negdata.locks import OutputLock
from negdata.manifest import (
    Manifest,
    clean_settings,
    now,
    read_manifest_as,
    refuse_other_settings,
    settings_hash,
)
from negdata.redact import redact
from negdata.train.checkpoint import FOLDER, STATE
from negdata.train.curves import CURVE, CurveLine, curve_line
from negdata.whole_files import beside, write_error, write_whole

LOCK = "negdata.lock"
_RESULTS = (CURVE, "curve.svg", "scores.json", "README.md", "not-finite.json", LIST, "model.safetensors")
_DATA = ("data.rejected.jsonl", "data.failed.jsonl", "data.images.jsonl", "data.cut.jsonl")
TRACKED = "tensorboard"


class RunManifest(Manifest):
    """The manifest of a model.

    Attributes:
        recipe: every value of the recipe, those that were set for this run included.
        trained: whether the model is written; what is left is to measure it.
        trained_on: which file lists the images that it was trained on.
    """

    recipe: dict[str, JsonValue] = Field(default_factory=dict)
    trained: bool = False
    trained_on: dict[str, JsonValue] | None = None


class RunFolder:
    """A folder that is being written; made by ``open_run``.

    Attributes:
        manifest: to be changed and written.
        resumed: whether an earlier run began here.
    """

    def __init__(self, path: Path, manifest: RunManifest, *, resumed: bool) -> None:
        self.path = path
        self.manifest = manifest
        self.resumed = resumed

    @property
    def checkpoints(self) -> Path:
        """Where checkpoints go."""
        return self.path / FOLDER

    def write_manifest(self) -> None:
        """Replaces the manifest's file; raises NegdataError where it can't."""
        self.manifest.write(self.path / MANIFEST)

    def finish_training(self, trained_on: dict[str, JsonValue]) -> None:
        """The model is written: checkpoints have done their work."""
        self.manifest.trained, self.manifest.trained_on = True, trained_on
        self.write_manifest()
        shutil.rmtree(self.checkpoints, ignore_errors=True)

    def _begin(self) -> None:
        """The manifest first: killed in between, what is there is still known to be ours."""
        self.write_manifest()
        if self.manifest.trained:  # killed between the last two lines of ``finish_training``
            shutil.rmtree(self.checkpoints, ignore_errors=True)
            return
        try:
            self.checkpoints.mkdir(exist_ok=True)
        except OSError as error:
            raise write_error(self.checkpoints, error) from error

    @contextmanager
    def curve(self, done: int) -> Iterator[Callable[[CurveLine], None]]:
        """Takes the curve's lines of the steps after ``done``; those of steps that are made again are cut off."""
        path = self.path / CURVE
        write_whole(path, b"".join(_lines_until(path, done)))
        file = LineFile(path)
        try:
            yield lambda line: file.append(curve_line(line))
            file.sync()
        finally:
            file.close()


@contextmanager
def open_run(
    out: Path, identity: Mapping[str, JsonValue], recipe: dict[str, JsonValue], *, command: str, fresh: bool
) -> Iterator[RunFolder]:
    """Opens a folder to train in, or to go on in.

    Args:
        identity: all that shapes the weights; a run with others is refused.
        recipe: its values, for the manifest.
        command: the command line; secrets in it are masked.
        fresh: whether an earlier run's files are removed first.

    Raises:
        NegdataError: another process writes there, it holds another run or something else, or it can't be written.
    """
    try:
        out.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise write_error(out, error) from error
    lock = OutputLock(out / LOCK, out, command)
    try:
        settings = clean_settings(identity)
        before = _before(out, settings, fresh=fresh)
        manifest = before or RunManifest(
            command=redact(command), settings=settings, settings_hash=settings_hash(settings), started=now(), runs=0
        )
        manifest.recipe, manifest.command = recipe, redact(command)
        manifest.runs += 1
        manifest.state, manifest.finished = "running", None
        run = RunFolder(out, manifest, resumed=before is not None)
        try:
            run._begin()
            yield run
        except BaseException as error:
            manifest.state = "interrupted" if isinstance(error, Interrupted | KeyboardInterrupt) else "stopped"
            with contextlib.suppress(NegdataError):  # the error that ended the run is the one to show
                run.write_manifest()
            raise
        manifest.state, manifest.finished = "finished", now()
        run.write_manifest()
    finally:
        lock.release()


def _before(out: Path, settings: dict[str, JsonValue], *, fresh: bool) -> RunManifest | None:
    path = out / MANIFEST
    try:
        before = read_manifest_as(RunManifest, path)
    except NegdataError as error:
        raise NegdataError(error.problem, "Restore it, give another -o, or empty the folder.") from error
    if before is None:
        # A run that is killed before it has a manifest leaves these two.
        others = sorted({file.name for file in out.iterdir()} - {LOCK, beside(path).name})
        if others:
            raise NegdataError(
                f"The output folder {out} holds {others[0]} and no run of negdata finetune.",
                "Give another -o, or empty the folder.",
            )
        return None
    # Where nothing was trained yet, there is nothing to guard: data or recipe may just have been mended.
    if not fresh and (before.trained or (out / FOLDER / STATE).is_file() or before.settings == settings):
        refuse_other_settings(out, before.settings, settings)
        return before
    # The manifest stays until the new one takes its place. Killed in between, it must not say that a model is there.
    before.trained, before.trained_on = False, None
    before.write(path)
    shutil.rmtree(out / FOLDER, ignore_errors=True)
    shutil.rmtree(out / TRACKED, ignore_errors=True)
    for name in (*_RESULTS, *_DATA):
        try:
            (out / name).unlink(missing_ok=True)
        except OSError as error:
            raise write_error(out / name, error) from error
    return None


def _lines_until(path: Path, step: int) -> list[bytes]:
    if not path.is_file():
        return []
    kept = []
    for line in path.read_bytes().splitlines(keepends=True):
        try:
            told = orjson.loads(line)
        except orjson.JSONDecodeError:  # torn when the process died
            break
        if not isinstance(told, dict) or not isinstance(told.get("step"), int) or told["step"] > step:
            break
        kept.append(line)
    return kept
