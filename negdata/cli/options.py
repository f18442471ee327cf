"""The options that commands share, with their help; each is named like the setting that it becomes."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from negdata.cli import completion
from negdata.errors import NegdataError

SOURCE_HELP = (
    "Captions, here or at an address (s3://, https:// …): COCO JSON, JSONL, CSV/TSV, parquet, WebDataset's tars, "
    "a folder or pattern of such files (train-{000..099}.tar), of parts, or of images with a .txt beside each."
)
FORMAT_HELP = "coco, jsonl, csv, parquet, webdataset, folder or parts. Default: recognised."
PROMPTS_HELP = "A folder of your own prompts; each replaces the shipped one of its name. Default: the shipped ones."
RECORDS_HELP = (
    "Caption records (JSON lines, or a folder of parts), or captions in the paper's COCO layout; here or at an address."
)
IMAGES_HELP = (
    "What image names are relative to: a folder, .tar or .parquet files, or a pattern of them "
    "('shards/{000..099}.tar'), here or at an address (s3://, https:// …)."
)
NAME_HELP = "The name, as ls prints it."
JSON_HELP = "Print one JSON object for machines instead of tables."
INPUT, MODEL, METHOD, VERIFY, PACE, RUN = "Input", "Model", "Method", "Verify", "Pace", "Run"
OUTPUT = "Output"
ENGINE = "Engine"

Source = Annotated[Path, typer.Argument(metavar="SOURCE", help=SOURCE_HELP, show_default=False)]
Records = Annotated[Path, typer.Argument(metavar="RECORDS", help=RECORDS_HELP, show_default=False)]
PromptName = Annotated[
    str,
    typer.Argument(
        metavar="NAME", help=NAME_HELP, show_default=False, autocompletion=completion.shipped_name("prompts")
    ),
]
BenchmarkName = Annotated[
    str,
    typer.Argument(
        metavar="NAME", help=NAME_HELP, show_default=False, autocompletion=completion.shipped_name("benchmark")
    ),
]
RecipeName = Annotated[
    str,
    typer.Argument(metavar="NAME", help=NAME_HELP, show_default=False, autocompletion=completion.shipped_name("train")),
]
SourceFormat = Annotated[
    str | None,
    typer.Option(
        help=FORMAT_HELP,
        rich_help_panel=INPUT,
        show_default=False,
        autocompletion=completion.one_of(completion.FORMATS),
    ),
]
ImageColumn = Annotated[
    str | None,
    typer.Option(
        help="The image column of a table. Default: its usual names.", rich_help_panel=INPUT, show_default=False
    ),
]
CaptionColumn = Annotated[
    str | None,
    typer.Option(
        help="The caption column of a table. Default: its usual names.", rich_help_panel=INPUT, show_default=False
    ),
]
Engine = Annotated[
    str,
    typer.Option(
        help="local (this process), or ray (workers on this machine or a cluster; each writes parts of the output).",
        rich_help_panel=ENGINE,
        autocompletion=completion.one_of(completion.ENGINES),
    ),
]
RayAddress = Annotated[
    str | None,
    typer.Option(
        help="HOST:PORT of a Ray cluster's head, or auto. Default: $RAY_ADDRESS, else a Ray on this machine for the "
        "run.",
        rich_help_panel=ENGINE,
        show_default=False,
    ),
]
RayWorkers = Annotated[
    int | None,
    typer.Option(
        help="For ray: processes that work at once. Default: one a core of the cluster (a GPU, for a model in the "
        "worker), and no more than --concurrency where a server is asked.",
        rich_help_panel=ENGINE,
        show_default=False,
    ),
]
Json = Annotated[bool, typer.Option("--json", help=JSON_HELP, rich_help_panel=OUTPUT)]
PromptFolder = Annotated[
    Path | None, typer.Option("--prompts", help=PROMPTS_HELP, rich_help_panel=METHOD, show_default=False)
]
Out = Annotated[
    Path,
    typer.Option(
        "-o",
        "--out",
        help="OUT.jsonl for caption records, OUT.json for the COCO layout with updated_caption, or OUT for a folder of "
        "parts.",
        show_default=False,
    ),
]
BadRows = Annotated[
    str,
    typer.Option(
        help="Rows that can't be used: refuse (stop before starting) or fail (set aside in OUT.failed.jsonl).",
        rich_help_panel=INPUT,
        autocompletion=completion.one_of(completion.BAD_ROWS),
    ),
]
Limit = Annotated[
    int | None, typer.Option(help="Rows to take. Default: all.", rich_help_panel=INPUT, show_default=False)
]
Shard = Annotated[
    str | None,
    typer.Option(
        "--shard",
        metavar="I/N",
        help="Take only the I-th of N shares of the records; negdata merge joins the outputs. Default: all.",
        rich_help_panel=INPUT,
        show_default=False,
    ),
]
Exclude = Annotated[
    list[Path] | None,
    typer.Option(
        "--exclude",
        metavar="BENCH",
        help="Leave out the images that a benchmark uses: its file, a list of names or a folder. May be repeated.",
        rich_help_panel=INPUT,
        show_default=False,
    ),
]
Backend = Annotated[
    str,
    typer.Option(
        help="rules (embedded: no model, no network), ollama, openai (any server of that protocol), "
        "llamacpp or transformers (in this process), vllm (started for the run, on a GPU).",
        rich_help_panel=MODEL,
        autocompletion=completion.backend,
    ),
]
Verifier = Annotated[
    str,
    typer.Option(
        help="Verifiers, in turn, separated by commas: instances (ground truth), qwen-vl, llava, the path or hub "
        "name of any multimodal model, ollama, openai; NAME=MODEL names the model. Default: none; the text alone is "
        "checked.",
        rich_help_panel=VERIFY,
        show_default=False,
        autocompletion=completion.verifiers,
    ),
]
VerifierModel = Annotated[
    str | None,
    typer.Option(
        help="The model of a verifier that names none. Default: the verifier's.",
        rich_help_panel=MODEL,
        show_default=False,
    ),
]
Seed = Annotated[int, typer.Option(help="All choices by chance follow from it.", rich_help_panel=METHOD)]
ApiKeyEnv = Annotated[
    str | None,
    typer.Option(
        help="The name of the environment variable that holds the key (never the key). Default: OPENAI_API_KEY.",
        rich_help_panel=MODEL,
        show_default=False,
    ),
]
BaseUrl = Annotated[
    str | None,
    typer.Option(help="The server's address. Default: the backend's.", rich_help_panel=MODEL, show_default=False),
]
Architecture = Annotated[
    str | None,
    typer.Option(
        help="Of weights that don't say it: ViT-B-32 … Default: what they say.",
        rich_help_panel=MODEL,
        show_default=False,
    ),
]
QuickGelu = Annotated[
    bool | None,
    typer.Option(
        "--quick-gelu/--no-quick-gelu",
        help="The activation of such weights. Default: what they or their architecture say.",
        rich_help_panel=MODEL,
        show_default=False,
    ),
]
Workers = Annotated[
    int | None,
    typer.Option(
        help="Threads that read and prepare images. Default: one a core, 8 at most.",
        rich_help_panel=PACE,
        show_default=False,
    ),
]
Replace = Annotated[bool, typer.Option("--fresh", help="Replace an earlier export.", rich_help_panel=RUN)]
Device = Annotated[
    str,
    typer.Option(
        help="auto, cuda, mps or cpu.", rich_help_panel=MODEL, autocompletion=completion.one_of(completion.DEVICES)
    ),
]
Images = Annotated[
    Path | None,
    typer.Option(
        help=f"{IMAGES_HELP} Default: none.",
        rich_help_panel=INPUT,
        show_default=False,
    ),
]
InstancesFile = Annotated[
    Path | None,
    typer.Option(
        help="A COCO or LVIS instances file, for the verifier instances. Default: none.",
        rich_help_panel=VERIFY,
        show_default=False,
    ),
]
AbsentBelow = Annotated[
    float,
    typer.Option(help="Probability of presence up to which an object is absent, 0 to 1.", rich_help_panel=VERIFY),
]
PresentAbove = Annotated[
    float,
    typer.Option(
        help="Probability from which it is present, 0 to 1; between the two it is unsure.", rich_help_panel=VERIFY
    ),
]
Votes = Annotated[
    int,
    typer.Option(help="Phrasings of each question, 1 to 4; their probabilities are averaged.", rich_help_panel=VERIFY),
]
MaxPixels = Annotated[
    int,
    typer.Option(help="Width times height of an image as a model sees it, at most, in pixels.", rich_help_panel=VERIFY),
]
BatchSize = Annotated[
    int, typer.Option(help="Questions in a batch of a model in this process.", rich_help_panel=VERIFY)
]
Concurrency = Annotated[int, typer.Option(help="Requests to a server in flight at most.", rich_help_panel=PACE)]
Rpm = Annotated[
    int | None,
    typer.Option(help="Requests a minute at most. Default: no limit.", rich_help_panel=PACE, show_default=False),
]
Tpm = Annotated[
    int | None,
    typer.Option(help="Tokens a minute at most. Default: no limit.", rich_help_panel=PACE, show_default=False),
]
Timeout = Annotated[float, typer.Option(help="Seconds for one request.", rich_help_panel=PACE)]
MaxFailures = Annotated[
    float, typer.Option(help="Share of failed records that stops the run, once 100 are in.", rich_help_panel=PACE)
]
Fresh = Annotated[
    bool, typer.Option("--fresh", help="Start over instead of going on where OUT stopped.", rich_help_panel=RUN)
]
NoCache = Annotated[
    bool, typer.Option("--no-cache", help="Neither store nor reuse model replies.", rich_help_panel=RUN)
]


def names(text: str) -> tuple[str, ...]:
    """The parts of an option that lists names, separated by commas."""
    return tuple(part.strip() for part in text.split(",") if part.strip())


def given(path: Path | None, name: str) -> Path:
    """An argument that this way of calling the command needs; NegdataError where it is missing."""
    if path is None:
        raise NegdataError(f"The argument {name} is missing.", "Give a path; --help says of what.")
    return path
