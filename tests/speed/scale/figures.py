"""What the plan on paper is computed from: figures that were measured, and assumptions for the reader to change."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Figure:
    """A value with its unit, and where it is from."""

    what: str
    value: float
    unit: str
    source: str


_DRY_RUN = "`--dry-run`, 500 of the 25,014 captions of COCO val2017, each tried once"
_MEASURE = "`measure`"
_RUN = "`run`, 200,000 rows"

REQUESTS = Figure("requests a caption: an object, and the caption", 2, "", _DRY_RUN)
PROMPT = Figure("tokens sent for a caption", 487, "", _DRY_RUN)
COMPLETION = Figure("tokens received for a caption", 35, "", _DRY_RUN)
CONTRAST_REQUESTS = Figure("requests with `--contrast`", 3, "", _DRY_RUN)
CONTRAST_PROMPT = Figure("tokens sent with `--contrast`", 732, "", _DRY_RUN)
CONTRAST_COMPLETION = Figure("tokens received with `--contrast`", 56, "", _DRY_RUN)
QUESTIONS = Figure("questions about the image with `--verify`", 1, "", _DRY_RUN)

PLANNING = Figure("reading, sorting and cutting, in one process", 94, "µs a caption", "`run`, 12,000,000 rows")
WORKER = Figure("a worker's core beside the model, HTTP left out", 1_880, "µs a caption", _MEASURE)
HTTP = Figure("what HTTP adds", 1_270, "µs a request", _MEASURE)
KEPT = Figure("a kept record", 401, "bytes", _RUN)
BLOCK = Figure("a row in a block's file", 38, "bytes", "the 25,014 captions of COCO val2017")
SCRATCH = Figure("the driver's temporary files", 433, "bytes a caption", "600,000 rows, sorted")
REPLY = Figure("a reply in the cache", 126, "bytes", _MEASURE)
MANIFEST = Figure("a part's manifest", 309, "bytes", _MEASURE)
REREAD = Figure("reading a record back for the summary, with `--verify`", 1.6, "µs a caption", _MEASURE)
DRIVER_MEMORY = Figure("memory of the driver, at most", 250, "MB", _RUN)
WORKER_MEMORY = Figure("memory of a worker, at most", 271, "MB", _RUN)
BLOCK_MEMORY = Figure("memory of the driver for a block that waits", 20, "kB", _MEASURE)
REPORTS = Figure("calls that the foreman takes", 345, "a second", _MEASURE)
RAY_BLOCKS = Figure("blocks that Ray Data hands out", 50, "a second", _MEASURE)
WRITES = Figure("S3: writes and lists a part", 6, "requests", _MEASURE)
READS = Figure("S3: reads a part", 11, "requests", _MEASURE)

SLOW_TOKENS = Figure("an 8B model under vLLM, tokens sent and received, low", 10_000, "a second and GPU", "assumed")
FAST_TOKENS = Figure("the same, high: prompts that share their beginning", 40_000, "a second and GPU", "assumed")
SLOW_IMAGES = Figure("a 7B model that sees, one question an image, low", 10, "images/s and GPU", "assumed")
FAST_IMAGES = Figure("the same, high", 40, "images/s and GPU", "assumed")
IMAGE_TOKENS = Figure("tokens of an image for an API", 1_000, "", "assumed")
GPU_HOUR = Figure("a GPU", 2.00, "$/hour", "assumed")
CHEAP_IN = Figure("an API of an 8B model: sent", 0.05, "$/million tokens", "assumed")
CHEAP_OUT = Figure("an API of an 8B model: received", 0.10, "$/million tokens", "assumed")
DEAR_IN = Figure("an API of a small closed model: sent", 0.15, "$/million tokens", "assumed")
DEAR_OUT = Figure("an API of a small closed model: received", 0.60, "$/million tokens", "assumed")
STORAGE = Figure("S3", 0.023, "$/GB and month", "assumed")
WRITE_PRICE = Figure("S3: writes and lists", 0.005, "$/thousand", "assumed")
READ_PRICE = Figure("S3: reads", 0.0004, "$/thousand", "assumed")
S3_SECONDS = Figure("S3: an answer", 0.05, "s", "assumed")

MEASURED = (
    REQUESTS,
    PROMPT,
    COMPLETION,
    CONTRAST_REQUESTS,
    CONTRAST_PROMPT,
    CONTRAST_COMPLETION,
    QUESTIONS,
    PLANNING,
    WORKER,
    HTTP,
    KEPT,
    BLOCK,
    SCRATCH,
    REPLY,
    MANIFEST,
    REREAD,
    DRIVER_MEMORY,
    WORKER_MEMORY,
    BLOCK_MEMORY,
    REPORTS,
    RAY_BLOCKS,
    WRITES,
    READS,
)
ASSUMED = (
    SLOW_TOKENS,
    FAST_TOKENS,
    SLOW_IMAGES,
    FAST_IMAGES,
    IMAGE_TOKENS,
    GPU_HOUR,
    CHEAP_IN,
    CHEAP_OUT,
    DEAR_IN,
    DEAR_OUT,
    STORAGE,
    WRITE_PRICE,
    READ_PRICE,
    S3_SECONDS,
)
