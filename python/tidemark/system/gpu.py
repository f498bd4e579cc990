"""NVIDIA GPUs, by NVML (`nvidia-ml-py`), else by `nvidia-smi`; AMD GPUs by what the kernel shows of them."""

from __future__ import annotations

import functools
import os
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from .host import GIB, Source, attempt

_SLOWED = 0x4 | 0x8 | 0x20 | 0x40 | 0x80
"""Reasons of a lowered clock that are trouble: power cap, slow-down by hardware, heat (two of them), power brake."""

_HEAT = 0x20 | 0x40
"""Of these, heat: by software and by hardware."""

_QUERY = (
    "index,utilization.gpu,memory.used,memory.total,temperature.gpu,power.draw,power.limit,clocks.sm,"
    "clocks_throttle_reasons.active,ecc.errors.uncorrected.volatile.total"
)


class Nvml:
    """GPUs by NVML.

    Args:
        pynvml: the module of `nvidia-ml-py`.
        places: indices of the GPUs to sample; None: all.
    """

    def __init__(self, pynvml: Any, places: list[int] | None) -> None:
        self._nvml = pynvml
        pynvml.nvmlInit()
        count = pynvml.nvmlDeviceGetCount()
        self._devices = {
            place: pynvml.nvmlDeviceGetHandleByIndex(place)
            for place in range(count)
            if places is None or place in places
        }

    def sample(self) -> dict[str, float]:
        """Values by quantity; what a GPU does not tell is left out."""
        found: dict[str, float] = {}
        for place, device in self._devices.items():
            for read in (self._load, self._memory, self._heat, self._power, self._clock, self._errors):
                found.update({f"gpu{place}/{name}": value for name, value in attempt(read, device).items()})
        return found

    def _load(self, device: Any) -> dict[str, float]:
        return {"utilisation": self._nvml.nvmlDeviceGetUtilizationRates(device).gpu}

    def _memory(self, device: Any) -> dict[str, float]:
        memory = self._nvml.nvmlDeviceGetMemoryInfo(device)
        return {"memory": 100 * memory.used / memory.total, "memory_used": memory.used / GIB}

    def _heat(self, device: Any) -> dict[str, float]:
        return {"temperature": self._nvml.nvmlDeviceGetTemperature(device, self._nvml.NVML_TEMPERATURE_GPU)}

    def _power(self, device: Any) -> dict[str, float]:
        watts = self._nvml.nvmlDeviceGetPowerUsage(device) / 1000
        limit = self._nvml.nvmlDeviceGetEnforcedPowerLimit(device) / 1000
        return {"power": watts, "power_share": 100 * watts / limit}

    def _clock(self, device: Any) -> dict[str, float]:
        reasons = self._nvml.nvmlDeviceGetCurrentClocksThrottleReasons(device)
        clock = self._nvml.nvmlDeviceGetClockInfo(device, self._nvml.NVML_CLOCK_SM)
        return {"clock": clock, "throttled": throttled(reasons), "throttled_heat": throttled(reasons, _HEAT)}

    def _errors(self, device: Any) -> dict[str, float]:
        nvml = self._nvml
        kind, since = nvml.NVML_MEMORY_ERROR_TYPE_UNCORRECTED, nvml.NVML_VOLATILE_ECC
        return {"ecc_errors": nvml.nvmlDeviceGetTotalEccErrors(device, kind, since)}


class NvidiaSmi:
    """GPUs by one run of `nvidia-smi` a sample, which takes tens of milliseconds of its own process.

    Args:
        run: `subprocess.run`, which is imported only where there is a GPU.
        command: the path of `nvidia-smi`.
        places: indices of the GPUs to sample; None: all.
    """

    def __init__(self, run: Callable[..., Any], command: str, places: list[int] | None) -> None:
        self._run = run
        self._command = [command, f"--query-gpu={_QUERY}", "--format=csv,noheader,nounits"]
        self._places = places

    def sample(self) -> dict[str, float]:
        """Values by quantity. Raises what `subprocess.run` does, as where `nvidia-smi` fails."""
        done = self._run(self._command, capture_output=True, text=True, timeout=5, check=True)
        return parse_smi(done.stdout, self._places)


def parse_smi(text: str, places: list[int] | None = None) -> dict[str, float]:
    """The rows that `nvidia-smi --format=csv,noheader,nounits` prints, as values by quantity."""
    found: dict[str, float] = {}
    for row in text.splitlines():
        cells = [cell.strip() for cell in row.split(",")]
        if len(cells) != 10 or not cells[0].isdecimal() or (places is not None and int(cells[0]) not in places):
            continue
        numbers = [_number(cell) for cell in cells]
        _, load, used, total, heat, power, limit, clock, reasons, errors = numbers
        values = {
            "utilisation": load,
            "memory": 100 * used / total if used is not None and total else None,
            "memory_used": used / 1024 if used is not None else None,
            "temperature": heat,
            "power": power,
            "power_share": 100 * power / limit if power is not None and limit else None,
            "clock": clock,
            "throttled": throttled(int(reasons)) if reasons is not None else None,
            "throttled_heat": throttled(int(reasons), _HEAT) if reasons is not None else None,
            "ecc_errors": errors,
        }
        found.update({f"gpu{cells[0]}/{name}": value for name, value in values.items() if value is not None})
    return found


class AmdSysfs:
    """AMD GPUs by the files of their kernel driver."""

    def __init__(self, root: Path = Path("/sys/class/drm"), places: list[int] | None = None) -> None:
        cards = sorted(root.glob("card[0-9]*/device/gpu_busy_percent"), key=lambda path: (len(str(path)), path))
        self._cards = {place: path.parent for place, path in enumerate(cards) if places is None or place in places}

    @property
    def found(self) -> bool:
        """Whether there is any."""
        return bool(self._cards)

    def sample(self) -> dict[str, float]:
        """Values by quantity."""
        found: dict[str, float] = {}
        for place, card in self._cards.items():
            used, total = _read(card, "mem_info_vram_used"), _read(card, "mem_info_vram_total")
            heat, power = _read(card, "hwmon/hwmon*/temp1_input"), _read(card, "hwmon/hwmon*/power1_average")
            values = {
                "utilisation": _read(card, "gpu_busy_percent"),
                "memory": 100 * used / total if used is not None and total else None,
                "memory_used": used / GIB if used is not None else None,
                "temperature": heat / 1000 if heat is not None else None,
                "power": power / 1e6 if power is not None else None,
            }
            found.update({f"gpu{place}/{name}": value for name, value in values.items() if value is not None})
        return found


def gpus(places: list[int] | None) -> Callable[[], Source | None] | None:
    """How to begin to sample the GPUs; None where there are none. What it gives may take a second to be called.

    Args:
        places: indices of those to sample; None: all.
    """
    if Path("/proc/driver/nvidia").exists() or os.name == "nt" or Path("/dev/nvidiactl").exists():
        # Here, and not on the sampling thread: a child forked during an import never gets its lock.
        import shutil
        import subprocess

        command = shutil.which("nvidia-smi")
        smi = functools.partial(NvidiaSmi, subprocess.run, command, places) if command else None
        try:
            import pynvml
        except Exception:  # not installed
            return smi
        return lambda: _nvml(pynvml, smi, places)
    amd = AmdSysfs(places=places)
    return (lambda: amd) if amd.found else None


def _nvml(pynvml: Any, smi: Callable[[], Source] | None, places: list[int] | None) -> Source | None:
    try:
        return Nvml(pynvml, places)
    except Exception:  # no driver, or one that does not fit
        return smi() if smi else None


def visible(local_rank: int, ranks: int, environment: Mapping[str, str] = os.environ) -> list[int] | None:
    """The GPUs that this process uses, by index: those made visible to it, and of these its own among several ranks.

    None: all; also where they are named by what is no index.
    """
    listed = environment.get("CUDA_VISIBLE_DEVICES", environment.get("HIP_VISIBLE_DEVICES"))
    if listed is None:
        return [local_rank] if ranks > 1 else None
    words = [word.strip() for word in listed.split(",") if word.strip()]
    if not all(word.isdecimal() for word in words):
        return None
    places = [int(word) for word in words]
    return [places[local_rank]] if ranks > 1 and local_rank < len(places) and len(places) > 1 else places


def throttled(reasons: int, counted: int = _SLOWED) -> float:
    """1 where the clock is lowered for one of the reasons `counted`, by default heat, a power cap or the hardware."""
    return float(bool(reasons & counted))


def _number(cell: str) -> float | None:
    try:
        return float(int(cell, 16)) if cell.startswith("0x") else float(cell)
    except ValueError:
        return None  # "[N/A]"


def _read(card: Path, pattern: str) -> float | None:
    try:
        return float(next(iter(card.glob(pattern))).read_text())
    except (OSError, ValueError, StopIteration):
        return None
