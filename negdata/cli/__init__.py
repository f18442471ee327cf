"""The ``negdata`` command. A command parses, calls one function of the package and prints; no logic lives here."""

from __future__ import annotations

import os
import sys
from typing import Annotated

import typer

from negdata import __version__
from negdata.cli.benchmarks import benchmarks_app
from negdata.cli.build_bench import build_bench
from negdata.cli.caption import caption
from negdata.cli.data import data_app
from negdata.cli.demo import demo
from negdata.cli.doctor import doctor
from negdata.cli.evaluate import evaluate_models
from negdata.cli.examples import FIRST_STEPS
from negdata.cli.export import export
from negdata.cli.filter import filter_records
from negdata.cli.finetune import finetune_model
from negdata.cli.merge import merge
from negdata.cli.prompts import prompts_app
from negdata.cli.recipes import recipes_app
from negdata.cli.register import BENCHMARK, LOOK, MAKE, OTHER, START, TRAIN, Quiet, Verbose, command, epilog, set_voice
from negdata.cli.report import report
from negdata.cli.stats import stats
from negdata.errors import ExitCode, NegdataError
from negdata.interrupts import leave

app = typer.Typer(
    name="negdata",
    help='Teaches CLIP what "no" means: negation-aware captions from any captioned images.',
    epilog=epilog(FIRST_STEPS),
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)
command(app, "demo", panel=START)(demo)
command(app, "doctor", panel=START)(doctor)
command(app, "caption", panel=MAKE)(caption)
command(app, "filter", panel=MAKE)(filter_records)
command(app, "merge", panel=MAKE)(merge)
command(app, "build-bench", panel=BENCHMARK)(build_bench)
command(app, "eval", panel=BENCHMARK)(evaluate_models)
command(app, "finetune", panel=TRAIN)(finetune_model)
command(app, "export", panel=TRAIN)(export)
command(app, "stats", panel=LOOK)(stats)
command(app, "report", panel=LOOK)(report)
app.add_typer(data_app, name="data", rich_help_panel=MAKE)
app.add_typer(benchmarks_app, name="benchmarks", rich_help_panel=BENCHMARK)
app.add_typer(recipes_app, name="recipes", rich_help_panel=TRAIN)
app.add_typer(prompts_app, name="prompts", rich_help_panel=OTHER)


@app.callback(invoke_without_command=True)
def root(
    version: Annotated[bool, typer.Option("--version", help="Print the version and exit.")] = False,
    quiet: Quiet = False,
    verbose: Verbose = False,
) -> None:
    """What every command shares."""
    if version:
        typer.echo(f"negdata {__version__}")
        raise typer.Exit
    set_voice(quiet=quiet, verbose=verbose)


def main() -> None:
    """The console entry point: errors are two sentences and an exit code, never a traceback."""
    try:
        app(standalone_mode=True)
    except NegdataError as problem:
        from negdata import console

        console.error(problem)
        leave(problem.exit_code)
    except KeyboardInterrupt:
        sys.stderr.write("interrupted\n")
        leave(ExitCode.INTERRUPTED)
    except BrokenPipeError:
        # The reader of a pipe has left; a second error at interpreter exit would only add noise.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        sys.exit(ExitCode.FAILURES)
