"""What torchrun tells the processes that it starts, for tests that start them by themselves in less time."""

from __future__ import annotations

import socket


def torchrun_says(size: int) -> list[dict[str, str]]:
    """The variables of each of so many processes of this machine."""
    address = {"MASTER_ADDR": "127.0.0.1", "MASTER_PORT": str(free_port()), "WORLD_SIZE": str(size)}
    return [{**address, "RANK": str(rank), "LOCAL_RANK": str(rank)} for rank in range(size)]


def free_port() -> int:
    """A port that nobody listens on at this moment."""
    with socket.socket() as listening:
        listening.bind(("127.0.0.1", 0))
        return int(listening.getsockname()[1])
