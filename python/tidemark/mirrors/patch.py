"""Puts a function around a method of another tool's class."""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import Any

from ..notices import Notices

_notices = Notices()


def around(owner: Any, method: str, also: Callable[..., None], *, before: bool = False) -> None:
    """Has `also` called with the method's arguments each time, before or after it; once, however often it is asked.

    What the method gives or raises stays as it is, and what `also` raises is warned of once and goes no further.
    """
    plain = getattr(owner, method, None)
    if plain is None or getattr(plain, "_tidemark", False):
        return

    @functools.wraps(plain)
    def both(*arguments: Any, **named: Any) -> Any:
        if before:
            quietly(also, *arguments, **named)
        given = plain(*arguments, **named)
        if not before:
            quietly(also, *arguments, **named)
        return given

    both._tidemark = True  # type: ignore[attr-defined]
    setattr(owner, method, both)


def quietly(also: Callable[..., None], *arguments: Any, **named: Any) -> None:
    """Calls `also`; what it raises does not reach the script."""
    try:
        also(*arguments, **named)
    except Exception as error:  # the other tool's script must not end by ours
        _notices.warn(f"mirror {also.__name__}", f"mirror: {also.__name__}: {error!r}; it is left out")
