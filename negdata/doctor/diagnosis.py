"""What an examination found: the schema of ``negdata doctor --json``."""

from __future__ import annotations

from typing import Literal

from pydantic import BaseModel

State = Literal["ok", "absent", "broken"]
"""``absent`` is a loss only to those who want it; ``broken`` is there and doesn't work."""


class Finding(BaseModel):
    """One thing that was looked at.

    Attributes:
        said: what there is to say of it, in a sentence or less.
        mend: the one line that mends it, mostly a command; None where there is nothing to mend.
    """

    name: str
    state: State
    said: str
    mend: str | None = None


class Extra(Finding):
    """Packages that are installed together, by the name of the extra.

    Attributes:
        enables: what they are for.
        versions: of each of its packages; None for one that isn't installed.
    """

    enables: str
    versions: dict[str, str | None]


class Device(Finding):
    """Where torch's models can run.

    Attributes:
        dtype: what negdata calculates in there.
        memory: in bytes, and what of it is free; None where it can't be told.
    """

    dtype: str
    memory: int | None = None
    free: int | None = None


class Answerer(Finding):
    """A backend.

    Attributes:
        address: where its server was looked for; None for one in this process.
        models: that it has now; None where that can't be told.
    """

    address: str | None = None
    models: list[str] | None = None


class Key(Finding):
    """An environment variable that may hold a key; the key itself is in no diagnosis."""

    is_set: bool


class Place(Finding):
    """A folder or file of negdata's.

    Attributes:
        bytes: how large it is; None where it isn't there.
    """

    path: str
    bytes: int | None = None


class Disk(Finding):
    """The disk that the caches are on."""

    path: str
    free: int
    total: int


class Verdict(BaseModel):
    """Whether what was asked for works.

    Attributes:
        purpose: the command.
        needs: what it needs, each found to be there or not.
    """

    purpose: str
    works: bool
    needs: list[Finding]


class Diagnosis(BaseModel):
    """All that was found.

    Attributes:
        wanted: on what was asked for; None where nothing was.
    """

    negdata: str
    python: str
    executable: str
    platform: str
    cores: int
    extras: list[Extra]
    devices: list[Device]
    backends: list[Answerer]
    keys: list[Key]
    places: list[Place]
    disk: Disk
    wanted: Verdict | None = None
    seconds: float
