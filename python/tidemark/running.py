"""A run, as the training script sees it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from time import perf_counter_ns
from types import TracebackType
from typing import Any, TypeVar

from . import exits
from .arguments import check_seconds, is_failure, one_of, text
from .conversation import StopRequest
from .declarations import STATUSES, Goal, Level, Role, Split, Status
from .engine import Engine
from .foreign import module_notices, unsupported
from .names import TEXT_LENGTH, clip
from .notices import Notices, describe, harmless
from .plain import plain
from .run_description import RunDescription
from .settings import Settings, settings

__all__ = ["Goal", "Level", "Role", "Run", "Split", "Status"]

Batch = TypeVar("Batch")


class Run(RunDescription):
    """One run of a training script; made by `tidemark.init`.

    A context manager: leaving it by an exception ends the run as failed, otherwise as finished, or as stopped where
    `should_stop()` said so. No method but `finish` and `log_columns` waits for anything, and none raises into the
    training: what cannot be used is warned of once, through the logger `tidemark`, and left out.

    In a forked child the parent's run is silent; a child that wants to log calls `tidemark.init` itself.
    """

    def __init__(self, settings: Settings, notices: Notices, step: int = -1) -> None:
        super().__init__(settings, notices, step)
        self.id = settings.run
        """The run's id, which stands in its address."""
        self.rank = settings.rank
        """This process's rank."""
        self.resumed = step >= 0
        """Whether the run goes on from a step that the server has."""
        self.stop_request: StopRequest | None = None
        """What the monitor asked for: `step`, `epoch` and `reason` of the checkpoint to keep; None: to go on."""
        self._settings = settings
        self._obeyed = False
        self._watches: list[Any] = []
        self._engine = Engine(settings, notices, self._queue, self._heard, self._progress) if self._open else None
        if self._engine is not None:
            exits.watch(self)
        else:
            exits.keep(self)

    @property
    def dropped(self) -> int:
        """`log()` calls lost so far: the spool was full, or the recording thread too far behind."""
        return self._queue.dropped + (self._engine.recorder.dropped if self._engine is not None else 0)

    @property
    def url(self) -> str:
        """The run's page."""
        return f"{self._settings.url}/#/run/{self.id}"

    def epochs(self, n: int, start: int = 0) -> Iterator[int]:
        """Counts epochs for a loop, `for epoch in run.epochs(10)`, until the last one or until `should_stop()`.

        Each epoch's number goes with what is logged in it. With several ranks a loop over `range(n)` that ends by
        `should_stop(across_ranks=True)` stops all of them at once.

        Args:
            n: epochs in all.
            start: the first one, where a training goes on.
        """
        for epoch in range(start, n):
            if epoch > start and self.should_stop():
                return
            self._place.epoch = epoch
            yield epoch

    def batches(self, loader: Iterable[Batch]) -> Iterator[Batch]:
        """Goes over a data loader and measures how long the training waits for it: `system/data_wait`.

        Args:
            loader: whatever gives the batches of one epoch; anew for each: `for batch in run.batches(loader)`.
        """
        start = perf_counter_ns()
        for batch in loader:
            self._wait(perf_counter_ns() - start)
            yield batch
            start = perf_counter_ns()

    def _wait(self, nanoseconds: int) -> None:
        """The training has waited for data."""
        self._waited = (self._waited or 0) + nanoseconds

    def watch(self, model: Any, every: int = 100, **unknown: Any) -> None:
        """Logs gradient norms of a PyTorch model: `grad_norm` in total, `grad_norm/LAYER` by layer.

        They are taken just before the optimizer's step and go with the next `log()`. Does not wait for a GPU.

        Args:
            model: a `torch.nn.Module`.
            every: optimizer steps from one sample to the next.
            **unknown: `log_freq` is taken for `every`; what else scripts written for W&B may give is warned of once.
        """
        if not self._open:
            return
        try:
            from .gradients import GradientWatch

            every = int(unknown.pop("log_freq", every))
            for known in ("log", "criterion", "idx", "log_graph"):
                unknown.pop(known, None)  # gradients are what there is
            unsupported("watch", unknown, self._notices)
            models = model if isinstance(model, (list, tuple)) else [model]
            self._watches += [GradientWatch(each, every, self._take, self._watch_failed) for each in models]
        except Exception as error:
            self._notices.warn("watch", f"watch: {error}; no gradients are logged")

    @harmless
    def unwatch(self, model: Any = None) -> None:
        """Ends `watch`, of all models."""
        del model
        while self._watches:
            self._watches.pop().remove()

    def should_stop(self, across_ranks: bool = False) -> bool:
        """Whether the monitor wants the training to stop; `stop_request` says why and which checkpoint to keep.

        The first True also tells the monitor that the run obeys, at the current step: leave the loop when you see
        it.

        Args:
            across_ranks: ask together with all ranks of `torch.distributed`, so that all get the same answer: ranks
                hear of a stop at different times. Every rank must call it, as often as the others.
        """
        if across_ranks:
            from .distributed import agree

            self.stop_request = agree(self.stop_request if self._open else None)
        if self.stop_request is None or not self._open:
            return self._obeyed
        if not self._obeyed:
            self._obeyed = True
            self._flush()
            self._say("stopping", step=max(self._place.step, 0))
        return True

    @harmless
    def finish(
        self,
        exit_code: int | None = 0,
        *,
        status: Status | None = None,
        reason: str = "",
        timeout: float | None = None,
        **unknown: Any,
    ) -> None:
        """Ends the run and waits until the server has everything, which is all that ever waits.

        What the server has not acknowledged by then stays in the spool file, to be delivered by a later start of the
        same run or by `python -m tidemark sync`. Further calls do nothing.

        Args:
            exit_code: other than 0: the run has failed.
            status: says how the run ended; default: failed, stopped or finished, by `exit_code` and `should_stop()`.
            reason: why it ended, at most 16,384 characters.
            timeout: seconds to wait at most; default: what `init` was told by `settings={"finish": …}`, else 5.
            **unknown: `quiet` changes nothing; others are warned of once.
        """
        unknown.pop("quiet", None)
        unsupported("finish", unknown, self._notices)
        if not self._open:
            exits.forget(self)
            return
        self.unwatch()
        self._flush()
        said = one_of("status", status, STATUSES, self._notices)
        if said is None:
            said = "failed" if is_failure(exit_code) else "stopped" if self._obeyed else "finished"
        if self._engine is not None:
            self._engine.end({"kind": "end", "status": said, "reason": clip(text(reason), TEXT_LENGTH) or None})
        self._close("the run has ended")
        exits.forget(self)
        if self._engine is not None:
            within = self._settings.finish if timeout is None else check_seconds(timeout, self._settings.finish)
            self._engine.close(within)

    def __copy__(self) -> Run:
        return self

    def __deepcopy__(self, memo: Any) -> Run:
        return self  # a model that holds its run may be copied: there is one run

    def __reduce__(self) -> tuple[Any, ...]:
        return elsewhere, (self.id, self.project, self.name, plain(self._config))

    def __enter__(self) -> Run:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if error is None or (isinstance(error, SystemExit) and error.code in (None, 0)):
            self.finish()
        else:
            self.finish(1, reason=describe(error))

    def __getattr__(self, attribute: str) -> Any:
        from .foreign import run_attribute

        return run_attribute(self, attribute)

    def _has_room(self, size: int) -> bool:
        return self._engine is None or self._engine.room(size)

    def _last(self) -> Mapping[str, Any]:
        return super()._last() if self._engine is None else self._engine.last()

    def _silence(self) -> None:
        """In a forked child: this run is the parent's. Its threads are not here, its locks may be held for ever."""
        self._close("this is a forked child; call tidemark.init in it")
        if self._engine is not None:
            self._engine.abandon()

    def _watch_failed(self, error: Exception) -> None:
        self._notices.warn("watch", f"watch: {error!r}; gradient norms are left out")

    def _heard(self, stop: StopRequest) -> None:
        if not self._obeyed:
            self.stop_request = stop


def elsewhere(id: str, project: str | None, name: str | None, config: Mapping[str, Any]) -> Run:
    """A run as another process gets it, pickled: silent, as it is the first one's. In the same process the run itself.

    Args:
        id: the run's.
        project: likewise.
        name: likewise.
        config: as JSON has it.
    """
    if (here := exits.find(id)) is not None:
        return here
    chosen = settings(
        module_notices, project=project, run_name=name, config=dict(config), run=id, url=None, token=None, tags=(),
        notes=None, rank=None, stop="never", folder=None, mode="disabled", time=0.0, options={"system": 0},
    )  # fmt: skip
    run = Run(chosen, module_notices)
    run._close("this is another process than the run's; call tidemark.init in it")
    exits.forget(run)
    return run
