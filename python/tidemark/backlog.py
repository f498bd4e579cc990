"""What `log()` left and the recording thread has not taken yet, in bounded memory."""

from __future__ import annotations

import re
import time
from collections import deque
from collections.abc import Iterable, Mapping
from typing import Any, Optional, Union

from .bell import Bell
from .blocks import Block
from .lines import LogRecord

Entry = Union[LogRecord, Block, Mapping[str, Any]]
"""A `log()`, a block of columns, or any other line without its number."""
Quick = tuple[int, int, Optional[float], dict[Any, Any]]
"""A `log()` as a loop leaves it: nanoseconds of `perf_counter_ns`, step, epoch, values."""

LIMIT = 16 * 1024 * 1024
"""Bytes of `log()` calls that may wait, by the estimate of `size_of`; from half of it on they are thinned out."""
_QUICK = 400 + 110 * 30
"""Bytes that a quick entry takes at most."""
KEPT = 16
"""One call of so many is kept where they are thinned out."""

_EVALUATION = re.compile(
    r"(?:^|[^a-z])(?:val|valid|validation|eval|evaluation|dev|holdout|test)(?![a-z])|(?:val|eval|test)_"
)
_known: dict[Any, bool] = {}
_wall = time.time


class Backlog:
    """A queue from the training to the recording thread, which waits only where a GPU or a disk makes it wait.

    What the training must not lose is never dropped: evaluations, and lines that are no `log()` at all. Of the rest,
    the points of training, one call in 16 is kept while more than 8 MiB wait, and none above 16 MiB.

    A loop adds its entries to `entries` itself, while there are fewer than `room[0]`, and rings the bell as others do:
    an eighth of the memory is set aside for them.

    Appending takes no lock: two threads that log at once may let the estimate drift, and an empty queue rights it.
    """

    def __init__(self, limit: int = LIMIT) -> None:
        self.dropped = 0
        """`log()` calls that were left out."""
        self.entries: deque[Quick | LogRecord | Block | Mapping[str, Any]] = deque()
        """What waits, oldest first."""
        self.room = [0]
        """Entries from which on the quick ones must be weighed like others; one number."""
        self.bell = Bell()
        """Wakes the recording thread."""
        self.limit(limit)
        self._added = 0
        self._taken = 0
        self._turn = 0

    def limit(self, most: int) -> None:
        """Sets the most bytes that may wait."""
        quick = most // 8
        self.room[0] = quick // _QUICK
        self._limit, self._thin_from = most - quick, most // 2

    def __len__(self) -> int:
        return len(self.entries)

    @property
    def waiting(self) -> int:
        """Bytes of `log()` calls that wait, estimated."""
        return max(0, self._added - self._taken) if self.entries else 0

    def append(self, line: Mapping[str, Any]) -> None:
        """Adds a line that is no `log()`."""
        self.entries.append(line)
        if self.bell.asleep:
            self.bell.ring()

    def put(self, record: LogRecord) -> bool:
        """Adds a `log()`; False where it was dropped."""
        size = 400 + 110 * len(record[3])  # as size_of, without the call
        if self._added - self._taken + size > self._thin_from and not self._fits(record, size):
            self.dropped += 1
            return False
        self._added += size
        self.entries.append(record)
        if self.bell.asleep:
            self.bell.ring()
        return True

    def put_block(self, block: Block) -> None:
        """Adds steps as columns, however many wait: whoever adds them asks for room before."""
        self._added += block.size
        self.entries.append(block)
        if self.bell.asleep:
            self.bell.ring()

    def wait(self, seconds: float) -> None:
        """Sleeps until something is added, at most so long. For the thread that takes."""
        self.bell.asleep = True
        if not self.entries:
            self.bell.sleep(seconds)
        self.bell.asleep = False

    def take(self, most: int) -> list[Entry]:
        """Up to `most` entries, oldest first. For one thread."""
        taken: list[Entry] = []
        offset = _wall() - time.perf_counter_ns() / 1e9
        while self.entries and len(taken) < most:
            entry = self.entries.popleft()
            if isinstance(entry, LogRecord):
                self._taken += size_of(entry)
                taken.append(entry)
            elif isinstance(entry, Block):
                self._taken += entry.size
                taken.append(entry)
            elif isinstance(entry, tuple):
                at, step, epoch, values = entry
                taken.append(LogRecord(offset + at / 1e9, step, epoch, values))
            else:
                taken.append(entry)
        return taken

    def _fits(self, record: LogRecord, size: int) -> bool:
        if not self.entries:
            self._added = self._taken
            return True
        if is_evaluation(record[3]):
            return True
        self._turn += 1
        return self.waiting + size <= self._limit and self._turn % KEPT == 1


def size_of(record: LogRecord) -> int:
    """Bytes that a record takes in memory, roughly: an entry of a dict and a float for each value."""
    return 400 + 110 * len(record.values)


def is_evaluation(names: Iterable[Any]) -> bool:
    """Whether one of the series is measured on validation or test data, by its name: "val/loss", "eval_acc"."""
    return any(_is_evaluation(name) for name in names)


def _is_evaluation(name: Any) -> bool:
    found = _known.get(name)
    if found is None:
        if len(_known) > 10_000:
            _known.clear()
        _known[name] = found = _EVALUATION.search(str(name).lower()) is not None
    return found
