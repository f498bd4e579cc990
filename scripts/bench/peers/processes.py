"""The processes of a tool: their memory, all together, and their end."""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import threading
import time
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import IO, Any, Callable

EVERY = 0.05
"""Seconds between two looks at the memory."""


def descendants(parents: Mapping[int, int], roots: Sequence[int]) -> set[int]:
    """The processes below `roots`, and these.

    Args:
        parents: the parent of each process.
        roots: where to begin.
    """
    found = set(roots)
    grown = True
    while grown:
        grown = False
        for process, parent in parents.items():
            if parent in found and process not in found:
                found.add(process)
                grown = True
    return found


def resident(roots: Sequence[int]) -> int:
    """Bytes of resident memory of these processes and all below them; pages that they share count for each."""
    parents: dict[int, int] = {}
    pages: dict[int, int] = {}
    for entry in Path("/proc").iterdir():
        if not entry.name.isdigit():
            continue
        try:
            fields = (entry / "stat").read_text().rpartition(")")[2].split()
        except OSError:
            continue  # it has ended meanwhile
        parents[int(entry.name)] = int(fields[1])
        pages[int(entry.name)] = int(fields[21])
    found = descendants(parents, roots)
    return sum(pages.get(process, 0) for process in found) * os.sysconf("SC_PAGE_SIZE")


class Group:
    """Processes that are measured and ended together."""

    def __init__(self) -> None:
        self.peak = 0
        """Most bytes of resident memory so far."""
        self._processes: list[subprocess.Popen[str]] = []
        self._over = threading.Event()
        self._looking = threading.Thread(target=self._look, daemon=True)
        self._looking.start()

    def start(self, command: Sequence[str], environment: Mapping[str, str], log: IO[str]) -> subprocess.Popen[str]:
        """Starts a process, whose standard output can be read and whose errors go to `log`."""
        process = subprocess.Popen(
            command,
            env=dict(environment),
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=log,
            text=True,
            start_new_session=True,
        )
        self._processes.append(process)
        return process

    def kill(self) -> None:
        """Ends them all at once, without a chance to tidy up, and whatever they have started."""
        self._over.set()
        self._looking.join()
        for process in self._processes:
            try:
                os.killpg(process.pid, signal.SIGKILL)
            except ProcessLookupError:
                pass
            process.wait()

    def __enter__(self) -> Group:
        return self

    def __exit__(self, *_: object) -> None:
        self.kill()

    def _look(self) -> None:
        while not self._over.wait(EVERY):
            self.peak = max(self.peak, resident([process.pid for process in self._processes]))


def told(process: subprocess.Popen[str]) -> Iterator[dict[str, Any]]:
    """What a worker tells, line by line, until it ends."""
    assert process.stdout is not None
    for line in process.stdout:
        if line.startswith("peers "):
            yield json.loads(line[6:])


def drain(process: subprocess.Popen[str]) -> None:
    """Reads what a server prints and forgets it, so that it never waits for a reader."""
    assert process.stdout is not None
    threading.Thread(target=lambda: [None for _ in process.stdout or ()], daemon=True).start()


def wait_for(ready: Callable[[], bool], process: subprocess.Popen[str], seconds: float = 90) -> None:
    """Returns when a server answers.

    Raises:
        RuntimeError: it ended, or did not within `seconds`.
    """
    ending = time.monotonic() + seconds
    while not ready():
        if process.poll() is not None:
            raise RuntimeError("server: must answer, but it ended")
        if time.monotonic() > ending:
            raise RuntimeError(f"server: must answer within {seconds:.0f} s")
        time.sleep(0.02)


def free_port() -> int:
    """A port of loopback that nobody uses now."""
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        port: int = taken.getsockname()[1]
        return port


def size_of(folder: Path) -> int:
    """Bytes of all files below, as long as they are."""
    return sum(path.stat().st_size for path in folder.rglob("*") if path.is_file() and not path.is_symlink())
