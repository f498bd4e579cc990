"""Many lines as one binary frame of columns, as docs/protocol.md has it, and when to use it."""

from __future__ import annotations

import json
import struct
import sys
from array import array
from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple, Union

from .lines import LINE_VALUES

MANY = 64
"""Lines that follow each other from which on a binary frame is worth its making."""

PACKED_END = '"}'
"""How a `log` line ends that is columns already, and no other."""

Frame = Union[str, bytes]
"""Text is one or many lines."""

_MOST_IDS = 5_000
_NO_NAME = frozenset(("bad-line", "too-many-series"))
"""Answers to a `series` line with a name that the server does not take."""
_MOST_REFUSALS = 20
"""After so many of these it asks no more: a run that has all the series it may have would go on for ever."""


class Row(NamedTuple):
    """A `log` line as a frame of columns carries it."""

    seq: int
    step: int
    time: float
    values: dict[str, float]


class Part(NamedTuple):
    """A column."""

    values: array[float]
    """Type "d"."""
    places: array[int] | None
    """The row of each value, type "I", ascending; None: every row has one."""


class Packer:
    """Turns lines into frames on one connection: text where there are few, binary columns where there are many.

    Agrees with the server on ids of series first, and goes by text until it has answered. What was agreed stays so
    where later names are refused: it asks for half as many next, and lines with a name that is refused by itself go as
    text. A server that does not know of ids is another one only on another connection.

    Args:
        many: lines from which on a binary frame is worth its making.
    """

    def __init__(self, many: int = MANY) -> None:
        self._many = many
        self._ids: dict[str, int] = {}
        self._asked: list[str] = []
        self._refused: set[str] = set()
        self._refusals = 0
        self._at_once = _MOST_IDS
        self._plain = False

    def hear(self, text: str) -> bool:
        """Takes an answer of the server; whether it was for the packer alone."""
        if '"series"' not in text and not (self._asked and '"error"' in text):
            return False
        try:
            answer = json.loads(text)
            if answer.get("kind") == "series":
                first = len(self._ids)
                agreed = self._asked[: max(int(answer["count"]) - first, 0)]
                self._ids.update((name, place) for place, name in enumerate(agreed, first))
                self._asked = []
                self._at_once = min(2 * self._at_once, _MOST_IDS)
                return True
            if answer.get("kind") == "error" and self._asked and "seq" not in answer:
                return self._no(answer.get("code"))
        except (ValueError, KeyError, TypeError, AttributeError):
            pass  # the conversation complains of it
        return False

    def frames(self, lines: Sequence[tuple[int, str]]) -> list[Frame]:
        """The frames that carry some numbered lines, in their order."""
        if len(lines) < self._many or self._plain:
            return ["\n".join(text for _, text in lines)]
        frames: list[Frame] = []
        texts: list[str] = []
        rows: list[Row] = []
        packed: list[str] = []
        series: set[str] = set()
        unknown: dict[str, None] = {}

        def close() -> None:
            if len(rows) >= self._many:
                if texts:
                    frames.append("\n".join(texts))
                    texts.clear()
                frames.append(pack(rows, self._ids))
            else:
                texts.extend(packed)
            rows.clear()
            packed.clear()
            series.clear()

        for seq, text in lines:
            row = row_of(seq, text)
            if row is None or not self._knows(row, unknown):
                close()
                texts.append(text)
                continue
            if rows and (seq != rows[-1].seq + 1 or len(series) + len(row.values) > LINE_VALUES):
                close()
            rows.append(row)
            packed.append(text)
            series.update(row.values)
        close()
        if texts:
            frames.append("\n".join(texts))
        asked = self._ask(list(unknown))
        return [asked, *frames] if asked else frames

    def _no(self, code: Any) -> bool:
        """The names that were asked for are refused; whether that is what `code` says."""
        if code == "bad-kind":  # the server is older
            self._plain = True
        elif code in _NO_NAME:
            self._refusals += 1
            self._at_once = max(1, len(self._asked) // 2)
            if len(self._asked) == 1:
                self._refused.update(self._asked)
        else:
            return False
        self._asked = []
        return True

    def _knows(self, row: Row, unknown: dict[str, None]) -> bool:
        known = True
        for name in row.values:
            if name not in self._ids:
                known = False
                if name not in self._refused:
                    unknown[name] = None
        return known

    def _ask(self, unknown: list[str]) -> str | None:
        """The line that asks for ids; None when there is nothing to ask, or an answer to wait for."""
        first = len(self._ids)
        names = unknown[: min(self._at_once, _MOST_IDS - first)]
        if not names or self._asked or self._refusals >= _MOST_REFUSALS:
            return None
        self._asked = names
        return json.dumps({"kind": "series", "first": first, "names": names}, separators=(",", ":"))


def row_of(seq: int, text: str) -> Row | None:
    """Reads a line; None when it is none that a frame of columns can carry."""
    if not text.startswith('{"kind":"log"') or text.endswith(PACKED_END):
        return None
    try:
        line: dict[str, Any] = json.loads(text)
        values = {name: float(value) for name, value in line["values"].items()}
        epoch = line.get("epoch")
        if epoch is not None:
            values["epoch"] = float(epoch)
        if line["seq"] != seq or not values:
            return None
        return Row(seq, line["step"], line["time"], values)
    except (ValueError, KeyError, TypeError, AttributeError, OverflowError):
        return None


def pack(rows: Sequence[Row], ids: dict[str, int]) -> bytes:
    """One frame of lines whose numbers follow each other; each keeps its own. float32 where that loses nothing."""
    columns = columns_of([row.values for row in rows])
    steps, times = array("q", (row.step for row in rows)), array("d", (row.time for row in rows))
    return frame(rows[0].seq, True, steps, times, {ids[name]: part for name, part in columns.items()})


def columns_of(rows: Sequence[Mapping[str, Any]]) -> dict[str, Part]:
    """Rows as columns by series, in the order in which these come.

    Args:
        rows: numbers by series, at least one row; non-finite ones may be spelled.
    """
    first = rows[0].keys()
    if all(row.keys() == first for row in rows):
        return {name: Part(_numbers([row[name] for row in rows]), None) for name in first}
    columns: dict[str, tuple[array[float], array[int]]] = {}
    for place, row in enumerate(rows):
        for name, value in row.items():
            values, places = columns.setdefault(name, (array("d"), array("I")))
            values.append(float(value))
            places.append(place)
    return {name: Part(values, places) for name, (values, places) in columns.items()}


def _numbers(values: list[Any]) -> array[float]:
    try:
        return array("d", values)
    except TypeError:  # non-finite ones are spelled
        return array("d", map(float, values))


def frame(seq: int, numbered: bool, steps: array[int], times: array[float], columns: Mapping[int, Part]) -> bytes:
    """A frame of columns; float32 where that loses nothing.

    Args:
        seq: the line's number, or the first row's.
        numbered: whether every row is a line of its own.
        steps: type "q", shape (rows,).
        times: type "d", seconds since 1970, shape (rows,).
        columns: by the series' ids.
    """
    rows = len(steps)
    head = [struct.pack("<BBHId", 1, 3 if numbered else 1, len(columns), rows, seq)]
    parts = [_bytes(array("d", steps)), _bytes(times)]
    for place, (values, places) in columns.items():
        single = array("f", values)
        exact = single.tolist() == values.tolist()
        head.append(struct.pack("<IIB3x", place, len(values), 1 if exact else 2))
        if places is not None and len(values) < rows:
            parts.append(_bytes(places))
        parts.append(_bytes(single if exact else values))
    return b"".join((_filled(b"".join(head)), *parts))


def _bytes(numbers: array[Any]) -> bytes:
    """Numbers as bytes, little-endian, filled up."""
    if sys.byteorder != "little":
        numbers = numbers[:]
        numbers.byteswap()
    return _filled(numbers.tobytes())


def _filled(part: bytes) -> bytes:
    """Zero bytes up to a multiple of 8."""
    return part + bytes(-len(part) % 8)
