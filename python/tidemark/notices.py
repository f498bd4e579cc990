"""Warnings to the person who trains, each said once and never raised."""

from __future__ import annotations

import logging

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
