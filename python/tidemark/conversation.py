"""One writer's side of the protocol, without I/O: takes answers, knows what is to be sent next.

::

              connected()                welcome
    ABSENT ───────────────▶ GREETING ───────────────▶ STREAMING
      ▲                        │  │                     │   │
      └── lost(), store-failed ┘  └─ refused for good ──┘   │
      ▲                                     ▼               │
      │                                  REFUSED            │
      └───────────── lost(), store-failed, no-run ──────────┘
"""

from __future__ import annotations

import enum
import json
from dataclasses import dataclass
from typing import Any, NamedTuple

from .version import PROTOCOL

BATCH_LINES = 512
"""Most lines of one frame."""
WINDOW = 8_192
"""Most lines sent ahead of the server's acknowledgement; what a reconnect may have to send again."""

_FOR_GOOD = frozenset(("protocol-mismatch", "token-missing", "token-wrong"))
_FOR_NOW = frozenset(("store-failed", "no-run", "internal", "quota-runs"))


class Phase(enum.Enum):
    """Where a conversation stands; see the drawing above."""

    ABSENT = "absent"
    GREETING = "greeting"
    STREAMING = "streaming"
    REFUSED = "refused"


@dataclass(frozen=True)
class StopRequest:
    """The monitor's wish that the training stop."""

    step: int | None
    """The step whose checkpoint is the one to keep; None when there is no best yet."""
    epoch: float | None
    """That step's epoch, where the run logs epochs."""
    reason: str
    """Why, as a sentence for people."""


@dataclass(frozen=True)
class Notice:
    """Something a person should be told once per `code`."""

    code: str
    message: str


class Range(NamedTuple):
    """Lines `first` to `last`, both included."""

    first: int
    last: int


class Conversation:
    """Numbers lines and follows what the server has of them.

    Args:
        first: number of the oldest line that is still kept.
        last: number of the newest line; `first - 1` when there are none.
    """

    def __init__(self, run: str, writer: str, *, first: int = 1, last: int = 0) -> None:
        self.run = run
        self.writer = writer
        self.phase = Phase.ABSENT
        self.last = last
        self.acked = first - 1
        """Everything up to here is durable, or was refused."""
        self.stop: StopRequest | None = None
        self.batch_lines = BATCH_LINES
        """Most lines of one frame; halved each time the server finds a frame too large."""
        self._sent = first - 1
        self._again: list[Range] = []
        self._asked: set[Range] = set()
        self._repeated: Range | None = None
        self._refused: set[int] = set()

    def number(self) -> int:
        """Gives a new line its number."""
        self.last += 1
        return self.last

    @property
    def drained(self) -> bool:
        """Whether the server has everything there is."""
        return self.acked >= self.last and not self._again and self._repeated is None

    @property
    def in_flight(self) -> bool:
        """Whether something was sent that is not acknowledged."""
        return self._sent > self.acked or self._repeated is not None

    @property
    def spent(self) -> int:
        """Lines up to here are of no more use: they will not be sent again."""
        repeats = self._again + ([self._repeated] if self._repeated else [])
        return min([self.acked, *(lines.first - 1 for lines in repeats)])

    def wanted(self, seq: int) -> bool:
        """Whether line `seq` may be sent: the server has not refused it."""
        return seq not in self._refused

    def connected(self) -> None:
        """A connection stands and the hello was sent on it."""
        if self.phase is not Phase.REFUSED:
            self.phase = Phase.GREETING

    def lost(self) -> None:
        """The connection is gone: what was not acknowledged is to be sent again."""
        self._sent = min(self._sent, self.acked)
        self._again, self._repeated = [], None
        self._asked.clear()
        if self.phase is not Phase.REFUSED:
            self.phase = Phase.ABSENT

    def next_batch(self) -> Range | None:
        """The lines to send next, at most `batch_lines` of them; None when there is nothing or too much in flight."""
        if self.phase is not Phase.STREAMING:
            return None
        if self._repeated is not None or (self._again and self.in_flight):
            return None  # with nothing else in flight, the next acknowledgement is of the repeated lines
        if self._again:
            first, last = self._again[0]
            return Range(first, min(last, first + self.batch_lines - 1))
        first = self._sent + 1
        # One line at a time names the one that is too large.
        window = WINDOW if self.batch_lines > 1 else 1
        last = min(self.last, self._sent + self.batch_lines, self.acked + window)
        return Range(first, last) if first <= last else None

    def sent(self, lines: Range, count: int) -> None:
        """Of lines of the last `next_batch()`, from its first on, `count` were sent; others are not kept any more."""
        if self._again and lines.first == self._again[0].first:
            _, last = self._again.pop(0)
            if lines.last < last:
                self._again.insert(0, Range(lines.last + 1, last))
            self._repeated = lines if count > 0 else None
            return
        self._sent = max(self._sent, lines.last)
        if count == 0 and lines.first <= self.acked + 1:
            self.acked = max(self.acked, lines.last)  # nobody will acknowledge what nobody can send

    def too_large(self) -> Notice | None:
        """The server found a frame too large: smaller ones next; a line too large by itself is left out."""
        if self.batch_lines > 1:
            self.batch_lines //= 2
            return None
        self.batch_lines = BATCH_LINES
        self._refuse(self.acked + 1)
        return Notice("frame-too-large", f"line {self.acked} is larger than the server takes; it is left out")

    def receive(self, text: str) -> Notice | None:
        """Takes one answer. What it does not know, from a newer server, it ignores."""
        try:
            answer = json.loads(text)
            kind = answer["kind"]
            if kind == "welcome":
                return self._welcome(answer)
            if kind == "ack":
                self._ack(int(answer["seq"]))
            elif kind == "gap":
                self._ask(Range(int(answer["from"]), int(answer["to"])))
            elif kind == "stop":
                self.stop = StopRequest(answer.get("step"), answer.get("epoch"), str(answer.get("reason", "")))
            elif kind == "error":
                return self._error(answer)
        except (ValueError, KeyError, TypeError, AttributeError) as error:
            return Notice("bad-answer", f"an answer of the server makes no sense ({error!r}): {text[:200]}")
        return None

    def _welcome(self, answer: dict[str, Any]) -> Notice | None:
        if answer["protocol"] != PROTOCOL:
            self.phase = Phase.REFUSED
            return Notice(
                "protocol-mismatch",
                f"protocol: must be {PROTOCOL}, got {answer['protocol']} from the server; lines stay in the spool",
            )
        again = self.phase is Phase.STREAMING  # over HTTP every request says hello
        self.acked = max(self.acked, int(answer["seq"])) if again else int(answer["seq"])
        if not again:
            self._sent = self.acked
        for first, last in answer.get("missing", ()):
            self._ask(Range(int(first), int(last)))
        self.phase = Phase.STREAMING
        return None

    def _ack(self, seq: int) -> None:
        self.acked = max(self.acked, min(seq, self._sent))
        self._repeated = None
        self._skip_refused()

    def _ask(self, lines: Range) -> None:
        if lines in self._asked or lines.first > lines.last:
            return
        self._asked.add(lines)
        self._again.append(lines)

    def _error(self, answer: dict[str, Any]) -> Notice | None:
        code, seq = str(answer["code"]), answer.get("seq")
        message = f"{code}: {answer.get('message', '')}"
        if code == "quota-points":
            return Notice(code, message)  # the server reads on by itself
        if code == "store-failed" or (code in _FOR_NOW and seq is None):
            self.phase = Phase.ABSENT
            return Notice(code, f"{message}; trying again")
        if code in _FOR_GOOD or (self.phase is Phase.GREETING and seq is None):
            self.phase = Phase.REFUSED
            return Notice(code, f"{message}; nothing is sent any more, lines stay in the spool")
        if isinstance(seq, int):
            for each in range(seq, int(answer.get("to", seq)) + 1):
                self._refuse(each)
            return Notice(code, f"the server refused line {seq}: {message}")
        return Notice(code, f"the server refused a line: {message}")

    def _refuse(self, seq: int) -> None:
        if seq > self.acked:
            self._refused.add(seq)
            self._skip_refused()

    def _skip_refused(self) -> None:
        while self.acked + 1 in self._refused:
            self.acked += 1
            self._sent = max(self._sent, self.acked)
        self._refused = {seq for seq in self._refused if seq > self.acked} if self._refused else self._refused
