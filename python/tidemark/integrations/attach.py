"""What the integrations have in common: whose run they log to, and what a data set says of itself."""

from __future__ import annotations

import math
from collections.abc import Mapping
from time import perf_counter_ns
from typing import Any, Literal, Union

import tidemark

from ..declarations import Role
from ..ranks import rank_of, world_size
from ..running import Run

RestoreBest = Union[bool, Literal["stopped"]]
"""Whether the best is put back when a training ends: True, however it ended; "stopped", after a stop; False, never."""
CLASSES = 10_000
"""Most classes whose samples are counted."""
SAMPLES = 5_000_000
"""Most labels that are counted: more would hold up the start of a training."""
WORTH = 0.005
"""Share of the level of validation that boosting is to gain from as many rounds again, or be stopped."""


class Attached:
    """A run that an integration logs to: one it was given, the one that is open, or one of its own.

    Args:
        run: given by the script; ended by it, too.
        settings: of `tidemark.init`, for a run of its own.
    """

    def __init__(self, run: Run | None, settings: Mapping[str, Any]) -> None:
        self._given = run
        self._settings = dict(settings)
        self._own: Run | None = None

    @property
    def run(self) -> Run | None:
        """The run, once `begin` was called or where there is one."""
        return self._given or self._own

    def begin(self, config: Mapping[str, Any] | None = None, **defaults: Any) -> Run:
        """The run; where it had been begun, what `config` says is added to it.

        Args:
            config: hyper-parameters.
            **defaults: settings of `tidemark.init` for what the script left open.
        """
        if self.run is None and not (self._settings.keys() - {"stop"}):
            self._given = tidemark.run
        if self.run is None:
            said = {**(config or {}), **(self._settings.get("config") or {})}
            settings = {"stop": "best-epoch", **defaults, **self._settings, "config": said}
            self._own = tidemark.init(**settings)
        elif config:
            self.run.config.update({key: value for key, value in config.items() if key not in self.run.config})
        return self.run  # type: ignore[return-value]  # one of the two was just set

    def end(self, exit_code: int = 0, reason: str = "") -> None:
        """Ends the run where it is the integration's own."""
        own, self._own = self._own, None
        if own is not None:
            own.finish(exit_code, reason=reason)


def define(run: Run, series: str, goal: str, *, role: Role | None = None, monitor: bool = True) -> None:
    """Says which way a series is better, and lets the best epoch be judged by what the library keeps its best by.

    Args:
        run: whose it is.
        series: as it is logged.
        goal: "max"; else it is "min".
        role: where its name does not tell.
        monitor: whether it is that series.
    """
    run.define(series, role=role, goal="max" if goal == "max" else "min", monitor=True if monitor else None)


def restores(wanted: RestoreBest, stopped: bool) -> bool:
    """Whether the best is to be put back, now that a training has ended."""
    return stopped if wanted == "stopped" else bool(wanted)


def boosts(run: Run, worth: float) -> None:
    """Has a level of validation count as its end: no drop of a learning rate is to come.

    Args:
        run: whose it is.
        worth: share of the level that as many rounds again must bring; 0: a level is no reason to stop.
    """
    if worth > 0:
        run.set_detector("best-epoch", worth=worth)


def is_first() -> bool:
    """Whether this process is the one that logs metrics, as far as the launcher's variables tell."""
    return world_size() < 2 or rank_of() == 0


def describe(train: Any = None, validation: Any = None) -> dict[str, Any]:
    """What data sets say of themselves: `n_train`, `n_val`, `class_counts`; what they do not say is absent.

    Args:
        train: a data set with a length, and perhaps with labels as `targets`, `labels`, `y`, or as the last tensor of
            a `TensorDataset`; also an array of labels itself.
        validation: likewise; of it only the length is taken.
    """
    found: dict[str, Any] = {}
    for key, data in (("n_train", train), ("n_val", validation)):
        if (size := _length(data)) is not None and size > 0:
            found[key] = size
    counts = class_counts(_labels(train))
    if counts is not None:
        found["class_counts"] = counts
    return found


def class_counts(labels: Any) -> list[int] | None:
    """Samples of each class, from 0 on; None where `labels` are no whole numbers of at most 10,000 classes."""
    try:
        import numpy

        array = labels.detach().cpu().numpy() if hasattr(labels, "detach") else numpy.asarray(labels)
        if array.ndim != 1 or not 2 <= array.size <= SAMPLES or array.dtype.kind not in "iub":
            return None
        if array.min() < 0 or array.max() >= CLASSES:
            return None
        counts = [int(count) for count in numpy.bincount(array.astype("int64"))]
    except Exception:  # labels of any kind
        return None
    # Whole numbers that are nearly all different are no classes.
    return counts if len(counts) >= 2 and 2 * sum(count > 0 for count in counts) <= array.size else None


def _labels(data: Any) -> Any:
    if data is None or hasattr(data, "shape"):
        return data
    for name in ("targets", "labels", "y"):
        if (labels := getattr(data, name, None)) is not None:
            return labels
    tensors = getattr(data, "tensors", None)
    return tensors[-1] if isinstance(tensors, tuple) and len(tensors) > 1 else None


def _length(data: Any) -> int | None:
    try:
        return len(data)
    except Exception:  # one without a length, as of a stream
        return None


class Waits:
    """Measures how long a library's loop takes from the end of a batch to the next one, which is the wait for data.

    What the library does in between, such as a validation, is left out by another `begin` after it.
    """

    def __init__(self) -> None:
        self._since: int | None = None

    def begin(self) -> None:
        """From here on the loop waits for its next batch."""
        self._since = perf_counter_ns()

    def end(self, run: Run | None) -> None:
        """The batch is there."""
        since, self._since = self._since, None
        if since is not None and run is not None:
            run._wait(perf_counter_ns() - since)


class Best:
    """Follows a metric and says when it is the best so far.

    Args:
        goal: "min" or "max".
    """

    def __init__(self, goal: str = "min") -> None:
        self._sign = 1.0 if goal == "min" else -1.0
        self.value = math.inf
        """The best value, with its sign turned where most is best; infinite before the first."""
        self.at = -1
        """Where it was."""

    def better(self, value: float, at: int) -> bool:
        """Whether `value` is better than all before; if so it is the best from here on."""
        signed = self._sign * float(value)
        if not signed < self.value:  # also where it is NaN
            return False
        self.value, self.at = signed, at
        return True
