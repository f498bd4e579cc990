"""Prints what logging 10 floats costs the training, with Tidemark and with other trackers, as one table.

    python scripts/bench/sdk/log_cost.py [--seconds 6] [--rounds 1] [--tools tidemark,wandb] [--venv DIR] [--here]
                                         [--url http://127.0.0.1:8433] [--against FOLDER]

Each tool but Tidemark gets a virtual environment of its own, into which its packages are installed (`--venv` keeps
them); with `--here` this Python's packages are used instead, as they are for the SummaryWriter where it has PyTorch.
What cannot be had is skipped, and said. Nothing goes to the network after that.

Each has a process of its own, which logs at 1 kHz for some seconds and then runs steps of 0.7 ms of work with and
without logging, in turn, so that the machine's mood is the same for both. A tool that cannot keep up is given half as
long again, and the calls it has made by then count.

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
import platform
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from contextlib import ExitStack
from pathlib import Path
from typing import NamedTuple

HERE = Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parent / "peers"))

from venvs import REPOSITORY, python_of  # noqa: E402

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
    """A SummaryWriter, PyTorch's or tensorboardX's: one call a value."""
    try:
        from torch.utils.tensorboard import SummaryWriter
    except ImportError:  # the same class, without PyTorch
        from tensorboardX import SummaryWriter  # type: ignore[no-redef]

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


TOOLS: dict[str, tuple[Tool, str, tuple[str, ...]]] = {
    "tidemark": (tidemark, "tidemark", ()),
    "wandb": (wandb, "wandb", ("wandb",)),
    "tensorboard": (tensorboard, "tensorboardX", ("tensorboard", "tensorboardX")),
    "trackio": (trackio, "trackio", ("trackio",)),
    "aim": (aim, "aim", ("aim",)),
    "mlflow": (mlflow, "mlflow", ("mlflow",)),
}
"""How to log with each tool, the module that a script imports for it, and the packages it is in."""

TITLES = {"wandb": "W&B offline", "trackio": "Trackio", "aim": "Aim", "mlflow": "MLflow"}


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
    tool = TOOLS[name][0]
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as folder:
        start = time.perf_counter()
        log, close = tool(folder, url)
        init = time.perf_counter() - start
        step, durations, worked = 0, [], []
        due = time.perf_counter()
        end = due + seconds
        while due < end and time.perf_counter() < end + seconds / 2:
            due += 0.001
            time.sleep(max(0.0, due - time.perf_counter()))
            used, begun = time.thread_time_ns(), time.perf_counter_ns()
            log(step)
            durations.append((time.perf_counter_ns() - begun) / 1000)
            worked.append((time.thread_time_ns() - used) / 1000)
            step += 1
        blocks: dict[bool, list[float]] = {True: [], False: []}
        end = time.perf_counter() + 2 * seconds
        for done in range(max(20, int(10 * seconds))):
            if done >= 5 and time.perf_counter() > end:
                break
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


def import_time(python: str, module: str, environment: dict[str, str]) -> float:
    """Milliseconds of the processor that importing takes, the best of 3 fresh processes."""
    code = f"import time; begun = time.process_time(); import {module}; print(time.process_time() - begun)"

    def once() -> float:
        done = subprocess.run(
            [python, "-c", code], check=True, capture_output=True, text=True, env=environment, cwd="/"
        )
        return float(done.stdout.split()[-1])

    return 1000 * min(once() for _ in range(3))


class Case(NamedTuple):
    """One line of the table: what is measured, in which Python."""

    tool: str
    title: str
    python: str
    module: str
    url: str
    environment: dict[str, str]


NO_SERVER = "http://127.0.0.1:9"


def cases(options: argparse.Namespace, venvs: Path) -> list[Case]:
    """Installs what is to be measured; says what cannot be had."""
    path = [str(Path(each).resolve()) for each in os.environ.get("PYTHONPATH", "").split(os.pathsep) if each]
    own = str(REPOSITORY / "python")
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join([own, *(each for each in path if each != own)])}
    found: list[Case] = []
    for name in options.tools.split(","):
        _, module, packages = TOOLS[name]
        if name == "tidemark":
            found.append(Case(name, "Tidemark, no server", sys.executable, module, NO_SERVER, environment))
            if options.url:
                found.append(Case(name, "Tidemark, server up", sys.executable, module, options.url, environment))
            if options.against:
                other = {**environment, "PYTHONPATH": str(Path(options.against).resolve())}
                found.append(Case(name, "Tidemark, the other", sys.executable, module, NO_SERVER, other))
            continue
        torch = name == "tensorboard" and not missing("torch", "tensorboard")
        title = TITLES.get(name, "PyTorch's SummaryWriter" if torch else "tensorboardX's SummaryWriter")
        if torch:
            found.append(Case(name, title, sys.executable, "torch.utils.tensorboard", NO_SERVER, environment))
            continue
        if options.here:
            python, absent = Path(sys.executable), missing(*packages)
            reason = f"{absent} is not installed" if absent else ""
        else:
            made, reason = python_of(venvs, name, packages)
            python = made or Path()
        if reason:
            print(f"{title}: skipped, {reason}", file=sys.stderr)
        else:
            found.append(Case(name, title, str(python), module, NO_SERVER, environment))
    return found


def missing(*modules: str) -> str:
    """Those of the modules that this Python does not have."""
    return ", ".join(module for module in modules if importlib.util.find_spec(module) is None)


HEADS = (
    ("p50", "p50, µs", ".1f"),
    ("p99", "p99, µs", ".1f"),
    ("worst", "worst, µs", ".0f"),
    ("cpu50", "cpu p50, µs", ".1f"),
    ("cpu99", "cpu p99, µs", ".1f"),
    ("slower", "0.7 ms step", "+.1f"),
    ("init", "init, s", ".2f"),
    ("import", "import, ms", ".0f"),
)


def main() -> None:
    """Measures each tool in a process of its own and prints a table."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--url", help="a running server, to measure with one too")
    parser.add_argument("--seconds", type=float, default=6.0, help="of each kind of work (default: %(default)s)")
    parser.add_argument("--rounds", type=int, default=1)
    parser.add_argument("--tools", default=",".join(TOOLS), help="default: %(default)s")
    parser.add_argument("--venv", type=Path, help="keep what is installed in this folder, and use it again")
    parser.add_argument("--here", action="store_true", help="install nothing, use what this Python has")
    parser.add_argument("--against", help="folder of another version of tidemark, to measure beside this one")
    parser.add_argument("--one", help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.one:
        print(json.dumps(measure(options.one, options.url, options.seconds)))
        return
    unknown = [name for name in options.tools.split(",") if name not in TOOLS]
    if unknown:
        parser.error(f"--tools: must be some of {', '.join(TOOLS)}; got {', '.join(unknown)}")
    with ExitStack() as stack:
        kept = options.venv or Path(stack.enter_context(tempfile.TemporaryDirectory(ignore_cleanup_errors=True)))
        lines = cases(options, kept.resolve())
        found: dict[str, list[dict[str, float]]] = {case.title: [] for case in lines}
        for _ in range(options.rounds):
            for case in lines:
                print(case.title, file=sys.stderr, flush=True)
                arguments = ["--one", case.tool, "--url", case.url, "--seconds", str(options.seconds)]
                command = [case.python, str(Path(__file__)), *arguments]
                done = subprocess.run(command, capture_output=True, text=True, env=case.environment)
                if done.returncode != 0:
                    print(f"{case.title}: failed: {done.stderr.strip().splitlines()[-1:]}", file=sys.stderr)
                    continue
                figures = json.loads(done.stdout.strip().splitlines()[-1])
                imported = import_time(case.python, case.module, case.environment)
                found[case.title].append({**figures, "import": imported})
    load = ", ".join(f"{each:.1f}" for each in os.getloadavg())
    print(
        f"Python {platform.python_version()}, {os.cpu_count()} cores, load {load} (1, 5, 15 minutes, its own included)"
    )
    print("\n|  | " + " | ".join(head for _, head, _ in HEADS) + " |")
    print("| --- |" + " --- |" * len(HEADS))
    for title, rounds in found.items():
        if not rounds:
            continue
        cells = [f"{statistics.median(each[key] for each in rounds):{form}}" for key, _, form in HEADS]
        cells[5] += " %"
        print(f"| {title} | " + " | ".join(cells) + " |")


if __name__ == "__main__":
    main()
