"""What holds for every test, and how many of them run at once."""

from __future__ import annotations

import os

import pytest

from tests.remote.s3 import s3, s3_endpoint

__all__ = ["s3", "s3_endpoint"]

WORKERS = 2
"""As many as a small machine has cores and memory for; ``-n`` says otherwise."""

# Before torch is first imported. Two threads that wait for each other on a busy core take forty times as long.
os.environ.setdefault("OMP_NUM_THREADS", "1")


@pytest.hookimpl(tryfirst=True)
def pytest_cmdline_main(config: pytest.Config) -> None:
    """The whole suite is shared out among workers; what is picked by hand runs here, where it starts at once.

    Worksteal gives each worker a stretch of the suite: a model that a module's tests share is seldom made twice.
    """
    if "PYTEST_XDIST_WORKER" in os.environ:  # a worker has no workers of its own
        return
    options = config.option
    told = getattr(options, "numprocesses", 0) is not None  # or there is no xdist
    whole = config.args_source is pytest.Config.ArgsSource.TESTPATHS and not options.keyword
    if whole and not (told or options.usepdb or options.collectonly):
        options.numprocesses = WORKERS
        options.dist = "worksteal" if options.dist == "no" else options.dist


def pytest_configure(config: pytest.Config) -> None:
    """Gives a worker its share of the cores: llama.cpp runs a thread on each that it sees, and they wait busily."""
    worker = getattr(config, "workerinput", None)
    if worker is not None and hasattr(os, "sched_setaffinity"):
        cores = sorted(os.sched_getaffinity(0))
        number = int(worker["workerid"].removeprefix("gw"))
        os.sched_setaffinity(0, cores[number :: worker["workercount"]] or {cores[number % len(cores)]})
