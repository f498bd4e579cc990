"""Many steps at once, as `log_columns` takes them: blocks of columns, each a `log` line of the wire."""

from __future__ import annotations

import json
import struct
import sys
from array import array
from base64 import b64decode, b64encode
from bisect import bisect_left
from collections.abc import Iterator, Mapping, Sequence
from operator import le
from typing import Any, NamedTuple

from .arguments import shown
from .columns import Part, frame
from .lines import LINE_VALUES
from .names import is_name
from .notices import Notices

BLOCK_VALUES = 8_192
"""Values of one block: a line of some 100 kB, far below what a frame may have."""
_STEPS = 2**53
_LATEST = 1e11
"""The latest time that the server takes, in seconds since 1970: milliseconds are beyond it."""


class Block(NamedTuple):
    """Steps with the values of some series."""

    steps: array[int]
    """Type "q", not descending; shape (rows,)."""
    times: array[float]
    """Type "d", seconds since 1970; shape (rows,)."""
    columns: Mapping[str, Part]

    @property
    def size(self) -> int:
        """Bytes that it takes in memory, roughly."""
        return 400 + 16 * len(self.steps) + sum(100 + 12 * len(part.values) for part in self.columns.values())

    def text(self, seq: int) -> str:
        """Its line, packed: numbers need not be spelled."""
        packed = b64encode(frame(seq, False, self.steps, self.times, dict(enumerate(self.columns.values()))))
        names = json.dumps(list(self.columns), separators=(",", ":"))
        return f'{{"kind":"log","seq":{seq},"names":{names},"packed":"{packed.decode()}"}}'


def last_step(line: Mapping[str, Any]) -> int:
    """The last step of a packed line.

    Args:
        line: with `packed`.

    Raises:
        ValueError: its bytes are no frame.
    """
    packed = b64decode(line["packed"], validate=True)
    try:
        _, _, columns, rows, _ = struct.unpack_from("<BBHId", packed)
        (step,) = struct.unpack_from("<d", packed, (16 + 12 * columns + 7) // 8 * 8 + 8 * (rows - 1))
    except struct.error as error:
        raise ValueError(f"packed: {error}") from error
    return int(step)


def blocks_of(
    data: Mapping[Any, Any], steps: Any, times: Any, *, after: int, now: float, epoch: float | None, notices: Notices
) -> list[Block]:
    """Copies what a script gives into blocks. What cannot be used is warned of and left out.

    Args:
        data: columns by series, nested or not; each a sequence, an array or a tensor of shape (rows,).
        steps: shape (rows,); None: those that follow `after`.
        times: shape (rows,), seconds since 1970; None: `now`.
        after: the last step; -1 before the first.
        now: the present time.
        epoch: that of all rows, where `data` has no column `epoch`.
        notices: told of what is left out.

    Raises:
        ValueError: nothing can be used; the message says why.
    """
    columns = dict(_columns(data, "", notices))
    if not columns:
        return []
    at = _steps(steps, after, max(rows for rows, _ in columns.values()))
    rows = len(at)
    parts: dict[str, Part] = {}
    for name, (length, part) in columns.items():
        if length == rows:
            parts[name] = part
        else:
            notices.warn(f"value {name}", f"{name}: must be as long as steps, {rows}, got {length}; it is left out")
    when = _times(times, now, rows, notices)
    if epoch is not None and "epoch" not in parts:
        parts["epoch"] = Part(array("d", [epoch]) * rows, None)
    return list(_cut(at, when, parts)) if rows else []


def _cut(steps: array[int], times: array[float], parts: Mapping[str, Part]) -> Iterator[Block]:
    names = list(parts)
    # Row by row where one line cannot have all series, so that steps do not go back from line to line.
    each = max(1, BLOCK_VALUES // len(names)) if len(names) <= LINE_VALUES else 1
    for first in range(0, len(steps), each):
        last = min(first + each, len(steps))
        for start in range(0, len(names), LINE_VALUES):
            some = {name: _slice(parts[name], first, last) for name in names[start : start + LINE_VALUES]}
            there = {name: part for name, part in some.items() if len(part.values)}
            if there:
                yield Block(steps[first:last], times[first:last], there)


def _slice(part: Part, first: int, last: int) -> Part:
    if part.places is None:
        return Part(part.values[first:last], None)
    start, end = bisect_left(part.places, first), bisect_left(part.places, last)
    if end - start == last - first:
        return Part(part.values[start:end], None)
    return Part(part.values[start:end], array("I", (place - first for place in part.places[start:end])))


def _columns(data: Mapping[Any, Any], prefix: str, notices: Notices) -> Iterator[tuple[str, tuple[int, Part]]]:
    for key, value in data.items():
        series = prefix + (key if type(key) is str else str(key))
        if isinstance(value, Mapping):
            yield from _columns(value, series + "/", notices)
        elif not is_name(series):
            rule = f"series: must be 1 to 256 printable characters, got {series[:80]!r}; it is left out"
            notices.warn("series name", rule)
        else:
            try:
                yield series, _part(value)
            except Exception as error:  # values of any type, with any code behind them
                notices.warn(f"value {series}", f"{series}: {error}; it is left out")


def _part(value: Any) -> tuple[int, Part]:
    """A column's rows, and its values without those that are None."""
    dense = _dense(value)
    if isinstance(dense, array):
        return len(dense), Part(dense, None)
    values, places = array("d"), array("I")
    for place, one in enumerate(dense):
        if one is None:
            continue
        if isinstance(one, (str, bytes)) or not hasattr(type(one), "__float__"):
            raise ValueError(f"must be numbers, got {shown(one)} at place {place}")
        values.append(float(one))
        places.append(place)
    return len(dense), Part(values, places)


def _dense(value: Any) -> array[float] | list[Any]:
    """A copy of a column; a list where not all of it may be numbers. Waits for a GPU where it is on one.

    Raises:
        ValueError: it is no column.
    """
    if isinstance(value, (str, bytes, bytearray)) or not hasattr(value, "__iter__"):
        raise ValueError(f"must be a sequence of numbers, got {shown(value)}")
    torch, numpy = sys.modules.get("torch"), sys.modules.get("numpy")
    if torch is not None and isinstance(value, torch.Tensor):
        _one_dimension(value.shape)
        value = value.detach().to("cpu").double()
        value = value.tolist() if numpy is None else value.numpy()
    if numpy is not None and not isinstance(value, (list, tuple, range, array)) and hasattr(value, "__array__"):
        found = numpy.asarray(value)
        _one_dimension(found.shape)
        if found.dtype.kind in "biuf":
            copy = array("d")
            copy.frombytes(numpy.ascontiguousarray(found, dtype=numpy.float64).tobytes())
            return copy
        value = found.tolist()
    items = value if isinstance(value, array) else list(value)
    try:
        return array("d", items)
    except (TypeError, OverflowError):
        return items


def _one_dimension(shape: Sequence[int]) -> None:
    if len(shape) != 1:
        raise ValueError(f"must have one dimension, got shape {tuple(shape)}")


def _steps(steps: Any, after: int, rows: int) -> array[int]:
    """A copy of the steps.

    Raises:
        ValueError: they are none.
    """
    if steps is None:
        return array("q", range(after + 1, after + 1 + rows))
    given = _dense(steps)
    if not isinstance(given, array):
        raise ValueError(f"steps: must be whole numbers from 0, got {shown(steps)}")
    for step in given:
        if not (0 <= step < _STEPS and step.is_integer()):
            raise ValueError(f"steps: must be whole numbers from 0, got {shown(step)}")
    if not all(map(le, given, given[1:])):
        place = next(i for i, (one, next_one) in enumerate(zip(given, given[1:])) if one > next_one)
        raise ValueError(f"steps: must not descend, got {given[place]:.0f} before {given[place + 1]:.0f}")
    return array("q", map(int, given))


def _times(times: Any, now: float, rows: int, notices: Notices) -> array[float]:
    if times is not None:
        try:
            given = _dense(times)
            if isinstance(given, array) and len(given) == rows:
                wrong = next((time for time in given if not 0 <= time <= _LATEST), None)
                if wrong is None:
                    return given
                rule = f"times: must be seconds since 1970, from 0 to {_LATEST:.0f}, got {shown(wrong)}"
            else:
                rule = f"times: must be {rows} numbers of seconds since 1970, as many as steps, got {len(given)}"
        except ValueError as error:
            rule = f"times: {error}"
        notices.warn("times", f"{rule}; the present time is taken")
    return array("d", [round(now, 6)]) * rows
