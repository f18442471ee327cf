"""Language models, wherever they run: one file a backend, loaded on use.

Other packages add theirs in the entry-point group ``negdata.backends``.
"""

from __future__ import annotations

import importlib
from importlib.metadata import entry_points

from negdata.backends.base import Backend, BackendOptions
from negdata.errors import unknown_name

BACKENDS = {
    "rules": "negdata.backends.rules:RulesBackend",
    "ollama": "negdata.backends.ollama:OllamaBackend",
    "openai": "negdata.backends.openai:OpenAIBackend",
    "llamacpp": "negdata.backends.llamacpp:LlamaCppBackend",
    "transformers": "negdata.backends.transformers:TransformersBackend",
    "vllm": "negdata.backends.vllm:VllmBackend",
}


def find_backend(name: str) -> str:
    """Where the backend of this name is, as ``module:Class``; NegdataError names the nearest where there is none."""
    known = BACKENDS
    if name not in known:
        known = known | {point.name: point.value for point in entry_points(group="negdata.backends")}
    if name not in known:
        raise unknown_name("backend", name, known)
    return known[name]


def make_backend(name: str, options: BackendOptions) -> Backend:
    """The backend of this name, not yet ready.

    Raises:
        NegdataError: there is none of this name, its package isn't installed, or the options are not enough for it.
    """
    module, _, attribute = find_backend(name).partition(":")
    backend: Backend = getattr(importlib.import_module(module), attribute)(options)
    return backend
