"""The thread that brings the spool's lines to the server and takes the answers."""

from __future__ import annotations

import threading
import time
from typing import Callable

from .backoff import Backoff
from .columns import Packer
from .conversation import Conversation, Notice, Phase, Range
from .notices import Notices
from .spool import Spool
from .transport import Connect, ConnectionLost, Refused, TooLarge, Transport

BATCH_BYTES = 1024 * 1024
"""Most bytes of one frame; a single longer line is a frame of its own."""

_CONNECT_WITHIN = 5.0
_ACK_WITHIN = 30.0
_IDLE = 1.0
_LAST_TRY_WITHIN = 1.0


class Closing:
    """The wish to end: what is still to be sent has until a deadline."""

    def __init__(self) -> None:
        self.asked = threading.Event()
        self._deadline = float("inf")

    def ask(self, seconds: float) -> None:
        """Asks to end as soon as everything is acknowledged, in `seconds` at the latest."""
        self._deadline = time.monotonic() + seconds
        self.asked.set()

    def left(self, most: float) -> float:
        """Seconds that something may take: at most `most`."""
        return max(0.0, min(most, self._deadline - time.monotonic()))


class Sender:
    """Delivers one spool: connects, says what the server lacks, connects again when the connection breaks.

    Args:
        conversation: shared with whoever numbers new lines, under `guard`.
        connect: opens a connection with this writer's hello.
        closing: when to end.
        on_answers: called after answers were taken, on the sending thread.
        drain: end when everything is delivered, unasked.
    """

    def __init__(
        self,
        conversation: Conversation,
        spool: Spool,
        connect: Connect,
        closing: Closing,
        notices: Notices,
        guard: threading.Lock | None = None,
        on_answers: Callable[[], None] = lambda: None,
        drain: bool = False,
    ) -> None:
        self._conversation = conversation
        self._spool = spool
        self._connect = connect
        self._closing = closing
        self._notices = notices
        self._guard = guard or threading.Lock()
        self._on_answers = on_answers
        self._drain = drain
        self._backoff = Backoff()
        self._transport: Transport | None = None
        self._packer = Packer()
        self._last_try_by = float("inf")
        self.away = False
        """Whether the server could not be reached, or refused, when it was last tried."""

    @property
    def delivered(self) -> bool:
        """Whether the server has everything there is."""
        with self._guard:
            return self._conversation.drained

    @property
    def refused(self) -> bool:
        """Whether the server will not talk to this trainer."""
        return self._conversation.phase is Phase.REFUSED

    def wake(self) -> None:
        """Says that there are new lines; for other threads."""
        transport = self._transport
        if transport is not None:
            transport.wake()

    def abandon(self) -> None:
        """Lets go of the connection in a forked child."""
        if self._transport is not None:
            self._transport.abandon()

    def run(self) -> None:
        """Delivers until asked to end, or refused. Once asked, ends when all is delivered or the time is up."""
        while not self._over():
            try:
                self._converse()
            except Refused as refusal:
                self._conversation.phase = Phase.REFUSED
                self._say(Notice(refusal.code, f"{refusal}; nothing is sent any more, lines stay in the spool"))
            except TooLarge:
                with self._guard:
                    notice = self._conversation.too_large()
                if notice:
                    self._say(notice)
            except ConnectionLost as lost:
                self._say(Notice("connection", f"{lost}; trying again, lines wait in {self._spool.path or 'memory'}"))
            finally:
                self.away = True
                transport, self._transport = self._transport, None
                if transport is not None:
                    transport.close()
                with self._guard:
                    self._conversation.lost()
            if self.refused:
                return
            self._rest()

    def _rest(self) -> None:
        """Waits before connecting again. Once asked to end, a server that is away gets little more time."""
        if not self._closing.asked.wait(self._backoff.next()):
            return
        now = time.monotonic()
        self._last_try_by = min(self._last_try_by, now + _LAST_TRY_WITHIN)
        time.sleep(self._closing.left(min(0.1, max(0.0, self._last_try_by - now))))

    def _over(self) -> bool:
        if not self._closing.asked.is_set():
            return self._drain and self.delivered
        away = self._transport is None and time.monotonic() >= self._last_try_by
        return away or self.delivered or self._closing.left(1.0) == 0

    def _converse(self) -> None:
        transport = self._transport = self._connect(max(0.1, self._closing.left(_CONNECT_WITHIN)))
        self._packer = Packer()  # what was agreed ends with its connection
        with self._guard:
            self._conversation.connected()
        progress, acked = time.monotonic(), -1
        batch: Range | None = None
        while not self._over():
            self._take(transport.receive(self._closing.left(0 if batch else _IDLE)))
            with self._guard:
                phase, in_flight = self._conversation.phase, self._conversation.in_flight
                waits = in_flight or phase is Phase.GREETING
                if acked != self._conversation.acked or not waits:
                    progress, acked = time.monotonic(), self._conversation.acked
                spent = self._conversation.spent
            self._spool.acknowledge(spent)
            if phase in (Phase.ABSENT, Phase.REFUSED):
                return
            if transport.whole and in_flight:
                raise ConnectionLost("the server did not acknowledge what it was sent")
            if time.monotonic() - progress > _ACK_WITHIN:
                raise ConnectionLost(f"the server acknowledged nothing for {_ACK_WITHIN:.0f} s")
            if phase is Phase.STREAMING:
                self.away = False
                self._backoff.reset()
                self._last_try_by = float("inf")
                batch = self._send_batch(transport)

    def _send_batch(self, transport: Transport) -> Range | None:
        """Sends the next frame; what it sent, None when there is nothing to send."""
        with self._guard:
            batch = self._conversation.next_batch()
        if batch is None:
            return None
        lines, reached = self._spool.read(batch, BATCH_BYTES)
        batch = Range(batch.first, reached)
        wanted = [(seq, text) for seq, text in lines if self._conversation.wanted(seq)]
        with self._guard:
            self._conversation.sent(batch, len(wanted))
        if wanted and transport.whole:
            transport.send([text for _, text in wanted])
        elif wanted:
            for frame in self._packer.frames(wanted):
                transport.send_frame(frame)
        return batch

    def _take(self, answers: list[str]) -> None:
        for answer in answers:
            if self._packer.hear(answer):
                continue
            with self._guard:
                notice = self._conversation.receive(answer)
            if notice:
                self._say(notice)
        if answers:
            self._on_answers()

    def _say(self, notice: Notice) -> None:
        self._notices.warn(notice.code, notice.message)
