"""How a verifier is named on the command line."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from pathlib import Path
from typing import Self

from negdata.errors import NegdataError, unknown_name


@dataclass(frozen=True, slots=True)
class VerifierSpec:
    """A verifier as it is asked for: its name, and a model where one is named.

    Attributes:
        text: as it was written; it tells the verifiers of a run apart.
    """

    text: str
    name: str
    model: str | None

    @classmethod
    def read(cls, text: str, known: Collection[str]) -> Self:
        """Reads ``NAME``, ``NAME=MODEL``, or the path or hub name of a model for ``transformers``.

        Raises:
            NegdataError: there is no verifier of this name.
        """
        name, equals, model = text.partition("=")
        name = name.strip()
        if name in known:
            if equals and not model.strip():
                raise NegdataError(f"The verifier {text!r} names no model.", f"Write {name} or {name}=MODEL.")
            return cls(text, name, model.strip() or None)
        if "/" in name or _is_there(text):
            return cls(text, "transformers", text)
        raise unknown_name("verifier", name, known)


def _is_there(text: str) -> bool:
    try:
        return bool(text) and Path(text).exists()
    except OSError:  # no name that a file could have
        return False
