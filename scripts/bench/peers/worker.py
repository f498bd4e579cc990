"""What the bench runs in a tool's own packages: `worker.py TOOL ROLE FOLDER URL OPTIONS`, where OPTIONS is JSON."""

from __future__ import annotations

import importlib
import json
import sys
import time
from array import array
from collections.abc import Callable, Iterator
from pathlib import Path
from random import Random
from typing import Any

# This folder also holds modules named like the tools': those of the tools come first.
HERE = Path(__file__).resolve().parent
sys.path = [*(path for path in sys.path if Path(path or ".").resolve() != HERE), str(HERE)]

from tool import Points, Tool  # noqa: E402
from workload import CLASSES, SERIES, SPIKE, spike_at  # noqa: E402

POOL = 1 << 16
"""Values that are made before the clock starts, taken in turn."""
PATIENCE = 15.0
"""Seconds without anything new after which no more is expected."""


def tool_of(name: str) -> Tool:
    """The tool by its name in `CLASSES`."""
    module, kind = CLASSES[name]
    made: Tool = getattr(importlib.import_module(f"tools.{module}"), kind)()
    return made


def pool() -> array[float]:
    """Noise around one, as float32 tells it, which is what trainings log."""
    random = Random(1)
    return array("d", array("f", (1 + 0.05 * random.gauss(0, 1) for _ in range(POOL))))


def values_of(pool: array[float], first: int, stride: int, rows: int) -> array[float]:
    """The values of one series at `rows` steps: as the pool has them, taken in turn."""
    column = array("d")
    while len(column) < rows:
        column += pool[(first + len(column) * stride) % POOL :: stride][: rows - len(column)]
    return column


def write(tool: Tool, folder: Path, url: str, options: dict[str, Any]) -> Iterator[dict[str, Any]]:
    """Logs steps of `series` values until there are `points` of them or `seconds` are over; then waits to be killed."""
    names = SERIES[: options["series"]]
    steps = options["points"] // len(names)
    spike = spike_at(steps) if options["spike"] else -1
    values = pool()
    writer = tool.open(folder, url, names)
    started = time.monotonic()
    ending = started + options["seconds"]
    step = 0
    while tool.rows and step < steps and time.monotonic() < ending:
        rows = min(tool.rows, steps - step)
        columns = {name: values_of(values, step * len(names) + i, len(names), rows) for i, name in enumerate(names)}
        if step <= spike < step + rows:
            columns[names[0]][spike - step] = SPIKE
        writer.log_columns(range(step, step + rows), columns)
        step += rows
    while not tool.rows and step < steps and (step % 1000 != 0 or time.monotonic() < ending):
        of_step = {name: values[(step * len(names) + i) % POOL] for i, name in enumerate(names)}
        if step == spike:
            of_step[names[0]] = SPIKE
        writer.log(step, of_step)
        step += 1
    writer.end()
    yield {"points": step * len(names), "took": time.monotonic() - started}


def read(tool: Tool, folder: Path, url: str, options: dict[str, Any]) -> Iterator[dict[str, Any]]:
    """Reads a series until its last step is there, then five times more; with `all`, each series once."""
    how: Callable[..., Any] = tool.whole if options["whole"] else tool.page
    names = SERIES[: options["series"]]
    if options["all"]:
        yield {"points": sum(len(how(folder, url, name).steps) for name in names)}
        return
    # Imports are no part of reading.
    began = options["began"] if tool.served else time.monotonic()
    points = Points([], [])
    furthest, cold = -2.0, 0.0
    # Until the last step is there, or nothing more has come for a while.
    while furthest < options["last"] and (cold == 0 or time.monotonic() - began < cold + PATIENCE):
        try:
            points = how(folder, url, names[0])
        except (OSError, LookupError, ValueError):
            time.sleep(0.02)
        if max(points.steps, default=-1) > furthest:
            furthest = max(points.steps, default=-1)
            cold = time.monotonic() - began
    again: list[float] = []
    while len(again) < 5 and sum(again) < 60:
        started = time.monotonic()
        points = how(folder, url, names[0])
        again.append(time.monotonic() - started)
    yield {
        "points": len(points.steps),
        "spike": max(points.values, default=0) >= SPIKE,
        "cold": cold,
        "again": sorted(again)[len(again) // 2],
    }


def tick(tool: Tool, folder: Path, url: str, options: dict[str, Any]) -> Iterator[dict[str, Any]]:
    """Logs one value at a time, without end, flushed where that does not end the run; tells when each was logged."""
    random = Random(2)
    writer = tool.open(folder, url, SERIES[:1])
    step = 0
    while True:
        time.sleep(options["every"] * random.uniform(0.5, 1.5))
        logged = time.monotonic()
        if tool.rows:
            writer.log_columns([step], {SERIES[0]: [float(step)]})
        else:
            writer.log(step, {SERIES[0]: float(step)})
        if tool.flush_each:
            writer.flush()
        yield {"step": step, "logged": logged}
        step += 1


def see(tool: Tool, folder: Path, url: str, options: dict[str, Any]) -> Iterator[dict[str, Any]]:
    """Tells when each step could be seen first, without end."""
    last = -1.0
    for step in tool.watch(folder, url, SERIES[0], options["every"]):
        if step > last:
            yield {"seen": time.monotonic(), "step": step}
            last = step


ROLES = {"write": write, "read": read, "tick": tick, "see": see}

if __name__ == "__main__":
    name, role, folder, url, options = sys.argv[1:6]
    for told in ROLES[role](tool_of(name), Path(folder), url, json.loads(options)):
        print("peers " + json.dumps(told), flush=True)
    if role == "write":
        sys.stdin.read()  # what it has not made durable is lost when it is killed here
