"""Wakes the thread that waits for a queue, at next to no cost for who fills it."""

from __future__ import annotations

import threading


class Bell:
    """One thread sleeps by it while there is nothing to do; others ring.

    Whoever adds something looks at `asleep` and rings where it is True. So a thread that is at work costs its fillers
    one look, and none of them ever waits for a lock.
    """

    __slots__ = ("_lock", "asleep")

    def __init__(self) -> None:
        self.asleep = False
        """Whether the thread sleeps, or is about to look for work the last time before it does."""
        self._lock = threading.Lock()
        self._lock.acquire()

    def ring(self) -> None:
        """Ends the sleep, or the next one."""
        self.asleep = False
        try:
            self._lock.release()
        except RuntimeError:
            pass  # another thread has rung just before

    def sleep(self, seconds: float) -> None:
        """Waits until it rings. The caller has set `asleep` and found nothing to do since."""
        self._lock.acquire(timeout=seconds)
        self.asleep = False
