"""How a run begins: what `init` is given, checked and settled."""

from __future__ import annotations

import sys
import time
from typing import Any

from . import exits
from .foreign import unsupported
from .notices import Notices, logger
from .running import Run
from .settings import Settings, settings


def begin(unknown: dict[str, Any], *, reinit: bool | str | None, **given: Any) -> Run:
    """Begins a run, or gives back the one that is open.

    Args:
        unknown: what scripts written for W&B may give; warned of once.
        reinit: what becomes of a run that is open. By default both are, but in a notebook or another shell, where a
            cell that is run again has left its run open, that one is ended.
        **given: as for `settings`.

    Raises:
        ValueError: an argument, or its environment variable, is out of its range.
        TypeError: `config` is no mapping, or `tags` is one string.
    """
    previous = exits.newest()
    if previous is not None and reinit in (False, "return_previous"):
        return previous
    notebook = reinit in (None, "default") and hasattr(sys, "ps1")
    if notebook or reinit in (True, "finish_previous"):
        while (open_run := exits.newest()) is not None:
            open_run.finish()
    notices = Notices()
    unknown.pop("entity", None)
    unsupported("init", unknown, notices)
    chosen = settings(notices, time=time.time(), **given)
    begun = Run(chosen, notices, _last_step(chosen, notices))
    logger.info("run %s, %s, %s", begun.id, chosen.mode, begun.url)
    return begun


def _last_step(chosen: Settings, notices: Notices) -> int:
    if chosen.resume == "never":
        return -1
    from .resume import last_step  # which takes 15 ms to import

    return last_step(chosen, notices)
