"""Tells spool files that were left over from those of living trainers, whichever SDK they use."""

from __future__ import annotations

import os
import re
import socket
import sys
import time
from pathlib import Path

TOUCH_EVERY = 30.0
"""Seconds after which a living trainer touches its spool file."""
ABANDONED = 120.0
"""Seconds after which a file of another machine that nobody touched is nobody's."""


def writer_id() -> str:
    """A new writer: the machine, the process, and what tells its several starts apart, joined by dots."""
    return f"{_host()}.{os.getpid()}.{os.urandom(6).hex()}"


def left_over(folder: Path, run: str | None = None) -> list[Path]:
    """Spool files in `folder`, of one run or of all, oldest first; those in use are among them."""
    try:
        files = [file for file in folder.iterdir() if file.name.endswith(".jsonl") and "@" in file.name]
        return sorted(
            (file for file in files if run is None or file.name.startswith(f"{run}@")),
            key=lambda file: (file.stat().st_mtime, file.name),
        )
    except OSError:
        return []


def in_use(path: Path) -> bool:
    """Whether a living trainer writes to `path`: by its process number on this machine, by its age elsewhere.

    Not certain, so a spool is locked as well; but SDKs for other languages cannot lock.
    """
    host, _, rest = path.name.split("@", 1)[-1].partition(".")
    pid = rest.partition(".")[0]
    if host == _host() and pid.isdecimal():
        # A number like our own was an earlier process's: after a container's restart they are the same.
        return int(pid) != os.getpid() and _is_alive(int(pid))
    try:
        return time.time() - path.stat().st_mtime < ABANDONED
    except OSError:
        return True  # gone meanwhile: somebody's


def _host() -> str:
    return re.sub(r"[^A-Za-z0-9_~-]+", "-", socket.gethostname())[:40] or "host"


def _is_alive(pid: int) -> bool:
    if sys.platform == "win32":
        return False  # no harmless way to ask; open files cannot be deleted there
    try:
        os.kill(pid, 0)
    except (ProcessLookupError, OverflowError):
        return False
    except OSError:
        return True  # it runs, and is another user's
    return True
