"""What `define_metric` said of series, by patterns, applied to each series when it is first logged."""

from __future__ import annotations

import fnmatch
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from math import isfinite
from typing import Any

from .columns import Part
from .values import WireNumber, spell

_Saying = tuple[str, tuple[Any, ...], tuple[str, ...]]
SUMMARIES = ("min", "max", "mean", "last", "first", "best", "none")
"""What may be kept of a series as its summary; "best" is "min" or "max", by its goal."""


@dataclass(frozen=True)
class Definition:
    """What is said of all series whose names match `pattern`."""

    pattern: str
    line: Mapping[str, Any]
    """The fields of its `define` line, without the series."""
    summary: tuple[str, ...] = ()

    @property
    def exact(self) -> bool:
        """Whether it names one series."""
        return not any(sign in self.pattern for sign in "*?")

    def matches(self, name: str) -> bool:
        """Whether it is said of series `name`; a bracket is a bracket."""
        return fnmatch.fnmatchcase(name, self.pattern.replace("[", "[[]"))


@dataclass
class _Kept:
    """Running summaries of one series."""

    wanted: tuple[str, ...]
    count: int = 0
    total: float = 0.0
    values: dict[str, float] = field(default_factory=dict)

    def add(self, value: float) -> None:
        self.count += 1
        self.total += value
        values = self.values
        values.setdefault("first", value)
        values["last"] = value
        values["min"] = min(values.get("min", value), value)
        values["max"] = max(values.get("max", value), value)
        values["mean"] = self.total / self.count


class Definitions:
    """Follows series on the recording thread: their last values, the lines that define them, their summaries.

    A later definition of a series overrides an earlier one; an exact name overrides a pattern.
    """

    def __init__(self) -> None:
        self.last: dict[str, WireNumber] = {}
        """The last value of every series."""
        self._exact: dict[str, dict[_Saying, Definition]] = {}
        self._patterns: dict[_Saying, Definition] = {}
        self._said: dict[str, dict[str, Any]] = {}
        self._seen: set[str] = set()
        self._kept: dict[str, _Kept] = {}

    def define(self, definition: Definition) -> Iterator[dict[str, Any]]:
        """Takes a definition; the `define` lines of what it is known to concern already.

        A loop may say the same again and again: it is kept once, and sent where something has changed.
        """
        kept = self._exact.setdefault(definition.pattern, {}) if definition.exact else self._patterns
        said = tuple(value for key, value in definition.line.items() if key != "time")
        saying = (definition.pattern, said, definition.summary)
        kept.pop(saying, None)
        kept[saying] = definition
        names = [definition.pattern] if definition.exact else list(filter(definition.matches, self._seen))
        for name in names:
            yield from self._lines(name)

    def see(self, flat: Mapping[str, WireNumber]) -> list[dict[str, Any]]:
        """Takes what was logged; the `define` lines that must come before it."""
        self.last.update(flat)
        lines = self._meet(flat)
        for name, kept in self._kept.items():
            value = flat.get(name)
            if isinstance(value, (int, float)):
                kept.add(value)
        return lines

    def see_columns(self, columns: Mapping[str, Part]) -> list[dict[str, Any]]:
        """The same of many steps: the values of each series, at least one of each."""
        for name, part in columns.items():
            value = part.values[-1]
            self.last[name] = value if isfinite(value) else spell(value)
        lines = self._meet(columns)
        for name, kept in self._kept.items():
            if name in columns:
                for value in filter(isfinite, columns[name].values):
                    kept.add(value)
        return lines

    def _meet(self, names: Iterable[str]) -> list[dict[str, Any]]:
        """The `define` lines of series that are logged for the first time."""
        lines: list[dict[str, Any]] = []
        if not self._seen.issuperset(names):
            for name in names:
                if name not in self._seen:
                    self._seen.add(name)
                    if self._patterns:
                        lines.extend(self._lines(name))
        return lines

    def summary(self) -> dict[str, float]:
        """The summaries that were asked for, by `SERIES.min` and the like."""
        return {
            f"{name}.{wanted}": kept.values[wanted]
            for name, kept in self._kept.items()
            for wanted in kept.wanted
            if wanted in kept.values
        }

    def _lines(self, name: str) -> Iterator[dict[str, Any]]:
        found: dict[str, Any] = {}
        wanted: tuple[str, ...] = ()
        matching = [each for each in self._patterns.values() if each.matches(name)]
        for each in (*matching, *self._exact.get(name, {}).values()):
            found.update({key: value for key, value in each.line.items() if value is not None})
            wanted = each.summary or wanted
        goal = found.get("goal", "min")
        wanted = tuple(goal if each == "best" else each for each in wanted if each != "none")
        if wanted and name not in self._kept:
            self._kept[name] = _Kept(wanted)
        elif name in self._kept:
            self._kept[name].wanted = wanted
        line = {**found, "series": name}
        time = line.pop("time", None)
        if any(key not in ("kind", "series") for key in line) and self._said.get(name) != line:
            self._said[name] = line
            yield {**line, "time": time}
