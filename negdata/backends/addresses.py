"""Whether a server's address is one, told before anything is asked of it."""

from __future__ import annotations

from urllib.parse import urlsplit

from negdata.errors import NegdataError


def check_address(address: str, example: str) -> None:
    """Raises NegdataError for what is no address of a server, and for one that holds a password.

    Args:
        address: a URL, or ``host:port``.
        example: an address as it should be, for the error.
    """
    try:
        parts = urlsplit(address if "://" in address else f"http://{address}")
        port = parts.port
    except ValueError:
        parts, port = urlsplit(""), None
    if parts.username or parts.password:
        raise NegdataError(
            f"The address of the server {parts.hostname} holds a user or a password.",
            "Take it out, put the key into an environment variable and name that with --api-key-env.",
        )
    if parts.scheme not in ("http", "https") or not parts.hostname or port == 0 or " " in address:
        raise NegdataError(f"{address!r} is no address of a server.", f"Give one such as {example}.")
