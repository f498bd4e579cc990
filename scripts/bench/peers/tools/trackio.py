"""Trackio: `log()` to its SQLite file, and the HTTP API of its dashboard."""

# What each method does is said in tool.py.
# ruff: noqa: D102, ARG002
from __future__ import annotations

import contextlib
import io
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from tool import PROJECT, RUN, Points, Tool, Writer, fetch


class _Writer(Writer):
    def __init__(self) -> None:
        import trackio

        with contextlib.redirect_stdout(io.StringIO()):
            self._run: Any = trackio.init(
                project=PROJECT, name=RUN, embed=False, auto_log_cpu=False, auto_log_gpu=False
            )

    def log(self, step: int, values: dict[str, float]) -> None:
        self._run.log(values, step=step)

    def end(self) -> None:
        # `finish` gives up after 30 s; its thread goes on, and ends when all is written.
        writing = self._run._local_sender_thread
        with contextlib.redirect_stdout(io.StringIO()):
            self._run.finish()
        if writing is not None:
            writing.join()


class Trackio(Tool):
    """`log()` gathers for half a second at the most, and writes that as one transaction."""

    title = "Trackio"
    packages = ("trackio",)
    module = "trackio"
    durable = "`finish()` returned: committed to SQLite, which syncs at checkpoints only (WAL, NORMAL)"
    page_is = "`get_logs_batch` with 3000 rows at most; its page asks every second"
    page_waits = 1.0

    def server(self, python: Path, folder: Path, port: int, whole: bool) -> list[str]:
        code = f"import trackio; trackio.show(open_browser=False, share=False, server_port={port})"
        return [str(python), "-c", code]

    def environment(self, folder: Path) -> dict[str, str]:
        return {
            "TRACKIO_DIR": str(folder),
            "HF_HOME": str(folder / "hf"),
            "HF_HUB_OFFLINE": "1",
            "HF_HUB_DISABLE_TELEMETRY": "1",
            "GRADIO_ANALYTICS_ENABLED": "False",
        }

    def open(self, folder: Path, url: str, names: Sequence[str]) -> Writer:
        return _Writer()

    def page(self, folder: Path, url: str, series: str) -> Points:
        asked = {"project": PROJECT, "runs": [{"run": RUN}], "max_points": 3000}
        [answer] = fetch(f"{url}/api/get_logs_batch", asked)["data"]
        rows = [row for row in answer["logs"] if series in row]
        return Points([row["step"] for row in rows], [row[series] for row in rows])

    def whole(self, folder: Path, url: str, series: str) -> Points:
        rows = fetch(f"{url}/api/get_metric_values", {"project": PROJECT, "run": RUN, "metric_name": series})["data"]
        return Points([row["step"] for row in rows], [row["value"] for row in rows])
