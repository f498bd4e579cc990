"""W&B offline: a file that nothing reads until it is synced to a server; here it is read as `wandb sync` does."""

# What each method does is said in tool.py.
# ruff: noqa: D102, ARG002
from __future__ import annotations

import json
import struct
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from tool import PROJECT, RUN, Points, Tool, Writer

BLOCK = 32 * 1024


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

        steps: list[float] = []
        values: list[float] = []
        for file in folder.glob("wandb/offline-run-*/*.wandb"):
            for data in records(file.read_bytes()):
                record = messages.Record()
                record.ParseFromString(data)
                for item in record.history.item:
                    if (item.key or "/".join(item.nested_key)) == series:
                        steps.append(record.history.step.num)
                        values.append(json.loads(item.value_json))
        return Points(steps, values)


def records(data: bytes) -> Iterator[bytes]:
    """The records of a log in LevelDB's format, after W&B's own 7 bytes; a torn end is left out.

    Blocks of 32 KiB hold fragments, each with a checksum (4 bytes), its length (2) and whether it is a record's
    only (1), first (2), middle (3) or last (4) one. (LevelDB, doc/log_format.md)
    """
    at = 7
    parts: list[bytes] = []
    while at + 7 <= len(data):
        if BLOCK - at % BLOCK < 7:
            at += BLOCK - at % BLOCK
            continue
        length, kind = struct.unpack_from("<HB", data, at + 4)
        at += 7
        if kind == 0 or at + length > len(data):
            return
        parts.append(data[at : at + length])
        at += length
        if kind in (1, 4):
            yield b"".join(parts)
            parts = []
