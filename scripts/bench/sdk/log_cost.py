"""Prints what logging 10 floats costs the training, with Tidemark and with others that are installed.

Each tool has a process of its own, which logs at 1 kHz for some seconds and then runs steps of 0.7 ms of work with and
without logging, in turn, so that the machine's mood is the same for both. What is not installed is skipped, and said.

    python scripts/bench/sdk/log_cost.py [--seconds 10] [--tools tidemark,wandb] [--url http://127.0.0.1:8433]

`tidemark` is measured with no server (every line waits in the spool) and, with `--url`, with one.
"""

from __future__ import annotations

import argparse
import importlib.util
import json
import logging
import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

Log = Callable[[int], None]
Tool = Callable[[str, str], "tuple[Log, Callable[[], None]]"]

VALUES = {f"metric/{i}": 0.1 * i for i in range(10)}
STEP = 0.0007
"""Seconds of work of one training step."""
BLOCK = 60
"""Steps of a block: long enough that what works behind `log()` has its turn in each."""


def tidemark(folder: str, url: str) -> tuple[Log, Callable[[], None]]:
    """Tidemark, sampling of the machine included, as it is by default."""
    import tidemark

    logging.getLogger("tidemark").setLevel(logging.ERROR)
    run = tidemark.init(project="log-cost", url=url, dir=folder)
    return (lambda step: run.log(VALUES, step=step)), run.finish


def wandb(folder: str, _: str) -> tuple[Log, Callable[[], None]]:
    """W&B, offline."""
    import wandb

    run = wandb.init(
        project="log-cost",
        mode="offline",
        dir=folder,
        settings=wandb.Settings(silent=True),
    )
    return (lambda step: run.log(VALUES, step=step)), run.finish


def tensorboard(folder: str, _: str) -> tuple[Log, Callable[[], None]]:
    """PyTorch's SummaryWriter: one call a value."""
    from torch.utils.tensorboard import SummaryWriter

    writer = SummaryWriter(folder)

    def log(step: int) -> None:
        for name, value in VALUES.items():
            writer.add_scalar(name, value, step)

    return log, writer.close


def trackio(folder: str, _: str) -> tuple[Log, Callable[[], None]]:
    """Trackio, to its local store."""
    os.environ.update(TRACKIO_DIR=folder, HF_HUB_OFFLINE="1", HF_HUB_DISABLE_TELEMETRY="1")
    import trackio

    trackio.init(project="log-cost", embed=False)
    return (lambda step: trackio.log(VALUES, step=step)), trackio.finish


def mlflow(folder: str, _: str) -> tuple[Log, Callable[[], None]]:
    """MLflow, to files or SQLite, whichever is its default for a folder."""
    import mlflow

    os.environ["MLFLOW_ALLOW_FILE_STORE"] = "true"
    mlflow.set_tracking_uri(f"file://{folder}")
    mlflow.set_experiment("log-cost")
    mlflow.start_run()
    return (lambda step: mlflow.log_metrics(VALUES, step=step)), mlflow.end_run


def aim(folder: str, _: str) -> tuple[Log, Callable[[], None]]:
    """Aim, to its local repository."""
    import aim

    run = aim.Run(repo=folder, system_tracking_interval=None)

    def log(step: int) -> None:
        for name, value in VALUES.items():
            run.track(value, name=name, step=step)

    return log, run.close


TOOLS: dict[str, tuple[Tool, tuple[str, ...]]] = {
    "tidemark": (tidemark, ("tidemark",)),
    "wandb offline": (wandb, ("wandb",)),
    "SummaryWriter": (tensorboard, ("torch", "tensorboard")),
    "trackio": (trackio, ("trackio",)),
    "mlflow": (mlflow, ("mlflow",)),
    "aim": (aim, ("aim",)),
}
"""How to log with each tool, and the modules it needs."""


def least(seconds: list[float]) -> float:
    """The tenth percentile: what is above it is the machine's other work, which comes to both kinds of blocks."""
    return statistics.quantiles(seconds, n=10)[0]


def work(seconds: float) -> None:
    """Keeps this core busy, as a step of training does."""
    end = time.perf_counter() + seconds
    while time.perf_counter() < end:
        pass


def measure(name: str, url: str, seconds: float) -> dict[str, float]:
    """Calls at 1 kHz, then steps of 0.7 ms in blocks with and without logging.

    Returns:
        Microseconds a call: `p50`, `p99`, `worst`; `slower`: percent by which a step takes longer; seconds: `init`.
    """
    tool, _ = TOOLS[name]
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as folder:
        start = time.perf_counter()
        log, close = tool(folder, url)
        init = time.perf_counter() - start
        step, durations = 0, []
        due = time.perf_counter()
        end = due + seconds
        while due < end:
            due += 0.001
            time.sleep(max(0.0, due - time.perf_counter()))
            begun = time.perf_counter_ns()
            log(step)
            durations.append((time.perf_counter_ns() - begun) / 1000)
            step += 1
        blocks: dict[bool, list[float]] = {True: [], False: []}
        for _ in range(max(20, int(10 * seconds))):
            for logs in (True, False):
                begun = time.perf_counter()
                for _ in range(BLOCK):
                    work(STEP)
                    if logs:
                        log(step)
                        step += 1
                blocks[logs].append(time.perf_counter() - begun)
        close()
    durations.sort()
    return {
        "p50": durations[len(durations) // 2],
        "p99": durations[int(len(durations) * 0.99)],
        "worst": durations[-1],
        "slower": 100 * (least(blocks[True]) / least(blocks[False]) - 1),
        "init": init,
    }


def import_time(module: str) -> float:
    """Milliseconds that importing takes, the best of 5 fresh processes, without the interpreter's own start."""

    def best(code: str) -> float:
        found = []
        for _ in range(5):
            start = time.perf_counter()
            subprocess.run([sys.executable, "-c", code], check=True, capture_output=True)
            found.append(time.perf_counter() - start)
        return 1000 * min(found)

    return best(f"import {module}") - best("pass")


def main() -> None:
    """Measures each tool in a process of its own and prints a line for each."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--url", help="a running server, to measure with one too")
    parser.add_argument("--seconds", type=float, default=10.0)
    parser.add_argument("--tools", default=",".join(TOOLS), help="default: %(default)s")
    parser.add_argument("--one", help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.one:
        print(json.dumps(measure(options.one, options.url, options.seconds)))
        return
    print(f"{'':24} {'p50 µs':>8} {'p99 µs':>8} {'worst µs':>9} {'0.7 ms step':>12} {'init s':>7} {'import ms':>10}")
    for name in options.tools.split(","):
        missing = [module for module in TOOLS[name][1] if importlib.util.find_spec(module) is None]
        if missing:
            print(f"{name:24} skipped: {', '.join(missing)} is not installed")
            continue
        servers = {"": "http://127.0.0.1:9"}
        if name == "tidemark":
            servers = {
                ", no server": servers[""],
                **({", server up": options.url} if options.url else {}),
            }
        for suffix, url in servers.items():
            command = [
                sys.executable,
                str(Path(__file__)),
                "--one",
                name,
                "--url",
                url,
                "--seconds",
                str(options.seconds),
            ]
            done = subprocess.run(command, capture_output=True, text=True)
            if done.returncode != 0:
                print(f"{name + suffix:24} failed: {done.stderr.strip().splitlines()[-1:]}")
                continue
            found = json.loads(done.stdout.strip().splitlines()[-1])
            imported = import_time(TOOLS[name][1][-1])
            print(
                f"{name + suffix:24} {found['p50']:8.1f} {found['p99']:8.1f} {found['worst']:9.0f} "
                f"{found['slower']:+10.1f} % {found['init']:7.2f} {imported:10.0f}"
            )


if __name__ == "__main__":
    main()
