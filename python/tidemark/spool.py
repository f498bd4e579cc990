"""The file of lines that the server has not acknowledged: the wire's own lines, the hello first."""

from __future__ import annotations

import json
import threading
from array import array
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from .conversation import Range
from .storage import Storage

CAP = 512 * 1024 * 1024
"""Most bytes of unacknowledged lines before training points are dropped; the file may be twice as large."""
CAP_IN_MEMORY = 16 * 1024 * 1024
"""The same where there is no file: the folder is not writable or the disk is full."""

_TRUNCATE_FROM = 64 * 1024
_REWRITE_FROM = 4 * 1024 * 1024
_CHUNK = 1024 * 1024
_WIDEST_HOLE = 1_000_000


class Spool:
    """Numbered lines in a file, from `first` to `last`, read back by number and cut as they are acknowledged.

    Safe to use from several threads. Named `RUN@WRITER.jsonl`; a later start of the same run, or
    `python -m tidemark sync`, delivers a file that nobody has locked.

    Args:
        path: the file; None keeps the lines in memory.
        hello: the `run` line of a new spool; None opens one that was left over.
        cap: most bytes of unacknowledged lines before the spool counts as full.

    Raises:
        storage.Locked: a living process uses the file.
        ValueError: the left-over file does not begin with a `run` line.
        OSError: the left-over file cannot be read.
    """

    def __init__(self, path: Path | None, hello: str | None, *, cap: int = CAP) -> None:
        self._guard = threading.Lock()
        self._storage = Storage(path)
        self._cap = cap
        self._starts = array("q")
        self._spare = 0  # entries of _starts that were acknowledged and not yet removed
        self.first = 1
        """Number of the oldest line kept."""
        self.last = 0
        """Number of the newest line; `first - 1` when there are none."""
        if hello is None:
            self.hello = self._load()
        else:
            self.hello = hello
            self._storage.append(hello.encode() + b"\n")
        self._head = len(self.hello.encode()) + 1

    @property
    def path(self) -> Path | None:
        """Where the lines are; None while they are in memory only."""
        return self._storage.path

    @property
    def failure(self) -> OSError | None:
        """Why lines are kept in memory; None while the file takes them."""
        return self._storage.failure

    @property
    def fill(self) -> float:
        """Bytes of unacknowledged lines over the most there should be; above 1 it is full."""
        return (self._storage.size - self._start(self.first)) / self.cap

    @property
    def cap(self) -> int:
        """The most bytes of unacknowledged lines that there should be."""
        in_file = self.failure is None and self.path is not None
        return self._cap if in_file else min(self._cap, CAP_IN_MEMORY)

    def append(self, lines: Sequence[str]) -> None:
        """Adds lines numbered `last + 1` and on."""
        with self._guard:
            at = self._storage.size
            data = bytearray()
            for line in lines:
                self._starts.append(at + len(data))
                data += line.encode()
                data += b"\n"
            self._storage.append(bytes(data))
            self.last += len(lines)

    def read(self, lines: Range, most_bytes: int) -> tuple[list[tuple[int, str]], int]:
        """Lines by number.

        Args:
            lines: which ones.
            most_bytes: read no further than this; one line at least is given.

        Returns:
            The lines with their numbers, and the number up to which it got. Those not kept any more are not among
            the lines.
        """
        with self._guard:
            first, last = max(lines.first, self.first), min(lines.last, self.last)
            if first > last:
                return [], lines.last
            start = self._start(first)
            while last > first and self._start(last + 1) - start > most_bytes:
                last -= max(1, (last - first) // 2)
            data = self._storage.read(start, self._start(last + 1))
            offsets = [self._start(seq) - start for seq in range(first, last + 2)]
        texts = (data[offsets[i] : offsets[i + 1]].decode().rstrip("\n") for i in range(len(offsets) - 1))
        return [(seq, text) for seq, text in enumerate(texts, first) if text], max(last, lines.first)

    def acknowledge(self, seq: int) -> None:
        """Lines up to `seq` are of no more use; cuts the file when that is worth it."""
        with self._guard:
            gone = min(seq, self.last) - self.first + 1
            if gone <= 0:
                return
            self.first += gone
            self._spare += gone
            stop = self._start(self.first)
            if stop < self._storage.size:
                worth = stop >= _REWRITE_FROM and 2 * stop >= self._storage.size
            else:
                worth = stop >= _TRUNCATE_FROM
            if not worth:
                return
            if self._storage.cut(self._head, stop):
                removed = stop - self._head
                self._starts = array("q", (start - removed for start in self._starts[self._spare :]))
                self._spare = 0

    def touch(self) -> None:
        """Marks the file as a living trainer's, for SDKs that cannot see its lock."""
        self._storage.touch()

    def close(self, *, remove: bool) -> None:
        """Lets go of the file, and deletes it if `remove`."""
        self._storage.close(remove=remove)

    def _start(self, seq: int) -> int:
        at = self._spare + seq - self.first
        return self._starts[at] if at < len(self._starts) else self._storage.size

    def _load(self) -> str:
        at, hello = 0, ""
        for raw in self._raw_lines():
            text = raw.decode("utf-8", "replace").rstrip("\n")
            if at > 0:
                self._index(parse(text).get("seq"), at)
            elif parse(text).get("kind") == "run":
                hello = text
            else:
                break
            at += len(raw)
        if not hello:
            self._storage.close(remove=False)
            raise ValueError(f"{self.path}: must begin with a `run` line")
        self._storage.cut(at, self._storage.size)  # a last line torn by a kill
        return hello

    def _raw_lines(self) -> Iterator[bytes]:
        """The file's whole lines with their ends."""
        rest = b""
        for at in range(0, self._storage.size, _CHUNK):
            *lines, rest = (rest + self._storage.read(at, at + _CHUNK)).split(b"\n")
            yield from (line + b"\n" for line in lines)

    def _index(self, seq: Any, at: int) -> None:
        """Notes that line `seq` begins at `at`. A line without a usable number runs on from the line before it."""
        if not isinstance(seq, int) or seq < 1:
            return
        if not self._starts:
            self.first, self.last = seq, seq - 1
        if not self.last < seq <= self.last + _WIDEST_HOLE:
            return
        self._starts.extend([at] * (seq - self.last))  # numbers that are missing are lines of no length
        self.last = seq


def parse(text: str) -> dict[str, Any]:
    """A line's object; empty when it is none."""
    try:
        line = json.loads(text)
    except ValueError:
        return {}
    return line if isinstance(line, dict) else {}
