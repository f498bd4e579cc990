"""Writes curves as Tidemark lines, and the labels beside them."""

from __future__ import annotations

import gzip
import json
import math
from collections.abc import Iterable
from dataclasses import asdict
from pathlib import Path

from faults.labels import Label
from faults.train import Curves

DIGITS = 6
"""Significant digits of a value."""


def write(folder: Path, runs: Iterable[tuple[Curves, Label]]) -> None:
    """Writes `curves.jsonl.gz`, run after run, and `labels.json`, by run."""
    folder.mkdir(parents=True, exist_ok=True)
    labelled = sorted(runs, key=lambda one: name(one[0]))
    text = "".join(f"{line}\n" for curves, _ in labelled for line in lines(curves))
    # No time and no name in it: the same curves are the same file.
    (folder / "curves.jsonl.gz").write_bytes(gzip.compress(text.encode(), compresslevel=9, mtime=0))
    labels = ",\n".join(f"{json.dumps(name(curves))}: {json.dumps(asdict(label))}" for curves, label in labelled)
    (folder / "labels.json").write_text(f"{{\n{labels}\n}}\n")


def name(curves: Curves) -> str:
    """A run's id, which does not tell its fault."""
    return f"{curves.recipe.task}-{curves.recipe.seed:05d}"


def lines(curves: Curves) -> list[str]:
    """A run as an ordinary script would have sent it."""
    hello = {"kind": "run", "protocol": 1, "run": name(curves), "writer": name(curves), "config": curves.config}
    logged = [*curves.steps, *curves.epochs]
    logged.sort(key=lambda values: values["step"])  # stable: a step before its validation
    body = [
        {"kind": "log", "step": values["step"], "epoch": values["epoch"], "values": _values(values)}
        for values in logged
    ]
    end = {"kind": "end", "status": "finished"}
    return [json.dumps(line, separators=(",", ":"), allow_nan=False) for line in (hello, *body, end)]


def _values(logged: dict[str, float]) -> dict[str, float | str]:
    return {series: _wire(value) for series, value in logged.items() if series not in ("step", "epoch")}


def _wire(value: float) -> float | str:
    if math.isfinite(value):
        return float(f"{value:.{DIGITS}g}")
    return "NaN" if math.isnan(value) else "Infinity" if value > 0 else "-Infinity"
