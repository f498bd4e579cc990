"""The thread that turns what `log()` left into numbered lines of the spool."""

from __future__ import annotations

import threading
import time
from collections.abc import Mapping
from typing import Any, Callable

from .backlog import KEPT, Backlog, Entry, is_evaluation
from .blocks import Block
from .bursts import Line, pack
from .conversation import Conversation
from .definitions import Definition, Definitions
from .leftovers import TOUCH_EVERY
from .lines import LogRecord, encode, log_lines
from .notices import Notices
from .spool import Spool
from .values import flatten

_GATHERED = 0.025
"""Seconds in which more is gathered after something was recorded: each time it works, the training waits for it."""
_AT_ONCE = 512
THIN_FROM = 0.75
"""Share of the spool's cap from which one training point in 16 is kept; at the cap none."""


class Recorder:
    """Moves entries from a queue to the spool: the first at once, those that follow every 25 ms.

    A thread of its own, apart from the one that sends, so that lines are in the file at once while the network is
    slow, and so that only this thread ever waits for a GPU.

    Args:
        queue: filled by the training, emptied here.
        conversation: gives the numbers, under `guard`.
        on_recorded: called after lines were added to the spool.
    """

    def __init__(
        self,
        queue: Backlog,
        conversation: Conversation,
        spool: Spool,
        guard: threading.Lock,
        notices: Notices,
        on_recorded: Callable[[], None] = lambda: None,
        definitions: Definitions | None = None,
    ) -> None:
        self.dropped = 0
        """`log` lines of training points lost because the spool was full."""
        self.closing = threading.Event()
        self.recording = False
        """Whether entries were taken of the queue that are not recorded yet."""
        self._told = 0
        self._turn = 0
        self._step = 0
        self._definitions = definitions or Definitions()
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
            if moved:
                self.closing.wait(_GATHERED)
            else:
                self._queue.wait(TOUCH_EVERY)

    def close(self) -> None:
        """Records what waits and ends; for other threads."""
        self.closing.set()
        self._queue.bell.ring()

    def record(self) -> int:
        """Moves at most 512 entries; how many there were."""
        self.recording = True
        try:
            return self._record()
        finally:
            self.recording = False

    def _record(self) -> int:
        entries = self._queue.take(_AT_ONCE)
        lines = [line for entry in entries for line in self._lines(entry)]
        if (fill := self._spool.fill) >= THIN_FROM:
            lines = self._thinned(lines, full=fill >= 1)
        elif self.dropped + self._queue.dropped > self._told and len(self._queue) < _AT_ONCE:
            lines.insert(0, self._confess())
        if lines:
            with self._guard:
                texts = [_text(line, self._conversation.number()) for line in pack(lines)]
                self._spool.append(texts)
            if self._spool.failure is not None:
                self._notices.warn(
                    "spool", f"spool: {self._spool.failure}; lines are kept in memory and lost with this process"
                )
            self._on_recorded()
        return len(entries)

    def _lines(self, entry: Entry) -> list[Line]:
        try:
            if isinstance(entry, Block):
                self._step = entry.steps[-1]
                return [*self._definitions.see_columns(entry.columns), entry]
            if isinstance(entry, LogRecord):
                flat = flatten(entry.values, self._notices.warn)
                self._step = entry.step
                return [*self._definitions.see(flat), *log_lines(entry, flat)]
            if entry["kind"] == "define" and isinstance(entry.get("definition"), Definition):
                return list(self._definitions.define(entry["definition"]))
            if entry["kind"] == "end" and (kept := self._definitions.summary()):
                return [{"kind": "update", "time": entry["time"], "summary": kept}, entry]
            if entry["kind"] == "log" and entry["step"] is None:
                return [{**entry, "step": self._step}]  # a sample of the machine: where the training is by then
            return [entry]
        except Exception as error:  # values of any type, with any code behind them; this thread must live
            self._notices.warn("record", f"log: {error!r}; the values are left out")
            return []

    def _thinned(self, lines: list[Line], full: bool) -> list[Line]:
        kept = [line for line in lines if self._keeps(line, full)]
        if len(kept) < len(lines):
            self.dropped += sum(map(_count, lines)) - sum(map(_count, kept))
            where = self._spool.path or "memory"
            self._notices.warn("full", f"spool: {where} is nearly full; points of training are dropped, and counted")
        return kept

    def _keeps(self, line: Line, full: bool) -> bool:
        if isinstance(line, Block):
            return not full or is_evaluation(line.columns)
        return line["kind"] != "log" or is_evaluation(line["values"]) or self._spared(full)

    def _spared(self, full: bool) -> bool:
        self._turn += 1
        return not full and self._turn % KEPT == 1

    def _confess(self) -> Mapping[str, Any]:
        """A note that tells whoever looks at the run what is missing from it."""
        all_dropped = self.dropped + self._queue.dropped
        missing, self._told = all_dropped - self._told, all_dropped
        text = (
            f"{missing} log lines of training points were dropped by the trainer before this point: its queue was full."
        )
        return {"kind": "note", "time": round(time.time(), 6), "text": text}


def _text(line: Line, seq: int) -> str:
    return line.text(seq) if isinstance(line, Block) else encode(line, seq)


def _count(line: Line) -> int:
    """`log()` calls that a line stands for."""
    return len(line.steps) if isinstance(line, Block) else 1
