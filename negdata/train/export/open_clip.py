"""For open_clip: a checkpoint, and the name of the architecture that it wants, or its description where it has none."""

from __future__ import annotations

from pathlib import Path

import orjson
from pydantic import JsonValue

from negdata.clip.architecture import PUBLISHED, QUICK_GELU_SUFFIX, Architecture, Tower
from negdata.clip.preprocessing import OPENAI_MEAN, OPENAI_STD
from negdata.errors import NegdataError
from negdata.train.export.files import check_suffix, state_dict, write_state_dict
from negdata.train.export.place import new_file
from negdata.train.export.settings import ExportSettings, ExportSummary
from negdata.train.export.source import Source
from negdata.whole_files import write_whole

QUICK = frozenset(
    ("ViT-B-16", "ViT-B-32", "ViT-H-14", "ViT-H-14-378", "ViT-L-14", "ViT-L-14-336", "ViT-bigG-14"),
)
"""Published architectures that open_clip also has with QuickGELU, under the name with that suffix."""
_MODES = {"crop": "shortest", "squash": "squash", "pad": "longest"}


def export_open_clip(settings: ExportSettings, source: Source) -> ExportSummary:
    """Writes the checkpoint, and beside it a configuration where open_clip has none.

    Raises:
        NegdataError: open_clip's class would read it wrong, or it can't be written.
    """
    out = settings.out
    check_suffix(out)
    source.check_openai_reads()
    name = architecture_name(source.shape, quick=source.quick)
    beside = None if name is not None else out.with_suffix(".json")
    if beside is not None:
        _check_free(beside, fresh=settings.fresh)
    tensors = state_dict(source, settings.dtype)
    with new_file(out, fresh=settings.fresh) as path:
        write_state_dict(path, out, tensors, quick=source.quick)
        if beside is not None:
            write_whole(
                beside, orjson.dumps(model_config(source.shape, quick=source.quick), option=orjson.OPT_INDENT_2)
            )
    architecture = name or out.stem
    known = [] if beside is None else [f"open_clip.add_model_config({str(beside)!r})"]
    call = ", ".join([repr(architecture), f"pretrained={str(out)!r}", *_pictures(source)])
    return ExportSummary(
        to=settings.to,
        model=source.name,
        weights=source.weights,
        activation=source.activation,
        written=[str(out), *([] if beside is None else [str(beside)])],
        architecture=architecture,
        load=[*known, f"model, _, preprocess = open_clip.create_model_and_transforms({call})"],
        facts=[f"{settings.dtype or 'float32'}, {len(tensors)} tensors", f"the architecture has {source.activation}"],
        notes=[]
        if beside is None
        else [f"open_clip has no architecture of this shape and activation; {beside} describes it to it."],
    )


def architecture_name(shape: Architecture, *, quick: bool) -> str | None:
    """open_clip's name of an architecture with this activation; None where it has none."""
    if shape.name is None or not quick:
        return shape.name
    return shape.name + QUICK_GELU_SUFFIX if shape.name in QUICK else None


def model_config(shape: Architecture, *, quick: bool) -> dict[str, JsonValue]:
    """What open_clip's class is made with."""
    config: dict[str, JsonValue] = {
        "embed_dim": shape.dim,
        "vision_cfg": {
            "image_size": shape.resolution,
            "layers": shape.vision.layers,
            "width": shape.vision.width,
            "head_width": shape.vision.width // shape.vision.heads,
            "patch_size": shape.patch,
            **_ratio(shape.vision),
        },
        "text_cfg": {
            "context_length": shape.context,
            "vocab_size": shape.vocabulary,
            "width": shape.text.width,
            "heads": shape.text.heads,
            "layers": shape.text.layers,
            **_ratio(shape.text),
        },
    }
    return {**config, "quick_gelu": True} if quick else config


def _ratio(tower: Tower) -> dict[str, JsonValue]:
    ratio = tower.inner / tower.width
    if int(tower.width * ratio) != tower.inner:  # as open_clip gets back to the width
        ratio = (tower.inner + 0.5) / tower.width
    return {} if ratio == 4 else {"mlp_ratio": ratio}


def _check_free(beside: Path, *, fresh: bool) -> None:
    """Raises NegdataError where the configuration would replace a file, or an architecture of open_clip's."""
    if beside.exists() and not fresh:
        raise NegdataError(f"{beside} is there already.", "Give --fresh to replace it, or another --out.")
    if beside.stem.removesuffix(QUICK_GELU_SUFFIX) in PUBLISHED:
        raise NegdataError(
            f"open_clip knows the architecture of {beside.with_suffix('').name} as another than this one.",
            "Give the file another name: open_clip will know the architecture by it.",
        )


def _pictures(source: Source) -> list[str]:
    """What open_clip has to be told of how pictures are prepared."""
    wanted = source.preprocessing
    said = []
    if wanted.mean != OPENAI_MEAN:
        said.append(f"image_mean={wanted.mean}")
    if wanted.std != OPENAI_STD:
        said.append(f"image_std={wanted.std}")
    if wanted.resample != "bicubic":
        said.append(f"image_interpolation={wanted.resample!r}")
    if wanted.fit != "crop":
        said.append(f"image_resize_mode={_MODES[wanted.fit]!r}")
    return said
