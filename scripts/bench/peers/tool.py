"""What the bench asks of every tool. Each tool's file says how that tool's makers would have it done."""

from __future__ import annotations

import json
import time
import urllib.error
import urllib.request
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

PROJECT = "peers"
RUN = "peer-run"


@dataclass(frozen=True)
class Points:
    """Points of one series, as they came back: a step and a value for each."""

    steps: Sequence[float]
    values: Sequence[float]


class Writer:
    """What logs one run."""

    def log(self, step: int, values: dict[str, float]) -> None:
        """Logs the values of one step, or gathers them for the tool's own bulk call."""
        raise NotImplementedError

    def log_columns(self, steps: Sequence[int], columns: dict[str, Sequence[float]]) -> None:
        """Logs many steps at once, where the tool has a call for that: see `Tool.rows`."""
        raise NotImplementedError

    def flush(self) -> None:
        """Returns when everything logged is as durable as the tool makes it, and readable if this process is killed."""
        raise NotImplementedError

    def end(self) -> None:
        """The same, where nothing more will be logged."""
        self.flush()


class Tool:
    """A tool under test. Its methods run in a process of their own, where its packages are installed."""

    title = ""
    packages: tuple[str, ...] = ()
    """What pip installs; paths begin with `./` and are relative to the repository."""
    module = ""
    """The package whose version is told."""
    durable = ""
    """What is true of the points when `flush` returns."""
    writes_to_server = False
    """Whether its server runs while it writes, and is killed with it."""
    flush_each = False
    """Whether a point that is to be seen at once wants a `flush`; elsewhere that ends the run, or is no use."""
    rows = 0
    """Steps of a call of `log_columns`; 0: it has none."""
    page_is = ""
    """What `page` asks for, and how often its own page asks."""
    page_waits = 0.0
    """Seconds from one of the page's own questions to the next; 0: its page is told, or there is none."""

    served = True
    """Whether there is a server to read from."""

    def server(self, python: Path, folder: Path, port: int, whole: bool) -> list[str]:
        """The command of the server that its page reads from.

        Args:
            python: the interpreter beside which its programs are.
            folder: where it keeps its data.
            port: where it is to listen, on loopback.
            whole: it is to give every point, where that is a setting of the server.
        """
        raise NotImplementedError

    def ready(self, url: str) -> bool:
        """Whether the server answers."""
        return answers(url)

    def environment(self, folder: Path) -> dict[str, str]:
        """Variables for all its processes: no telemetry, no network, its folder."""
        raise NotImplementedError

    def open(self, folder: Path, url: str, names: Sequence[str]) -> Writer:
        """Begins the run, which will log these series."""
        raise NotImplementedError

    def page(self, folder: Path, url: str, series: str) -> Points:
        """Reads a series as its page does: as many points as that would draw."""
        raise NotImplementedError

    def whole(self, folder: Path, url: str, series: str) -> Points:
        """Reads every point of a series that it would give."""
        raise NotImplementedError

    def watch(self, folder: Path, url: str, series: str, every: float) -> Iterator[float]:
        """Tells the last step that can be seen, again and again, without end; -1 while there is none.

        Args:
            folder: as everywhere.
            url: likewise.
            series: which one.
            every: seconds from one question to the next, where it must be asked.
        """
        while True:
            try:
                steps = self.page(folder, url, series).steps
            except (OSError, LookupError, ValueError):
                steps = ()
            yield max(steps, default=-1)
            time.sleep(every)


def answers(url: str) -> bool:
    """Whether there is an HTTP server, whatever it answers."""
    try:
        urllib.request.urlopen(url, timeout=5).close()
    except urllib.error.HTTPError:
        return True
    except OSError:
        return False
    return True


def fetch(url: str, body: Any = None) -> Any:
    """The JSON that an address answers; with a body, which is sent as JSON, by POST."""
    data = None if body is None else json.dumps(body).encode()
    request = urllib.request.Request(url, data, {"content-type": "application/json"})
    with urllib.request.urlopen(request, timeout=600) as answer:
        return json.load(answer)
