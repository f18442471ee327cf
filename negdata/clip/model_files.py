"""What goes wrong with the files of a model, in words."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar

import orjson

from negdata.errors import NegdataError

FETCH_AGAIN = "Fetch the model again."
T = TypeVar("T")


def json_object(path: Path) -> dict[str, Any]:
    """The object in a JSON file, empty where it holds something else; raises NegdataError where it can't be read."""
    try:
        content = orjson.loads(path.read_bytes())
    except (OSError, orjson.JSONDecodeError) as error:
        raise NegdataError(f"{path} can't be read: {first_line(error)}.", FETCH_AGAIN) from error
    return content if isinstance(content, dict) else {}


def loaded(what: str, load: Callable[[], T]) -> T:
    """What a library's reader makes of a model's file; raises NegdataError where it can't read it."""
    try:
        return load()
    except NegdataError:
        raise
    except Exception as error:  # such readers raise nearly anything
        remedy = FETCH_AGAIN
        if isinstance(error, ImportError):  # SigLIP's tokenizer is the one that needs more than is installed
            sentences = "sentencepiece" in str(error).lower()
            remedy = f"Run: pip install {'sentencepiece protobuf' if sentences else error.name or 'what it names'}"
        raise NegdataError(f"{what} can't be read: {first_line(error)}.", remedy) from error


def first_line(error: Exception) -> str:
    """The first line of what an error says, without a full stop."""
    lines = [line.strip() for line in str(error).splitlines() if line.strip()]
    return lines[0][:300].rstrip(".") if lines else type(error).__name__
