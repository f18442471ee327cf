"""``negdata.finetune(...)`` and ``negdata.export(...)``: a CLIP that knows what no means, and where it goes."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

from negdata.api.values import StrPath, as_path, as_paths, as_settings
from negdata.progress import Progress
from negdata.train import FinetuneReport, FinetuneSettings
from negdata.train import finetune as train
from negdata.train.export import ExportSettings, ExportSummary, export_model


def finetune(
    records: StrPath,
    *,
    images: StrPath,
    model: str,
    out: StrPath,
    recipe: str = "default",
    set: Sequence[str] | Mapping[str, object] = (),
    exclude: StrPath | Sequence[StrPath] = (),
    eval: StrPath | Sequence[StrPath] = (),
    eval_images: StrPath | None = None,
    zero_shot: StrPath | None = None,
    max_drop: float = 1.0,
    licence: str = "unknown",
    data_licence: str = "unknown",
    architecture: str | None = None,
    quick_gelu: bool | None = None,
    device: str = "auto",
    dtype: str = "auto",
    compile: bool = False,
    texts_at_once: int | None = None,
    workers: int | None = None,
    save_every: float = 60.0,
    track: bool = False,
    fresh: bool = False,
    on_progress: Callable[[str, Progress], None] | None = None,
    on_notice: Callable[[str], None] | None = None,
) -> FinetuneReport | None:
    """Fine-tunes a CLIP's text tower, and measures what it gained and lost, as ``negdata finetune`` does.

    Killed at any moment, the same call goes on where it was.

    Args:
        records: Caption records (JSON lines, or a folder of parts), or captions in the paper's COCO layout; here or at
            an address.
        images: What image names are relative to: a folder, .tar or .parquet files, or a pattern of them
            ('shards/{000..099}.tar'), here or at an address (s3://, https:// …).
        model: A CLIP: a folder, a file of weights, a hub name or open_clip:ARCH/PRETRAINED.
        out: The folder of the trained model.
        recipe: How to train: a name that negdata recipes ls lists, or your own .yaml.
        set: Replace a value of the recipe: optimizer.lr=1e-5. One, or several.
        exclude: Leave out the images that a benchmark uses: its file, a list of names or a folder. One, or several.
        eval: Score the model on this benchmark before and after. One, or several.
        eval_images: What benchmarks' image names are relative to, as --images. Default: --images.
        zero_shot: A folder with a folder of images for each class, to classify before and after. Default: none.
        max_drop: Points that R@5 of held-out original captions may lose; past it the exit code is 1.
        licence: Of the trained model, for its card: mit, apache-2.0 …
        data_licence: Of the data, for the model's card.
        architecture: Of weights that don't say it: ViT-B-32 … Default: what they say.
        quick_gelu: The activation of such weights. Default: what they or their architecture say.
        device: auto, cuda, mps or cpu.
        dtype: Calculates in auto (bfloat16 on a GPU that has it), float32 or bfloat16; weights stay float32.
        compile: Have torch compile the text tower.
        texts_at_once: Texts whose activations are in memory at once, where a batch is too large; its negatives stay.
            Default: all of a batch.
        workers: Threads that read and prepare images. Default: one a core, 8 at most.
        save_every: Seconds between checkpoints within an epoch.
        track: Write TensorBoard events to OUT/tensorboard too.
        fresh: Start over instead of going on where OUT stopped.
        on_progress: called with the phase (encode, finetune, eval) and how far it is.
        on_notice: takes sentences that can't wait.

    Returns:
        What was gained and lost; ``gains.gate.passed`` says whether retrieval held. None in a process of several that
        isn't the first.

    Raises:
        NegdataError: wrong input or settings; ``problem`` says what is wrong, ``remedy`` what to do.
    """
    return train(
        FinetuneSettings(
            data=as_path(records),
            images=as_path(images),
            model=model,
            out=as_path(out),
            recipe=recipe,
            overrides=as_settings(set),
            exclude=as_paths(exclude),
            benches=as_paths(eval),
            bench_images=as_path(eval_images),
            zero_shot=as_path(zero_shot),
            max_drop=max_drop,
            licence=licence,
            data_licence=data_licence,
            architecture=architecture,
            quick_gelu=quick_gelu,
            device=device,
            dtype=dtype,
            compiled=compile,
            texts_at_once=texts_at_once,
            workers=workers,
            save_every=save_every,
            track=track,
            fresh=fresh,
        ),
        on_progress=on_progress,
        on_notice=on_notice,
    )


def export(
    model: str,
    *,
    to: str,
    out: StrPath,
    base: StrPath | None = None,
    which: str | None = None,
    dtype: str | None = None,
    architecture: str | None = None,
    quick_gelu: bool | None = None,
    fresh: bool = False,
) -> ExportSummary:
    """Writes a CLIP for OpenAI's code, open_clip, Stable Diffusion or CLIPSeg, as ``negdata export`` does.

    Args:
        model: A CLIP: a folder, a file of weights, a hub name or open_clip:ARCH/PRETRAINED.
        to: openai: OpenAI's layout. open-clip: a checkpoint of open_clip. diffusers: into a Stable Diffusion pipeline.
            clipseg: into a CLIPSeg.
        out: A file (.pt, .pth, .safetensors) for openai and open-clip, a new folder for the others.
        base: The pipeline or the CLIPSeg whose text encoder is replaced, in a copy. Default: none.
        which: text_encoder or text_encoder_2, where the model fits both. Default: the one it fits.
        dtype: float32 or float16, for a file. Default: float32; a folder keeps the base's.
        architecture: Of weights that don't say it: ViT-B-32 … Default: what they say.
        quick_gelu: The activation of such weights. Default: what they or their architecture say.
        fresh: Replace an earlier export.

    Returns:
        What was written, and Python that loads it.

    Raises:
        NegdataError: wrong input or settings; ``problem`` says what is wrong, ``remedy`` what to do.
    """
    return export_model(
        ExportSettings(
            model=str(model),
            to=to,
            out=as_path(out),
            base=as_path(base),
            which=which,
            dtype=dtype,
            architecture=architecture,
            quick_gelu=quick_gelu,
            fresh=fresh,
        )
    )
