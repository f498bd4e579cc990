"""How long to wait before connecting again."""

from __future__ import annotations

import random
from typing import Callable


class Backoff:
    """Delays that double from `first` to `longest` seconds, each jittered by up to a half downwards.

    The jitter keeps the trainers of a cluster from coming back in step after a restart of the server.
    """

    def __init__(self, first: float = 0.2, longest: float = 10.0, uniform: Callable[[], float] = random.random) -> None:
        self._first = first
        self._longest = longest
        self._uniform = uniform
        self._attempt = 0

    def next(self) -> float:
        """The next delay, in seconds."""
        full = min(self._longest, self._first * 2.0 ** min(self._attempt, 30))
        self._attempt += 1
        return full * (1 - self._uniform() / 2)

    def reset(self) -> None:
        """Begins anew; called when the server has answered."""
        self._attempt = 0
