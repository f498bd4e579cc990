"""Calls of `log()` that came close together, as one packed line: cheaper to write, to send and to take in."""

from __future__ import annotations

from array import array
from collections.abc import Mapping, Sequence
from typing import Any, Union

from .blocks import BLOCK_VALUES, Block
from .columns import columns_of
from .lines import LINE_VALUES

FEW = 16
"""`log` lines that follow each other from which on they are packed; fewer stay as a person can read them."""

Line = Union[Block, Mapping[str, Any]]
"""What becomes one line of the spool."""


def pack(lines: Sequence[Line]) -> list[Line]:
    """The same points in fewer lines, in their order: runs of `log` lines whose steps do not go back as blocks."""
    packed: list[Line] = []
    burst: list[Mapping[str, Any]] = []
    names: set[str] = set()
    count = 0

    def close() -> None:
        packed.extend([_block(burst)] if len(burst) >= FEW else burst)
        burst.clear()
        names.clear()

    for line in lines:
        if isinstance(line, Block) or line["kind"] != "log":
            close()
            packed.append(line)
            continue
        values = line["values"]
        if burst and (line["step"] < burst[-1]["step"] or count + len(values) > BLOCK_VALUES):
            close()
        if not names.issuperset(values):
            if len(names) + len(values) >= LINE_VALUES:  # one more for the epoch
                close()
            names.update(values)
        count = len(values) + (count if burst else 0)
        burst.append(line)
    close()
    return packed


def _block(lines: Sequence[Mapping[str, Any]]) -> Block:
    steps, times = array("q", [line["step"] for line in lines]), array("d", [line["time"] for line in lines])
    return Block(steps, times, columns_of([_with_epoch(line) for line in lines]))


def _with_epoch(line: Mapping[str, Any]) -> Mapping[str, Any]:
    epoch = line.get("epoch")
    return line["values"] if epoch is None else {**line["values"], "epoch": epoch}
