"""Samples of several quantities gathered into their least, mean and greatest value."""

from __future__ import annotations

import math
from collections.abc import Mapping


class Window:
    """Gathers samples until they are taken. A quantity that is missing or not finite in a sample is left out of it."""

    def __init__(self) -> None:
        self._kept: dict[str, tuple[int, float, float, float]] = {}
        self.samples = 0
        """Samples since the last `take`."""

    def add(self, sample: Mapping[str, float]) -> None:
        """Adds one sample: values by quantity."""
        self.samples += 1
        for name, value in sample.items():
            if not math.isfinite(value):
                continue
            count, total, least, most = self._kept.get(name, (0, 0.0, value, value))
            self._kept[name] = (count + 1, total + value, min(least, value), max(most, value))

    def take(self) -> dict[str, float]:
        """`NAME.min`, `NAME.mean` and `NAME.max` of each quantity; what follows is gathered anew."""
        kept, self._kept, self.samples = self._kept, {}, 0
        found: dict[str, float] = {}
        for name, (count, total, least, most) in kept.items():
            for statistic, value in (("min", least), ("mean", total / count), ("max", most)):
                found[f"{name}.{statistic}"] = float(f"{value:.6g}")
        return found
