"""MLflow: `log_batch` to a SQLite file, and the HTTP API of its tracking server."""

# What each method does is said in tool.py.
# ruff: noqa: D102, ARG002
from __future__ import annotations

import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any
from urllib.parse import quote

from tool import PROJECT, Points, Tool, Writer, fetch

BATCH = 1000
"""Most metrics that one `log_batch` takes."""


def _address(folder: Path) -> str:
    return f"sqlite:///{folder}/mlflow.db"


def _client(folder: Path) -> Any:
    from mlflow import MlflowClient

    return MlflowClient(tracking_uri=_address(folder))


def _run(folder: Path) -> str:
    return (folder / "run").read_text()


class _Writer(Writer):
    def __init__(self, folder: Path) -> None:
        from mlflow.entities import Metric

        self._metric = Metric
        self._client = _client(folder)
        experiment = self._client.create_experiment(PROJECT)
        self._run = self._client.create_run(experiment).info.run_id
        (folder / "run").write_text(self._run)
        self._batch: list[Any] = []

    def log(self, step: int, values: dict[str, float]) -> None:
        now = int(time.time() * 1000)
        self._batch += [self._metric(name, value, now, step) for name, value in values.items()]
        if len(self._batch) + len(values) > BATCH:
            self.flush()

    def flush(self) -> None:
        if self._batch:
            self._client.log_batch(self._run, metrics=self._batch, synchronous=True)
            self._batch = []


class MLflow(Tool):
    """Batches as large as it takes, to the file itself, which is quicker than by its server."""

    title = "MLflow (SQLite)"
    packages = ("mlflow",)
    module = "mlflow"
    flush_each = True
    durable = "`log_batch` returned: committed to SQLite, synced"
    page_is = "`get-history-bulk-interval` with 320 points, as its charts ask every 30 s"
    page_waits = 30.0

    def server(self, python: Path, folder: Path, port: int, whole: bool) -> list[str]:
        program = str(python.parent / "mlflow")
        listening = ["--host", "127.0.0.1", "--port", str(port), "--workers", "1"]
        kept = ["--backend-store-uri", _address(folder), "--default-artifact-root", str(folder / "artifacts")]
        return [program, "server", *listening, *kept]

    def environment(self, folder: Path) -> dict[str, str]:
        return {
            "MLFLOW_DISABLE_TELEMETRY": "true",
            "DO_NOT_TRACK": "true",
            "MLFLOW_SERVER_ENABLE_JOB_EXECUTION": "false",
            "GIT_PYTHON_REFRESH": "quiet",
        }

    def open(self, folder: Path, url: str, names: Sequence[str]) -> Writer:
        return _Writer(folder)

    def page(self, folder: Path, url: str, series: str) -> Points:
        asked = f"run_ids={_run(folder)}&metric_key={quote(series, safe='')}&max_results=320"
        rows = fetch(f"{url}/ajax-api/2.0/mlflow/metrics/get-history-bulk-interval?{asked}").get("metrics", [])
        return Points([int(row.get("step", 0)) for row in rows], [float(row["value"]) for row in rows])

    def whole(self, folder: Path, url: str, series: str) -> Points:
        rows = _client(folder).get_metric_history(_run(folder), series)
        return Points([row.step for row in rows], [row.value for row in rows])
