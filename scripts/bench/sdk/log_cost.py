"""Prints what logging 10 floats costs the training, with Tidemark and with others that are installed.

Each tool has a process of its own, which logs at 1 kHz for some seconds and then runs steps of 0.7 ms of work with and
without logging, in turn, so that the machine's mood is the same for both. What is not installed is skipped, and said.

    python scripts/bench/sdk/log_cost.py [--seconds 10] [--tools tidemark,wandb] [--url http://127.0.0.1:8433]
                                         [--against FOLDER] [--rounds 3]

`tidemark` is measured with no server (every line waits in the spool) and, with `--url`, with one; with `--against` also
another version of it, of which FOLDER holds the package. All take turns, `--rounds` times, and medians are printed, so
that what the machine does besides is the same for all. Times are by the clock and, as "cpu", of the processor in this
thread: on a busy machine the clock also counts what others took.
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
        Microseconds a call: `p50`, `p99`, `worst` by the clock, `cpu50`, `cpu99` of the processor; `slower`: percent by
        which a step takes longer; seconds: `init`.
    """
    tool, _ = TOOLS[name]
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as folder:
        start = time.perf_counter()
        log, close = tool(folder, url)
        init = time.perf_counter() - start
        step, durations, worked = 0, [], []
        due = time.perf_counter()
        end = due + seconds
        while due < end:
            due += 0.001
            time.sleep(max(0.0, due - time.perf_counter()))
            used, begun = time.thread_time_ns(), time.perf_counter_ns()
            log(step)
            durations.append((time.perf_counter_ns() - begun) / 1000)
            worked.append((time.thread_time_ns() - used) / 1000)
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
    worked.sort()
    return {
        "p50": durations[len(durations) // 2],
        "p99": durations[int(len(durations) * 0.99)],
        "cpu50": worked[len(worked) // 2],
        "cpu99": worked[int(len(worked) * 0.99)],
        "worst": durations[-1],
        "slower": 100 * (least(blocks[True]) / least(blocks[False]) - 1),
        "init": init,
    }


def import_time(module: str, environment: dict[str, str]) -> float:
    """Milliseconds of the processor that importing takes, the best of 5 fresh processes."""
    code = f"import time; begun = time.process_time(); import {module}; print(time.process_time() - begun)"

    def once() -> float:
        done = subprocess.run(
            [sys.executable, "-c", code], check=True, capture_output=True, text=True, env=environment, cwd="/"
        )
        return float(done.stdout.split()[-1])

    return 1000 * min(once() for _ in range(5))


def main() -> None:
    """Measures each tool in a process of its own and prints a line for each."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--url", help="a running server, to measure with one too")
    parser.add_argument("--seconds", type=float, default=10.0)
    parser.add_argument("--rounds", type=int, default=1)
    parser.add_argument("--tools", default=",".join(TOOLS), help="default: %(default)s")
    parser.add_argument("--against", help="folder of another version of tidemark, to measure beside this one")
    parser.add_argument("--one", help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.one:
        print(json.dumps(measure(options.one, options.url, options.seconds)))
        return
    cases: list[tuple[str, str, str, dict[str, str]]] = []
    for name in options.tools.split(","):
        missing = [module for module in TOOLS[name][1] if importlib.util.find_spec(module) is None]
        if missing:
            print(f"{name:24} skipped: {', '.join(missing)} is not installed")
            continue
        path = [str(Path(each).resolve()) for each in os.environ.get("PYTHONPATH", "").split(os.pathsep) if each]
        here = {**os.environ, "PYTHONPATH": os.pathsep.join(path)}
        cases.append((name, name + (", no server" if name == "tidemark" else ""), "http://127.0.0.1:9", here))
        if name == "tidemark" and options.url:
            cases.append((name, "tidemark, server up", options.url, here))
        if name == "tidemark" and options.against:
            there = {**here, "PYTHONPATH": str(Path(options.against).resolve())}
            cases.append((name, "tidemark, the other", "http://127.0.0.1:9", there))
    found: dict[str, list[dict[str, float]]] = {label: [] for _, label, _, _ in cases}
    for _ in range(options.rounds):
        for name, label, url, environment in cases:
            arguments = ["--one", name, "--url", url, "--seconds", str(options.seconds)]
            command = [sys.executable, str(Path(__file__)), *arguments]
            done = subprocess.run(command, capture_output=True, text=True, env=environment)
            if done.returncode != 0:
                print(f"{label:24} failed: {done.stderr.strip().splitlines()[-1:]}")
                continue
            figures = json.loads(done.stdout.strip().splitlines()[-1])
            found[label].append({**figures, "import": import_time(TOOLS[name][1][-1], environment)})
    heads = ("p50 µs", "p99 µs", "worst µs", "cpu p50", "cpu p99", "0.7 ms step", "init s", "import ms")
    print(f"{'':24}" + "".join(f"{head:>12}" for head in heads))
    for label, rounds in found.items():
        if not rounds:
            continue
        middle = {key: statistics.median(figures[key] for figures in rounds) for key in rounds[0]}
        print(
            f"{label:24}{middle['p50']:12.1f}{middle['p99']:12.1f}{middle['worst']:12.0f}{middle['cpu50']:12.1f}"
            f"{middle['cpu99']:12.1f}{middle['slower']:+10.1f} %{middle['init']:12.2f}{middle['import']:12.1f}"
        )


if __name__ == "__main__":
    main()
