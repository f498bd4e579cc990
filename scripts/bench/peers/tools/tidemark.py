"""Tidemark: the real server; the Python SDK, or columns over a socket for who has much to send."""

# What each method does is said in tool.py.
# ruff: noqa: D102, ARG002
from __future__ import annotations

import json
import struct
import time
from array import array
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any
from urllib.parse import quote

from tool import PROJECT, RUN, Points, Tool, Writer, fetch

REPOSITORY = Path(__file__).resolve().parents[4]
ROWS = 1000
"""Steps of a frame of columns."""
UNANSWERED = 20
"""Frames that wait for their acknowledgement."""


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

    def flush(self) -> None:
        self._run.finish(timeout=600)
        if self._run.dropped:
            raise RuntimeError(f"dropped: must be 0, got {self._run.dropped}")


class _Columns(Writer):
    """Binary frames of docs/protocol.md."""

    def __init__(self, url: str, names: Sequence[str]) -> None:
        import websocket

        self._names = list(names)
        self._socket = websocket.create_connection(f"{url.replace('http', 'ws')}/api/trainer", timeout=60)
        self._say({"kind": "run", "protocol": 1, "run": RUN, "writer": "columns", "project": PROJECT})
        self._say({"kind": "series", "first": 0, "names": self._names})
        self._sent = self._acked = 0
        self._begin()

    def log(self, step: int, values: dict[str, float]) -> None:
        self._steps.append(step)
        self._times.append(time.time())
        for name, column in zip(self._names, self._columns):
            column.append(values[name])
        if len(self._steps) == ROWS:
            self._send()

    def flush(self) -> None:
        if self._steps:
            self._send()
        while self._acked < self._sent:
            self._hear()

    def _begin(self) -> None:
        self._steps, self._times = array("d"), array("d")
        self._columns = [array("d") for _ in self._names]

    def _send(self) -> None:
        self._sent += 1
        rows = len(self._steps)
        head = struct.pack("<BBHId", 1, 1, len(self._names), rows, self._sent)
        head += b"".join(struct.pack("<IIB3x", i, rows, 2) for i in range(len(self._names)))
        head += bytes(-len(head) % 8)
        body = b"".join(column.tobytes() for column in (self._steps, self._times, *self._columns))
        self._socket.send_binary(head + body)
        self._begin()
        while self._sent - self._acked >= UNANSWERED:
            self._hear()

    def _say(self, line: dict[str, Any]) -> None:
        self._socket.send(json.dumps(line))
        self._answers()

    def _answers(self) -> list[dict[str, Any]]:
        answers = [json.loads(text) for text in self._socket.recv().splitlines()]
        for answer in answers:
            if answer["kind"] in ("error", "gap"):
                raise RuntimeError(answer)
        return answers

    def _hear(self) -> None:
        for answer in self._answers():
            if answer["kind"] == "ack":
                self._acked = answer["seq"]


class Tidemark(Tool):
    """`log()` of the SDK; the server judges every point with all its detectors meanwhile."""

    title = "Tidemark, Python SDK"
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

    def watch(self, folder: Path, url: str, series: str) -> Iterator[float]:
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
    """Columns of a thousand steps, for who has them already: a sender of one's own, or a file that is imported."""

    title = "Tidemark, columns"
    flush_each = True
    durable = "every frame acknowledged: on disk and synced"

    def open(self, folder: Path, url: str, names: Sequence[str]) -> Writer:
        return _Columns(url, names)


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
