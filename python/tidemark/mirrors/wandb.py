"""Mirrors runs of W&B: their values, config, alerts and ends."""

from __future__ import annotations

import functools
import re
from collections.abc import Mapping
from typing import Any

import tidemark

from ..notices import Notices
from ..running import Run
from .patch import around, quietly

_notices = Notices()
_settings: dict[str, Any] = {}
_runs: dict[str, Run] = {}
"""Our run of each of theirs, by their id."""


def begin(settings: Mapping[str, Any]) -> None:
    """Mirrors every run of W&B from here on, and the one that is open."""
    import wandb
    from wandb.sdk.wandb_run import Run as Theirs

    _settings.clear()
    _settings.update(settings)
    if not getattr(wandb.init, "_tidemark", False):
        plain = wandb.init

        @functools.wraps(plain)
        def init(*arguments: Any, **named: Any) -> Any:
            run = plain(*arguments, **named)
            quietly(attach, run)
            return run

        init._tidemark = True  # type: ignore[attr-defined]
        wandb.init = init
    around(Theirs, "log", _log, before=True)
    around(Theirs, "alert", _alert)
    around(Theirs, "define_metric", _define_metric)
    around(Theirs, "finish", _finish, before=True)
    if wandb.run is not None:
        quietly(attach, wandb.run)


def attach(theirs: Any) -> None:
    """Begins our run of one of theirs."""
    if theirs is None or theirs.id in _runs or getattr(theirs, "disabled", False):
        return
    said = {
        "id": re.sub(r"[^A-Za-z0-9._~-]+", "-", str(theirs.id)),
        "project": theirs.project or None,
        "name": theirs.name or None,
        "group": theirs.group or None,
        "job_type": theirs.job_type or None,
        "tags": list(theirs.tags or ()),
        "notes": theirs.notes,
        "config": dict(theirs.config),
    }
    _runs[theirs.id] = tidemark.init(**{"reinit": "create_new", **said, **_settings})


def _log(theirs: Any, data: Mapping[str, Any], step: int | None = None, *_: Any, **__: Any) -> None:
    run = _runs.get(theirs.id)
    if run is None:
        return
    if run.step is None:
        _copy_config(theirs, run)
    numbers, others = _numbers(data)
    if others:
        _notices.warn("mirror wandb media", f"mirror: {', '.join(sorted(others))}: no numbers, which are not mirrored")
    if numbers:
        run.log(numbers, step=int(step) if step is not None else int(theirs.step))


def _alert(theirs: Any, title: str, text: str = "", level: Any = None, *_: Any, **__: Any) -> None:
    run = _runs.get(theirs.id)
    if run is not None:
        run.alert(title, text, level if level is not None else "info")


def _define_metric(theirs: Any, name: str, step_metric: Any = None, *_: Any, **named: Any) -> None:
    run = _runs.get(theirs.id)
    if run is not None:
        goal, summary = named.get("goal"), named.get("summary")
        run.define_metric(name, getattr(step_metric, "name", step_metric), goal=goal, summary=summary)


def _finish(theirs: Any, exit_code: int | None = None, *_: Any, **__: Any) -> None:
    run = _runs.pop(theirs.id, None)
    if run is not None:
        _copy_config(theirs, run)
        run.finish(exit_code or 0)


def _copy_config(theirs: Any, run: Run) -> None:
    new = {key: value for key, value in dict(theirs.config).items() if run.config.get(key, _ABSENT) != value}
    run.config.update(new)


_ABSENT = object()


def _numbers(data: Mapping[str, Any]) -> tuple[dict[str, Any], set[str]]:
    """The numbers of what is logged, nested as they are, and the names of what are none."""
    numbers: dict[str, Any] = {}
    others: set[str] = set()
    for name, value in data.items():
        if isinstance(value, Mapping):
            numbers[name], inner = _numbers(value)
            others |= {f"{name}/{each}" for each in inner}
        elif hasattr(type(value), "__float__") or hasattr(value, "item"):
            numbers[name] = value
        else:
            others.add(str(name))
    return numbers, others
