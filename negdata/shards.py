"""``--shard I/N``: one of N machines takes the records that are its own, and no two take the same."""

from __future__ import annotations

import re
from dataclasses import dataclass
from hashlib import blake2b

from pydantic import JsonValue

from negdata.errors import NegdataError

_FORM = re.compile(r"([0-9]{1,9})/([0-9]{1,9})")
_REMEDY = "Give I/N, say 1/3 for the first of 3."


@dataclass(frozen=True, slots=True)
class Shard:
    """The shard ``index``, from 1, of a corpus that is divided into ``of``; its text is ``1/3``.

    To which shard a record belongs follows from its id alone, on every machine and in every version of Python.

    Raises:
        NegdataError: there is no such shard.
    """

    index: int
    of: int

    def __post_init__(self) -> None:
        if self.of < 1:
            raise NegdataError(f"--shard {self} divides the records among none.", _REMEDY)
        if not 1 <= self.index <= self.of:
            raise NegdataError(
                f"--shard {self} is no shard of {self.of}: they are counted from 1.",
                f"Give 1/{self.of} to {self.of}/{self.of}." if self.of > 1 else "Give 1/1, or leave --shard out.",
            )

    @classmethod
    def parse(cls, text: str) -> Shard:
        """The shard that a text such as ``1/3`` names; raises NegdataError where it names none."""
        found = _FORM.fullmatch(text.strip())
        if found is None:
            raise NegdataError(f"--shard {text[:40]!r} names no shard.", _REMEDY)
        return cls(int(found[1]), int(found[2]))

    def owns(self, id: str) -> bool:
        """Whether the record with this id belongs to the shard."""
        digest = blake2b(id.encode("utf-8", "surrogatepass"), digest_size=8).digest()
        return int.from_bytes(digest, "big") % self.of + 1 == self.index

    def __str__(self) -> str:
        return f"{self.index}/{self.of}"


def shard_identity(shard: Shard | None) -> dict[str, JsonValue]:
    """What a run's settings say of its shard; nothing where it takes all, so that earlier outputs are gone on with."""
    return {} if shard is None else {"shard": str(shard)}


def shard_facts(shard: Shard | None, whole: int) -> dict[str, JsonValue]:
    """What a shard's manifest says beside: how many records all shards have together."""
    return {} if shard is None else {"whole": whole}
