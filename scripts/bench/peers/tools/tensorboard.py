"""TensorBoard: SummaryWriter to an event file, its data server, its HTTP API."""

# What each method does is said in tool.py.
# ruff: noqa: D102, ARG002
from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from urllib.parse import quote

from tool import Points, Tool, Writer, fetch


class _Writer(Writer):
    def __init__(self, folder: Path) -> None:
        try:
            from torch.utils.tensorboard import SummaryWriter
        except ImportError:  # the same class, without PyTorch
            from tensorboardX import SummaryWriter  # type: ignore[no-redef]

        self._writer = SummaryWriter(str(folder), max_queue=10_000)

    def log(self, step: int, values: dict[str, float]) -> None:
        for name, value in values.items():
            self._writer.add_scalar(name, value, step)

    def flush(self) -> None:
        self._writer.flush()

    def end(self) -> None:
        self._writer.close()


class TensorBoard(Tool):
    """One call a value, as there is no other, with a long queue; values are kept as float32."""

    title = "TensorBoard"
    packages = ("tensorboard", "tensorboardX")
    module = "tensorboard"
    flush_each = True
    durable = "`close()` returned: written to the event file, which is not synced"
    page_is = "scalars of its HTTP API; its data server looks at files every 5 s, its page asks every 30 s"
    page_waits = 30.0

    def server(self, python: Path, folder: Path, port: int, whole: bool) -> list[str]:
        every = ["--samples_per_plugin", "scalars=1000000000"] if whole else []  # 0 would be none
        program = str(python.parent / "tensorboard")
        return [program, "--logdir", str(folder), "--host", "127.0.0.1", "--port", str(port), *every]

    def environment(self, folder: Path) -> dict[str, str]:
        return {}

    def open(self, folder: Path, url: str, names: Sequence[str]) -> Writer:
        return _Writer(folder)

    def page(self, folder: Path, url: str, series: str) -> Points:
        rows = fetch(f"{url}/data/plugin/scalars/scalars?run=.&tag={quote(series, safe='')}")
        return Points([row[1] for row in rows], [row[2] for row in rows])

    def whole(self, folder: Path, url: str, series: str) -> Points:
        return self.page(folder, url, series)
