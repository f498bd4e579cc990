"""What scripts written for W&B use that Tidemark has not: taken, and warned of once where it has no effect."""

from __future__ import annotations

import enum
import functools
import os
import sys
from collections.abc import Callable, Mapping
from pathlib import Path
from types import SimpleNamespace
from typing import Any

from .absent import MEDIA, Absent
from .notices import Notices

CALLS = frozenset(
    [
        "link_artifact",
        "link_model",
        "log_artifact",
        "log_code",
        "log_model",
        "mark_preempting",
        "restore",
        "save",
        "use_artifact",
        "use_model",
        "upsert_artifact",
        "finish_artifact",
        "display",
        "to_html",
        "join",
    ]
)
"""Calls on a run or the module that do nothing here."""
TRIVIAL: Mapping[str, Any] = {
    "login": True,
    "setup": None,
    "teardown": None,
    "ensure_configured": None,
    "require": None,
}
"""Calls whose lack nobody misses, with what they give."""


TERMINAL = ("termlog", "termwarn", "termerror")
"""Calls that print a line."""
PLOTS = ("plot", "plots", "sklearn")
"""Modules of plots, which are left out."""
ERRORS = ("Error", "CommError", "UsageError", "AuthenticationError")
"""Exceptions, none of which is ever raised."""
WITHOUT: Mapping[str, str] = {
    "sweep": "Tidemark has no sweeps",
    "agent": "Tidemark has no sweeps; call the function yourself",
    "controller": "Tidemark has no sweeps",
    "Api": "runs are read by the server's HTTP API, see docs/api.md",
}
"""What cannot be left out, with the reason: a script that asks for it needs what it gives."""


class AlertLevel(enum.Enum):
    """How urgent an alert is, in W&B's words."""

    INFO = "info"
    WARN = "warning"
    ERROR = "critical"


class Settings(dict):  # type: ignore[type-arg]
    """Settings by name, as `init(settings=...)` takes them."""


def unsupported(call: str, unknown: Mapping[str, Any], notices: Notices) -> None:
    """Warns of keyword arguments that have no effect, once each."""
    for keyword in unknown:
        notices.warn(f"{call}({keyword})", f"{call}: has no argument {keyword!r}; it has no effect")


def run_attribute(run: Any, attribute: str) -> Any:
    """What a run of W&B's has under this name.

    Raises:
        AttributeError: it has none either.
    """
    if (notices := run.__dict__.get("_notices")) is not None:
        if attribute in CALLS:
            return _nothing(attribute, notices)
        if attribute == "dir":
            return _folder(run)
        facts: dict[str, Callable[[], Any]] = {
            "entity": lambda: "",
            "sweep_id": lambda: None,
            "path": lambda: "/".join(filter(None, (run.project, run.id))),
            "offline": lambda: run._settings.mode == "offline",
            "disabled": lambda: run._settings.mode == "disabled",
            "start_time": lambda: run._settings.time,
            "starting_step": lambda: 0,
            "settings": Settings,
            "project_name": lambda: lambda: run.project,
            "get_url": lambda: lambda: run.url,
            "project_url": lambda: run._settings.url,
            "get_project_url": lambda: lambda: run._settings.url,
        }
        if attribute in facts:
            return facts[attribute]()
    raise AttributeError(f"'Run' object has no attribute {attribute!r}")


def _folder(run: Any) -> str:
    """A folder for the script's own files, made when it is first asked for: `tidemark-files/RUN`, where it can be."""
    try:
        folder = Path("tidemark-files", run.id).absolute()
        folder.mkdir(parents=True, exist_ok=True)
    except OSError:
        import tempfile

        folder = Path(tempfile.mkdtemp(prefix="tidemark-files-"))
    run.__dict__["dir"] = str(folder)
    run._notices.warn("dir", f"dir: what is written to {folder} stays there; Tidemark keeps no files")
    return str(folder)


module_notices = Notices()
"""Of what is asked of the module itself, and not of a run."""


def module_attribute(attribute: str) -> Any:
    """What W&B's module has under this name; None is never given.

    Raises:
        AttributeError: it has none either, or Tidemark cannot do without what it gives.
    """
    if attribute in MEDIA:
        module_notices.warn(f"media {attribute}", f"{attribute}: is not kept by Tidemark; it is left out")
        return MEDIA[attribute]
    if attribute in CALLS:
        return _nothing(attribute, module_notices)
    if attribute in TRIVIAL:
        return lambda *_, **__: TRIVIAL[attribute]
    if attribute in TERMINAL:
        return lambda text="", *_, **__: print(text, file=sys.stderr)
    if attribute in PLOTS:
        module_notices.warn(f"media {attribute}", f"{attribute}: is not kept by Tidemark; it is left out")
        return Absent()
    if attribute in ERRORS:
        return _error(attribute)
    if attribute == "errors":
        return SimpleNamespace(**{each: _error(each) for each in ERRORS})
    if attribute in ("util", "sdk", "wandb_run"):
        return _inside()[attribute]
    reason = f": {WITHOUT[attribute]}" if attribute in WITHOUT else ""
    raise AttributeError(f"module 'tidemark' has no attribute {attribute!r}{reason}")


def _inside() -> dict[str, Any]:
    """Of W&B's inner modules what scripts use: new ids, and the run's type in annotations."""
    from .running import Run

    ids, runs = SimpleNamespace(generate_id=_new_id), SimpleNamespace(Run=Run)
    return {"util": ids, "wandb_run": runs, "sdk": SimpleNamespace(wandb_run=runs, lib=SimpleNamespace(runid=ids))}


def _new_id(length: int = 8) -> str:
    return os.urandom(length).hex()[:length]


@functools.cache
def _error(name: str) -> type[Exception]:
    return type(name, (Exception,), {})


def _nothing(call: str, notices: Notices) -> Callable[..., Any]:
    notices.warn(call, f"{call}: does nothing in Tidemark, which keeps no files")
    return lambda *_, **__: Absent()
