"""Which engine a command runs on, and how many workers it has."""

from __future__ import annotations

from dataclasses import dataclass

from negdata.errors import NegdataError, unknown_name

ENGINES = ("local", "ray")
_OF_A_CLUSTER = 64


@dataclass(frozen=True, slots=True)
class EngineSettings:
    """The options; the defaults are the command line's.

    Attributes:
        engine: ``local``, or ``ray`` for Ray Data.
        ray_address: HOST:PORT of a Ray cluster's head, or ``auto``; None: ``$RAY_ADDRESS``, else a Ray on this machine
            alone.
        workers: processes that Ray drives; None: one a core of the cluster, and of a backend behind a server no more
            than requests in flight.
    """

    engine: str = "local"
    ray_address: str | None = None
    workers: int | None = None

    @property
    def in_blocks(self) -> bool:
        """Whether rows are worked on in blocks, whatever the output is."""
        return self.engine != "local"

    @property
    def likely_workers(self) -> int:
        """How many workers there will be, as far as it is known before a cluster is asked."""
        if self.workers is not None:
            return self.workers
        return _OF_A_CLUSTER if self.in_blocks else 1

    def __post_init__(self) -> None:
        """Checks what the types can't say; raises NegdataError."""
        if self.engine not in ENGINES:
            raise unknown_name("engine", self.engine, ENGINES)
        if self.workers is not None and self.workers < 1:
            raise NegdataError(f"--workers is {self.workers}.", "Give a number above 0.")
        if self.engine == "local":
            for option, value in (("--ray-address", self.ray_address), ("--workers", self.workers)):
                if value is not None:
                    raise NegdataError(f"{option} is given, and the engine is local.", "Add --engine ray.")
