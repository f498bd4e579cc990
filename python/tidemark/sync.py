"""Delivers spool files that were left over: by a kill, an offline run, or a server that was away."""

from __future__ import annotations

from pathlib import Path
from typing import Literal

from .conversation import Conversation
from .leftovers import in_use
from .notices import Notices
from .sender import Closing, Sender
from .spool import Spool, parse
from .storage import Locked
from .transport import connector

Outcome = Literal["delivered", "in use", "kept", "not a spool"]


def deliver(
    path: Path,
    url: str,
    token: str | None,
    closing: Closing,
    notices: Notices,
    *,
    rank: int | None = None,
) -> Outcome:
    """Delivers one spool file and deletes it once the server has all of it.

    Args:
        path: the file.
        url: the server, `http://HOST:PORT`.
        token: a writing token; None where the server asks for none.
        closing: when to give up.
        notices: where refusals are said.
        rank: deliver it only if it is this rank's.

    Returns:
        "delivered"; "in use" by a living process, or another rank's; "kept", because the server is away or refused
        it; "not a spool".
    """
    if in_use(path):
        return "in use"
    try:
        spool = Spool(path, None)
    except Locked:
        return "in use"
    except (OSError, ValueError):
        return "not a spool"
    delivered = False
    try:
        hello = parse(spool.hello)
        if rank is not None and hello.get("rank", 0) != rank:
            return "in use"
        conversation = Conversation(str(hello.get("run")), str(hello.get("writer")), first=spool.first, last=spool.last)
        sender = Sender(conversation, spool, connector(url, token, spool.hello), closing, notices, drain=True)
        sender.run()
        delivered = sender.delivered
        return "delivered" if delivered else "kept"
    finally:
        spool.close(remove=delivered)
