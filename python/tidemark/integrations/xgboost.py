"""XGBoost: a callback of `train` and of the estimators."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import xgboost
from xgboost.callback import TrainingCallback

from ..running import Run
from .attach import Attached, Best

_UP = ("auc", "aucpr", "pre", "ndcg", "map")


class TidemarkCallback(TrainingCallback):
    """Logs every evaluation, and stops boosting when the monitor says so.

    `best_iteration` and `best_score` are set as XGBoost's own early stopping sets them, and with `restore_best` the
    booster that `train` gives back is cut to its best iterations, as by `EarlyStopping(save_best=True)`.

    Args:
        train: the name of the training data in `evals`, whose values are logged as `train/…`; estimators name the
            first of their `eval_set` "validation_0".
        mode: "min" or "max"; default: by the metric's name.
        restore_best: cut the booster to the best iteration after a stop.
        run: a run begun before; default: the open one, or a new one.
        **settings: of `tidemark.init`.
    """

    def __init__(
        self,
        train: str = "train",
        mode: str | None = None,
        restore_best: bool = True,
        run: Run | None = None,
        **settings: Any,
    ) -> None:
        super().__init__()
        self._train, self._mode, self._restore_best = train, mode, restore_best
        self._attached = Attached(run, settings)
        self._best: Best | None = None
        self.stopped = False
        """Whether the monitor stopped the training."""

    @property
    def run(self) -> Run | None:
        """The run it logs to."""
        return self._attached.run

    def before_training(self, model: xgboost.Booster) -> xgboost.Booster:
        """Begins the run."""
        self._attached.begin()
        self._best, self.stopped = None, False
        return model

    def after_iteration(
        self, model: xgboost.Booster, epoch: int, evals_log: Mapping[str, Mapping[str, list[Any]]]
    ) -> bool:
        """Logs the evaluations; True stops."""
        run = self.run
        if run is None:
            return False
        latest = {
            (data, metric): _value(values[-1])
            for data, metrics in evals_log.items()
            for metric, values in metrics.items()
        }
        run.log({self._series(data, metric): value for (data, metric), value in latest.items()}, step=epoch)
        others = [key for key in latest if key[0] != self._train] or list(latest)
        if others:
            judged = others[-1]
            if self._best is None:
                self._best = Best(self._mode or ("max" if judged[1].split("@")[0] in _UP else "min"))
            if self._best.better(latest[judged], epoch):
                model.set_attr(best_iteration=str(epoch), best_score=str(latest[judged]))
        self.stopped = run.should_stop()
        return self.stopped

    def after_training(self, model: xgboost.Booster) -> xgboost.Booster:
        """Cuts the booster after a stop, and ends the run where it is the callback's own."""
        if self.stopped and self._restore_best and self._best is not None and self._best.at >= 0:
            if self.run is not None:
                self.run.summary.update(restored_iteration=self._best.at)
            attributes = model.attributes()
            model = model[: self._best.at + 1]
            model.set_attr(**attributes)
        self._attached.end()
        return model

    def _series(self, data: str, metric: str) -> str:
        if data == self._train:
            return f"train/{metric}"
        return f"{'val' if data.startswith(('valid', 'eval', 'test')) else data}/{metric}"


def _value(said: Any) -> float:
    return float(said[0] if isinstance(said, tuple) else said)  # with its deviation, in cross-validation
