"""Hugging Face Accelerate: its tracker, `Accelerator(log_with=TidemarkTracker(...))`."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from accelerate.tracking import GeneralTracker, on_main_process

from ..running import Run
from .attach import Attached


class TidemarkTracker(GeneralTracker):
    """Logs by `accelerator.log`. To stop, ask `accelerator.get_tracker("tidemark", unwrap=True).should_stop()`.

    With several processes every one of them asks, `tidemark.distributed.agree` or `should_stop(across_ranks=True)`.

    Args:
        run_name: shown to people.
        run: a run begun before; default: the open one, or a new one.
        **settings: of `tidemark.init`.
    """

    name = "tidemark"
    requires_logging_directory = False

    def __init__(self, run_name: str | None = None, run: Run | None = None, **settings: Any) -> None:
        super().__init__()
        self._attached = Attached(run, {**({"name": run_name} if run_name else {}), **settings})
        self._start()

    @on_main_process
    def _start(self) -> None:
        self._attached.begin()

    def start(self) -> None:
        """Called by Accelerate when trackers are initialised; the run has begun by then."""

    @property
    def tracker(self) -> Run | None:
        """The run; None in processes other than the main one."""
        return self._attached.run

    @on_main_process
    def store_init_configuration(self, values: Mapping[str, Any]) -> None:
        """Adds what `init_trackers(config=...)` was given to the run's config."""
        if self.tracker is not None:
            self.tracker.config.update(values)

    @on_main_process
    def log(self, values: Mapping[str, Any], step: int | None = None, **kwargs: Any) -> None:
        """Logs values at a step."""
        if self.tracker is not None:
            self.tracker.log(values, step=step, **kwargs)

    @on_main_process
    def finish(self) -> None:
        """Ends the run where it is the tracker's own."""
        self._attached.end()
