"""The part of a run that takes its values: `log()`, from the training to the queue of the recording thread."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from operator import countOf
from time import perf_counter_ns
from typing import Any

from .arguments import check_epoch, check_step
from .backlog import Backlog
from .foreign import unsupported
from .lines import LogRecord
from .notices import Notices, describe, harmless
from .system import Progress
from .values import PLAIN, hold

_wall = time.time
_STEPS = 2**53
"""Steps and epochs are below it: beyond, the wire's numbers are not exact."""
_NUMBERS = frozenset((int, float))
_FEW = 30
"""Values of a call above which it is weighed how much memory it takes."""


class _Place:
    """Where the training is, as `log()` leaves it."""

    __slots__ = ("at", "epoch", "quick", "spent", "step")

    def __init__(self, step: int) -> None:
        self.quick = -1
        """Most values of a call that may be taken as it is, where they are plain numbers; -1: none may."""
        self.step = step
        """The last one; -1 before the first."""
        self.epoch: float | None = None
        """That of what is logged without one."""
        self.at = 0
        """When something was logged last, in nanoseconds of `perf_counter_ns`; 0 before."""
        self.spent = 0
        """Nanoseconds in the SDK."""


class RunLog:
    """Takes values at steps.

    Args:
        step: the last one of a run that goes on; -1 where there is none.
        open: False: nothing is taken.
    """

    def __init__(self, notices: Notices, step: int, open: bool) -> None:
        self._notices = notices
        self._queue = Backlog()
        self._open = open
        self._closed_because = ""
        self._place = _Place(step)
        self._waited: int | None = None
        self._pending: LogRecord | None = None
        self._extra: dict[Any, Any] = {}
        self._held: dict[Any, Any] = {}
        """What was logged last by name, where the run is disabled."""
        if open:
            self.__dict__["log"] = _quick(self._queue, self._place, self.log)

    @property
    def step(self) -> int | None:
        """The last step logged; None before the first."""
        return self._place.step if self._place.step >= 0 else None

    @property
    def spent(self) -> float:
        """Seconds that `log()` and `watch()` have taken of the training so far."""
        return self._place.spent / 1e9

    def log(
        self,
        data: Mapping[str, Any],
        step: int | None = None,
        epoch: float | None = None,
        commit: bool | None = True,
        **unknown: Any,
    ) -> None:
        """Logs metric values at one step. Takes microseconds, server up or down, and never waits for a GPU.

        Args:
            data: numbers by series: Python and NumPy numbers, arrays and tensors with one element; nested dicts
                are joined by `/`. NaN and the infinities are kept exactly. What is not a number is left out.
            step: optimizer step, a whole number from 0. A step below the last one starts a new attempt of the run.
                Default: the step after the last one.
            epoch: epoch, from 0, fractions allowed. Default: that of `epochs()`, where it is used.
            commit: False: wait for the values of further calls with the same step, and log them as one.
            **unknown: what scripts written for W&B may give; warned of once.
        """
        start = perf_counter_ns()
        try:
            self._log(data, step, epoch, commit, unknown)
        except Exception as error:  # values of any type, with any code behind them
            self._notices.warn("log", f"log: {describe(error)}; the values are left out")
        self._place.spent += perf_counter_ns() - start

    @harmless
    def tick(self, step: int | None = None) -> None:
        """Says that a step is done without logging anything: for ranks that only tell how fast they are.

        Args:
            step: the step; default: the one after the last one.
        """
        if self._open:
            place = self._place
            place.step = place.step + 1 if step is None else check_step(step, place.step + 1, self._notices)
            place.at = perf_counter_ns()

    def _log(
        self, data: Mapping[str, Any], step: Any, epoch: Any, commit: bool | None, unknown: Mapping[str, Any]
    ) -> None:
        """`log()` of whatever may be given to it."""
        now = _wall()
        if not self._open:
            if not self._closed_because:
                self._held.update(hold(data))
            self._too_late("log")
            return
        if unknown:
            unsupported("log", unknown, self._notices)
        held = hold(data)
        place = self._place
        if step is None:
            step = self._pending.step if self._pending is not None else place.step + 1
        elif type(step) is not int or not 0 <= step < _STEPS:
            step = check_step(step, place.step + 1, self._notices)
        if epoch is None:
            epoch = place.epoch
        elif type(epoch) is bool:  # W&B's third argument
            epoch, commit = place.epoch, bool(epoch)
        else:
            epoch = check_epoch(epoch, self._notices)
        record = LogRecord(now, step, epoch, held)
        if self._pending is not None:
            record = self._merge(self._pending, record)
        if commit or commit is None:
            self._commit(record)
        else:
            self._pending, place.quick = record, -1

    def _say(self, kind: str, **fields: Any) -> None:
        if self._open:
            self._queue.append({"kind": kind, "time": round(time.time(), 6), **fields})
        else:
            self._too_late(kind)

    def _too_late(self, called: str) -> None:
        if self._closed_because:  # not where the run is disabled
            self._notices.warn("too late", f"{called}: nothing is logged any more: {self._closed_because}")

    def _close(self, because: str) -> None:
        """Takes nothing any more."""
        self._open, self._place.quick, self._closed_because = False, -1, because

    def _commit(self, record: LogRecord) -> None:
        self._pending = None
        place = self._place
        place.step, place.at = record.step, perf_counter_ns()
        if self._extra:
            extra, self._extra = self._extra, {}
            record = record._replace(values={**extra, **record.values})
        place.quick = _FEW
        if not self._queue.put(record):
            self._left_out()

    def _left_out(self) -> None:
        self._notices.warn(
            "queue",
            "log: more than 8 MiB wait to be recorded; some points of training are left out, which are counted",
        )

    def _merge(self, pending: LogRecord, record: LogRecord) -> LogRecord:
        if pending.step != record.step:
            self._commit(pending)
            return record
        epoch = pending.epoch if record.epoch is None else record.epoch
        return LogRecord(record.time, record.step, epoch, {**pending.values, **record.values})

    def _flush(self) -> None:
        if self._pending is not None:
            self._commit(self._pending)

    def _take(self, values: Mapping[Any, Any]) -> None:
        """Values that go with the next `log()`."""
        self._extra = {**self._extra, **values}
        self._place.quick = -1

    def _progress(self) -> Progress:
        """How far the training is."""
        place = self._place
        waited = None if self._waited is None else self._waited / 1e9
        at = _wall() - (perf_counter_ns() - place.at) / 1e9 if place.at else 0.0
        return Progress(place.step, at, place.spent / 1e9, waited)


def _quick(queue: Backlog, place: _Place, slow: Callable[..., None]) -> Callable[..., None]:
    """`log()` of what a loop logs at each step: plain numbers, floats above all.

    It is what the SDK costs a training, and most of that is that the processor has forgotten its code and data from one
    step to the next. So it touches as little as there can be: a closure, one object of its own, the queue's end.
    """
    entries, append, room, bell = queue.entries, queue.entries.append, queue.room, queue.bell

    def log(
        data: Mapping[str, Any],
        step: int | None = None,
        epoch: float | None = None,
        commit: bool | None = True,
        **unknown: Any,
    ) -> None:
        start = perf_counter_ns()
        try:
            if (
                type(data) is dict
                and (
                    countOf(map(type, data.values()), float) == len(data) <= place.quick
                    or (len(data) <= place.quick and PLAIN.issuperset(map(type, data.values())))
                )
                and commit is True
                and not unknown
                and len(entries) < room[0]
            ):
                if step is None:
                    step = place.step + 1
                if epoch is None:
                    epoch = place.epoch
                if (
                    type(step) is int
                    and 0 <= step < _STEPS
                    and (epoch is None or (type(epoch) in _NUMBERS and 0 <= epoch < _STEPS))
                ):
                    append((start, step, epoch, data.copy()))
                    if bell.asleep:
                        bell.ring()
                    place.step, place.at = step, start
                    place.spent += perf_counter_ns() - start
                    return
        except Exception:
            pass  # a dict that another thread changes: below it is said
        slow(data, step, epoch, commit, **unknown)

    log.__doc__ = RunLog.log.__doc__
    return log
