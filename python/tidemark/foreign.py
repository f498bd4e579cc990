"""What scripts written for W&B use that Tidemark has not: taken, warned of once, without effect."""

from __future__ import annotations

import enum
from collections.abc import Callable, Mapping
from typing import Any

from .notices import Notices

MEDIA = frozenset(
    [
        "Audio",
        "Artifact",
        "Classes",
        "Graph",
        "Histogram",
        "Html",
        "Image",
        "JoinedTable",
        "Molecule",
        "Object3D",
        "Plotly",
        "Table",
        "Video",
    ]
)
"""Things to log that are no numbers: made without error, left out when logged."""
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
    "termwarn": None,
}
"""Calls whose lack nobody misses, with what they give."""


class AlertLevel(enum.Enum):
    """How urgent an alert is, in W&B's words."""

    INFO = "info"
    WARN = "warning"
    ERROR = "critical"


class Settings(dict):  # type: ignore[type-arg]
    """Settings by name, as `init(settings=...)` takes them."""


class Absent:
    """Stands for a thing that Tidemark does not keep; every attribute and call of it is another such thing."""

    def __init__(self, *_: Any, **__: Any) -> None:
        pass

    def __getattr__(self, name: str) -> Any:
        if name.startswith("__"):
            raise AttributeError(name)
        return self

    def __call__(self, *_: Any, **__: Any) -> Absent:
        """Such another thing."""
        return self

    def __repr__(self) -> str:
        return f"{type(self).__name__}, which Tidemark does not keep"


def unsupported(call: str, unknown: Mapping[str, Any], notices: Notices) -> None:
    """Warns of keyword arguments that have no effect, once each."""
    for keyword in unknown:
        notices.warn(f"{call}({keyword})", f"{call}: has no argument {keyword!r}; it has no effect")


def run_attribute(attribute: str, notices: Notices | None) -> Any:
    """What a run of W&B's has under this name.

    Raises:
        AttributeError: it has none either.
    """
    if attribute in CALLS and notices is not None:
        return _nothing(attribute, notices)
    raise AttributeError(f"'Run' object has no attribute {attribute!r}")


module_notices = Notices()
"""Of what is asked of the module itself, and not of a run."""


def module_attribute(attribute: str) -> Any:
    """What W&B's module has under this name; None is never given.

    Raises:
        AttributeError: it has none either.
    """
    if attribute in MEDIA:
        module_notices.warn(f"media {attribute}", f"{attribute}: is not kept by Tidemark; it is left out")
        return type(attribute, (Absent,), {})
    if attribute in CALLS:
        return _nothing(attribute, module_notices)
    if attribute in TRIVIAL:
        return lambda *_, **__: TRIVIAL[attribute]
    if attribute == "plot":
        module_notices.warn("media plot", "plot: is not kept by Tidemark; it is left out")
        return Absent()
    raise AttributeError(f"module 'tidemark' has no attribute {attribute!r}")


def _nothing(call: str, notices: Notices) -> Callable[..., Any]:
    notices.warn(call, f"{call}: does nothing in Tidemark, which keeps no files")
    return lambda *_, **__: Absent()
