"""A door before a server that can be shut and opened again: to its clients the server goes down and comes back."""

from __future__ import annotations

import contextlib
import socket
from threading import Thread


class Door:
    """Passes on what comes to its port while it is open; shut, it breaks off what is under way and refuses the rest.

    Attributes:
        port: of 127.0.0.1.
        passed: bytes that clients sent through it so far.
    """

    def __init__(self, target: int) -> None:
        self.passed = 0
        self._target = target
        self._pairs: list[socket.socket] = []
        self._listening: socket.socket | None = None
        self.port = 0
        self.open()

    def open(self) -> None:
        """Opens it, on the port that it had."""
        listening = socket.socket()
        listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listening.bind(("127.0.0.1", self.port))
        listening.listen(64)
        self.port = listening.getsockname()[1]
        self._listening = listening
        Thread(target=self._accept, args=(listening,), daemon=True).start()

    def shut(self) -> None:
        """Shuts it."""
        if self._listening is not None:
            with contextlib.suppress(OSError):
                self._listening.shutdown(socket.SHUT_RDWR)
            self._listening.close()
            self._listening = None
        for one in self._pairs:
            with contextlib.suppress(OSError):
                one.shutdown(socket.SHUT_RDWR)
            one.close()
        self._pairs.clear()

    def _accept(self, listening: socket.socket) -> None:
        with contextlib.suppress(OSError):
            while True:
                client, _ = listening.accept()
                server = socket.create_connection(("127.0.0.1", self._target))
                self._pairs += [client, server]
                Thread(target=self._pass, args=(client, server, True), daemon=True).start()
                Thread(target=self._pass, args=(server, client, False), daemon=True).start()

    def _pass(self, source: socket.socket, target: socket.socket, counted: bool) -> None:
        with contextlib.suppress(OSError):
            while block := source.recv(1 << 16):
                target.sendall(block)
                if counted:
                    self.passed += len(block)
        for one in (source, target):
            with contextlib.suppress(OSError):
                one.shutdown(socket.SHUT_RDWR)
