"""``negdata doctor``: what works on this machine, and what would mend the rest."""

from __future__ import annotations

from typing import Annotated

import typer

from negdata.cli import completion
from negdata.cli.options import MODEL, ApiKeyEnv, Backend, BaseUrl, Json, Timeout, Verifier, names
from negdata.errors import ExitCode
from negdata.interrupts import leave


def doctor(
    purpose: Annotated[
        str | None,
        typer.Option(
            "--for",
            autocompletion=completion.one_of(completion.PURPOSES),
            metavar="COMMAND",
            help="The command that should work: caption, filter, finetune or eval. Default: none in particular.",
            show_default=False,
        ),
    ] = None,
    backend: Backend = "rules",
    model: Annotated[
        str | None,
        typer.Option(
            help="The model that should be there: of the backend or verifier, or a CLIP. Default: its own.",
            rich_help_panel=MODEL,
            show_default=False,
        ),
    ] = None,
    base_url: BaseUrl = None,
    api_key_env: ApiKeyEnv = None,
    verifier: Verifier = "",
    timeout: Timeout = 3.0,
    as_json: Json = False,
) -> None:
    """Say what works on this machine, and what mends the rest.

    Packages, devices, the backends that answer now and their models, keys (whether they are set, never what they are),
    caches and disk. --for asks whether a command works: caption with --backend, filter with --verifier, finetune and
    eval with --model. Exit code 2 says that it would not.
    """
    from negdata import console
    from negdata.doctor import DoctorSettings, diagnose

    settings = DoctorSettings(
        purpose=purpose,
        backend=backend,
        verifiers=names(verifier),
        model=model,
        base_url=base_url,
        api_key_env=api_key_env,
        timeout=timeout,
    )
    with console.waiting("looking at") as on_step:
        found = diagnose(settings, on_step=on_step)
    if as_json:
        console.json_line(found.model_dump_json())
    else:
        console.diagnosis(found)
    # A thread that looks up the name of a host may outlast all patience.
    leave(ExitCode.USAGE if found.wanted is not None and not found.wanted.works else ExitCode.OK)
