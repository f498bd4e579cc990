"""Warnings to the person who trains, each said once and never raised."""

from __future__ import annotations

import functools
import logging
from typing import Any, Callable, TypeVar, cast

Method = TypeVar("Method", bound=Callable[..., Any])

logger = logging.getLogger("tidemark")


class Notices:
    """Says each warning once, by its subject, through the logger `tidemark`.

    A logger and not `warnings.warn`, which under `-W error` would raise into the training.
    """

    def __init__(self) -> None:
        self._said: set[str] = set()

    def warn(self, subject: str, message: str) -> None:
        """Logs `message` as a warning, unless one of the same `subject` was logged before."""
        if subject in self._said:
            return
        self._said.add(subject)
        try:
            logger.warning("tidemark: %s", message)
        except Exception:
            pass  # a log handler of the script's own may fail; the training must not


def harmless(method: Method) -> Method:
    """Has a run's method warn once of what it would raise, and give None: a training goes on without it."""

    @functools.wraps(method)
    def guarded(run: Any, *arguments: Any, **named: Any) -> Any:
        try:
            return method(run, *arguments, **named)
        except Exception as error:  # whatever a script may give, with any code behind it
            run._notices.warn(f"{method.__name__} failed", f"{method.__name__}: {describe(error)}; it is left out")
            return None

    return cast(Method, guarded)


def describe(error: BaseException) -> str:
    """An exception as a sentence has it: "ValueError: no such file"."""
    try:
        text = str(error)
    except Exception:
        text = ""
    return f"{type(error).__name__}: {text}" if text else type(error).__name__
