"""Measures Tidemark beside other trackers, in one run on one machine: `python scripts/bench/peers/run.py --help`.

Needs Python 3.9, Node and what `npm run build` makes. Each tool gets a virtual environment of its own, into which its
packages are installed; what cannot be had is skipped, and said. Nothing goes to the network after that.
"""

from __future__ import annotations

import argparse
import importlib
import json
import os
import platform
import shutil
import sys
import tempfile
from contextlib import ExitStack
from dataclasses import asdict
from pathlib import Path

HERE = Path(__file__).resolve().parent
sys.path.insert(0, str(HERE))

from measure import Bench, Effort, Measured  # noqa: E402
from table import table  # noqa: E402
from tool import Tool  # noqa: E402
from venvs import REPOSITORY, python_of, version_of  # noqa: E402
from workload import CLASSES  # noqa: E402


def main() -> None:
    """Installs, measures each tool, prints the table."""
    parser = argparse.ArgumentParser(description="Measures Tidemark beside other trackers and prints a table.")
    parser.add_argument("--tools", default=",".join(CLASSES), help="default: %(default)s")
    parser.add_argument(
        "--points", type=int, default=1_000_000, help="of ten series, and of one (default: %(default)s)"
    )
    parser.add_argument("--seconds", type=float, default=30, help="writing stops after these (default: %(default)s)")
    parser.add_argument("--visible", type=float, default=20, help="seconds of single points (default: %(default)s)")
    parser.add_argument("--venv", type=Path, help="keep what is installed in this folder, and use it again")
    parser.add_argument("--dir", type=Path, help="where the tools' data go, for a while (default: the temp folder)")
    parser.add_argument("--json", action="store_true", help="print everything measured as JSON instead")
    options = parser.parse_args()
    unknown = [name for name in options.tools.split(",") if name not in CLASSES]
    if unknown:
        parser.error(f"--tools: must be some of {', '.join(CLASSES)}; got {', '.join(unknown)}")
    if shutil.which("node") is None or not (REPOSITORY / "dist/bundle/main.js").exists():
        parser.error("Tidemark must be built: run `npm run build` first")
    with ExitStack() as stack:
        work = Path(stack.enter_context(tempfile.TemporaryDirectory(dir=options.dir, ignore_cleanup_errors=True)))
        venvs = (options.venv or work / "venv").resolve()
        results = measured(
            options.tools.split(","), venvs, work, Effort(options.points, options.seconds, options.visible)
        )
    if options.json:
        print(json.dumps({"machine": machine(), "results": [asdict(one) for one in results]}, indent=2))
        return
    print(machine())
    print()
    print(table(results))
    notes = [f"{one.title}: {note}" for one in results for note in one.notes]
    print("\n".join(["", *notes]) if notes else "")


def measured(names: list[str], venvs: Path, work: Path, effort: Effort) -> list[Measured]:
    """Everything is installed before anything is measured."""
    ready: list[tuple[str, Tool, Path]] = []
    results = []
    for name in names:
        module, kind = CLASSES[name]
        tool: Tool = getattr(importlib.import_module(f"tools.{module}"), kind)()
        python, reason = python_of(venvs, module, tool.packages)
        if python is None:
            print(f"{tool.title}: skipped, cannot be installed: {reason}", file=sys.stderr)
        else:
            ready.append((name, tool, python))
    for name, tool, python in ready:
        print(tool.title, file=sys.stderr)
        log = Path(tempfile.gettempdir()) / f"tidemark-peers-{name}.log"
        results.append(Bench(name, tool, python, work / name, log).measure(effort, version_of(python, tool.module)))
    return results


def machine() -> str:
    """What it was measured on, and how busy that was."""
    load = ", ".join(f"{each:.1f}" for each in os.getloadavg())
    system = f"{platform.system()} {platform.machine()}, {os.cpu_count()} cores"
    return f"{system}, Python {platform.python_version()}, load {load}"


if __name__ == "__main__":
    main()
