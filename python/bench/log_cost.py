"""Prints what `log()` costs the training: p50, p99 and the worst call, in microseconds.

Logs 10 floats at 1 kHz, as a fast training loop does, with the server up and with none.

    python bench/log_cost.py [--url http://127.0.0.1:8433] [--seconds 10]
"""

from __future__ import annotations

import argparse
import logging
import tempfile
import time

import tidemark


def measure(url: str, seconds: float) -> list[float]:
    """Durations of `log()` calls, in microseconds, sorted."""
    values = {f"metric/{i}": 0.1 * i for i in range(10)}
    durations = []
    with tempfile.TemporaryDirectory() as folder, tidemark.init(project="log-cost", url=url, dir=folder) as run:
        due = end = time.perf_counter()
        end += seconds
        while due < end:
            due += 0.001
            time.sleep(max(0.0, due - time.perf_counter()))
            start = time.perf_counter_ns()
            run.log(values)
            durations.append((time.perf_counter_ns() - start) / 1000)
    return sorted(durations)


def main() -> None:
    """Measures both ways and prints a line for each."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--url", default="http://127.0.0.1:8433")
    parser.add_argument("--seconds", type=float, default=10.0)
    options = parser.parse_args()
    logging.getLogger("tidemark").setLevel(logging.ERROR)
    for name, url in (("server up", options.url), ("server down", "http://127.0.0.1:9")):
        found = measure(url, options.seconds)
        p50, p99 = (found[int(len(found) * share)] for share in (0.5, 0.99))
        print(f"{name:12} calls {len(found):6}  p50 {p50:6.1f} µs  p99 {p99:6.1f} µs  worst {found[-1]:8.1f} µs")


if __name__ == "__main__":
    main()
