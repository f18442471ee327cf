"""What a fine-tuning is told: every option of ``negdata finetune``, typed and checked."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from negdata.command_line import command_line
from negdata.errors import NegdataError, unknown_name
from negdata.images import check_images

DTYPES = ("auto", "float32", "bfloat16")


@dataclass(frozen=True, slots=True, kw_only=True)
class FinetuneSettings:
    """The options of a fine-tuning; the defaults are the command line's.

    Attributes:
        data: caption records, or captions in the paper's COCO layout.
        images: what image names are relative to, as ``negdata.images.open_images`` takes it.
        model: a CLIP: a folder, a file of weights, a hub name or ``open_clip:ARCH/PRETRAINED``.
        out: the folder of the trained model.
        recipe: the name of a shipped recipe, or the path of one's own.
        overrides: ``key=value`` that replace single values of the recipe.
        exclude: benchmarks whose images are left out.
        benches: benchmarks that the model is scored on before and after.
        bench_images: what their image names are relative to; None: ``images``.
        zero_shot: a folder with a folder of images for each class.
        max_drop: points that retrieval by affirmative captions may lose.
        architecture: of weights that don't say it themselves.
        quick_gelu: the activation of such weights; None: what they say, or the architecture's.
        device: ``auto``, or torch's name of one.
        dtype: ``auto``, ``float32`` or ``bfloat16``; weights stay float32.
        texts_at_once: texts whose activations are in memory at once; None: all of a batch. The batch's negatives stay.
        compiled: whether torch compiles the text tower.
        workers: threads that read and prepare images; None: one a core, 8 at most.
        save_every: seconds between checkpoints within an epoch.
        track: write TensorBoard events too.
        fresh: start over.
        licence: of the trained model, as the hub names them (``mit``, ``apache-2.0``); the model card says it.
        data_licence: of what it is trained on; the model card says it.
    """

    data: Path
    images: Path
    model: str
    out: Path
    recipe: str = "default"
    overrides: tuple[str, ...] = ()
    exclude: tuple[Path, ...] = ()
    benches: tuple[Path, ...] = ()
    bench_images: Path | None = None
    zero_shot: Path | None = None
    max_drop: float = 1.0
    architecture: str | None = None
    quick_gelu: bool | None = None
    device: str = "auto"
    dtype: str = "auto"
    texts_at_once: int | None = None
    compiled: bool = False
    workers: int | None = None
    save_every: float = 60.0
    track: bool = False
    fresh: bool = False
    licence: str = "unknown"
    data_licence: str = "unknown"

    def __post_init__(self) -> None:
        """Checks what the types can't say; raises NegdataError."""
        check_images(self.images)
        check_images(self.bench_images, "--eval-images")
        if self.dtype not in DTYPES:
            raise unknown_name("number format to train in", self.dtype, DTYPES)
        for option, number, low, high in (
            ("workers", 1 if self.workers is None else self.workers, 1, 1_024),
            ("texts-at-once", 1 if self.texts_at_once is None else self.texts_at_once, 1, 1 << 24),
            ("max-drop", self.max_drop, 0, 100),
            ("save-every", self.save_every, 0, 1e9),
        ):
            if not low <= number <= high:
                raise NegdataError(f"--{option} is {number}.", f"Give a number from {low:,} to {high:,.0f}.")
        if self.out.exists() and not self.out.is_dir():
            raise NegdataError(f"The output {self.out} is a file.", "Give the path of a folder.")
        for read in (self.data, self.images, Path(self.model)):
            if read.resolve() == self.out.resolve():
                raise NegdataError(f"The output folder {self.out} is also read from.", "Give another -o.")

    @property
    def command_line(self) -> str:
        """The ``negdata finetune`` command that says the same, options at their defaults left out."""
        repeated = [word for override in self.overrides for word in ("--set", override)]
        gelu = {None: [], True: ["--quick-gelu"], False: ["--no-quick-gelu"]}[self.quick_gelu]
        named = {
            "data": "",
            "out": "",
            "overrides": "",
            "quick_gelu": "",
            "fresh": "",
            "benches": "--eval",
            "bench_images": "--eval-images",
            "compiled": "--compile",
        }
        return command_line("finetune", [self.data, "-o", self.out, *repeated, *gelu], (self, named))
