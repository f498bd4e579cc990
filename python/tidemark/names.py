"""What the server takes as names and texts, and how others are made to fit."""

from __future__ import annotations

import re

NAME_LENGTH = 256
"""Longest name of a run, project, tag or series, in UTF-16 units."""
TEXT_LENGTH = 16_384
"""Longest note, alert text or reason, in UTF-16 units."""
TAGS = 64
"""Most tags of a run."""

_CONTROL = re.compile(r"[\x00-\x1f\x7f]+")
_ID = re.compile(r"[A-Za-z0-9._~-]{1,128}")
_NOT_ID = re.compile(r"[^A-Za-z0-9._~-]+")


def is_id(text: str) -> bool:
    """Whether `text` may name a run: 1 to 128 letters, digits, `.`, `_`, `~` and `-`."""
    return _ID.fullmatch(text) is not None


def slug(text: str) -> str:
    """The letters of `text` that may stand in an id, others as `-`; at most 64 of them, possibly none."""
    return _NOT_ID.sub("-", text).strip("-.")[:64]


def is_name(text: str) -> bool:
    """Whether `text` may name a series: 1 to 256 characters, none of them a control character."""
    return 0 < length(text) <= NAME_LENGTH and _CONTROL.search(text) is None


def name(text: str) -> str:
    """Makes `text` a name: control characters become a space, what is too long is cut, nothing becomes `?`."""
    return clip(_CONTROL.sub(" ", text), NAME_LENGTH) or "?"


def clip(text: str, units: int) -> str:
    """Cuts `text` to at most `units` UTF-16 units, which is how the server measures it."""
    if length(text) <= units:
        return text
    return text.encode("utf-16-le", "surrogatepass")[: 2 * units].decode("utf-16-le", "ignore")


def length(text: str) -> int:
    """Length of `text` in UTF-16 units."""
    return len(text) if text.isascii() else len(text.encode("utf-16-le", "surrogatepass")) // 2
