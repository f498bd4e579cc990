"""Checks of what a script gives with a call: what is wrong is warned of once and replaced, never raised."""

from __future__ import annotations

import operator
from typing import Any

from .notices import Notices


def check_step(step: Any, default: int, notices: Notices) -> int:
    """`step` as a whole number from 0 and below 2**53; `default` where it is none."""
    try:
        whole = int(step) if isinstance(step, float) and step.is_integer() else operator.index(step)
    except Exception:
        whole = -1
    if 0 <= whole < 2**53:
        return whole
    notices.warn("step", f"step: must be a whole number from 0, got {shown(step)}; the next step is taken")
    return default


def check_epoch(epoch: Any, notices: Notices) -> float | None:
    """`epoch` as a finite number from 0; None where it is none."""
    try:
        if 0 <= float(epoch) < float("inf"):
            return epoch if type(epoch) is int else float(epoch)
    except Exception:
        pass  # said below
    notices.warn("epoch", f"epoch: must be a finite number from 0, got {shown(epoch)}; it is left out")
    return None


LONGEST = 1e9
"""Seconds that anything is waited for at most; threads cannot wait for ever longer."""


def check_seconds(value: Any, default: float) -> float:
    """`value` as seconds from 0, at most `LONGEST`; `default` where it is no number."""
    try:
        seconds = float(value)
    except Exception:
        return default
    return default if seconds != seconds else min(max(seconds, 0.0), LONGEST)


def one_of(field: str, value: Any, choices: tuple[str, ...], notices: Notices) -> str | None:
    """`value` where it is one of `choices`, else None."""
    if value is None or (isinstance(value, str) and value in choices):
        return None if value is None else str(value)
    notices.warn(field, f"{field}: must be one of {', '.join(choices)}, got {shown(value)}; it is left out")
    return None


def is_failure(exit_code: Any) -> bool:
    """Whether an exit code tells of a failure: all but 0 and None do."""
    try:
        return bool(exit_code)
    except Exception:
        return True


def text(value: Any) -> str:
    """`value` as a text; the name of its type where it has none."""
    try:
        return str(value)
    except Exception:  # as below
        return type(value).__name__


def shown(value: Any) -> str:
    """`value` as a warning shows it, at most 60 characters; its type, where it cannot be shown."""
    try:
        return f"{value!r:.60}"
    except Exception:  # any code behind `__repr__`; a whole number of too many digits
        return type(value).__name__
