"""A run, as the training script sees it."""

from __future__ import annotations

import functools
import math
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from types import TracebackType
from typing import Any, Literal

from . import exits
from .arguments import check_epoch, check_step, one_of
from .backlog import Backlog
from .conversation import StopRequest
from .definitions import SUMMARIES, Definition
from .engine import Engine
from .foreign import unsupported
from .lines import LogRecord, encode
from .names import TAGS, TEXT_LENGTH, clip, is_name, name
from .notices import Notices
from .plain import CONFIG_BYTES, plain
from .run_config import RunConfig
from .run_summary import RunSummary
from .settings import Settings
from .values import hold

Status = Literal["finished", "failed", "stopped"]
Level = Literal["info", "warning", "critical"]
Role = Literal["loss", "metric", "lr", "grad_norm", "step_time", "epoch", "other"]
Split = Literal["train", "validation", "test"]
Goal = Literal["min", "max"]

_record: Callable[[tuple[float, int, float | None, Mapping[Any, Any]]], LogRecord]
_record = functools.partial(tuple.__new__, LogRecord)  # a third of what the class takes

_LEVELS = ("info", "warning", "critical")
_THEIR_LEVELS = {"INFO": "info", "WARN": "warning", "WARNING": "warning", "ERROR": "critical"}
_ROLES = ("loss", "metric", "lr", "grad_norm", "step_time", "epoch", "other")
_SPLITS = ("train", "validation", "test")
_GOALS = {"min": "min", "max": "max", "minimize": "min", "maximize": "max"}


class Run:
    """One run of a training script; made by `tidemark.init`.

    A context manager: leaving it by an exception ends the run as failed, otherwise as finished, or as stopped where
    `should_stop()` said so. No method but `finish` waits for anything, and none raises into the training: what
    cannot be used is warned of once, through the logger `tidemark`, and left out.

    In a forked child the parent's run is silent; a child that wants to log calls `tidemark.init` itself.
    """

    def __init__(self, settings: Settings, notices: Notices, step: int = -1) -> None:
        self.id = settings.run
        """The run's id, which stands in its address."""
        self.rank = settings.rank
        """This process's rank."""
        self.project, self.group, self.job_type = settings.project, settings.group, settings.job_type
        self.resumed = step >= 0
        """Whether the run goes on from a step that the server has."""
        self.stop_request: StopRequest | None = None
        """What the monitor asked for: `step`, `epoch` and `reason` of the checkpoint to keep; None: to go on."""
        self._settings = settings
        self._notices = notices
        self._name, self._tags, self._notes = settings.name, settings.tags, settings.notes
        self._queue = Backlog()
        self._open = settings.mode != "disabled"
        self._closed_because = ""
        self._step = step
        self._epoch: float | None = None
        self._at = 0.0
        self._spent = 0
        self._pending: LogRecord | None = None
        self._extra: dict[Any, Any] = {}
        self._obeyed = False
        self._watches: list[Any] = []
        self._engine = Engine(settings, notices, self._queue, self._heard, self._progress) if self._open else None
        last = self._engine.definitions.last if self._engine is not None else {}
        self._config = RunConfig(settings.config, lambda new: self._update("config", new))
        self._summary = RunSummary(last, lambda new: self._update("summary", new))
        if self._engine is not None:
            exits.watch(self)

    @property
    def step(self) -> int | None:
        """The last step logged; None before the first."""
        return self._step if self._step >= 0 else None

    @property
    def dropped(self) -> int:
        """`log()` calls lost so far: the spool was full, or the recording thread too far behind."""
        return self._queue.dropped + (self._engine.recorder.dropped if self._engine is not None else 0)

    @property
    def spent(self) -> float:
        """Seconds that `log()` and `watch()` have taken of the training so far."""
        return self._spent / 1e9

    @property
    def url(self) -> str:
        """The run's page."""
        return f"{self._settings.url}/#/run/{self.id}"

    @property
    def name(self) -> str | None:
        """What the run is called; may be set."""
        return self._name

    @name.setter
    def name(self, text: str) -> None:
        self._name = str(text)
        self._say("update", name=name(self._name))

    @property
    def tags(self) -> tuple[str, ...]:
        """Words to find the run by; may be set."""
        return self._tags

    @tags.setter
    def tags(self, tags: Sequence[str]) -> None:
        self._tags = tuple(name(str(tag)) for tag in tags)[:TAGS]
        self._say("update", tags=list(self._tags))

    @property
    def notes(self) -> str:
        """Text kept with the run; may be set."""
        return self._notes

    @notes.setter
    def notes(self, text: str) -> None:
        self._notes = clip(str(text), TEXT_LENGTH)
        self._say("update", notes=self._notes)

    @property
    def config(self) -> RunConfig:
        """Hyper-parameters: `config["lr"]`, `config.lr`; changes are sent."""
        return self._config

    @property
    def summary(self) -> RunSummary:
        """The last value of each series, and what the script sets over them, which is sent: `summary["best"] = 1`."""
        return self._summary

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
        start = time.perf_counter_ns()
        now = time.time()
        if not self._open:
            self._too_late("log")
            return
        try:
            if unknown:
                unsupported("log", unknown, self._notices)
            held = hold(data)
            if step is None:
                step = self._pending.step if self._pending is not None else self._step + 1
            elif type(step) is not int or step < 0:
                step = check_step(step, self._step + 1, self._notices)
            if epoch is None:
                epoch = self._epoch
            elif type(epoch) is bool:  # W&B's third argument
                epoch, commit = self._epoch, bool(epoch)
            else:
                epoch = check_epoch(epoch, self._notices)
            record = _record((now, step, epoch, held))
            if self._pending is not None:
                record = self._merge(self._pending, record)
            if commit or commit is None:
                self._commit(record)
            else:
                self._pending = record
        except Exception as error:  # values of any type, with any code behind them
            self._notices.warn("log", f"log: {error!r}; the values are left out")
        self._spent += time.perf_counter_ns() - start

    def tick(self, step: int | None = None) -> None:
        """Says that a step is done without logging anything: for ranks that only tell how fast they are.

        Args:
            step: the step; default: the one after the last one.
        """
        if self._open:
            self._step = self._step + 1 if step is None else check_step(step, self._step + 1, self._notices)
            self._at = time.time()

    def epochs(self, n: int, start: int = 0) -> Iterator[int]:
        """Counts epochs for a loop, `for epoch in run.epochs(10)`, until the last one or until `should_stop()`.

        Each epoch's number goes with what is logged in it. With several ranks a loop over `range(n)` that ends by
        `should_stop(across_ranks=True)` stops all of them at once.

        Args:
            n: epochs in all.
            start: the first one, where a training goes on.
        """
        for epoch in range(start, n):
            if epoch > start and self.should_stop():
                return
            self._epoch = epoch
            yield epoch

    def watch(self, model: Any, every: int = 100, **unknown: Any) -> None:
        """Logs gradient norms of a PyTorch model: `grad_norm` in total, `grad_norm/LAYER` by layer.

        They are taken just before the optimizer's step and go with the next `log()`. Does not wait for a GPU.

        Args:
            model: a `torch.nn.Module`.
            every: optimizer steps from one sample to the next.
            **unknown: `log_freq` is taken for `every`; what else scripts written for W&B may give is warned of once.
        """
        if not self._open:
            return
        try:
            from .gradients import GradientWatch

            every = int(unknown.pop("log_freq", every))
            for known in ("log", "criterion", "idx", "log_graph"):
                unknown.pop(known, None)  # gradients are what there is
            unsupported("watch", unknown, self._notices)
            models = model if isinstance(model, (list, tuple)) else [model]
            self._watches += [GradientWatch(each, every, self._take, self._watch_failed) for each in models]
        except Exception as error:
            self._notices.warn("watch", f"watch: {error}; no gradients are logged")

    def unwatch(self, model: Any = None) -> None:
        """Ends `watch`, of all models."""
        del model
        while self._watches:
            self._watches.pop().remove()

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
        role: Role | None = None,
        split: Split | None = None,
        quantity: str | None = None,
        goal: Goal | None = None,
        monitor: bool | None = None,
    ) -> None:
        """Says what a series is, where its name does not.

        Args:
            series: its name, 1 to 256 characters; with `*` or `?`: all series that match.
            role: what detectors take it for.
            split: the data it is measured on.
            quantity: what train and validation series have in common ("loss"); they share a chart and are compared.
            goal: which way is better.
            monitor: judge the best epoch by this series.
        """
        self._define("define", series, (), role=role, split=split, quantity=quantity, goal=goal, monitor=monitor)

    def define_metric(
        self,
        name: str,
        step_metric: str | None = None,
        *,
        goal: str | None = None,
        role: Role | None = None,
        summary: str | Sequence[str] | None = None,
        **unknown: Any,
    ) -> None:
        """Says what a series is, as `define` does, in W&B's words.

        Args:
            name: the series, or a pattern: `val/*`.
            step_metric: the series that is to be its x axis.
            goal: "min" or "max", also "minimize" and "maximize".
            role: what detectors take it for.
            summary: what is kept of it at the end, as `summary["NAME.min"]`: "min", "max", "mean", "last", "first",
                "best", or several of them, also joined by commas.
            **unknown: `step_sync`, `hidden` and `overwrite` change nothing; others are warned of once.
        """
        for known in ("step_sync", "hidden", "overwrite"):
            unknown.pop(known, None)
        unsupported("define_metric", unknown, self._notices)
        wanted = tuple(summary.split(",")) if isinstance(summary, str) else tuple(summary or ())
        kept = tuple(each for each in wanted if one_of("summary", each, SUMMARIES, self._notices))
        self._define("define_metric", name, kept, role=role, goal=goal, axis=step_metric)

    def alert(self, title: str, text: str = "", level: Any = "warning", **unknown: Any) -> None:
        """Shows people something at once.

        Args:
            title: one line, at most 256 characters.
            text: more of it, at most 16,384 characters.
            level: "info", "warning", or "critical" where someone should act now; W&B's AlertLevel too.
            **unknown: `wait_duration` changes nothing; others are warned of once.
        """
        unknown.pop("wait_duration", None)
        unsupported("alert", unknown, self._notices)
        level = getattr(level, "value", level)
        self._say(
            "alert",
            step=self.step,
            title=name(str(title)),
            text=clip(str(text), TEXT_LENGTH) or None,
            level=one_of("level", _THEIR_LEVELS.get(level, level), _LEVELS, self._notices),
        )

    def note(self, text: str) -> None:
        """Keeps a remark with the run, at most 16,384 characters, at the current step."""
        self._say("note", step=self.step, text=clip(str(text), TEXT_LENGTH))

    def should_stop(self, across_ranks: bool = False) -> bool:
        """Whether the monitor wants the training to stop; `stop_request` says why and which checkpoint to keep.

        The first True also tells the monitor that the run obeys, at the current step: leave the loop when you see
        it.

        Args:
            across_ranks: ask together with all ranks of `torch.distributed`, so that all get the same answer: ranks
                hear of a stop at different times. Every rank must call it, as often as the others.
        """
        if across_ranks:
            from .distributed import agree

            self.stop_request = agree(self.stop_request if self._open else None)
        if self.stop_request is None or not self._open:
            return self._obeyed
        if not self._obeyed:
            self._obeyed = True
            self._flush()
            self._say("stopping", step=max(self._step, 0))
        return True

    def finish(
        self,
        exit_code: int | None = 0,
        *,
        status: Status | None = None,
        reason: str = "",
        timeout: float = 5.0,
        **unknown: Any,
    ) -> None:
        """Ends the run and waits until the server has everything, which is all that ever waits.

        What the server has not acknowledged by then stays in the spool file, to be delivered by a later start of the
        same run or by `python -m tidemark sync`. Further calls do nothing.

        Args:
            exit_code: other than 0: the run has failed.
            status: says how the run ended; default: failed, stopped or finished, by `exit_code` and `should_stop()`.
            reason: why it ended, at most 16,384 characters.
            timeout: seconds to wait at most.
            **unknown: `quiet` changes nothing; others are warned of once.
        """
        unknown.pop("quiet", None)
        unsupported("finish", unknown, self._notices)
        if not self._open:
            return
        self.unwatch()
        self._flush()
        if status is None:
            status = "failed" if exit_code else "stopped" if self._obeyed else "finished"
        if self._engine is not None:
            self._engine.end({"kind": "end", "status": status, "reason": clip(reason, TEXT_LENGTH) or None})
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

    def __getattr__(self, attribute: str) -> Any:
        from .foreign import run_attribute

        return run_attribute(attribute, self.__dict__.get("_notices"))

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

    def _update(self, field: str, new: Mapping[str, Any]) -> None:
        values = plain(new)
        if (size := len(encode(values))) > CONFIG_BYTES:
            self._notices.warn(
                field, f"{field}: must be at most {CONFIG_BYTES} bytes of JSON, got {size}; it is left out"
            )
            return
        self._say("update", **{field: values})

    def _define(self, called: str, series: str, summary: tuple[str, ...], **fields: Any) -> None:
        if not is_name(str(series)):
            self._notices.warn(called, f"series: must be 1 to 256 printable characters, got {series!r:.80}")
            return
        goal = fields.get("goal")
        line = {
            "kind": "define",
            "time": round(time.time(), 6),
            "role": one_of("role", fields.get("role"), _ROLES, self._notices),
            "split": one_of("split", fields.get("split"), _SPLITS, self._notices),
            "quantity": name(str(fields["quantity"])) if fields.get("quantity") is not None else None,
            "goal": one_of("goal", _GOALS.get(goal, goal), tuple(_GOALS), self._notices) if goal is not None else None,
            "monitor": None if fields.get("monitor") is None else bool(fields["monitor"]),
            "axis": name(str(getattr(fields["axis"], "name", fields["axis"]))) if fields.get("axis") else None,
        }
        if self._open:
            self._queue.append({"kind": "define", "definition": Definition(str(series), line, summary)})
        else:
            self._too_late(called)

    def _too_late(self, called: str) -> None:
        if self._closed_because:  # not where the run is disabled
            self._notices.warn("too late", f"{called}: nothing is logged any more: {self._closed_because}")

    def _commit(self, record: LogRecord) -> None:
        self._pending = None
        self._step, self._at = record.step, record.time
        if self._extra:
            extra, self._extra = self._extra, {}
            record = record._replace(values={**extra, **record.values})
        if not self._queue.put(record):
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

    def _watch_failed(self, error: Exception) -> None:
        self._notices.warn("watch", f"watch: {error!r}; gradient norms are left out")

    def _heard(self, stop: StopRequest) -> None:
        if not self._obeyed:
            self.stop_request = stop

    def _progress(self) -> tuple[int, float, float]:
        """The last step (-1: none yet), when it was logged (seconds since 1970), and seconds spent in the SDK."""
        return self._step, self._at, self._spent / 1e9
