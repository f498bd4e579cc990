"""The thread that turns what `log()` left into numbered lines of the spool."""

from __future__ import annotations

import threading
import time
from collections import deque
from collections.abc import Mapping
from typing import Any, Callable, Union

from .conversation import Conversation
from .leftovers import TOUCH_EVERY
from .lines import LogRecord, encode, log_lines
from .notices import Notices
from .spool import Spool
from .values import flatten

Entry = Union[LogRecord, Mapping[str, Any]]
"""A `log()`, or any other line without its number."""

_EVERY = 0.025
"""Seconds between looks at the queue. Not woken by `log()`, which would make it wait for this thread."""
_AT_ONCE = 512


class Recorder:
    """Moves entries from a queue to the spool, every 25 ms.

    A thread of its own, apart from the one that sends, so that lines are in the file at once while the network is
    slow, and so that only this thread ever waits for a GPU.

    Args:
        queue: filled by the training, emptied here.
        conversation: gives the numbers, under `guard`.
        on_recorded: called after lines were added to the spool.
    """

    def __init__(
        self,
        queue: deque[Entry],
        conversation: Conversation,
        spool: Spool,
        guard: threading.Lock,
        notices: Notices,
        on_recorded: Callable[[], None] = lambda: None,
    ) -> None:
        self.dropped = 0
        """`log` lines lost because the spool was full."""
        self.closing = threading.Event()
        self._told = 0
        self._queue = queue
        self._conversation = conversation
        self._spool = spool
        self._guard = guard
        self._notices = notices
        self._on_recorded = on_recorded

    def run(self) -> None:
        """Records until `closing` is set and the queue is empty."""
        touched = time.monotonic()
        while True:
            if time.monotonic() - touched > TOUCH_EVERY:
                self._spool.touch()
                touched = time.monotonic()
            last_round = self.closing.is_set()
            moved = self.record()
            if moved == _AT_ONCE:
                continue
            if last_round:
                return
            self.closing.wait(_EVERY)

    def record(self) -> int:
        """Moves at most 512 entries; how many there were."""
        entries: list[Entry] = []
        while self._queue and len(entries) < _AT_ONCE:
            entries.append(self._queue.popleft())
        lines = [line for entry in entries for line in self._lines(entry)]
        if self._spool.full:
            lines = self._without_logs(lines)
        elif self.dropped > self._told:
            lines.insert(0, self._confess())
        if lines:
            with self._guard:
                texts = [encode(line, self._conversation.number()) for line in lines]
                self._spool.append(texts)
            if self._spool.failure is not None:
                self._notices.warn(
                    "spool", f"spool: {self._spool.failure}; lines are kept in memory and lost with this process"
                )
            self._on_recorded()
        return len(entries)

    def _lines(self, entry: Entry) -> list[Mapping[str, Any]]:
        try:
            if isinstance(entry, LogRecord):
                return list(log_lines(entry, flatten(entry.values, self._notices.warn)))
            return [entry]
        except Exception as error:  # values of any type, with any code behind them; this thread must live
            self._notices.warn("record", f"log: {error!r}; the values are left out")
            return []

    def _without_logs(self, lines: list[Mapping[str, Any]]) -> list[Mapping[str, Any]]:
        kept = [line for line in lines if line["kind"] != "log"]
        if len(kept) < len(lines):
            self.dropped += len(lines) - len(kept)
            self._notices.warn("full", f"spool: {self._spool.path or 'memory'} is full; log lines are dropped")
        return kept

    def _confess(self) -> Mapping[str, Any]:
        """A note that tells whoever looks at the run what is missing from it."""
        missing, self._told = self.dropped - self._told, self.dropped
        text = f"{missing} log lines were dropped by the trainer before this point: its spool was full."
        return {"kind": "note", "time": round(time.time(), 6), "text": text}
