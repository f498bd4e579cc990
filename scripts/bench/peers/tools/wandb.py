"""W&B offline: a file that nothing reads until it is synced to a server; here it is read as `wandb sync` does."""

# What each method does is said in tool.py.
# ruff: noqa: D102, ARG002
from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from tool import PROJECT, RUN, Points, Tool, Writer


class _Writer(Writer):
    def __init__(self, folder: Path) -> None:
        import wandb

        settings = wandb.Settings(silent=True, x_disable_stats=True, console="off")
        self._run: Any = wandb.init(project=PROJECT, id=RUN, mode="offline", dir=str(folder), settings=settings)

    def log(self, step: int, values: dict[str, float]) -> None:
        self._run.log(values, step=step)

    def flush(self) -> None:
        self._run.finish()


class Wandb(Tool):
    """There is no flush but the end of the run."""

    title = "W&B offline"
    packages = ("wandb",)
    module = "wandb"
    durable = "`finish()` returned: written to its file, which is not synced"
    served = False
    page_is = "none offline; its file, scanned"

    def environment(self, folder: Path) -> dict[str, str]:
        return {
            "WANDB_MODE": "offline",
            "WANDB_SILENT": "true",
            "WANDB_ERROR_REPORTING": "false",
            "WANDB_DISABLE_CODE": "true",
            "WANDB_DISABLE_GIT": "true",
            "WANDB_CACHE_DIR": str(folder / "cache"),
            "WANDB_CONFIG_DIR": str(folder / "config"),
        }

    def open(self, folder: Path, url: str, names: Sequence[str]) -> Writer:
        return _Writer(folder)

    def page(self, folder: Path, url: str, series: str) -> Points:
        return self.whole(folder, url, series)

    def whole(self, folder: Path, url: str, series: str) -> Points:
        from wandb.proto import wandb_internal_pb2 as messages
        from wandb.sdk.internal.datastore import DataStore

        steps: list[float] = []
        values: list[float] = []
        for file in folder.glob("wandb/offline-run-*/*.wandb"):
            store = DataStore()
            store.open_for_scan(str(file))
            while (data := _next(store)) is not None:
                record = messages.Record()
                record.ParseFromString(data)
                for item in record.history.item:
                    if (item.key or "/".join(item.nested_key)) == series:
                        steps.append(record.history.step.num)
                        values.append(json.loads(item.value_json))
        return Points(steps, values)


def _next(store: Any) -> bytes | None:
    """The next record; None at the end, also where the last one is cut off."""
    try:
        return store.scan_data()  # type: ignore[no-any-return]
    except (AssertionError, ValueError, OSError):
        return None
