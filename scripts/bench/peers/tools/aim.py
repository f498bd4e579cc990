"""Aim: `track()` to its repository, and the HTTP API of its page."""

# What each method does is said in tool.py.
# ruff: noqa: D102, ARG002
from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from tool import Points, Tool, Writer, fetch


class _Writer(Writer):
    def __init__(self, folder: Path) -> None:
        import aim

        quiet = {"system_tracking_interval": None, "log_system_params": False, "capture_terminal_logs": False}
        self._run: Any = aim.Run(repo=str(folder), **quiet)
        (folder / "run").write_text(self._run.hash)

    def log(self, step: int, values: dict[str, float]) -> None:
        for name, value in values.items():
            self._run.track(value, name=name, step=step)

    def flush(self) -> None:
        self._run.close()


class Aim(Tool):
    """One call a value, as its documents have it."""

    title = "Aim"
    packages = ("aim",)
    module = "aim"
    durable = "`close()` returned: written to RocksDB, not synced"
    page_is = "`metric/get-batch` of the run's page, about 500 points; its page asks every 10 s"
    page_waits = 10.0

    def server(self, python: Path, folder: Path, port: int, whole: bool) -> list[str]:
        program = str(python.parent / "aim")
        return [program, "up", "--host", "127.0.0.1", "--port", str(port), "--repo", str(folder)]

    def environment(self, folder: Path) -> dict[str, str]:
        return {"AIM_TELEMETRY_ENABLED": "0", "__AIM_TELEMETRY__": "0", "HOME": str(folder.parent)}

    def open(self, folder: Path, url: str, names: Sequence[str]) -> Writer:
        return _Writer(folder)

    def page(self, folder: Path, url: str, series: str) -> Points:
        run = (folder / "run").read_text()
        [answer] = fetch(f"{url}/api/runs/{run}/metric/get-batch", [{"name": series, "context": {}}])
        return Points(answer["iters"], answer["values"])

    def whole(self, folder: Path, url: str, series: str) -> Points:
        import aim
        from aim.storage.context import Context

        run = aim.Repo(str(folder)).get_run((folder / "run").read_text())
        steps, values = run.get_metric(series, Context({})).values.sparse_numpy()
        return Points(steps.tolist(), values.tolist())
