"""A fine-tuned CLIP goes wherever CLIP goes: OpenAI's code, open_clip, Stable Diffusion, CLIPSeg."""

from __future__ import annotations

from negdata.errors import NegdataError, unknown_name
from negdata.exclusion import ImageKeys, trained_on
from negdata.train.export.base_folder import BaseFolder
from negdata.train.export.clipseg import into_clipseg
from negdata.train.export.clipseg import load_lines as load_clipseg
from negdata.train.export.diffusers import into_pipeline, notes_on_pipeline
from negdata.train.export.diffusers import load_lines as load_pipeline
from negdata.train.export.notes import images_behind, write_notes
from negdata.train.export.open_clip import export_open_clip
from negdata.train.export.openai import export_openai
from negdata.train.export.place import check_folder, check_place, new_folder
from negdata.train.export.replacing import notes_on
from negdata.train.export.settings import ExportSettings, ExportSummary, Replaced
from negdata.train.export.source import Source, load_source

__all__ = ["TARGETS", "ExportSettings", "ExportSummary", "Replaced", "export_model"]

_FILES = {"openai": export_openai, "open-clip": export_open_clip}
_FOLDERS = ("diffusers", "clipseg")
TARGETS = (*_FILES, *_FOLDERS)


def export_model(settings: ExportSettings) -> ExportSummary:
    """Writes a CLIP for somebody else's code; the model and the base stay as they are.

    Returns:
        What was written, how it is loaded, and what a user must know.

    Raises:
        NegdataError: the model is no CLIP, doesn't fit where it is to go, or would be read wrong there; the base is
            unsafe or damaged; the output is there already or can't be written.
    """
    _check_options(settings)
    base = None if settings.base is None else BaseFolder(settings.base)
    if base is not None:
        check_place(settings.out, [base.path])
        check_folder(settings.out, fresh=settings.fresh)
    source = load_source(settings.model, architecture=settings.architecture, quick_gelu=settings.quick_gelu)
    if source.path is not None:
        check_place(settings.out, [source.path])
    images = images_behind(source)
    if base is not None:
        return _into_base(settings, source, base, images)
    summary = _FILES[settings.to](settings, source)
    if images is None:
        return summary
    note = (
        f"The model was trained on {len(images):,} images, of which a file can't tell: benchmarks with any of them "
        f"measure memory. {settings.model} keeps the list."
    )
    return summary.model_copy(update={"trained_on": len(images), "notes": [*summary.notes, note]})


def _into_base(settings: ExportSettings, source: Source, base: BaseFolder, images: ImageKeys | None) -> ExportSummary:
    if settings.to == "diffusers":
        new = into_pipeline(source, base, settings.which)
        load = load_pipeline(settings.out, base.json("model_index.json"))
        notes = notes_on_pipeline(base)
    else:
        new = into_clipseg(source, base)
        load = load_clipseg(settings.out)
        notes = ["The vision tower, the decoder and the logit scale are the base's."]
    earlier = trained_on(str(base.path))
    if images is not None and earlier is not None:
        images = ImageKeys(images.keys | earlier.keys)
    with new_folder(settings.out, fresh=settings.fresh) as folder:
        base.copy(folder, without=new.weights.without)
        new.write(folder, source)
        write_notes(folder, to=settings.to, source=source, base=base, replaced=[new.replaced], images=images)
    left_out = [*base.left_out, *sorted(new.weights.without)]
    if left_out:
        notes.append(f"Not copied: {', '.join(left_out)}.")
    told = images if images is not None else earlier
    return ExportSummary(
        to=settings.to,
        model=source.name,
        weights=source.weights,
        activation=source.activation,
        written=[str(settings.out)],
        replaced=[new.replaced],
        load=load,
        notes=[*notes_on(new.replaced), *notes],
        trained_on=None if told is None else len(told),
    )


def _check_options(settings: ExportSettings) -> None:
    if settings.to not in TARGETS:
        raise unknown_name("target", settings.to, TARGETS)
    into_base = settings.to in _FOLDERS
    if into_base and settings.base is None:
        kind = "Stable Diffusion pipeline" if settings.to == "diffusers" else "CLIPSeg"
        raise NegdataError(f"--to {settings.to} needs --base.", f"Give the folder of the {kind} to put the model into.")
    for option, value, fits in (
        ("--base", settings.base, into_base),
        ("--which", settings.which, settings.to == "diffusers"),
        ("--dtype", settings.dtype, not into_base),
    ):
        if value is not None and not fits:
            raise NegdataError(f"{option} means nothing with --to {settings.to}.", "Leave it out.")
