"""How runs end when the script does not say: at the interpreter's exit, and in a forked child."""

from __future__ import annotations

import atexit
import os
import sys
import time
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from .run import Run

_WITHIN = 5.0
"""Seconds that all runs together may take to end at exit."""

_open: dict[int, Run] = {}


def watch(run: Run) -> None:
    """Ends `run` at the interpreter's exit, and silences it in forked children."""
    _open[id(run)] = run


def forget(run: Run) -> None:
    """`run` has ended."""
    _open.pop(id(run), None)


def newest() -> Run | None:
    """The run begun last of those that have not ended."""
    return next(reversed(list(_open.values())), None)


def describe(error: BaseException) -> str:
    """An exception as the reason of an end: "ValueError: no such file"."""
    try:
        text = str(error)
    except Exception:
        text = ""
    return f"{type(error).__name__}: {text}" if text else type(error).__name__


def _uncaught() -> BaseException | None:
    """The exception that ends the script; None when it ends by itself. The interpreter notes it before it exits.

    Read here, at exit, instead of by a hook in `sys.excepthook`, which scripts and notebooks set themselves.
    """
    error = getattr(sys, "last_value", None)
    return error if isinstance(error, BaseException) and not hasattr(sys, "ps1") else None


def _end_all() -> None:
    error = _uncaught()
    end = time.monotonic() + _WITHIN
    for run in list(_open.values()):
        left = max(0.2, end - time.monotonic())
        if error is None:
            run.finish(timeout=left)
        else:
            run.finish(1, reason=describe(error), timeout=left)


def _after_fork_in_child() -> None:
    for run in list(_open.values()):
        run._silence()
    _open.clear()


atexit.register(_end_all)
if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_after_fork_in_child)
