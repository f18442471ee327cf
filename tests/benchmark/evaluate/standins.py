"""Stand-ins for models, each with one habit, and small benchmarks in the layouts of published ones."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from itertools import count
from pathlib import Path
from typing import Any

from PIL import Image
from pydantic import JsonValue

from negdata.benchmark.evaluate.encode import Encoded, Encoding
from negdata.benchmark.evaluate.plan import Plan, plan_for
from negdata.benchmark.evaluate.ties import SCORINGS, ScoringName
from negdata.benchmark.suites.base import Bench, ChoiceBench, ChoiceItem, ClassBench, View
from negdata.images import Stored
from negdata.images.folder import FolderImages

COLOURS = {"red": (255, 0, 0), "green": (0, 255, 0), "blue": (0, 0, 255), "white": (255, 255, 255)}
SIDE = 8


class StandIn:
    """No model: it sees the mean colour of a picture, and reads the first colour that a text names."""

    dim = 4

    def __init__(self, name: str = "colours") -> None:
        self.name = name
        self.images: list[int] = []
        self.texts: list[list[str]] = []

    def prepare(self, picture: Image.Image) -> Any:
        import numpy as np
        import torch

        return torch.from_numpy(np.asarray(picture.resize((SIDE, SIDE)), np.float32).transpose(2, 0, 1) / 255)

    def encode_images(self, prepared: Any) -> Any:
        self.images.append(len(prepared))
        return self._unit([self.see(picture) for picture in prepared])

    def encode_texts(self, texts: Sequence[str]) -> Any:
        self.texts.append(list(texts))
        return self._unit([self.read(text) for text in texts])

    def identity(self) -> dict[str, JsonValue]:
        return {"stand-in": self.name}

    def see(self, picture: Any) -> Sequence[float]:
        return [*picture.mean(dim=(1, 2)).tolist(), 0.1]

    def read(self, text: str) -> Sequence[float]:
        named = next((name for name in COLOURS if name in text.split()), "white")
        return [*(part / 255 for part in COLOURS[named]), 0.1]

    def _unit(self, rows: list[Sequence[float]]) -> Any:
        import torch

        vectors = torch.tensor(rows, dtype=torch.float32).reshape(-1, self.dim)
        return vectors / vectors.norm(dim=1, keepdim=True)


class NotNumbers(StandIn):
    """A broken model: whatever it sees is not a number."""

    def see(self, picture: Any) -> Sequence[float]:
        return [float("nan")] * self.dim


class Constant(StandIn):
    """A collapsed model: everything is the same to it."""

    def see(self, picture: Any) -> Sequence[float]:
        return [1.0, 0.0, 0.0, 0.0]

    def read(self, text: str) -> Sequence[float]:
        return [1.0, 0.0, 0.0, 0.0]


class FirstShown(StandIn):
    """A model whose scores fall with every picture, or every text, that it is shown."""

    def __init__(self, *, judges: str) -> None:
        super().__init__("first shown")
        self._judges = judges
        self._shown = count(1)

    def see(self, picture: Any) -> Sequence[float]:
        return self._falling() if self._judges == "images" else [1.0, 0.0, 0.0, 0.0]

    def read(self, text: str) -> Sequence[float]:
        return self._falling() if self._judges == "texts" else [1.0, 0.0, 0.0, 0.0]

    def _falling(self) -> Sequence[float]:
        return [1.0, 0.01 * next(self._shown), 0.0, 0.0]


def read(folder: Path, name: str) -> Stored:
    """An image of a folder of this machine."""
    return FolderImages(folder).read(name)


def two_halves(folder: Path, name: str, left: str, right: str) -> None:
    """A picture of two colours side by side, 40 x 20."""
    folder.mkdir(parents=True, exist_ok=True)
    picture = Image.new("RGB", (40, 20), COLOURS[left])
    picture.paste(COLOURS[right], (20, 0, 40, 20))
    picture.save(folder / name)


LEFT, RIGHT = (0.0, 0.0, 20.0, 20.0), (20.0, 0.0, 20.0, 20.0)


def regions(folder: Path, count: int) -> ChoiceBench:
    """In NegRefCOCOg's manner: which of two crops is red, the right one always first; pictures are drawn."""
    items = []
    for number in range(count):
        name = f"{number}.png"
        box, other = (LEFT, RIGHT) if number % 3 else (RIGHT, LEFT)
        two_halves(folder, name, *(("red", "blue") if box is LEFT else ("blue", "red")))
        groups = {"cue": "no" if number % 2 else "without"}
        items.append(ChoiceItem(f"{number}", (View(name, box), View(name, other)), ("a red thing",), 0, groups))
    return ChoiceBench("negrefcocog", folder / "NegRefCOCOg.json", tuple(items))


def captions(folder: Path, count: int) -> ChoiceBench:
    """In VALSE's manner: a caption and its foil, the right one always first; every text is of one item alone."""
    items = []
    for number in range(count):
        name = f"{number}.png"
        two_halves(folder, name, "green", "green")
        texts = (f"a green thing {number}", f"no green thing {number} but a blue one".replace("green", "red"))
        items.append(ChoiceItem(f"{number}", (View(name),), texts, 0))
    return ChoiceBench("valse", folder / "existence.json", tuple(items))


def classes(folder: Path, per_class: int) -> ClassBench:
    """A folder a colour."""
    names = tuple(COLOURS)
    images = []
    for name in names:
        for number in range(per_class):
            two_halves(folder / name, f"{number}.png", name, name)
            images.append(f"{name}/{number}.png")
    return ClassBench(
        suite="zero-shot",
        path=folder,
        root=folder,
        classes=names,
        prompts=tuple((f"a photo of {name} things", f"the {name} one") for name in names),
        images=tuple(images),
        labels=tuple(number for number in range(len(names)) for _ in range(per_class)),
    )


def encoded_by(
    models: Sequence[Any],
    benches: Sequence[Bench],
    images: Path,
    *,
    scoring: ScoringName = "strict",
    seed: int = 0,
    batch_size: int = 7,
    reader: Callable[[Path, str], Stored] = read,
) -> tuple[list[Encoded], Plan]:
    """What the models make of benchmarks, as ``evaluate`` has it done."""
    plan = plan_for(benches, images, seed if SCORINGS[scoring].shuffles else None)
    return Encoding(models, plan, read=reader, batch_size=batch_size, workers=2).run(), plan
