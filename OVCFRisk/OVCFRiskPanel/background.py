"""Work in a thread while the window stays alive, for what nobody waits for: checks that run once the hand rests."""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import Any

import qt

# How often the application's thread asks whether the work has ended, and how long it lets the other thread run then:
# Python runs one thread at a time, and the application's keeps its turn while it waits for events.
POLL_MS, TURN_S = 40, 0.015


class Background:
    """One piece of work at a time; the newest of a name replaces an older one that has not begun."""

    def __init__(self) -> None:
        self.waiting: dict[str, tuple[Callable[[], Any], Callable[[Any], None]]] = {}
        self.running: tuple[threading.Thread, list, Callable[[Any], None]] | None = None
        self.timer = qt.QTimer()
        self.timer.setInterval(POLL_MS)
        self.timer.timeout.connect(self.poll)

    @property
    def isIdle(self) -> bool:
        """True when nothing runs or waits."""
        return self.running is None and not self.waiting

    def start(self, name: str, work: Callable[[], Any], done: Callable[[Any], None]) -> None:
        """Run ``work()`` in a thread, then ``done(result)`` in the application's thread.

        The work may use numpy, scipy and SimpleITK; never nodes, the application or Qt. An error it raises is raised
        again in the application's thread.
        """
        self.waiting[name] = (work, done)
        self._next()

    def poll(self) -> None:
        """Hand over what has ended, begin what waits."""
        if self.running is None:
            self.timer.stop()
            return
        thread, outcome, done = self.running
        thread.join(TURN_S)
        if thread.is_alive():
            return
        self.running = None
        try:
            result, error = outcome
            if error is not None:
                raise error
            done(result)
        finally:
            self._next()

    def stop(self) -> None:
        """Forget all work; what runs ends by itself and is not handed over."""
        self.waiting.clear()
        self.running = None
        self.timer.stop()

    def cleanup(self) -> None:
        """The panel goes away for good."""
        self.stop()
        self.timer.timeout.disconnect(self.poll)  # a connection would keep this object alive

    def _next(self) -> None:
        if self.running is not None or not self.waiting:
            return
        name = next(iter(self.waiting))
        work, done = self.waiting.pop(name)
        outcome: list = [None, None]
        thread = threading.Thread(target=_run, args=(work, outcome), daemon=True)
        self.running = (thread, outcome, done)
        thread.start()
        self.timer.start()


def _run(work: Callable[[], Any], outcome: list) -> None:
    """The thread's whole life."""
    try:
        outcome[0] = work()
    except BaseException as error:  # raised again in the application's thread
        outcome[1] = error
