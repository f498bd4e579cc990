"""Mirrors: what a script logs by another tool is logged to Tidemark as well; the tool goes on as before."""

from __future__ import annotations

import importlib
from collections.abc import Mapping
from typing import Any

TOOLS = ("wandb", "tensorboard")


def begin(tool: str, settings: Mapping[str, Any]) -> None:
    """Begins to mirror a tool; again it only changes the settings of runs to come.

    Args:
        tool: one of `TOOLS`.
        settings: of `tidemark.init`, over what the tool itself says.

    Raises:
        ValueError: there is no such mirror.
        ImportError: the tool is not installed.
    """
    if tool not in TOOLS:
        raise ValueError(f"mirror: must be one of {', '.join(TOOLS)}, got {tool!r}")
    importlib.import_module(f".{tool}", __name__).begin(settings)
