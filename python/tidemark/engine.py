"""What works behind a run: the spool and the two threads on either side of it."""

from __future__ import annotations

import threading
import time
from collections.abc import Mapping
from typing import Any, Callable

from .backlog import Backlog
from .conversation import Conversation, StopRequest
from .definitions import Definitions
from .leftovers import left_over
from .notices import Notices, logger
from .recorder import Recorder
from .sender import Closing, Sender
from .settings import Settings
from .spool import CAP, Spool
from .storage import Locked
from .sync import deliver
from .system import Progress, sampling
from .transport import connector

_RECORDED_WITHIN = 0.2
_WAITING = 4 * 1024 * 1024
"""Bytes of calls that wait to be recorded, above which there is no room for columns."""
_FILL = 0.5
"""Share of the spool's cap above which there is none: the rest is for `log()`, which does not wait."""
_ROOM_WITHIN = 30.0


class Engine:
    """Records and sends what a run leaves in its queue.

    Args:
        queue: filled by the training.
        heard: called on the sending thread with the monitor's wish to stop.
        progress: how far the training is, for the samples of the machine.
    """

    def __init__(
        self,
        settings: Settings,
        notices: Notices,
        queue: Backlog,
        heard: Callable[[StopRequest], None],
        progress: Callable[[], Progress],
    ) -> None:
        self._settings = settings
        self._notices = notices
        self._heard = heard
        self._queue = queue
        self.definitions = Definitions()
        self._guard = guard = threading.Lock()
        self._conversation = Conversation(settings.run, settings.writer)
        self._spool = _open_spool(settings, notices)
        self._closing = Closing()
        self._sender = Sender(
            self._conversation,
            self._spool,
            connector(settings.url, settings.token, settings.hello),
            self._closing,
            notices,
            guard,
            self._answered,
        )
        self.recorder = Recorder(
            queue, self._conversation, self._spool, guard, notices, self._sender.wake, self.definitions
        )
        self._recording = threading.Thread(target=self.recorder.run, name="tidemark-record", daemon=True)
        self._sending = threading.Thread(target=self._send, name="tidemark-send", daemon=True)
        self._recording.start()
        self._sampling = sampling(settings, queue, progress, [self._recording, self._sending])
        if settings.mode == "online":
            self._sending.start()

    def room(self, size: int) -> bool:
        """Whether so many bytes of columns may be added; waits for it, while what is logged is taken, at most 30 s."""
        end = time.monotonic() + _ROOM_WITHIN
        most = max(size, min(_WAITING, self._spool.cap // 8))
        while self._queue.waiting + size > most or self._spool.fill > _FILL:
            away = self._settings.mode == "offline" or self._sender.away
            if time.monotonic() > end or (away and self._spool.fill > _FILL):
                return False
            time.sleep(0.001)
        return True

    def end(self, line: Mapping[str, Any]) -> None:
        """Says how the run ended, after the last samples of the machine and the summaries."""
        if self._sampling is not None:
            self._sampling.stop()
        self._queue.append({**line, "time": round(time.time(), 6)})

    def close(self, timeout: float) -> None:
        """Records and sends the rest, within `timeout` seconds."""
        end = time.monotonic() + timeout
        self.recorder.close()
        self._recording.join(timeout)
        self._closing.ask(end - time.monotonic())
        self._sender.wake()
        if self._settings.mode == "offline":
            self._spool.close(remove=False)
            logger.info("the run is in %s; deliver it by `python -m tidemark sync`", self._spool.path)
            return
        self._sending.join(max(0.0, end - time.monotonic()) + 0.5)
        if self._sending.is_alive() or not self._sender.delivered:
            where = f"are in {self._spool.path}; deliver them by `python -m tidemark sync`"
            self._notices.warn(
                "undelivered",
                f"{self._conversation.last - self._conversation.acked} lines were not acknowledged and "
                + (where if self._spool.path else "are lost: there was no spool file"),
            )

    def last(self) -> Mapping[str, Any]:
        """The last value of each series, once what was logged is recorded; waits at most 0.2 s for that."""
        end = time.monotonic() + _RECORDED_WITHIN
        while (len(self._queue) or self.recorder.recording) and time.monotonic() < end:
            time.sleep(0.001)
        return self.definitions.last

    def abandon(self) -> None:
        """In a forked child: lets go of the file and the connection, unseen by the parent.

        Takes no lock: whoever holds it may not be here.
        """
        try:
            self._sender.abandon()
            self._spool.close(remove=False)
        except OSError:
            pass  # the parent was just opening or closing them

    def _send(self) -> None:
        try:
            for path in left_over(self._settings.folder, self._settings.run):
                deliver(
                    path,
                    self._settings.url,
                    self._settings.token,
                    self._closing,
                    self._notices,
                    rank=self._settings.rank,
                )
            self._sender.run()
        except Exception as error:
            self._notices.warn("sender", f"sending ended: {error!r}; lines stay in {self._spool.path or 'memory'}")
        finally:
            if not self._closing.asked.is_set():
                self._recording.join()  # refused: what is logged from here on goes to the spool all the same
            self._spool.close(remove=self._sender.delivered and not self._recording.is_alive())

    def _answered(self) -> None:
        if self._conversation.stop is not None:
            self._heard(self._conversation.stop)


def _open_spool(settings: Settings, notices: Notices) -> Spool:
    try:
        spool = Spool(settings.spool, settings.hello, cap=CAP)
    except (OSError, Locked) as error:
        spool = Spool(None, settings.hello)
        notices.warn("spool", f"spool: {error}; lines are kept in memory and lost with this process")
    if spool.failure is not None:
        notices.warn("spool", f"spool: {spool.failure}; lines are kept in memory and lost with this process")
    return spool
