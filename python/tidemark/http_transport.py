"""Lines over HTTP, by the standard library: for where `websocket-client` is not installed."""

from __future__ import annotations

import http.client
import json
import os
import socket
import threading
import time
from collections.abc import Sequence
from urllib.parse import urlsplit

from .transport import ConnectionLost, Refused, TooLarge

_ASK_EVERY = 2.0
"""Seconds of having nothing to send after which the server is asked whether the run should stop."""
_ANSWER_WITHIN = 10.0
"""Seconds that a request may take."""


class HttpTransport:
    """Posts lines, each time after the hello, and gives the answers of each request.

    Args:
        url: the server, `http://HOST:PORT`.
        token: a writing token; None where the server asks for none.
        hello: the `run` line.
        timeout: seconds that connecting may take.

    Raises:
        ConnectionLost: the server cannot be reached.
        Refused: it wants another token.
    """

    whole = True

    def __init__(self, url: str, token: str | None, hello: str, timeout: float) -> None:
        parts = urlsplit(url)
        kind = http.client.HTTPSConnection if parts.scheme == "https" else http.client.HTTPConnection
        self._connection = kind(parts.hostname or "", parts.port, timeout=timeout)
        self._url = url
        self._path = f"{parts.path}/api/lines"
        self._headers = {"Content-Type": "application/x-ndjson"}
        if token:
            self._headers["Authorization"] = f"Bearer {token}"
        self._hello = hello
        self._answers: list[str] = []
        self._awake = threading.Event()
        self._asked = 0.0
        self.send([])
        self._connection.timeout = _ANSWER_WITHIN
        if self._connection.sock is not None:
            self._connection.sock.settimeout(_ANSWER_WITHIN)
            self._connection.sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)

    def send(self, lines: Sequence[str]) -> None:
        """Posts lines and keeps the answers for `receive`."""
        body = "\n".join((self._hello, *lines, ""))
        try:
            self._connection.request("POST", self._path, body.encode(), self._headers)
            response = self._connection.getresponse()
            status, text = response.status, response.read().decode("utf-8", "replace")
        except (OSError, http.client.HTTPException, ValueError) as error:
            self._connection.close()
            raise ConnectionLost(f"{self._url}: {error!r}") from error
        self._asked = time.monotonic()
        answers = [line for line in text.split("\n") if line]
        if status in (401, 403):
            code = "token-missing" if status == 401 else "token-wrong"
            raise Refused(code, f"{self._url}: refused with HTTP status {status}")
        if status == 413:
            raise TooLarge(f"{self._url}: the body is too large")
        if status >= 300 and not all(map(_is_answer, answers or [""])):
            raise ConnectionLost(f"{self._url}: answered with HTTP status {status}")
        self._answers += answers

    def send_frame(self, frame: str | bytes) -> None:
        """Requests carry text; the sender sends lines by `send`."""
        if isinstance(frame, bytes):
            raise ConnectionLost(f"{self._url}: takes no binary frames by HTTP")
        self.send(frame.split("\n"))

    def receive(self, timeout: float) -> list[str]:
        """Answers of the last request, waiting at most `timeout` seconds where there are none, or until `wake`."""
        if not self._answers:
            due = self._asked + _ASK_EVERY - time.monotonic()
            self._awake.wait(min(timeout, max(due, 0)))
            self._awake.clear()
            if time.monotonic() >= self._asked + _ASK_EVERY:
                self.send([])
        answers, self._answers = self._answers, []
        return answers

    def wake(self) -> None:
        """Makes a waiting `receive` return."""
        self._awake.set()

    def close(self) -> None:
        """Ends the connection."""
        try:
            self._connection.close()
        except OSError:
            pass  # it is closed one way or the other

    def abandon(self) -> None:
        """Lets go of this copy of the socket in a forked child."""
        if self._connection.sock is not None:
            os.close(self._connection.sock.detach())


def _is_answer(line: str) -> bool:
    try:
        return "kind" in json.loads(line)
    except (ValueError, TypeError):
        return False
