"""What a script can say of its run besides values, checked and as lines: definitions of series, alerts."""

from __future__ import annotations

import time
from collections.abc import Mapping
from typing import Any, Literal

from .arguments import one_of
from .definitions import Definition
from .names import TEXT_LENGTH, clip, name
from .notices import Notices

Status = Literal["finished", "failed", "stopped"]
Level = Literal["info", "warning", "critical"]
Role = Literal["loss", "metric", "lr", "grad_norm", "step_time", "epoch", "other"]
Split = Literal["train", "validation", "test"]
Goal = Literal["min", "max"]

STATUSES = ("finished", "failed", "stopped")
_LEVELS = ("info", "warning", "critical")
_THEIR_LEVELS = {"INFO": "info", "WARN": "warning", "WARNING": "warning", "ERROR": "critical"}
_ROLES = ("loss", "metric", "lr", "grad_norm", "step_time", "epoch", "other")
_SPLITS = ("train", "validation", "test")
_GOALS = {"min": "min", "max": "max", "minimize": "min", "maximize": "max"}


def definition(series: str, summary: tuple[str, ...], fields: Mapping[str, Any], notices: Notices) -> Definition:
    """What is said of a series.

    Args:
        series: its name, or a pattern.
        summary: what is kept of it at the end.
        fields: `role`, `split`, `quantity`, `goal`, `monitor`, `axis`; what cannot be used is warned of and left out.
        notices: where it is warned of.
    """
    goal, quantity, axis = fields.get("goal"), fields.get("quantity"), fields.get("axis")
    line = {
        "kind": "define",
        "time": round(time.time(), 6),
        "role": one_of("role", fields.get("role"), _ROLES, notices),
        "split": one_of("split", fields.get("split"), _SPLITS, notices),
        "quantity": name(str(quantity)) if quantity is not None else None,
        "goal": one_of("goal", _known(goal, _GOALS), tuple(_GOALS), notices) if goal is not None else None,
        "monitor": None if fields.get("monitor") is None else bool(fields["monitor"]),
        "axis": name(str(getattr(axis, "name", axis))) if axis else None,
    }
    return Definition(series, line, summary)


def alert(title: str, text: str, level: Any, notices: Notices) -> dict[str, Any]:
    """The fields of an alert.

    Args:
        title: one line.
        text: more of it.
        level: "info", "warning" or "critical"; W&B's AlertLevel too.
        notices: where a level that there is not is warned of.
    """
    level = getattr(level, "value", level)
    return {
        "title": name(str(title)),
        "text": clip(str(text), TEXT_LENGTH) or None,
        "level": one_of("level", _known(level, _THEIR_LEVELS), _LEVELS, notices),
    }


def _known(value: Any, words: Mapping[str, str]) -> Any:
    """Our word for `value`, where it has one."""
    return words.get(value, value) if isinstance(value, str) else value
