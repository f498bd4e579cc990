"""Trains every run of the grid and writes the curves and labels: `python -m faults`, in the folder `python`."""

from __future__ import annotations

import argparse
import multiprocessing
import sys
from collections import Counter
from collections.abc import Sequence
from pathlib import Path

from faults.grid import grid
from faults.labels import label
from faults.recording import name, write
from faults.train import train


def main(arguments: Sequence[str] | None = None) -> int:
    """Trains, labels, writes, and says how many runs show their fault."""
    parser = argparse.ArgumentParser(prog="python -m faults", description=__doc__)
    parser.add_argument("--out", type=Path, default=Path(__file__).parent, help="folder to write into")
    parser.add_argument("--jobs", type=int, default=2, help="processes, each of one thread")
    parser.add_argument("--draw", type=int, default=0, help="another number trains the same grid from other seeds")
    options = parser.parse_args(arguments)

    recipes = grid(options.draw)
    runs = []
    with multiprocessing.get_context("spawn").Pool(options.jobs) as pool:
        for curves in pool.imap(train, recipes):
            runs.append(curves)
            print(f"{len(runs)}/{len(recipes)} {name(curves)} {curves.recipe.fault}", flush=True)
    labels = label(runs)
    write(options.out, zip(runs, labels))
    counted = Counter(one.fault for one in labels if one.counted)
    for fault, count in Counter(one.fault for one in labels).items():
        print(f"{fault:24} {count:3} runs, {counted[fault]:3} show it")
    return 0


if __name__ == "__main__":
    sys.exit(main())
