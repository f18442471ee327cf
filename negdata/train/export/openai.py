"""As OpenAI's own code has it, and the paper's: a state dict for ``clip.load(...)[0].load_state_dict``."""

from __future__ import annotations

from pathlib import Path

from negdata.clip.architecture import architecture_of
from negdata.errors import NegdataError
from negdata.train.export.files import SAFE, changed_preprocessing, check_suffix, state_dict, write_state_dict
from negdata.train.export.place import new_file
from negdata.train.export.settings import ExportSettings, ExportSummary
from negdata.train.export.source import Source

_HEAD_WIDTH = 64
_NAMES = {"ViT-B-32": "ViT-B/32", "ViT-B-16": "ViT-B/16", "ViT-L-14": "ViT-L/14", "ViT-L-14-336": "ViT-L/14@336px"}
"""Those of ``clip.available_models()``."""
_ELSE = "Give an --out that ends in .safetensors, for negdata, or --to open-clip."


def export_openai(settings: ExportSettings, source: Source) -> ExportSummary:
    """Writes the file; raises NegdataError where OpenAI's class, or negdata for safetensors, would read it wrong."""
    check_suffix(settings.out)
    source.check_openai_reads()
    hindrance = _hindrance(source)
    safe = settings.out.suffix == SAFE
    if hindrance is not None and not safe:
        raise NegdataError(f"{source.name} {hindrance}; OpenAI's class would load it and score wrong.", _ELSE)
    tensors = state_dict(source, settings.dtype)
    if architecture_of(tensors, source.name) != source.shape:
        raise NegdataError(f"The shapes of {source.name} don't tell how many heads it has.", "Use it as it is.")
    with new_file(settings.out, fresh=settings.fresh) as path:
        write_state_dict(path, settings.out, tensors, quick=source.quick)
    name = None if source.shape.name is None else _NAMES.get(source.shape.name)
    notes = [f"It {hindrance}: negdata reads it right, OpenAI's class wouldn't."] if hindrance else []
    if pictures := changed_preprocessing(source):
        notes.append(f"The model wants its pictures otherwise than OpenAI's preprocess makes them: {pictures}.")
    return ExportSummary(
        to=settings.to,
        model=source.name,
        weights=source.weights,
        activation=source.activation,
        written=[str(settings.out)],
        architecture=name or source.shape.name,
        load=[] if hindrance else _load_lines(settings.out, name, safe),
        facts=[
            f"{settings.dtype or 'float32'}, {len(tensors)} tensors",
            "the file says that they were trained with " + source.activation
            if safe
            else "the file doesn't say its activation, and OpenAI's class has QuickGELU: give negdata --quick-gelu",
        ],
        notes=notes,
    )


def _hindrance(source: Source) -> str | None:
    """What OpenAI's class can't be told: it has one activation, and heads of one width."""
    if not source.quick:
        return "was trained with GELU"
    for tower, what in ((source.shape.vision, "vision"), (source.shape.text, "text")):
        if tower.width != _HEAD_WIDTH * tower.heads or tower.inner != 4 * tower.width:
            return f"has a {what} tower of {tower.heads} heads and {tower.inner} inside, at a width of {tower.width}"
    return None


def _load_lines(out: Path, name: str | None, safe: bool) -> list[str]:
    read = f"safetensors.torch.load_file({str(out)!r})" if safe else f"torch.load({str(out)!r}, weights_only=True)"
    if name is None:
        return [f"model = clip.model.build_model({read})"]
    return [f'model, preprocess = clip.load({name!r}, device="cpu")', f"model.load_state_dict({read})"]
