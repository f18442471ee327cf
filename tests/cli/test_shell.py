"""The command line as a whole: help, examples, completion, how much is said, and colours."""

from __future__ import annotations

import os
import pty
import re
import shlex
import subprocess
import sys
from collections import defaultdict
from pathlib import Path
from typing import Any

import pytest

from negdata import __version__
from negdata.cli import completion
from negdata.cli.examples import EXAMPLES, FIRST_STEPS
from negdata.cli.register import epilog
from tests.cli.command import EXAMPLE, NEGDATA, environment, negdata
from tests.cli.commands import arguments, commands, flag, options

COMMANDS = commands()

# Options that mean another thing in another command, with why.
_SAME_NAME_OTHER_THING = {
    "--out": "each command writes its own",
    "--model": "a language model, a verifier's, or a CLIP",
    "--to": "forms of models, or of datasets",
    "--dtype": "of weights in a file, of scoring, or of training",
    "--fresh": "goes on, or replaces",
    "--per-image": "of captions, or of questions",
    "--instances": "ground truth for a verifier, or what a benchmark is made of",
    "--verifier": "of captions, or of crops",
    "--batch-size": "of questions, or of crops",
    "--images": "one folder, or several",
    "--workers": "threads that prepare images, or processes of an engine",
    "--limit": "rows to take, or items to show",
    "--licence": "of a model, or of captions",
}


@pytest.mark.parametrize("name", COMMANDS)
def test_everything_has_help_that_says_its_default(name: str) -> None:
    for one in (*arguments(COMMANDS[name]), *COMMANDS[name].params):
        assert one.help, one.name
        assert one.help.endswith((".", ". …", "…")), one.help
    for one in options(COMMANDS[name]):
        shown = one.required or one.is_bool_flag or (one.default not in (None, "") and one.show_default)
        assert shown or "Default: " in one.help or "May be repeated" in one.help, flag(one)


def test_the_same_option_is_the_same_everywhere() -> None:
    seen: dict[str, dict[Any, list[str]]] = defaultdict(lambda: defaultdict(list))
    for name, command in COMMANDS.items():
        for one in options(command):
            words = one.help.removesuffix(" Default: none.")
            seen[flag(one)][(words, one.metavar, one.bare_type())].append(name)
    differ = {option for option, ways in seen.items() if len(ways) > 1}
    assert differ == set(_SAME_NAME_OTHER_THING)


def test_every_spelling_is_of_one_option() -> None:
    for command in COMMANDS.values():
        spelled = [name for one in command.params for name in (*one.opts, *one.secondary_opts) if name.startswith("-")]
        assert len(spelled) == len(set(spelled))
        assert {"--quiet", "-q", "--verbose", "-v"} <= set(spelled)


def test_every_command_prints_json() -> None:
    assert [name for name, command in COMMANDS.items() if "--json" not in map(flag, options(command))] == []


def test_every_command_has_examples() -> None:
    assert set(EXAMPLES) == set(COMMANDS)
    for name, examples in EXAMPLES.items():
        assert COMMANDS[name].epilog == epilog(examples)
        assert len(examples) >= (1 if name.split()[-1] in ("show", "validate") else 2)


@pytest.mark.parametrize("example", [*(one for several in EXAMPLES.values() for one in several), *FIRST_STEPS])
def test_every_example_can_be_typed(example: str) -> None:
    words = shlex.split(example)
    name = max((name for name in COMMANDS if words[1:][: len(name.split())] == name.split()), key=len)
    rest = words[1 + len(name.split()) :]
    known = {spelled for one in COMMANDS[name].params for spelled in (*one.opts, *one.secondary_opts)}
    assert {word for word in rest if word.startswith("-")} <= known
    COMMANDS[name].make_context(name, rest)  # raises what a user would be told


def test_help_shows_examples_as_they_are_typed() -> None:
    joined = epilog(EXAMPLES["finetune"]).replace(" \\\n   ", "")
    assert joined.split("\n\n")[1:] == list(EXAMPLES["finetune"])
    lines = [line for examples in EXAMPLES.values() for line in epilog(examples).splitlines()]
    assert max(map(len, lines)) <= 78


def test_help_is_grouped_in_the_order_of_the_work(tmp_path: Path) -> None:
    shown = negdata("--help", folder=tmp_path).stdout
    panels = [shown.index(f"─ {panel} ─") for panel in ("Make data", "Benchmark", "Train", "Look", "Other")]
    assert panels == sorted(panels)
    assert "─ Commands ─" not in shown, "every command stands in a panel"


@pytest.mark.parametrize("words", [[], *([*name.split()] for name in COMMANDS)], ids=" ".join)
def test_help_fits_a_narrow_terminal(words: list[str], tmp_path: Path) -> None:
    shown = negdata(*words, "--help", folder=tmp_path, COLUMNS="80").stdout
    assert max(map(len, shown.splitlines())) <= 80


def test_help_loads_next_to_nothing() -> None:
    code = (
        "import sys; from negdata.cli import app\n"
        "try: app(['--help'])\n"
        "except SystemExit: pass\n"
        "print(*sys.modules, file=sys.stderr)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    loaded = set(done.stderr.split())
    ours = {name for name in loaded if name.startswith("negdata.") and not name.startswith("negdata.cli")}
    assert ours == {"negdata.calling", "negdata.errors", "negdata.interrupts", "negdata.shipped"}
    slow = {"pydantic", "orjson", "yaml", "jinja2", "asyncio", "aiohttp", "openai", "ollama", "numpy", "PIL", "sqlite3"}
    assert not slow & loaded


def test_version(tmp_path: Path) -> None:
    assert negdata("--version", folder=tmp_path).stdout == f"negdata {__version__}\n"


# --- completion -----------------------------------------------------------------------------------------------------


def test_lists_that_completion_repeats_are_the_true_ones() -> None:
    from negdata.backends import BACKENDS
    from negdata.benchmark.evaluate import settings as evaluation
    from negdata.benchmark.evaluate.ties import SCORINGS
    from negdata.benchmark.suites.registry import SUITES
    from negdata.caption import settings as captions
    from negdata.doctor import PURPOSES
    from negdata.engines.settings import ENGINES
    from negdata.filter.text import TEXT_CHECKS
    from negdata.publish import FORMS
    from negdata.sources import FORMATS
    from negdata.train.export import TARGETS, files
    from negdata.train.export.diffusers import PARTS
    from negdata.train.settings import DTYPES
    from negdata.verify import VERIFIERS

    for repeated, true in (
        (completion.BACKENDS, BACKENDS),
        (completion.VERIFIERS, VERIFIERS),
        (completion.FORMATS, FORMATS),
        (completion.BAD_ROWS, captions.BAD_ROWS),
        (completion.PIPELINES, captions.PIPELINES),
        (completion.PROPOSERS, captions.PROPOSERS),
        (completion.STEPS, captions.STEPS),
        (completion.TEXT_CHECKS, TEXT_CHECKS),
        (completion.SUITES, SUITES),
        (completion.SCORINGS, SCORINGS),
        (completion.CROPS, evaluation.CROPS),
        (completion.EVAL_DTYPES, evaluation.DTYPES),
        (completion.TRAIN_DTYPES, DTYPES),
        (completion.FILE_DTYPES, files._DTYPES),
        (completion.TARGETS, TARGETS),
        (completion.PARTS, PARTS),
        (completion.FORMS, FORMS),
        (completion.PURPOSES, PURPOSES),
        (completion.ENGINES, ENGINES),
    ):
        assert tuple(repeated) == tuple(true)


def test_names_of_shipped_files_are_offered() -> None:
    from negdata.benchmark.definition import load_definitions
    from negdata.train.recipes import load_recipes

    assert completion.shipped_name("train")("") == sorted(one.name for one in load_recipes())
    assert completion.shipped_name("benchmark")("negb") == ["negbench-mcq", "negbench-retrieval"]
    assert set(completion.shipped_name("benchmark")("")) == {one.name for one in load_definitions()}


def test_a_list_with_commas_is_completed_at_its_end() -> None:
    assert completion.verifiers("instances,ll") == ["instances,llava"]
    assert "instances,instances" not in completion.verifiers("instances,")


_BASH = """
eval "$(_NEGDATA_COMPLETE=source_bash negdata)"
COMP_WORDS=({words})
COMP_CWORD=$(( ${{#COMP_WORDS[@]}} - 1 ))
_negdata_completion negdata
printf '%s\\n' "${{COMPREPLY[@]}}"
"""


def _completed(words: str, folder: Path) -> list[str]:
    """What bash itself puts into COMPREPLY after the Tab key."""
    variables = environment(folder) | {"PATH": f"{NEGDATA.parent}{os.pathsep}{os.environ['PATH']}"}
    script = _BASH.replace("{words}", words).replace("{{", "{").replace("}}", "}")
    done = subprocess.run(["bash", "-c", script], cwd=folder, env=variables, capture_output=True, text=True)
    assert not done.stderr, done.stderr
    return done.stdout.split()


@pytest.mark.parametrize(
    ("words", "offered"),
    [
        ("negdata fi", ["filter", "finetune"]),
        ("negdata recipes sh", ["show"]),
        ("negdata caption x.json --backend o", ["ollama", "openai"]),
        ("negdata finetune x --recipe nega", ["negationclip"]),
        ("negdata build-bench x --definition negref", ["negrefcocog", "negrefcocog-strict"]),
        ("negdata filter x --verifier instances,q", ["instances,qwen-vl"]),
        ("negdata recipes show lo", ["lora"]),
        ("negdata caption x.json --max-f", ["--max-failures"]),
        ("negdata doctor --for f", ["filter", "finetune"]),
    ],
)
def test_bash_completes(words: str, offered: list[str], tmp_path: Path) -> None:
    assert _completed(words, tmp_path) == offered


def test_completion_is_installed_where_bash_finds_it(tmp_path: Path) -> None:
    home = tmp_path / "home"
    home.mkdir()
    variables = environment(tmp_path) | {"HOME": str(home), "PATH": f"{NEGDATA.parent}{os.pathsep}{os.environ['PATH']}"}
    command = ["bash", "-c", "negdata --install-completion; true"]  # a shell that waits for it, as a user's does
    done = subprocess.run(command, cwd=tmp_path, env=variables, capture_output=True, text=True)
    assert "installed" in done.stdout, done.stdout + done.stderr
    script = "source ~/.bashrc; complete -p negdata"
    done = subprocess.run(["bash", "-c", script], cwd=tmp_path, env=variables, capture_output=True, text=True)
    assert "_negdata_completion" in done.stdout, done.stdout + done.stderr


# --- how much is said ------------------------------------------------------------------------------------------------

_RUN = ("caption", EXAMPLE, "-o", "out.jsonl", "--limit", "4")


@pytest.mark.parametrize("at", ["before", "behind"])
def test_quiet_says_nothing_where_all_is_well(at: str, tmp_path: Path) -> None:
    words = ("-q", *_RUN) if at == "before" else (*_RUN, "--quiet")
    done = negdata(*words, folder=tmp_path)
    assert done.stdout + done.stderr == ""
    assert len((tmp_path / "out.jsonl").read_text().splitlines()) == 4


@pytest.mark.parametrize(
    "words",
    [("recipes", "ls"), ("stats", EXAMPLE), (*_RUN, "--json"), ("caption", EXAMPLE, "-o", "x.jsonl", "--dry-run")],
)
def test_quiet_still_gives_what_was_asked_for(words: tuple[str | Path, ...], tmp_path: Path) -> None:
    done = negdata(*words, "-q", folder=tmp_path)
    assert done.stdout.strip()
    assert done.stderr == ""


def test_quiet_tells_errors_and_what_is_incomplete(tmp_path: Path) -> None:
    done = negdata("-q", "caption", "nowhere.json", "-o", "out.jsonl", folder=tmp_path, code=2)
    assert done.stderr.startswith("error: ")
    (tmp_path / "rows.jsonl").write_text('{"image": "a.jpg", "caption": "A cat."}\n{"image": "b.jpg"}\n')
    done = negdata("caption", "rows.jsonl", "-o", "o.jsonl", "--bad-rows", "fail", "-q", folder=tmp_path, code=1)
    assert done.stdout == ""
    assert done.stderr == "incomplete: 1 of 2 captions failed, see o.jsonl\n"


def test_verbose_tells_where_things_are_and_what_an_error_came_of(tmp_path: Path) -> None:
    done = negdata(*_RUN, "-v", folder=tmp_path)
    assert f"· {EXAMPLE} is read as jsonl" in done.stderr
    failed = negdata(
        "-v", *_RUN, "--backend", "ollama", "--fresh", folder=tmp_path, code=2, timeout=60, OLLAMA_HOST="127.0.0.1:9"
    )
    assert f"· replies are kept in {tmp_path / 'cache' / 'negdata' / 'replies.sqlite'}" in failed.stderr
    assert "· because of ConnectionError" in failed.stderr
    assert "Traceback" not in failed.stderr


def test_verbose_tells_what_is_asked_again(tmp_path: Path) -> None:
    from tests.backends.scripted_server import Answer, Sent, scripted_server

    asked = 0

    def respond(sent: Sent) -> Answer:
        nonlocal asked
        if sent.path.endswith("/models"):
            return 200, {}, {"data": [{"id": "m"}]}
        asked += 1
        if asked == 1:
            return 503, {}, {"error": "loading sk-very-secret-0123456789"}
        return 200, {}, {"choices": [{"message": {"content": "nonsense"}, "finish_reason": "stop"}]}

    with scripted_server(respond) as server:
        words = ("--backend", "openai", "--base-url", f"{server.url}/v1", "--limit", "1", "-v")
        done = subprocess.run(
            [str(NEGDATA), "caption", str(EXAMPLE), "-o", "o.jsonl", *words],
            cwd=tmp_path,
            env=environment(tmp_path, OPENAI_API_KEY="sk-very-secret-0123456789"),
            capture_output=True,
            text=True,
            timeout=60,
        )
    assert "503" in done.stderr
    assert "attempt 2 in" in done.stderr
    assert "asked again with another seed" in done.stderr
    assert "very-secret" not in done.stderr


def test_quiet_and_verbose_exclude_each_other(tmp_path: Path) -> None:
    done = negdata("-q", "-v", "recipes", "ls", folder=tmp_path, code=2)
    assert done.stderr.startswith("error: --quiet and --verbose")


# --- colours ---------------------------------------------------------------------------------------------------------


def _output(words: tuple[str | Path, ...], folder: Path, *, terminal: bool, **colours: str) -> str:
    """What a command writes, to a pipe or to a terminal of its own."""
    variables = environment(folder) | {"TERM": "xterm-256color", "COLUMNS": "80"}
    variables.pop("NO_COLOR")
    for name in ("FORCE_COLOR", "TTY_COMPATIBLE", "GITHUB_ACTIONS", "PY_COLORS"):
        variables.pop(name, None)
    command = [str(NEGDATA), *map(str, words)]
    if not terminal:
        done = subprocess.run(command, cwd=folder, env=variables | colours, capture_output=True, text=True)
        return done.stdout + done.stderr
    master, slave = pty.openpty()
    process = subprocess.Popen(command, cwd=folder, env=variables | colours, stdout=slave, stderr=slave)
    os.close(slave)
    chunks = []
    while True:
        try:
            chunk = os.read(master, 4096)
        except OSError:  # Linux's word for the end
            break
        if not chunk:
            break
        chunks.append(chunk)
    process.wait()
    os.close(master)
    return b"".join(chunks).decode()


COLOUR = re.compile(r"\x1b\[[\d;]*3[0-7]")
SHOWN: list[tuple[str | Path, ...]] = [
    (*_RUN, "--fresh"),
    ("caption", "nowhere.json", "-o", "out.jsonl"),
    ("--help",),
    ("caption", "--no-such-option"),
]


@pytest.mark.parametrize("words", SHOWN, ids=["summary", "error", "help", "usage"])
def test_colours_are_for_terminals_and_as_the_user_says(words: tuple[str | Path, ...], tmp_path: Path) -> None:
    assert COLOUR.search(_output(words, tmp_path, terminal=True))
    assert not COLOUR.search(_output(words, tmp_path, terminal=False))
    assert not COLOUR.search(_output(words, tmp_path, terminal=True, NO_COLOR="1"))
    assert COLOUR.search(_output(words, tmp_path, terminal=False, FORCE_COLOR="1"))
    assert not COLOUR.search(_output(words, tmp_path, terminal=False, FORCE_COLOR="1", NO_COLOR="1"))


def test_a_coloured_pipe_is_no_screen(tmp_path: Path) -> None:
    shown = _output((*_RUN, "--fresh"), tmp_path, terminal=False, FORCE_COLOR="1")
    for steering in ("\x1b[?25l", "\x1b[2K", "\x1b[1A", "\r"):
        assert steering not in shown
