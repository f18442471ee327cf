"""A real llama.cpp server of the OpenAI protocol: ``python -m tests.servers.llama_server MODEL.gguf --port 8000``."""

from __future__ import annotations

import argparse
import os
import signal
from pathlib import Path
from typing import Any


def start(model: Path, port: int = 0, parallel: int = 4, context: int = 2048) -> Any:
    """Loads the model and listens; ``server.listening_address`` says where."""
    import xllamacpp

    parameters = xllamacpp.CommonParams()
    parameters.model.path = str(model)
    parameters.model_alias = {model.stem}
    parameters.port = port
    parameters.n_parallel = parallel
    parameters.n_ctx = context * parallel
    parameters.cpuparams.n_threads = len(os.sched_getaffinity(0))
    parameters.use_jinja = True
    parameters.warmup = False
    parameters.cache_ram_mib = 0  # what was asked before must not make the next run faster
    parameters.verbosity = -1
    return xllamacpp.Server(parameters)


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("model", type=Path)
    parser.add_argument("--port", type=int, default=0)
    parser.add_argument("--parallel", type=int, default=4)
    arguments = parser.parse_args()
    server = start(arguments.model, arguments.port, arguments.parallel)
    print(server.listening_address, flush=True)
    signal.pause()
