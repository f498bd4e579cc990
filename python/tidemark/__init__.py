"""Tidemark's trainer SDK: sends what a training logs to the monitor, and brings its wish to stop back.

Example:
    run = tidemark.init(project="digits", name="mlp", config={"lr": 0.1}, stop="best-epoch")
    for step in range(steps):
        run.log({"train/loss": loss}, step=step)
        if run.should_stop():
            break
    run.finish()
"""

from __future__ import annotations

import os
import time
from collections.abc import Mapping, Sequence
from typing import Any, Literal

from . import exits
from .conversation import StopRequest
from .notices import Notices, logger
from .run import Run, Status
from .settings import Mode, StopRule, settings
from .version import __version__

__all__ = [
    "Run",
    "StopRequest",
    "__version__",
    "alert",
    "define",
    "finish",
    "init",
    "log",
    "note",
    "should_stop",
]

_notices = Notices()


def init(
    project: str | None = None,
    name: str | None = None,
    config: Any = None,
    *,
    id: str | None = None,
    url: str | None = None,
    token: str | None = None,
    tags: Sequence[str] = (),
    notes: str = "",
    rank: int | None = None,
    stop: StopRule = "never",
    dir: os.PathLike[str] | str | None = None,
    mode: Mode | None = None,
) -> Run:
    """Begins a run. Does not wait for the server, which may be away.

    Args:
        project: what the run is one of. Default: TIDEMARK_PROJECT.
        name: shown to people. Default: TIDEMARK_NAME.
        config: hyper-parameters: a mapping, a dataclass or an `argparse.Namespace`; at most 256 KiB of JSON.
        id: the run's id, 1 to 128 letters, digits, `.`, `_`, `~`, `-`; give the same one to resume a run, and to all
            ranks of one. Default: TIDEMARK_RUN_ID, or a new one.
        url: the server. Default: TIDEMARK_URL, or http://127.0.0.1:8433.
        token: a writing token, where the server asks for one. Default: TIDEMARK_TOKEN.
        tags: at most 64 words to find the run by.
        notes: text kept with the run, at most 16,384 characters.
        rank: this process's rank, from 0. Default: RANK, as torchrun sets it, or 0.
        stop: "best-epoch": have `should_stop()` say True once the best epoch is sure to be past.
        dir: folder of the spool files. Default: TIDEMARK_DIR, or ~/.tidemark/spool.
        mode: "online"; "offline", to spool only and deliver later by `python -m tidemark sync`; "disabled", to do
            nothing at all. Default: TIDEMARK_MODE, or "online".

    Raises:
        ValueError: an argument, or its environment variable, is out of its range; the message names it.
        TypeError: `config` is no mapping, or `tags` is one string.
    """
    notices = Notices()
    chosen = settings(
        notices,
        project=project,
        run_name=name,
        config=config,
        run=id,
        url=url,
        token=token,
        tags=tags,
        notes=notes,
        rank=rank,
        stop=stop,
        folder=dir,
        mode=mode,
        time=time.time(),
    )
    run = Run(chosen, notices)
    logger.info("run %s, %s, %s", run.id, chosen.mode, chosen.url)
    return run


def log(values: Mapping[str, Any], step: int | None = None, epoch: float | None = None, commit: bool = True) -> None:
    """`Run.log` of the current run: the one begun last of those that have not ended."""
    if run := _current("log"):
        run.log(values, step, epoch, commit)


def define(
    series: str,
    *,
    role: Literal["loss", "metric", "lr", "grad_norm", "step_time", "epoch", "other"] | None = None,
    split: Literal["train", "validation", "test"] | None = None,
    quantity: str | None = None,
    goal: Literal["min", "max"] | None = None,
    monitor: bool | None = None,
) -> None:
    """`Run.define` of the current run."""
    if run := _current("define"):
        run.define(series, role=role, split=split, quantity=quantity, goal=goal, monitor=monitor)


def alert(title: str, text: str = "", level: Literal["info", "warning", "critical"] = "warning") -> None:
    """`Run.alert` of the current run."""
    if run := _current("alert"):
        run.alert(title, text, level)


def note(text: str) -> None:
    """`Run.note` of the current run."""
    if run := _current("note"):
        run.note(text)


def should_stop() -> bool:
    """`Run.should_stop` of the current run; False without one."""
    run = _current("should_stop")
    return run is not None and run.should_stop()


def finish(exit_code: int = 0, *, status: Status | None = None, reason: str = "", timeout: float = 5.0) -> None:
    """`Run.finish` of the current run."""
    if run := exits.newest():
        run.finish(exit_code, status=status, reason=reason, timeout=timeout)


def _current(called: str) -> Run | None:
    run = exits.newest()
    if run is None:
        _notices.warn("no run", f"{called}: must come after tidemark.init, got no open run; nothing is done")
    return run
