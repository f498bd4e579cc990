"""SIGTERM, which would end the process where it stands, ends its runs before."""

from __future__ import annotations

import os
import signal
import sys
import threading
from collections.abc import Callable
from types import FrameType

_end: Callable[[str], None] | None = None


def hear(end: Callable[[str], None]) -> None:
    """Has SIGTERM call `end` before it ends the process.

    Only where it would just end it, and from the main thread, which alone can say so: nobody's handler is replaced.
    Lightning's, which asks the training to end by an exception, would call this one too, and is left alone.

    Args:
        end: given the reason; must return within seconds, for schedulers send SIGKILL some time after.
    """
    global _end
    _end = end
    theirs = "lightning" in sys.modules or "pytorch_lightning" in sys.modules
    if theirs or threading.current_thread() is not threading.main_thread():
        return
    if signal.getsignal(signal.SIGTERM) is signal.SIG_DFL:
        signal.signal(signal.SIGTERM, _ended)


def leave() -> None:
    """SIGTERM does what it did before `hear`, unless somebody else has taken it since."""
    if signal.getsignal(signal.SIGTERM) is _ended and threading.current_thread() is threading.main_thread():
        signal.signal(signal.SIGTERM, signal.SIG_DFL)


def _ended(number: int, _: FrameType | None) -> None:
    signal.signal(number, signal.SIG_DFL)  # a second one ends the process at once
    try:
        if _end is not None:
            _end(signal.Signals(number).name)
    finally:
        os.kill(os.getpid(), number)  # so that the parent sees by what it ended
