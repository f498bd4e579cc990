"""The phases of one tool's measurement, each in fresh processes."""

from __future__ import annotations

import json
import os
import shutil
import statistics
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from latency import latencies, quantile
from processes import Group, drain, free_port, size_of, told, wait_for
from tool import Tool
from workload import SERIES

WORKER = Path(__file__).parent / "worker.py"
EAGER = 0.005
"""Seconds from one question to the next where it is asked as often as it can answer."""


@dataclass(frozen=True)
class Effort:
    """How much is measured."""

    points: int
    """Points of ten series, and again points of one."""
    seconds: float
    """Longest time of writing them."""
    visible: float
    """Seconds of points that come one by one."""


@dataclass
class Measured:
    """What one tool did; None where it could not be told."""

    title: str
    version: str = ""
    accepted: int = 0
    """Points that the tool said are kept."""
    per_second: float | None = None
    kept: int | None = None
    """Of these, how many were there after all its processes were killed."""
    writing_memory: int | None = None
    bytes_a_point: float | None = None
    visible: list[float] | None = None
    """Milliseconds from the call to the first answer that shows the point: median, 90th percentile, most."""
    unseen: int = 0
    on_page: list[float] | None = None
    """The same where it is asked as seldom as its page asks; None: its page is told, or there is none."""
    length: int = 0
    """Points of the long series."""
    page: dict[str, Any] | None = None
    whole: dict[str, Any] | None = None
    reading_memory: int | None = None
    notes: list[str] = field(default_factory=list)


class Bench:
    """One tool, its Python, and a folder of its own."""

    def __init__(self, name: str, tool: Tool, python: Path, folder: Path, log: Path) -> None:
        self._name = name
        self._tool = tool
        self._python = python
        self._folder = folder
        self._log = log.open("w")

    def measure(self, effort: Effort, version: str) -> Measured:
        """All phases; one that fails leaves its figures out and a note."""
        result = Measured(self._tool.title, version)
        for phase in (self._ingest, self._long, self._visible, self._on_page):
            print(f"  {self._name}: {phase.__name__[1:]} …", file=sys.stderr, flush=True)
            try:
                phase(effort, result)
            except Exception as error:  # a tool that fails has no figure; the others go on
                result.notes.append(f"{phase.__name__[1:]}: {error}")
        self._log.close()
        return result

    def _ingest(self, effort: Effort, result: Measured) -> None:
        folder = self._fresh("ingest")
        options = {"series": len(SERIES), "points": effort.points, "seconds": effort.seconds, "spike": False}
        wrote, result.writing_memory = self._write(folder, options)
        result.accepted = wrote["points"]
        result.per_second = wrote["points"] / wrote["took"]
        result.bytes_a_point = size_of(folder) / wrote["points"]
        with self._serving(folder, whole=True) as (group, url, began):
            asked = {"series": len(SERIES), "whole": True, "all": True, "began": began}
            [read] = self._run(group, "read", folder, url, asked)
            result.kept = read["points"]
        shutil.rmtree(folder)

    def _long(self, effort: Effort, result: Measured) -> None:
        folder = self._fresh("long")
        options = {"series": 1, "points": effort.points, "seconds": effort.seconds, "spike": True}
        wrote, _ = self._write(folder, options)
        result.length = wrote["points"]
        for whole in (False, True):
            with self._serving(folder, whole) as (group, url, began):
                last = wrote["points"] - 1
                asked = {"series": 1, "whole": whole, "all": False, "began": began, "last": last}
                [read] = self._run(group, "read", folder, url, asked)
                result.reading_memory = max(result.reading_memory or 0, group.peak)
            if whole:
                result.whole = read
            else:
                result.page = read
        shutil.rmtree(folder)

    def _visible(self, effort: Effort, result: Measured) -> None:
        result.visible, result.unseen = self._seen(effort.visible, EAGER)

    def _on_page(self, effort: Effort, result: Measured) -> None:
        waits = self._tool.page_waits
        if waits > 0 and effort.visible > 0:
            result.on_page, _ = self._seen(max(effort.visible, 2.2 * waits), waits)

    def _seen(self, seconds: float, every: float) -> tuple[list[float] | None, int]:
        """How long single points are not to be seen, in ms, and how many never are."""
        folder = self._fresh("visible")
        logged: list[dict[str, Any]] = []
        seen: list[dict[str, Any]] = []
        with Group() as group:
            url = self._serve(group, folder, whole=False)[0] if self._tool.writes_to_server else ""
            logging = self._follow(group, "tick", folder, url, {"every": 0.25}, logged)
            _until(lambda: bool(logged), 60)
            if not self._tool.writes_to_server:  # it finds the run there
                url, _ = self._serve(group, folder, whole=False)
            self._follow(group, "see", folder, url, {"every": every}, seen)
            # What was logged before anything could be seen waited for the server to start, and is not counted.
            _until(lambda: bool(seen), 60)
            began = time.monotonic()
            _until(lambda: time.monotonic() > began + seconds, seconds + 1)
            logging.kill()
            logging.wait()
            _until(lambda: bool(seen) and seen[-1]["step"] >= logged[-1]["step"], 15 + every)
        waits, unseen = latencies(logged, seen)
        shutil.rmtree(folder)
        if not waits:
            return None, unseen
        return [1000 * each for each in (statistics.median(waits), quantile(waits, 0.9), max(waits))], unseen

    def _follow(
        self, group: Group, role: str, folder: Path, url: str, options: dict[str, Any], into: list[dict[str, Any]]
    ) -> Any:
        """Starts a worker; what it tells is put into a list as it comes."""
        process = self._start(group, role, folder, url, options)
        threading.Thread(target=lambda: into.extend(told(process)), daemon=True).start()
        return process

    def _fresh(self, phase: str) -> Path:
        folder = self._folder / phase / "data"
        folder.mkdir(parents=True)
        return folder

    def _write(self, folder: Path, options: dict[str, Any]) -> tuple[dict[str, Any], int]:
        """Writes, and kills every process the moment that the tool says all is kept."""
        with Group() as group:
            url = ""
            if self._tool.writes_to_server:
                url, _ = self._serve(group, folder, whole=False)
            writing = self._start(group, "write", folder, url, options)
            wrote = next(told(writing), None)
            if wrote is None:
                raise RuntimeError(f"writing: must end, but failed; see {self._log.name}")
            return wrote, group.peak

    @contextmanager
    def _serving(self, folder: Path, whole: bool) -> Iterator[tuple[Group, str, float]]:
        with Group() as group:
            url, began = self._serve(group, folder, whole)
            yield group, url, began

    def _serve(self, group: Group, folder: Path, whole: bool) -> tuple[str, float]:
        """Starts the tool's server, if it has one; its address, and when it was started."""
        port = free_port()
        began = time.monotonic()
        url = f"http://127.0.0.1:{port}"
        if self._tool.served:
            command = self._tool.server(self._python, folder, port, whole)
            server = group.start(command, self._environment(folder), self._log)
            drain(server)
            wait_for(lambda: self._tool.ready(url), server)
        return url, began

    def _run(self, group: Group, role: str, folder: Path, url: str, options: dict[str, Any]) -> list[dict[str, Any]]:
        lines = list(told(self._start(group, role, folder, url, options)))
        if not lines:
            raise RuntimeError(f"{role}: must tell something, but failed; see {self._log.name}")
        return lines

    def _start(self, group: Group, role: str, folder: Path, url: str, options: dict[str, Any]) -> Any:
        command = [str(self._python), str(WORKER), self._name, role, str(folder), url, json.dumps(options)]
        return group.start(command, self._environment(folder), self._log)

    def _environment(self, folder: Path) -> dict[str, str]:
        return {**os.environ, **self._tool.environment(folder), "PYTHONUNBUFFERED": "1"}


def _until(true: Callable[[], bool], seconds: float) -> None:
    """Waits for something, no longer than that."""
    ending = time.monotonic() + seconds
    while not true() and time.monotonic() < ending:
        time.sleep(0.05)
