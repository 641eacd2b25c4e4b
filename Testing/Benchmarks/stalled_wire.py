"""A network that stands still for a while: a port of this machine whose traffic can be held back and let go again."""

from __future__ import annotations

import contextlib
import socket
import threading

BYTES_AT_ONCE = 65536


class Wire:
    """Forwards every connection to another port; while it is stalled, nothing passes and nothing is closed."""

    def __init__(self, to: int) -> None:
        self.to = to
        self._flowing = threading.Event()
        self._flowing.set()
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port: int = self._listener.getsockname()[1]
        threading.Thread(target=self._accept, daemon=True).start()

    def stall(self, seconds: float) -> None:
        """Hold everything back for so long; returns at once."""
        self._flowing.clear()
        timer = threading.Timer(seconds, self._flowing.set)
        timer.daemon = True
        timer.start()

    def _accept(self) -> None:
        while True:
            near, _ = self._listener.accept()
            threading.Thread(target=self._join, args=(near,), daemon=True).start()

    def _join(self, near: socket.socket) -> None:
        """A connection waits for the wire as its bytes do."""
        self._flowing.wait()
        try:
            far = socket.create_connection(("127.0.0.1", self.to))
        except OSError:
            near.close()
            return
        for source, target in ((near, far), (far, near)):
            threading.Thread(target=self._pass_on, args=(source, target), daemon=True).start()

    def _pass_on(self, source: socket.socket, target: socket.socket) -> None:
        """One direction, until an end is closed."""
        with contextlib.suppress(OSError):
            while received := source.recv(BYTES_AT_ONCE):
                self._flowing.wait()
                target.sendall(received)
        for end in (source, target):
            with contextlib.suppress(OSError):
                end.shutdown(socket.SHUT_RDWR)
