"""Tidemark: the real server and the Python SDK, a step at a time or many."""

# What each method does is said in tool.py.
# ruff: noqa: D102, ARG002
from __future__ import annotations

import json
import struct
import time
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any
from urllib.parse import quote

from tool import PROJECT, RUN, Points, Tool, Writer, fetch

REPOSITORY = Path(__file__).resolve().parents[4]
ROWS = 1000
"""Steps of a call of `log_columns()`."""


class _Sdk(Writer):
    def __init__(self, folder: Path, url: str) -> None:
        import tidemark  # type: ignore[import-not-found, unused-ignore]

        self._run: Any = tidemark.init(
            project=PROJECT, id=RUN, url=url, dir=str(folder / "spool"), settings={"system": 0}
        )

    def log(self, step: int, values: dict[str, float]) -> None:
        self._run.log(values, step=step)
        if step % 500 == 0:
            # `log()` never waits and leaves points out rather than fill the memory: wait in its place.
            while self._run._queue.waiting > 4_000_000:
                time.sleep(0.002)

    def log_columns(self, steps: Sequence[int], columns: dict[str, Sequence[float]]) -> None:
        self._run.log_columns(columns, steps)

    def flush(self) -> None:
        self._run.finish(timeout=600)
        if self._run.dropped:
            raise RuntimeError(f"dropped: must be 0, got {self._run.dropped}")


class Tidemark(Tool):
    """`log()` of the SDK; the server judges every point with all its detectors meanwhile."""

    title = "Tidemark, `log()`"
    packages = ("./python",)
    module = "tidemark"
    durable = "`finish()` returned: acknowledged, on disk and synced"
    writes_to_server = True
    page_is = "points for 1500 pixels by HTTP; visible by the socket that feeds its page, which is pushed to"

    def server(self, python: Path, folder: Path, port: int, whole: bool) -> list[str]:
        main = REPOSITORY / "dist/bundle/main.js"
        return ["node", str(main), "serve", "--port", str(port), "--data", str(folder / "data")]

    def ready(self, url: str) -> bool:
        try:
            return bool(fetch(f"{url}/healthz")["status"] == "ok")
        except OSError:
            return False

    def environment(self, folder: Path) -> dict[str, str]:
        return {"TIDEMARK_DIR": str(folder / "spool")}

    def open(self, folder: Path, url: str, names: Sequence[str]) -> Writer:
        return _Sdk(folder, url)

    def page(self, folder: Path, url: str, series: str) -> Points:
        return _read(url, series, "&width=1500")

    def whole(self, folder: Path, url: str, series: str) -> Points:
        return _read(url, series, "")

    def watch(self, folder: Path, url: str, series: str, every: float) -> Iterator[float]:
        import websocket

        socket = websocket.create_connection(f"{url.replace('http', 'ws')}/api/viewer", timeout=60)
        socket.send(json.dumps({"kind": "view", "view": 1, "runs": [RUN], "width": 1500}))
        yield -1
        names: list[str] = []
        while True:
            frame = socket.recv()
            if isinstance(frame, bytes):
                yield last_step(frame, names, series)
                continue
            for said in map(json.loads, frame.splitlines()):
                if said["kind"] == "series":
                    names = [one["series"] for one in said["series"]]


class TidemarkColumns(Tidemark):
    """`log_columns()` of the SDK, for who has many steps at once."""

    title = "Tidemark, `log_columns()`"
    rows = ROWS


def _read(url: str, series: str, width: str) -> Points:
    answer = fetch(f"{url}/api/runs/{RUN}/points?series={quote(series, safe='')}{width}")
    attempts = answer["attempts"]
    return Points(
        [step for attempt in attempts for step in attempt["steps"]],
        [float(value) for attempt in attempts for value in attempt["values"]],
    )


def last_step(frame: bytes, names: Sequence[str], series: str) -> float:
    """The last step of a series in a frame of points, as shared/points.ts has it; -1 where it has none of it.

    Args:
        frame: as the socket gave it.
        names: of the run's series, by their numbers.
        series: the name of the one that is looked for.
    """
    kind, _, length, _ = struct.unpack_from("<BBHI", frame)
    if kind != 1:
        raise ValueError(f"frame: must be of kind 1, points, got {kind}")
    last, at = -1.0, _aligned(8 + length)
    while at < len(frame):
        parts, count = struct.unpack_from("<II", frame, at)
        numbers = struct.unpack_from(f"<{parts}I", frame, at + 24)
        at = _aligned(at + 24 + 4 * parts)
        if count > 0 and any(number < len(names) and names[number] == series for number in numbers):
            last = max(last, struct.unpack_from("<d", frame, at + 8 * (count - 1))[0])
        at += 8 * count * (2 + parts)
    return last


def _aligned(at: int) -> int:
    return at + -at % 8
