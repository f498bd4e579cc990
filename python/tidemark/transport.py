"""What carries lines to the server and answers back."""

from __future__ import annotations

import codecs
import importlib.util
from collections.abc import Sequence
from typing import Callable, Protocol
from urllib.parse import urlsplit

# `socket` imports this codec at the first connection. On the sending thread the import's lock would be held when the
# script forks, and the child's own first connection would wait for it for ever.
codecs.lookup("idna")

Connect = Callable[[float], "Transport"]
"""Opens a connection and says hello, within so many seconds. Raises ConnectionLost, Refused or TooLarge."""


class ConnectionLost(Exception):
    """The server cannot be reached, or the connection broke. Trying again may help."""


class Refused(Exception):
    """The server will not talk to this trainer, so trying again does not help; `code` is a stable word."""

    def __init__(self, code: str, message: str) -> None:
        super().__init__(message)
        self.code = code


class TooLarge(ConnectionLost):
    """The server found the last frame too large."""


class Transport(Protocol):
    """A connection on which the hello was said."""

    whole: bool
    """Whether all answers to a `send` come at once, so that what they do not acknowledge did not get through."""

    def send(self, lines: Sequence[str]) -> None:
        """Sends lines as one frame. Raises ConnectionLost or Refused."""

    def send_frame(self, frame: str | bytes) -> None:
        """Sends a frame of text or of binary columns, where the transport is not `whole`. Raises ConnectionLost."""

    def receive(self, timeout: float) -> list[str]:
        """Answers that came, waiting at most `timeout` seconds for one, or until `wake`. Raises ConnectionLost."""

    def wake(self) -> None:
        """Makes a waiting `receive` return. The only method that another thread may call."""

    def close(self) -> None:
        """Ends the connection. Never raises."""

    def abandon(self) -> None:
        """Lets go of the connection in a forked child, unseen by the server."""


def connector(url: str, token: str | None, hello: str) -> Connect:
    """How to connect to the server at `url`: by WebSocket, or by HTTP where `websocket-client` is not installed."""
    if importlib.util.find_spec("websocket") is None:
        from .http_transport import HttpTransport

        return lambda timeout: HttpTransport(url, token, hello, timeout)
    from .websocket_transport import WebSocketTransport

    return lambda timeout: WebSocketTransport(url, token, hello, timeout)


def check_url(url: str) -> str:
    """`url` without a closing slash, with the scheme `http` or `https`.

    Raises:
        ValueError: it is no such address.
    """
    url = url.rstrip("/")
    for scheme, instead in (("ws://", "http://"), ("wss://", "https://")):
        if url.startswith(scheme):
            url = instead + url[len(scheme) :]
    parts = urlsplit(url)
    if parts.scheme not in ("http", "https") or not parts.hostname:
        raise ValueError(f"url: must be http://HOST:PORT or https://HOST:PORT, got {url!r}")
    return url
