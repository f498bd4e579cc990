"""The part of a run that says what it is: its name, config and summary, what its series are, alerts and notes."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Any

from . import declarations
from .arguments import one_of
from .declarations import Goal, Role, Split
from .definitions import SUMMARIES
from .foreign import unsupported
from .lines import encode
from .names import TAGS, TEXT_LENGTH, clip, is_name, name
from .notices import Notices, describe, harmless
from .plain import CONFIG_BYTES, plain
from .run_columns import RunColumns
from .run_config import RunConfig
from .run_summary import RunSummary
from .settings import Settings
from .values import flatten


class RunDescription(RunColumns):
    """Says what a run is.

    Args:
        step: the last one of a run that goes on; -1 where there is none.
    """

    def __init__(self, settings: Settings, notices: Notices, step: int) -> None:
        super().__init__(notices, step, settings.mode != "disabled")
        self.project, self.group, self.job_type = settings.project, settings.group, settings.job_type
        self._name, self._tags, self._notes = settings.name, settings.tags, settings.notes
        self._config = RunConfig(
            settings.config, lambda new: self._update("config", new), lambda error: self._wrong("config", error)
        )
        self._summary = RunSummary(
            self._last, lambda new: self._update("summary", new), lambda error: self._wrong("summary", error)
        )

    @property
    def name(self) -> str | None:
        """What the run is called; may be set."""
        return self._name

    @name.setter
    @harmless
    def name(self, text: str) -> None:
        self._name = str(text)
        self._say("update", name=name(self._name))

    @property
    def tags(self) -> tuple[str, ...]:
        """Words to find the run by; may be set."""
        return self._tags

    @tags.setter
    @harmless
    def tags(self, tags: Sequence[str]) -> None:
        self._tags = tuple(name(str(tag)) for tag in tags)[:TAGS]
        self._say("update", tags=list(self._tags))

    @property
    def notes(self) -> str:
        """Text kept with the run; may be set."""
        return self._notes

    @notes.setter
    @harmless
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

    @harmless
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

    @harmless
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

    @harmless
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

    @harmless
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
        self._say("alert", step=self.step, **declarations.alert(title, text, level, self._notices))

    @harmless
    def note(self, text: str) -> None:
        """Keeps a remark with the run, at most 16,384 characters, at the current step."""
        self._say("note", step=self.step, text=clip(str(text), TEXT_LENGTH))

    def _last(self) -> Mapping[str, Any]:
        """The last value of each series, of a run that keeps none."""
        return flatten(self._held, lambda *_: None)

    def _wrong(self, field: str, error: Exception) -> None:
        self._notices.warn(f"{field} failed", f"{field}: {describe(error)}; it is left out")

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
        elif self._open:
            said = declarations.definition(str(series), summary, fields, self._notices)
            self._queue.append({"kind": "define", "definition": said})
        else:
            self._too_late(called)
