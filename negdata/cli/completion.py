"""What the Tab key offers as the value of an option: names, as far as there is a list of them.

Lists are written out here, or read off the names of files, so that a key press doesn't wait for pydantic; a test holds
them to the lists that they repeat.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from importlib.metadata import entry_points

from negdata.shipped import Kind, shipped

Offer = Callable[[str], list[str]]

BACKENDS = ("rules", "ollama", "openai", "llamacpp", "transformers", "vllm")
VERIFIERS = ("instances", "qwen-vl", "llava", "transformers", "ollama", "openai")
FORMATS = ("coco", "jsonl", "csv", "parquet", "webdataset", "folder", "parts")
BAD_ROWS = ("refuse", "fail")
PIPELINES = ("objects", "random", "vqa")
PROPOSERS = ("model", "cooccurrence")
STEPS = ("propose", "rewrite")
TEXT_CHECKS = (
    "empty",
    "unsafe",
    "ungrammatical",
    "no-negation",
    "duplicate",
    "near-duplicate",
    "contradiction",
)
SUITES = (
    "negrefcocog",
    "valse",
    "valse-valid",
    "negbench-mcq",
    "negbench-retrieval",
    "coco-retrieval",
    "pairs",
    "zero-shot",
    "pope",
)
SPLITS = ("train", "val", "test", "all")
SPLITTERS = ("umd", "google", "unc")
SCORINGS = ("strict", "paper")
CROPS = ("model", "letterbox")
DEVICES = ("auto", "cuda", "mps", "cpu")
EVAL_DTYPES = ("auto", "float32", "float16", "bfloat16")
TRAIN_DTYPES = ("auto", "float32", "bfloat16")
FILE_DTYPES = ("float32", "float16")
TARGETS = ("openai", "open-clip", "diffusers", "clipseg")
PARTS = ("text_encoder", "text_encoder_2")
FORMS = ("hf", "webdataset", "parquet", "coco")
ENGINES = ("local", "ray")
PURPOSES = ("caption", "filter", "finetune", "eval")


def one_of(names: Iterable[str]) -> Offer:
    """Offers the names that begin as what is typed."""
    known = tuple(names)
    return lambda incomplete: [name for name in known if name.startswith(incomplete)]


def several_of(names: Iterable[str]) -> Offer:
    """As ``one_of``, for a list with commas: the last of it is completed, and what is in it already isn't offered."""
    known = tuple(names)

    def offer(incomplete: str) -> list[str]:
        before, comma, last = incomplete.rpartition(",")
        taken = before.split(",")
        return [f"{before}{comma}{name}" for name in known if name.startswith(last) and name not in taken]

    return offer


def shipped_name(kind: Kind) -> Offer:
    """Offers the shipped files of a kind by their names."""
    return lambda incomplete: one_of(sorted(path.stem for path in shipped(kind).glob("*.yaml")))(incomplete)


def backend(incomplete: str) -> list[str]:
    """Offers the backends, those of other packages too."""
    return one_of([*BACKENDS, *_plugins("negdata.backends")])(incomplete)


def verifiers(incomplete: str) -> list[str]:
    """Offers the verifiers, those of other packages too."""
    return several_of([*VERIFIERS, *_plugins("negdata.verifiers")])(incomplete)


def _plugins(group: str) -> list[str]:
    return sorted(point.name for point in entry_points(group=group))
