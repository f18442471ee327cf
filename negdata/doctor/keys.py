"""Which keys are set, and never what they are."""

from __future__ import annotations

import os

from negdata.backends.ollama import KEY_VARIABLE as OLLAMA
from negdata.backends.openai import KEY_VARIABLE as OPENAI
from negdata.doctor.diagnosis import Key

_USES = {
    OPENAI: "for api.openai.com, and servers that ask for a key",
    OLLAMA: "for an Ollama server that asks for one",
    "HF_TOKEN": "for models of the Hub that ask who you are",
}


def find_keys(named: str | None) -> list[Key]:
    """The variables that negdata and its libraries look at, and the one that ``--api-key-env`` names."""
    uses = dict(_USES)
    if named is not None:
        uses = {named: "named by --api-key-env", **{name: use for name, use in uses.items() if name != named}}
    return [_key(name, use) for name, use in uses.items()]


def _key(name: str, use: str) -> Key:
    is_set = bool(os.environ.get(name))
    return Key(
        name=name,
        state="ok" if is_set else "absent",
        said=f"{'set' if is_set else 'not set'}: {use}",
        mend=None if is_set else f"export {name}=...",
        is_set=is_set,
    )
