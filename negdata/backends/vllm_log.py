"""Why vLLM ended, in words: its last word is that something failed, and what failed stands further up."""

from __future__ import annotations

import re

from negdata.errors import NegdataError
from negdata.redact import redact

_PREFIX = re.compile(r"^(?:\([\w ]+pid=\d+\)\s*)?(?:[A-Z]+ [\d-]+ [\d:]+ \[[^\]]*\]\s*)?")
_ERROR = re.compile(r"^(?:[\w.]*\.)?(\w*(?:Error|Exception|NotFound))\b(?:: (.+))?$")
# What is said where something else failed before.
_SECOND_HAND = ("engine core initialization failed", "enginecore encountered", "workerproc initialization failed")
_SECOND_HAND_KINDS = ("EngineDeadError", "CancelledError", "BrokenPipeError", "EOFError", "KeyboardInterrupt")
_MEMORY = ("out of memory", "free memory on device", "no available memory for the cache", "available kv cache memory")
_DEVICE = ("failed to infer device type", "no cuda gpus are available", "found no nvidia driver")
_NOT_FOUND = (
    *("is not a local folder and is not a valid model identifier", "cannot find an appropriate cached snapshot"),
    *("repository not found", "can't load the configuration of", "we couldn't connect to"),
)
_LONGEST = 300


def why_it_ended(log: str, model: str) -> NegdataError:
    """The error of a vLLM that has ended.

    Args:
        log: what it printed.
        model: what it was to load, for the error.
    """
    said = redact(first_cause(log))
    lowered = said.lower()
    if any(words in lowered for words in _MEMORY):
        return NegdataError(
            f"The model {model!r} doesn't fit the GPU's memory under vLLM: {said}",
            "Free the GPU, take a smaller or quantized model, or fewer requests at once by --concurrency.",
        )
    if any(words in lowered for words in _DEVICE):
        return NegdataError(
            f"vLLM finds no GPU on this machine: {said}",
            "Run where there is one; without, --backend llamacpp or transformers works on the processor.",
        )
    if any(words in lowered for words in _NOT_FOUND):
        return NegdataError(
            f"The model {model!r} is neither a folder here nor can it be fetched from the hub.",
            "Check --model and the network, or give the folder of a model.",
        )
    return NegdataError(
        f"vLLM ended with the model {model!r}: {said or 'it says nothing'}",
        "Check that vLLM runs it: vllm serve with the same model shows all that it prints.",
    )


def first_cause(log: str) -> str:
    """The last error that isn't only the echo of another; empty where there is none."""
    found = ""
    for line in log.splitlines():
        match = _ERROR.match(_PREFIX.sub("", line))
        if match is None or match[1] in _SECOND_HAND_KINDS:
            continue
        said = f"{match[1]}: {match[2]}" if match[2] else match[1]
        if not any(words in said.lower() for words in _SECOND_HAND):
            found = said
    return found[:_LONGEST]
