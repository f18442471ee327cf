"""Finds a GGUF model: a file here, or a file of a hub repository."""

from __future__ import annotations

import re
from pathlib import Path

from negdata.errors import NegdataError

MAGIC = b"GGUF"
_HUB_NAME = re.compile(r"[\w.-]+/[\w.-]+(?::[\w./-]+)?")


def find_gguf(model: str) -> Path:
    """The path of a GGUF model.

    Args:
        model: a path, or ``owner/repo:FILE_OR_QUANTIZATION`` on the Hugging Face hub.

    Raises:
        NegdataError: there is no such file, it is no GGUF, or the hub can't be reached.
    """
    path = Path(model).expanduser()
    if path.is_file():
        with path.open("rb") as file:
            magic = file.read(4)
        if magic != MAGIC:
            raise NegdataError(
                f"{path} is no GGUF model: it begins with {magic!r}.", "Give a .gguf file of a chat model."
            )
        return path
    if path.suffix == ".gguf" or not _HUB_NAME.fullmatch(model):
        raise NegdataError(f"The model file {path} doesn't exist.", "Give --model the path of a .gguf file.")
    return _download(model)


def _download(model: str) -> Path:
    repository, _, wanted = model.partition(":")
    try:
        import huggingface_hub as hub
    except ImportError as error:
        raise NegdataError(
            f"{model!r} is no file, and huggingface_hub, which would fetch it, is not installed.",
            'Give the path of a .gguf file, or run: pip install "negdata[hf]"',
        ) from error
    try:
        files = [name for name in hub.list_repo_files(repository) if name.endswith(".gguf")]
        chosen = [name for name in files if wanted.lower() in name.lower()] if wanted else files
        if len(chosen) != 1:
            raise NegdataError(
                f"The hub repository {repository} has {len(chosen)} GGUF files that fit {wanted or 'no name'!r}: "
                f"{', '.join((chosen or files)[:12])}.",
                "Name one as owner/repo:FILE.",
            )
        return Path(hub.hf_hub_download(repository, chosen[0]))
    except NegdataError:
        raise
    except Exception as error:
        raise NegdataError(
            f"The model {model!r} can't be fetched from the hub ({type(error).__name__}).",
            "Check the name and the network, or give the path of a .gguf file.",
        ) from error
