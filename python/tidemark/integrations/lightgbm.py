"""LightGBM: a callback of `train` and of the estimators' `fit`."""

from __future__ import annotations

from typing import Any

from lightgbm.callback import CallbackEnv, EarlyStopException

from ..declarations import Role
from ..running import Run
from .attach import WORTH, Attached, Best, RestoreBest, boosts, define, restores

_LOSSES = ("loss", "entropy", "deviance", "kullback_leibler")
"""Ends of the names of what boosting itself makes less of; other metrics are errors and scores."""


class TidemarkCallback:
    """Logs every evaluation, and stops boosting when the monitor says so.

    The best iteration is handed to LightGBM as its own early stopping does, after a stop as after the last iteration,
    so that `best_iteration` is set and `predict` uses it. Give it as one of `callbacks=[...]`, with validation data.

    Args:
        train: the name of the training data in `valid_names`, whose values are logged as `train/…`.
        restore_best: hand over the best iteration at the end, however it came; "stopped": only after a stop; False:
            never, so that `predict` uses all of them.
        worth: share of the level that as many rounds again must bring; it stops where validation is level;
            0: it is stopped only where validation gets worse.
        run: a run begun before; default: the open one, or a new one.
        **settings: of `tidemark.init`.
    """

    order = 25  # after what records evaluations, before early stopping: both of these end the training
    before_iteration = False

    def __init__(
        self,
        train: str = "training",
        restore_best: RestoreBest = True,
        worth: float = WORTH,
        run: Run | None = None,
        **settings: Any,
    ) -> None:
        self._train, self._restore_best, self._worth = train, restore_best, worth
        self._attached = Attached(run, settings)
        self._best: Best | None = None
        self._best_results: list[Any] = []
        self.stopped = False
        """Whether the monitor stopped the training."""

    @property
    def run(self) -> Run | None:
        """The run it logs to."""
        return self._attached.run

    def __call__(self, env: CallbackEnv) -> None:
        """Called by LightGBM after every iteration."""
        if env.iteration == env.begin_iteration:
            begun = self._attached.begin({**env.params, "epochs": env.end_iteration - env.begin_iteration})
            boosts(begun, self._worth)
            self._best, self.stopped = None, False
        run = self.run
        if run is None:
            return
        results = [each[:4] for each in env.evaluation_result_list or []]
        judged = self._judged(results)
        if judged is not None:
            if self._best is None:
                self._best = Best("max" if judged[3] else "min")
                self._define(run, results, judged)
            if self._best.better(judged[2], env.iteration):
                self._best_results = list(env.evaluation_result_list)
        run.log({self._series(data, metric): value for data, metric, value, _ in results}, step=env.iteration)
        self.stopped = run.should_stop()
        if not self.stopped and env.iteration < env.end_iteration - 1:
            return
        found = self._best is not None and self._best.at >= 0
        # Without validation data there is no best but that of a stop.
        validates = judged is not None and self._series(judged[0], "").startswith("val/")
        restored = found and (self.stopped or validates) and restores(self._restore_best, self.stopped)
        at = self._best.at if restored and self._best is not None else env.iteration
        if restored:
            run.summary.update(restored_iteration=at)
        self._attached.end()
        if self.stopped or restored:
            raise EarlyStopException(at, self._best_results)

    def _judged(self, results: list[Any]) -> Any:
        """The first metric of the last validation data: the estimators also give training data such names."""
        others = [each for each in results if each[0] != self._train] or results
        validations = [each[0] for each in others if self._series(each[0], "").startswith("val/")]
        last = validations[-1] if validations else others[-1][0] if others else None
        return next((each for each in results if each[0] == last), None)

    def _define(self, run: Run, results: list[Any], judged: Any) -> None:
        """Says what the values are, whose names are LightGBM's own ("l2"), and by which the best is kept."""
        for each in results:
            data, metric, _, higher = each
            role: Role = "loss" if metric.endswith(_LOSSES) else "metric"
            is_judged = each is judged and data != self._train
            define(run, self._series(data, metric), "max" if higher else "min", role=role, monitor=is_judged)

    def _series(self, data: str, metric: str) -> str:
        return f"{'train' if data == self._train else 'val' if data.startswith('valid') else data}/{metric}"
