"""A run, as the training script sees it."""

from __future__ import annotations

import math
import operator
import time
from collections import deque
from collections.abc import Mapping
from types import TracebackType
from typing import Any, Literal

from . import exits
from .conversation import StopRequest
from .engine import Engine
from .lines import LogRecord
from .names import TEXT_LENGTH, clip, is_name, name
from .notices import Notices
from .recorder import Entry
from .settings import Settings
from .values import hold

Status = Literal["finished", "failed", "stopped"]

QUEUE_ENTRIES = 100_000
"""Most `log()` calls waiting for the recording thread; it is behind only while a GPU keeps it waiting."""

_LEVELS = ("info", "warning", "critical")
_ROLES = ("loss", "metric", "lr", "grad_norm", "step_time", "epoch", "other")
_SPLITS = ("train", "validation", "test")
_GOALS = ("min", "max")


class Run:
    """One run of a training script; made by `tidemark.init`.

    A context manager: leaving it by an exception ends the run as failed, otherwise as finished, or as stopped where
    `should_stop()` said so. No method but `finish` waits for anything, and none raises into the training: what
    cannot be used is warned of once, through the logger `tidemark`, and left out.

    In a forked child the parent's run is silent; a child that wants to log calls `tidemark.init` itself.
    """

    def __init__(self, settings: Settings, notices: Notices) -> None:
        self.id = settings.run
        """The run's id, which stands in its address."""
        self.stop_request: StopRequest | None = None
        """What the monitor asked for: `step`, `epoch` and `reason` of the checkpoint to keep; None: to go on."""
        self._settings = settings
        self._notices = notices
        self._queue: deque[Entry] = deque()
        self._open = settings.mode != "disabled"
        self._closed_because = ""
        self._step = -1
        self._pending: LogRecord | None = None
        self._obeyed = False
        self._overflow = 0
        self._engine = Engine(settings, notices, self._queue, self._heard) if self._open else None
        if self._engine is not None:
            exits.watch(self)

    @property
    def step(self) -> int | None:
        """The last step logged; None before the first."""
        return self._step if self._step >= 0 else None

    @property
    def dropped(self) -> int:
        """`log()` calls lost so far: the spool was full, or the recording thread too far behind."""
        return self._overflow + (self._engine.recorder.dropped if self._engine is not None else 0)

    def log(
        self,
        values: Mapping[str, Any],
        step: int | None = None,
        epoch: float | None = None,
        commit: bool = True,
    ) -> None:
        """Logs metric values at one step. Takes microseconds, server up or down, and never waits for a GPU.

        Args:
            values: numbers by series: Python and NumPy numbers, arrays and tensors with one element; nested dicts
                are joined by `/`. NaN and the infinities are kept exactly. What is not a number is left out.
            step: optimizer step, a whole number from 0. A step below the last one starts a new attempt of the run.
                Default: the step after the last one.
            epoch: epoch, from 0, fractions allowed.
            commit: False: wait for the values of further calls with the same step, and log them as one.
        """
        now = time.time()
        if not self._open:
            self._too_late("log")
            return
        try:
            held = hold(values)
            if step is None:
                step = self._pending.step if self._pending is not None else self._step + 1
            elif type(step) is not int or step < 0:
                step = self._check_step(step)
            if epoch is not None:
                epoch = self._check_epoch(epoch)
            record = LogRecord(now, step, epoch, held)
            if self._pending is not None:
                record = self._merge(self._pending, record)
            if commit:
                self._commit(record)
            else:
                self._pending = record
        except Exception as error:  # values of any type, with any code behind them
            self._notices.warn("log", f"log: {error!r}; the values are left out")

    def set_detector(self, detector: str, *, enabled: bool | None = None, **parameters: float) -> None:
        """Sets a detector for this run, from here on.

        What the detector does not have, or cannot be, the server refuses, with a warning.

        Args:
            detector: its name, "best-epoch".
            enabled: whether it looks at the run at all.
            **parameters: by the names in docs/detectors.md, `min_delta=0.05`; those left out stay as they were.
        """
        numbers = {key: float(value) for key, value in parameters.items() if math.isfinite(float(value))}
        self._say(
            "setting",
            detector=name(str(detector)),
            enabled=None if enabled is None else bool(enabled),
            parameters=numbers or None,
        )

    def define(
        self,
        series: str,
        *,
        role: Literal["loss", "metric", "lr", "grad_norm", "step_time", "epoch", "other"] | None = None,
        split: Literal["train", "validation", "test"] | None = None,
        quantity: str | None = None,
        goal: Literal["min", "max"] | None = None,
        monitor: bool | None = None,
    ) -> None:
        """Says what a series is, where its name does not.

        Args:
            series: its name, 1 to 256 characters.
            role: what detectors take it for.
            split: the data it is measured on.
            quantity: what train and validation series have in common ("loss"); they share a chart and are compared.
            goal: which way is better.
            monitor: judge the best epoch by this series.
        """
        if not is_name(str(series)):
            self._notices.warn("define", f"series: must be 1 to 256 printable characters, got {series!r:.80}")
            return
        self._say(
            "define",
            series=str(series),
            role=self._one_of("role", role, _ROLES),
            split=self._one_of("split", split, _SPLITS),
            quantity=name(str(quantity)) if quantity is not None else None,
            goal=self._one_of("goal", goal, _GOALS),
            monitor=None if monitor is None else bool(monitor),
        )

    def alert(self, title: str, text: str = "", level: Literal["info", "warning", "critical"] = "warning") -> None:
        """Shows people something at once.

        Args:
            title: one line, at most 256 characters.
            text: more of it, at most 16,384 characters.
            level: "critical" where someone should act now.
        """
        self._say(
            "alert",
            step=self.step,
            title=name(str(title)),
            text=clip(str(text), TEXT_LENGTH) or None,
            level=self._one_of("level", level, _LEVELS),
        )

    def note(self, text: str) -> None:
        """Keeps a remark with the run, at most 16,384 characters, at the current step."""
        self._say("note", step=self.step, text=clip(str(text), TEXT_LENGTH))

    def should_stop(self) -> bool:
        """Whether the monitor wants the training to stop; `stop_request` says why and which checkpoint to keep.

        The first True also tells the monitor that the run obeys, at the current step: leave the loop when you see
        it. With several ranks, ask on rank 0 and broadcast the answer: ranks hear of a stop at different times.
        """
        if self.stop_request is None or not self._open:
            return self._obeyed
        if not self._obeyed:
            self._obeyed = True
            self._flush()
            self._say("stopping", step=max(self._step, 0))
        return True

    def finish(
        self,
        exit_code: int = 0,
        *,
        status: Status | None = None,
        reason: str = "",
        timeout: float = 5.0,
    ) -> None:
        """Ends the run and waits until the server has everything, which is all that ever waits.

        What the server has not acknowledged by then stays in the spool file, to be delivered by a later start of the
        same run or by `python -m tidemark sync`. Further calls do nothing.

        Args:
            exit_code: other than 0: the run has failed.
            status: says how the run ended; default: failed, stopped or finished, by `exit_code` and `should_stop()`.
            reason: why it ended, at most 16,384 characters.
            timeout: seconds to wait at most.
        """
        if not self._open:
            return
        self._flush()
        if status is None:
            status = "failed" if exit_code != 0 else "stopped" if self._obeyed else "finished"
        self._say("end", status=status, reason=clip(reason, TEXT_LENGTH) or None)
        self._open, self._closed_because = False, "the run has ended"
        exits.forget(self)
        if self._engine is not None:
            self._engine.close(timeout)

    def __enter__(self) -> Run:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if error is None or (isinstance(error, SystemExit) and error.code in (None, 0)):
            self.finish()
        else:
            self.finish(1, reason=exits.describe(error))

    def _silence(self) -> None:
        """In a forked child: this run is the parent's. Its threads are not here, its locks may be held for ever."""
        self._open, self._closed_because = False, "this is a forked child; call tidemark.init in it"
        if self._engine is not None:
            self._engine.abandon()

    def _say(self, kind: str, **fields: Any) -> None:
        if self._open:
            self._queue.append({"kind": kind, "time": round(time.time(), 6), **fields})
        else:
            self._too_late(kind)

    def _too_late(self, called: str) -> None:
        if self._closed_because:  # not where the run is disabled
            self._notices.warn("too late", f"{called}: nothing is logged any more: {self._closed_because}")

    def _commit(self, record: LogRecord) -> None:
        self._pending = None
        self._step = record.step
        if len(self._queue) >= QUEUE_ENTRIES:
            self._overflow += 1
            self._notices.warn("queue", f"log: {QUEUE_ENTRIES} calls wait to be recorded; further ones are dropped")
            return
        self._queue.append(record)

    def _merge(self, pending: LogRecord, record: LogRecord) -> LogRecord:
        if pending.step != record.step:
            self._commit(pending)
            return record
        epoch = pending.epoch if record.epoch is None else record.epoch
        return LogRecord(record.time, record.step, epoch, {**pending.values, **record.values})

    def _flush(self) -> None:
        if self._pending is not None:
            self._commit(self._pending)

    def _heard(self, stop: StopRequest) -> None:
        if not self._obeyed:
            self.stop_request = stop

    def _check_step(self, step: Any) -> int:
        try:
            whole = int(step) if isinstance(step, float) and step.is_integer() else operator.index(step)
        except Exception:
            whole = -1
        if 0 <= whole < 2**53:
            return whole
        self._notices.warn("step", f"step: must be a whole number from 0, got {step!r:.60}; the next step is taken")
        return self._step + 1

    def _check_epoch(self, epoch: Any) -> float | None:
        try:
            value = epoch if type(epoch) is int else float(epoch)
            if 0 <= value < float("inf"):
                return value
        except Exception:
            pass  # said below
        self._notices.warn("epoch", f"epoch: must be a finite number from 0, got {epoch!r:.60}; it is left out")
        return None

    def _one_of(self, field: str, value: str | None, choices: tuple[str, ...]) -> str | None:
        if value is None or value in choices:
            return value
        self._notices.warn(field, f"{field}: must be one of {', '.join(choices)}, got {value!r:.60}; it is left out")
        return None
