"""One table of what was measured."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from measure import Measured

NONE = "-"


def count(number: float | None) -> str:
    """A number to three digits, with its unit of thousands: 1.69 M, 320, 98.2 k."""
    if number is None:
        return NONE
    for unit, size in (("M", 1e6), ("k", 1e3)):
        if number >= size:
            return f"{_three(number / size)} {unit}"
    return _three(number)


def duration(seconds: float | None) -> str:
    """A time to three digits, in ms or s."""
    if seconds is None:
        return NONE
    return f"{_three(seconds)} s" if seconds >= 1 else f"{_three(1000 * seconds)} ms"


def _three(number: float) -> str:
    if number >= 99.95 or number == int(number):
        return f"{number:.0f}"
    return f"{number:.1f}" if number >= 9.995 else f"{number:.2f}"


def _kept(one: Measured) -> str:
    if one.kept is None:
        return NONE
    if one.kept == one.accepted:
        return f"all {count(one.accepted)}"
    return f"{one.kept:,} of {one.accepted:,}"


def _read(one: Measured, whole: bool) -> str:
    read = one.whole if whole else one.page
    if read is None:
        return NONE
    return f"{duration(read['cold'])}, then {duration(read['again'])}"


def _back(one: Measured, whole: bool) -> str:
    read = one.whole if whole else one.page
    if read is None:
        return NONE
    spike = "spike there" if read["spike"] else "**spike gone**"
    return f"{read['points']:,} of {one.length:,}, {spike}"


def _visible(one: Measured) -> str:
    if one.visible is None:
        return "never" if one.unseen else NONE
    return _waits(one.visible) + (f"; {one.unseen} never" if one.unseen else "")


def _on_page(one: Measured) -> str:
    return _visible(one) if one.on_page is None else _waits(one.on_page)


def _waits(milliseconds: Sequence[float]) -> str:
    median, ninth, _ = (duration(each / 1000) for each in milliseconds)
    return f"{median}; {ninth}"


def _memory(number: int | None) -> str:
    return NONE if number is None else f"{number / 2**20:.0f} MiB"


ROWS: Sequence[tuple[str, Callable[[Measured], str]]] = [
    ("version", lambda one: one.version or NONE),
    ("points/s accepted", lambda one: count(one.per_second)),
    ("… there after killing everything", _kept),
    ("point visible after: median; p90", _visible),
    ("… asked as seldom as its page asks", _on_page),
    ("long series, as the page reads it: from starting its server, then", lambda one: _read(one, whole=False)),
    ("… points that come", lambda one: _back(one, whole=False)),
    ("long series, every point: from starting its server, then", lambda one: _read(one, whole=True)),
    ("… points that come", lambda one: _back(one, whole=True)),
    ("bytes a point on disk", lambda one: NONE if one.bytes_a_point is None else f"{one.bytes_a_point:.1f}"),
    ("memory, writing", lambda one: _memory(one.writing_memory)),
    ("memory, reading", lambda one: _memory(one.reading_memory)),
]
"""What is told of each tool."""


def table(results: Sequence[Measured]) -> str:
    """A Markdown table, a column for each tool."""
    rows = [["", *(one.title for one in results)]]
    rows += [[name, *(tell(one) for one in results)] for name, tell in ROWS]
    widths = [max(len(row[i]) for row in rows) for i in range(len(rows[0]))]
    lines = ["| " + " | ".join(cell.ljust(width) for cell, width in zip(row, widths)) + " |" for row in rows]
    lines.insert(1, "| " + " | ".join("-" * width for width in widths) + " |")
    return "\n".join(lines)
