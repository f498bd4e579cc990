"""Lines over a WebSocket, by the package `websocket-client`."""

from __future__ import annotations

import os
import selectors
import socket
import struct
import time
from collections.abc import Sequence
from typing import Any

import websocket

from .transport import ConnectionLost, Refused, TooLarge

_PING_AFTER = 10.0
"""Seconds of silence after which the server is pinged."""
_DEAD_AFTER = 30.0
"""Seconds of silence after which the connection counts as dead."""
_SEND_WITHIN = 10.0
"""Seconds that the network may take no byte of a frame."""
_TOO_LARGE = 1009


class WebSocketTransport:
    """A WebSocket connection on which the hello was said.

    Args:
        url: the server, `http://HOST:PORT`.
        token: a writing token; None where the server asks for none.
        hello: the `run` line.
        timeout: seconds that connecting may take.

    Raises:
        ConnectionLost: the server cannot be reached.
        Refused: it wants another token.
    """

    whole = False

    def __init__(self, url: str, token: str | None, hello: str, timeout: float) -> None:
        try:
            self._socket: Any = websocket.create_connection(
                f"ws{url[4:]}/api/trainer",
                timeout=timeout,
                header=[f"Authorization: Bearer {token}"] if token else [],
                suppress_origin=True,
                enable_multithread=False,
                sockopt=[(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)],
            )
        except websocket.WebSocketBadStatusException as error:
            if error.status_code in (401, 403):
                code = "token-missing" if error.status_code == 401 else "token-wrong"
                raise Refused(code, f"{url}: refused with HTTP status {error.status_code}") from error
            raise ConnectionLost(f"{url}: answered with HTTP status {error.status_code}") from error
        except (OSError, websocket.WebSocketException, ValueError) as error:
            raise ConnectionLost(f"{url}: {error}") from error
        self._heard = self._pinged = time.monotonic()
        stream: Any = self._socket.sock
        self._waker, self._woken = socket.socketpair()
        self._waker.setblocking(False)
        self._woken.setblocking(False)
        self._selector = selectors.DefaultSelector()
        self._selector.register(stream, selectors.EVENT_READ)
        self._selector.register(self._woken, selectors.EVENT_READ)
        try:
            self.send([hello])
        except BaseException:
            self.close()
            raise

    def send(self, lines: Sequence[str]) -> None:
        """Sends lines as one frame."""
        self.send_frame("\n".join(lines))

    def send_frame(self, frame: str | bytes) -> None:
        """Sends a frame: lines as text, or columns as they are."""
        if isinstance(frame, str):
            self._guarded(self._socket.send, frame)
        else:
            self._guarded(self._socket.send, frame, websocket.ABNF.OPCODE_BINARY)

    def receive(self, timeout: float) -> list[str]:
        """Answers that came, waiting at most `timeout` seconds for one, or until `wake`."""
        answers: list[str] = []
        self._keep_alive()
        wait = min(timeout, _PING_AFTER)
        while self._readable(wait):
            self._read(answers)
            wait = 0
        return answers

    def wake(self) -> None:
        """Makes a waiting `receive` return. The only method that another thread may call."""
        try:
            self._waker.send(b"\0")
        except OSError:
            pass  # it is awake, or closed

    def close(self) -> None:
        """Ends the connection with a closing frame."""
        self._selector.close()
        try:
            self._socket.settimeout(0.5)
            self._socket.close(timeout=0.5)
        except Exception:
            pass  # it is closed one way or the other
        self._waker.close()
        self._woken.close()

    def abandon(self) -> None:
        """Lets go of the connection in a forked child: no closing frame, no shutdown, only this copy of the socket."""
        if self._socket.sock is not None:
            os.close(self._socket.sock.detach())

    def _readable(self, timeout: float) -> bool:
        pending = getattr(self._socket.sock, "pending", None)
        if pending is not None and pending() > 0:  # TLS has read ahead
            return True
        ready = [key.fileobj for key, _ in self._selector.select(timeout)]
        if self._woken in ready:
            try:
                self._woken.recv(4096)
            except OSError:
                pass
        return self._socket.sock in ready

    def _read(self, answers: list[str]) -> None:
        try:
            opcode, frame = self._guarded(self._socket.recv_data_frame, True)
        except TimeoutError:
            return  # the rest of the frame is still on its way
        self._heard = time.monotonic()
        if opcode == websocket.ABNF.OPCODE_TEXT:
            answers.extend(line for line in frame.data.decode("utf-8", "replace").split("\n") if line)
        elif opcode == websocket.ABNF.OPCODE_CLOSE:
            code = struct.unpack("!H", frame.data[:2])[0] if len(frame.data) >= 2 else 1005
            if code == _TOO_LARGE:
                raise TooLarge("the server closed the connection: the frame is too large")
            raise ConnectionLost(f"the server closed the connection with code {code}")

    def _keep_alive(self) -> None:
        now = time.monotonic()
        if now - self._heard > _DEAD_AFTER:
            raise ConnectionLost(f"nothing was heard of the server for {_DEAD_AFTER:.0f} s")
        if now - max(self._heard, self._pinged) > _PING_AFTER:
            self._pinged = now
            self._guarded(self._socket.ping)

    def _guarded(self, call: Any, *arguments: Any) -> Any:
        try:
            self._socket.settimeout(_SEND_WITHIN)
            return call(*arguments)
        except websocket.WebSocketTimeoutException as error:
            if call == self._socket.recv_data_frame:
                raise TimeoutError from error
            raise ConnectionLost("the network took nothing for 10 s") from error
        except (OSError, websocket.WebSocketException, ValueError) as error:
            raise ConnectionLost(f"the connection broke: {error}") from error
