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
    notices.warn("step", f"step: must be a whole number from 0, got {step!r:.60}; the next step is taken")
    return default


def check_epoch(epoch: Any, notices: Notices) -> float | None:
    """`epoch` as a finite number from 0; None where it is none."""
    try:
        value = epoch if type(epoch) is int else float(epoch)
        if 0 <= value < float("inf"):
            return value
    except Exception:
        pass  # said below
    notices.warn("epoch", f"epoch: must be a finite number from 0, got {epoch!r:.60}; it is left out")
    return None


def one_of(field: str, value: Any, choices: tuple[str, ...], notices: Notices) -> str | None:
    """`value` where it is one of `choices`, else None."""
    if value is None or value in choices:
        return None if value is None else str(value)
    notices.warn(field, f"{field}: must be one of {', '.join(choices)}, got {value!r:.60}; it is left out")
    return None
