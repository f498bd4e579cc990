"""Where a run that is resumed goes on: asked of the server once, before the first line."""

from __future__ import annotations

import http.client
import json
from collections.abc import Mapping
from typing import Any
from urllib.parse import quote, urlsplit

from . import blocks
from .leftovers import left_over
from .notices import Notices
from .settings import Settings
from .spool import parse

_WITHIN = 3.0
"""Seconds that asking may take; `init` waits for it, and only where `resume` is given."""
_TAIL = 256 * 1024
"""Bytes at a spool's end in which its last step is looked for."""


def last_step(settings: Settings, notices: Notices) -> int:
    """The last step of the run on the server and in spools left over; -1 where there is none, or none can be asked.

    Raises:
        ValueError: `resume="must"` and the server knows no such run, or `resume="never"` and it does.
    """
    if settings.resume == "never" or settings.mode != "online":
        return -1
    try:
        state = _ask(settings)
    except (OSError, http.client.HTTPException, ValueError) as error:
        notices.warn("resume", f"resume: {settings.url} cannot be asked ({error!r}); steps go on from the spool's")
        return _left_over_step(settings)
    if settings.resume == "new" and state is not None:
        raise ValueError(f"id: must be new where resume is 'never', got {settings.run!r}, which {settings.url} knows")
    left_over_step = _left_over_step(settings)
    if state is None:
        if settings.resume == "must" and left_over_step < 0:
            raise ValueError(
                f"id: must be a known run where resume is 'must', got {settings.run!r}, unknown to {settings.url}"
            )
        return left_over_step
    step = state.get("step")
    return max(left_over_step, step) if isinstance(step, int) else left_over_step


def _left_over_step(settings: Settings) -> int:
    """The last step in spools of the run that were not delivered; -1 where there is none."""
    steps = [-1]
    for path in left_over(settings.folder, settings.run):
        try:
            with path.open("rb") as file:
                file.seek(max(0, path.stat().st_size - _TAIL))
                tail = file.read().decode("utf-8", "replace").split("\n")
        except OSError:
            continue  # delivered meanwhile
        steps += [step for line in map(parse, tail) if line.get("kind") == "log" and (step := _step(line)) is not None]
    return max(steps)


def _step(line: Mapping[str, Any]) -> int | None:
    """The last step of a `log` line; None where it has none."""
    try:
        step = line["step"] if "step" in line else blocks.last_step(line)
    except (ValueError, KeyError, TypeError, OverflowError):
        return None
    return step if isinstance(step, int) else None


def _ask(settings: Settings) -> dict[str, object] | None:
    parts = urlsplit(settings.url)
    kind = http.client.HTTPSConnection if parts.scheme == "https" else http.client.HTTPConnection
    connection = kind(parts.hostname or "", parts.port, timeout=_WITHIN)
    try:
        headers = {"Authorization": f"Bearer {settings.token}"} if settings.token else {}
        connection.request("GET", f"{parts.path}/api/runs/{quote(settings.run, safe='')}", headers=headers)
        answer = connection.getresponse()
        text = answer.read()
        if answer.status == 404:
            return None
        if answer.status != 200:
            raise ValueError(f"HTTP status {answer.status}")
        found = json.loads(text)
        state = found.get("run")
        return state if isinstance(state, dict) else {}
    finally:
        connection.close()
