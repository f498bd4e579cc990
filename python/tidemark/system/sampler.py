"""The thread that samples the machine every 2 s and logs what it found every 10 s."""

from __future__ import annotations

import threading
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Callable, NamedTuple, Protocol

from ..ranks import local_rank_of, world_size
from ..settings import Settings
from .gpu import gpus, visible
from .host import Source, host
from .window import Window

SAMPLES = 5
"""Samples that make one line."""


class Progress(NamedTuple):
    """How far a training is."""

    step: int
    """The last one; -1 before the first."""
    at: float
    """When it was logged, seconds since 1970; 0 before this process logged one."""
    spent: float
    """Seconds spent in the SDK."""
    waited: float | None
    """Seconds spent waiting for data; None where that is not measured."""


class Queue(Protocol):
    """Takes lines."""

    def append(self, line: Mapping[str, Any]) -> None:
        """Adds a line."""


class Sampler:
    """Samples sources, and logs their windows at the step where the training is.

    Beside the machine it says how the training goes on this rank: `system/step_time`, in seconds a step, and what the
    SDK takes of it: `system/sdk_share`, the share of time that `log()` takes of the training, and `system/sdk_threads`,
    what its threads use of one core, both in percent; `system/data_wait`, the share of time in which the training waits
    for its data, in percent, where its loader is seen.

    Args:
        sources: what is sampled.
        late: a source that takes its time to begin; called on the sampling thread.
        every: seconds between samples.
        threads: of the SDK, whose processor time is counted.
        clock: seconds, monotonic.
    """

    def __init__(
        self,
        sources: Sequence[Source],
        late: Callable[[], Source | None] | None,
        queue: Queue,
        progress: Callable[[], Progress],
        every: float,
        threads: Sequence[threading.Thread] = (),
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._sources = list(sources)
        self._late = late
        self._queue = queue
        self._progress = progress
        self._every = every
        self._clock = clock
        self._window = Window()
        self._defined: set[str] = set()
        self._before = (clock(), progress(), 0.0)
        self._stopped = threading.Event()
        self._guard = threading.Lock()
        self._thread = threading.Thread(target=self._run, name="tidemark-system", daemon=True)
        self._threads = [*threads, self._thread]

    def start(self) -> None:
        """Begins."""
        self._thread.start()

    def stop(self) -> None:
        """Logs what has been gathered and samples no more. Waits for no sample that is under way."""
        self._stopped.set()
        if self._guard.acquire(timeout=0.2):
            try:
                if self._window.samples > 0:
                    self.log()
            finally:
                self._guard.release()

    def sample(self) -> None:
        """Takes one sample, and logs when there are enough."""
        for source in self._sources:
            try:
                found = source.sample()
            except Exception:  # a machine of any kind; what cannot be sampled is missing
                continue
            self._window.add(found)
            self._window.samples -= 1
        self._window.samples += 1
        if self._window.samples >= SAMPLES:
            self.log()

    def log(self) -> None:
        """Logs what has been gathered."""
        values = {f"system/{name}": value for name, value in {**self._window.take(), **self._own()}.items()}
        if not values:
            return
        now = round(time.time(), 6)
        for name in values:
            quantity = name.rpartition(".")[0]
            if quantity and name not in self._defined:
                self._defined.add(name)
                define = {"kind": "define", "time": now, "series": name, "role": "other", "quantity": quantity}
                self._queue.append(define)
        self._queue.append({"kind": "log", "time": now, "step": None, "values": values})

    def _own(self) -> dict[str, float]:
        at, now, used = self._clock(), self._progress(), self._used()
        at_before, before, used_before = self._before
        found: dict[str, float] = {}
        steps, seconds = now.step - before.step, at - at_before
        if seconds <= 0:
            return found
        if before.at > 0 and steps > 0 and now.at > before.at:
            found["step_time"] = float(f"{(now.at - before.at) / steps:.6g}")
        if now.waited is not None:
            found["data_wait"] = float(f"{100 * min(1.0, (now.waited - (before.waited or 0.0)) / seconds):.4g}")
        found["sdk_share"] = float(f"{100 * (now.spent - before.spent) / seconds:.4g}")
        found["sdk_threads"] = float(f"{100 * max(0.0, used - used_before) / seconds:.4g}")
        self._before = (at, now, used)
        return found

    def _used(self) -> float:
        """Seconds of a core that the SDK's threads have used; 0 where the system does not tell."""
        return sum(_processor_time(thread) for thread in self._threads)

    def _run(self) -> None:
        try:
            if self._late is not None and (source := self._late()) is not None:
                self._sources.append(source)
        except Exception:
            pass  # no GPUs then
        while not self._stopped.wait(self._every):
            with self._guard:
                if not self._stopped.is_set():
                    self.sample()


def _processor_time(thread: threading.Thread) -> float:
    try:
        # Not by pthread_getcpuclockid, which may crash the process when the thread has just ended.
        return int(Path(f"/proc/self/task/{thread.native_id}/schedstat").read_text().split()[0]) / 1e9
    except (OSError, ValueError, IndexError):
        return 0.0


def sampling(
    settings: Settings, queue: Queue, progress: Callable[[], Progress], threads: Sequence[threading.Thread]
) -> Sampler | None:
    """Begins to sample this process, its GPUs and, on one rank of each machine, the machine; None where unwanted."""
    if settings.system <= 0:
        return None
    try:
        local_rank, ranks = local_rank_of(), world_size()
    except ValueError:
        local_rank, ranks = settings.rank, 1
    here = host(local_rank == 0, settings.folder)
    sources = [here] if here is not None else []
    sampler = Sampler(sources, gpus(visible(local_rank, ranks)), queue, progress, settings.system, threads)
    sampler.start()
    return sampler
