"""Prints what logging ten numbers that are on a GPU costs the training: `log()` itself, and the step about it.

    python scripts/bench/sdk/gpu_cost.py [--seconds 6] [--rounds 3] [--against FOLDER]

Needs PyTorch and an NVIDIA GPU. A step is a product of matrices that keeps the GPU busy for about a millisecond, and
the host is far ahead of it, as in a training that waits for nothing. In turn, in blocks of steps: nothing logged; ten
numbers that are on the GPU; ten that the script has read itself by `.item()`, each of which makes the host wait until
the GPU is done; ten plain floats. `--against` adds another version of the package. Each version has a process of its
own, they take turns, `--rounds` times, and medians are printed. There is no server: every line waits in the spool.
"""

from __future__ import annotations

import argparse
import json
import logging
import os
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

REPOSITORY = Path(__file__).resolve().parents[3]
NUMBERS = 10
BLOCK = 100
"""Steps of a block."""
KINDS = ("nothing", "on the GPU", "read by .item()", "plain floats")


def measure(seconds: float) -> dict[str, Any]:
    """Milliseconds a step by kind of logging, microseconds a call of `log()`, and what the SDK's threads use.

    Returns:
        `step`: by kind, the median of blocks, ms; `p50`, `p99`: of `log()`, µs, for numbers on the GPU; `threads`: of a
        core, in percent, in the blocks that log numbers on the GPU; `gpu`: its name.
    """
    import torch

    import tidemark

    logging.getLogger("tidemark").setLevel(logging.ERROR)
    matrix = torch.randn(6144, 6144, device="cuda", dtype=torch.bfloat16)
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as folder:
        run = tidemark.init(project="gpu-cost", url="http://127.0.0.1:9", dir=folder)
        taken: list[float] = []
        blocks: dict[str, list[float]] = {kind: [] for kind in KINDS}
        used = spent = 0.0

        def block(kind: str, step: int) -> None:
            for each in range(step, step + BLOCK):
                numbers = (matrix @ matrix)[0, :NUMBERS].float()
                if kind == "nothing":
                    continue
                scalars = numbers.unbind()
                if kind == "read by .item()":
                    values: dict[str, Any] = {f"metric/{i}": scalar.item() for i, scalar in enumerate(scalars)}
                elif kind == "plain floats":
                    values = {f"metric/{i}": 0.1 * i for i in range(NUMBERS)}
                else:
                    values = {f"metric/{i}": scalar for i, scalar in enumerate(scalars)}
                begun = time.perf_counter_ns()
                run.log(values, step=each)
                if kind == "on the GPU":
                    taken.append((time.perf_counter_ns() - begun) / 1000)
            torch.cuda.synchronize()

        for kind in KINDS:
            block(kind, 0)
        taken.clear()
        step, end = BLOCK, time.perf_counter() + seconds * len(KINDS)
        while time.perf_counter() < end:
            for kind in KINDS:
                begun, processor, own = (
                    time.perf_counter(),
                    time.process_time(),
                    time.thread_time(),
                )
                block(kind, step)
                took = time.perf_counter() - begun
                blocks[kind].append(1000 * took / BLOCK)
                if kind == "on the GPU":
                    used += (time.process_time() - processor) - (time.thread_time() - own)
                    spent += took
                step += BLOCK
        run.finish()
    taken.sort()
    return {
        "step": {kind: statistics.median(found) for kind, found in blocks.items()},
        "p50": taken[len(taken) // 2],
        "p99": taken[int(len(taken) * 0.99)],
        "threads": 100 * used / spent,
        "gpu": torch.cuda.get_device_name(),
    }


def main() -> None:
    """Measures each version in a process of its own and prints a table."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument(
        "--seconds",
        type=float,
        default=6.0,
        help="of each kind of logging (default: %(default)s)",
    )
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument(
        "--against",
        help="folder of another version of tidemark, to measure beside this one",
    )
    parser.add_argument("--one", action="store_true", help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.one:
        print(json.dumps(measure(options.seconds)))
        return
    folders = {"this version": str(REPOSITORY / "python")}
    if options.against:
        folders["the other"] = str(Path(options.against).resolve())
    found: dict[str, list[dict[str, Any]]] = {title: [] for title in folders}
    for _ in range(options.rounds):
        for title, folder in folders.items():
            path = os.pathsep.join(filter(None, [folder, os.environ.get("PYTHONPATH")]))
            command = [
                sys.executable,
                str(Path(__file__)),
                "--one",
                "--seconds",
                str(options.seconds),
            ]
            done = subprocess.run(
                command,
                capture_output=True,
                text=True,
                env={**os.environ, "PYTHONPATH": path},
            )
            if done.returncode != 0:
                sys.exit(f"{title}: failed: {done.stderr.strip().splitlines()[-1:]}")
            found[title].append(json.loads(done.stdout.strip().splitlines()[-1]))
    print(f"{found['this version'][0]['gpu']}, medians of {options.rounds}\n")
    print(
        "|  | log(), p50, µs | p99, µs | threads, % of a core | " + " | ".join(f"{k}, ms a step" for k in KINDS) + " |"
    )
    print("| --- |" + " --- |" * (3 + len(KINDS)))
    for title, rounds in found.items():
        cells = [f"{statistics.median(each[key] for each in rounds):.1f}" for key in ("p50", "p99", "threads")]
        cells += [f"{statistics.median(each['step'][kind] for each in rounds):.3f}" for kind in KINDS]
        print(f"| {title} | " + " | ".join(cells) + " |")


if __name__ == "__main__":
    main()
