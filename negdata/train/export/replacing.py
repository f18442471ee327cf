"""Puts the text tower of a CLIP in the place of another in a copied folder; all that is not the tower stays."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from negdata.clip.checkpoint import Checkpoint, check_numbers, listed
from negdata.clip.saving import save_tensors
from negdata.errors import NegdataError
from negdata.train.export.settings import Replaced
from negdata.train.export.source import Source
from negdata.train.export.tower import TextTower
from negdata.train.export.weights import (
    BaseWeights,
    check_fits,
    distance,
    format_of,
    in_format_of,
    patch,
    read_all,
)

if TYPE_CHECKING:
    from torch import Tensor

STRANGER = 0.5
"""The distance from which a text tower is no fine-tuned form of the base's. Of two that were trained apart it is about
1.4; a fine-tuning moves weights by hundredths."""


@dataclass(frozen=True)
class Replacement:
    """What will be written of one text encoder, checked against the base.

    Attributes:
        names: the base's names of the tensors that are replaced, each with the model's.
        read: of the base, by the name that each file will have.
    """

    weights: BaseWeights
    names: Mapping[str, Mapping[str, str]]
    read: Mapping[str, Checkpoint]
    replaced: Replaced

    def write(self, folder: Path, source: Source) -> None:
        """Writes it into a copy of the base; raises NegdataError where it can't."""
        for file, names in self.names.items():
            old = self.read[file].tensors
            new = {theirs: in_format_of(source.tensors[ours], old[theirs], theirs) for theirs, ours in names.items()}
            path = folder / self.weights.at(file)
            if file in self.weights.patched:
                patch(path, new)
            else:
                save_tensors(path, {**old, **new})


def replacement(
    source: Source,
    weights: BaseWeights,
    base: Path,
    *,
    part: str,
    tower: TextTower,
    name_of: Callable[[str], str | None],
) -> Replacement:
    """Checks that the model's text tower fits into the weights of a base.

    Args:
        base: the base, for errors.
        part: what the base calls the text encoder.
        tower: the base's.
        name_of: the model's name of one of the base's tensors, None for one that isn't replaced.

    Raises:
        NegdataError: the base's weights aren't what its config says, or lack something.
    """
    names: dict[str, dict[str, str]] = {}
    read: dict[str, Checkpoint] = {}
    files: list[str] = []
    apart: float | None = None
    wanted = _wanted(source, tower)
    for parts in read_all(weights).values():
        held: dict[str, Tensor] = {}
        for file, checkpoint in parts.items():
            where = str(base / weights.at(file))
            names[file] = {theirs: ours for theirs in checkpoint.tensors if (ours := name_of(theirs)) is not None}
            check_numbers({theirs: checkpoint.tensors[theirs] for theirs in names[file]}, where)
            held |= {ours: checkpoint.tensors[theirs] for theirs, ours in names[file].items()}
            read[file] = checkpoint
        where = str(base / weights.at(next(iter(parts))))
        foreign = [name for name in held if name not in source.tensors]
        if foreign:
            raise NegdataError(
                f"{where} has {len(foreign)} tensors that no CLIP's text tower has: {listed(foreign)}.",
                "Give another base.",
            )
        new = {name: source.tensors[name] for name in {*wanted, *held}}
        check_fits(held, new, where)
        formats = ", ".join(sorted({format_of(tensor) for tensor in held.values()}))
        files += [f"{weights.at(file)} ({formats})" for file in parts]
        found = distance(held, new)
        apart = found if apart is None else min(apart, found)
    assert apart is not None
    replaced = Replaced(
        part=part,
        layers=tower.layers,
        layers_of_model=source.tower.layers,
        files=files,
        distance=round(apart, 6),
    )
    return Replacement(weights, names, read, replaced)


def _wanted(source: Source, tower: TextTower) -> list[str]:
    """The model's tensors without which the base's text encoder isn't whole."""
    kept = tuple(f"text_model.encoder.layers.{number}." for number in range(tower.layers))
    names = [
        name
        for name in source.tensors
        if name.startswith("text_model.") and (".layers." not in name or name.startswith(kept))
    ]
    return names if tower.dim is None else [*names, "text_projection.weight"]


def notes_on(replaced: Replaced) -> list[str]:
    """What a user must know of a replaced text encoder."""
    notes = []
    if replaced.layers < replaced.layers_of_model:
        notes.append(
            f"{replaced.part} has the first {replaced.layers} of the model's {replaced.layers_of_model} layers, "
            "as the base has."
        )
    if replaced.distance > STRANGER:
        notes.append(
            f"The model's text tower is no fine-tuned form of the base's {replaced.part}: it lies "
            f"{replaced.distance:.2f} lengths away, where the same is 0. What the base makes of it will be noise."
        )
    return notes
