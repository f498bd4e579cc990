"""Processor, memory, disk and network of the machine and of this process: from /proc, else from psutil."""

from __future__ import annotations

import os
import re
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any, Protocol

GIB = 2**30
MB = 1e6


class Source(Protocol):
    """Something that can be sampled."""

    def sample(self) -> dict[str, float]:
        """Values by quantity, since the last sample where they are rates."""


class ProcHost:
    """Samples of a Linux machine from /proc and, in a container with a memory limit, from its control group.

    Args:
        whole: the machine too, not only this process: for one rank a machine.
        folder: whose file system is asked how full it is.
        root: of the file system; another one in tests.
        clock: seconds, monotonic.
    """

    def __init__(
        self, whole: bool, folder: Path, root: Path = Path("/"), clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._whole = whole
        self._folder = folder
        self._proc = root / "proc"
        self._group = root / "sys/fs/cgroup"
        self._shm = root / "dev/shm"
        self._clock = clock
        self._ticks = os.sysconf("SC_CLK_TCK")
        self._page = os.sysconf("SC_PAGE_SIZE")
        self._before: dict[str, float] = {}
        self._at = clock()
        self._rates()

    def sample(self) -> dict[str, float]:
        """Values by quantity; a file that cannot be read leaves out its own."""
        found = self._rates()
        found.update(attempt(self._resident))
        if self._whole:
            for read in (self._memory, self._disk):
                found.update(attempt(read))
        return found

    def _rates(self) -> dict[str, float]:
        now = self._clock()
        counts = attempt(self._process_time)
        if self._whole:
            for read in (self._cpu, self._disk_bytes, self._net_bytes):
                counts.update(attempt(read))
        before, self._before = self._before, counts
        seconds, self._at = now - self._at, now
        gone = {name: counts[name] - before[name] for name in counts if name in before}
        found: dict[str, float] = {}
        if (total := gone.pop("cpu_total", 0)) > 0:
            found["cpu"] = 100 * gone.pop("cpu_busy", 0) / total
        gone.pop("cpu_busy", None)
        if seconds > 0:
            if "process_cpu" in gone:
                found["process_cpu"] = 100 * gone.pop("process_cpu") / seconds
            found.update({name: max(0.0, count) / seconds / MB for name, count in gone.items()})
        return found

    def _cpu(self) -> dict[str, float]:
        line = (self._proc / "stat").read_text().split("\n", 1)[0]
        ticks = [int(count) for count in line.split()[1:9]]
        return {"cpu_total": sum(ticks), "cpu_busy": sum(ticks) - ticks[3] - ticks[4]}

    def _process_time(self) -> dict[str, float]:
        after_name = (self._proc / "self/stat").read_text().rpartition(")")[2].split()
        return {"process_cpu": (int(after_name[11]) + int(after_name[12])) / self._ticks}

    def _resident(self) -> dict[str, float]:
        return {"process_memory": int((self._proc / "self/statm").read_text().split()[1]) * self._page / GIB}

    def _memory(self) -> dict[str, float]:
        kib = {
            line.split(":")[0]: int(line.split()[1])
            for line in (self._proc / "meminfo").read_text().splitlines()
            if line.startswith(("MemTotal:", "MemAvailable:"))
        }
        used, total = (kib["MemTotal"] - kib["MemAvailable"]) * 1024, kib["MemTotal"] * 1024
        try:
            limit = int((self._group / "memory.max").read_text())
            if limit < total:
                used, total = int((self._group / "memory.current").read_text()) - self._cache(), limit
        except (OSError, ValueError):
            pass  # no control group, or one without a limit
        return {"memory": 100 * used / total}

    def _cache(self) -> int:
        """Bytes of files that the control group keeps in memory and gives back when it needs it."""
        try:
            counts = dict(line.split() for line in (self._group / "memory.stat").read_text().splitlines())
            return int(counts["active_file"]) + int(counts["inactive_file"])
        except (OSError, ValueError, KeyError):
            return 0

    def _disk(self) -> dict[str, float]:
        found = disk(self._folder)
        if self._shm.exists():
            found["shm"], _ = _full(self._shm)
        return found

    def _disk_bytes(self) -> dict[str, float]:
        read = written = 0
        for line in (self._proc / "diskstats").read_text().splitlines():
            words = line.split()
            # Whole disks only: a partition's traffic is in its disk's.
            if words[2].startswith(("sd", "vd", "xvd", "nvme", "mmcblk")) and not _is_partition(words[2]):
                read, written = read + int(words[5]), written + int(words[9])
        return {"disk_read": read * 512, "disk_written": written * 512}

    def _net_bytes(self) -> dict[str, float]:
        received = sent = 0
        for line in (self._proc / "net/dev").read_text().splitlines()[2:]:
            name, _, counts = line.partition(":")
            if name.strip() != "lo":
                words = counts.split()
                received, sent = received + int(words[0]), sent + int(words[8])
        return {"net_received": received, "net_sent": sent}


class PsutilHost:
    """The same from psutil, where there is no /proc."""

    def __init__(self, whole: bool, folder: Path, psutil: Any, clock: Callable[[], float] = time.monotonic) -> None:
        self._whole, self._folder, self._psutil, self._clock = whole, folder, psutil, clock
        self._process = psutil.Process()
        self._process.cpu_percent()
        psutil.cpu_percent()
        self._before, self._at = self._counts(), clock()

    def sample(self) -> dict[str, float]:
        """Values by quantity."""
        found = {
            "process_cpu": self._process.cpu_percent(),
            "process_memory": self._process.memory_info().rss / GIB,
        }
        if not self._whole:
            return found
        found["cpu"] = self._psutil.cpu_percent()
        found["memory"] = self._psutil.virtual_memory().percent
        found.update(attempt(lambda: disk(self._folder)))
        now, counts = self._clock(), self._counts()
        seconds, before = now - self._at, self._before
        self._before, self._at = counts, now
        if seconds > 0:
            gone = {name: max(0.0, counts[name] - before[name]) for name in counts if name in before}
            found.update({name: count / seconds / MB for name, count in gone.items()})
        return found

    def _counts(self) -> dict[str, float]:
        disk_io, net_io = self._psutil.disk_io_counters(), self._psutil.net_io_counters()
        counts: dict[str, float] = {}
        if disk_io is not None:
            counts.update(disk_read=disk_io.read_bytes, disk_written=disk_io.write_bytes)
        if net_io is not None:
            counts.update(net_received=net_io.bytes_recv, net_sent=net_io.bytes_sent)
        return counts


def host(whole: bool, folder: Path) -> Source | None:
    """How this machine is sampled; None where neither /proc nor psutil is there."""
    if sys.platform.startswith("linux") and Path("/proc/self/stat").exists():
        return ProcHost(whole, folder)
    try:
        import psutil

        return PsutilHost(whole, folder, psutil)
    except Exception:  # not installed, or not for this system
        return None


def disk(folder: Path) -> dict[str, float]:
    """How full the file system of `folder`, or of the working folder, is: of that with less room.

    Of a folder that does not exist yet: that of the nearest one above. `disk`: percent; `disk_free`: GiB.
    """
    while not folder.exists() and folder != folder.parent:
        folder = folder.parent
    found = [_full(folder)]
    try:
        found.append(_full(Path.cwd()))
    except OSError:
        pass  # it was removed
    full, free = min(found, key=lambda each: each[1])
    return {"disk": full, "disk_free": free}


def _full(folder: Path) -> tuple[float, float]:
    """Of a file system: percent used, GiB free."""
    if sys.platform == "win32":
        import shutil

        usage = shutil.disk_usage(folder)
        return 100 * usage.used / usage.total, usage.free / GIB
    found = os.statvfs(folder)
    used, free = found.f_blocks - found.f_bfree, found.f_bavail
    return (100 * used / (used + free) if used + free else 0.0), free * found.f_frsize / GIB


def _is_partition(name: str) -> bool:
    if name.startswith(("nvme", "mmcblk")):
        return re.search(r"\dp\d+$", name) is not None
    return name[-1].isdigit()


def attempt(read: Callable[..., dict[str, float]], *arguments: Any) -> dict[str, float]:
    """What `read` gives; nothing where this machine does not tell it."""
    try:
        return read(*arguments)
    except Exception:  # a file that is not there or reads otherwise than is known, a GPU without such a sensor
        return {}
