"""XGBoost: a callback of `train` and of the estimators."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

import xgboost
from xgboost.callback import TrainingCallback

from ..declarations import Role
from ..notices import Notices
from ..running import Run
from .attach import WORTH, Attached, Best, RestoreBest, boosts, define, restores

_notices = Notices()
_UP = ("auc", "aucpr", "pre", "ndcg", "map")
_LOSSES = ("loss", "nloglik", "deviance")
"""Ends of the names of what boosting itself makes less of; other metrics are errors and scores."""


class TidemarkCallback(TrainingCallback):
    """Logs every evaluation, and stops boosting when the monitor says so.

    `best_iteration` and `best_score` are set as XGBoost's own early stopping sets them, and with `restore_best` the
    booster that `train` gives back is cut to its best iterations, as by `EarlyStopping(save_best=True)`: after a stop
    as after the last iteration. Cross-validation gives no booster back, and linear ones cannot be cut.

    Args:
        train: the name of the training data in `evals`, whose values are logged as `train/…`; estimators name the
            first of their `eval_set` "validation_0".
        mode: "min" or "max"; default: by the metric's name.
        restore_best: cut the booster to the best iteration at the end, however it came; "stopped": only after a stop;
            False: never.
        worth: share of the level that as many rounds again must bring; it stops where validation is level;
            0: it is stopped only where validation gets worse.
        run: a run begun before; default: the open one, or a new one.
        **settings: of `tidemark.init`.
    """

    def __init__(
        self,
        train: str = "train",
        mode: str | None = None,
        restore_best: RestoreBest = True,
        worth: float = WORTH,
        run: Run | None = None,
        **settings: Any,
    ) -> None:
        super().__init__()
        self._train, self._mode, self._restore_best, self._worth = train, mode, restore_best, worth
        self._attached = Attached(run, settings)
        self._best: Best | None = None
        self._start = 0
        self._validates = False
        self.stopped = False
        """Whether the monitor stopped the training."""

    @property
    def run(self) -> Run | None:
        """The run it logs to."""
        return self._attached.run

    def before_training(self, model: xgboost.Booster) -> xgboost.Booster:
        """Begins the run."""
        boosts(self._attached.begin(_config(model)), self._worth)
        self._best, self.stopped, self._validates = None, False, False
        self._start = model.num_boosted_rounds()
        return model

    def after_iteration(
        self, model: xgboost.Booster, epoch: int, evals_log: Mapping[str, Mapping[str, list[Any]]]
    ) -> bool:
        """Logs the evaluations; True stops."""
        run = self.run
        if run is None:
            return False
        epoch += self._start  # of a training that goes on
        latest = {
            (data, metric): _value(values[-1])
            for data, metrics in evals_log.items()
            for metric, values in metrics.items()
        }
        others = [key for key in latest if key[0] != self._train] or list(latest)
        if others:
            judged = others[-1]
            self._validates = judged[0] != self._train
            if self._best is None:
                self._best = Best(self._goal(judged[1]))
                self._define(run, list(latest), judged)
            if self._best.better(latest[judged], epoch):
                model.set_attr(best_iteration=str(epoch), best_score=str(latest[judged]))
        run.log({self._series(data, metric): value for (data, metric), value in latest.items()}, step=epoch)
        self.stopped = run.should_stop()
        return self.stopped

    def after_training(self, model: xgboost.Booster) -> xgboost.Booster:
        """Cuts the booster to its best, and ends the run where it is the callback's own."""
        wanted = restores(self._restore_best, self.stopped) and (self.stopped or self._validates)
        if wanted and self._best is not None and self._best.at >= 0:
            model = self._cut(model, self._best.at)
        self._attached.end()
        return model

    def _cut(self, model: xgboost.Booster, best: int) -> xgboost.Booster:
        if not isinstance(model, xgboost.Booster):  # of cross-validation
            return model
        try:
            attributes = model.attributes()
            cut = model[: best + 1]
            cut.set_attr(**attributes)
        except xgboost.core.XGBoostError as error:
            _notices.warn("xgboost cut", f"restore_best: the booster cannot be cut: {error}")
            return model
        if self.run is not None:
            self.run.summary.update(restored_iteration=best)
        return cut

    def _goal(self, metric: str) -> str:
        return self._mode or ("max" if metric.split("@")[0] in _UP else "min")

    def _define(self, run: Run, keys: list[tuple[str, str]], judged: tuple[str, str]) -> None:
        """Says what the values are, whose names are XGBoost's own, and by which the best is kept."""
        for data, metric in keys:
            role: Role = "loss" if metric.split("@")[0].endswith(_LOSSES) else "metric"
            series, goal = self._series(data, metric), self._goal(metric)
            define(run, series, goal, role=role, monitor=(data, metric) == judged and data != self._train)

    def _series(self, data: str, metric: str) -> str:
        if data == self._train:
            return f"train/{metric}"
        return f"{'val' if data.startswith(('valid', 'eval', 'test')) else data}/{metric}"


def _config(model: xgboost.Booster) -> dict[str, Any]:
    """What the trees are grown by, as the booster has it, with its defaults."""
    try:
        learner = json.loads(model.save_config())["learner"]
        grown = learner["gradient_booster"]
        found = {"objective": learner["objective"]["name"], "booster": grown["name"], **grown["tree_train_param"]}
        return {key: _number(value) for key, value in found.items() if isinstance(value, str)}
    except (AttributeError, KeyError, TypeError, ValueError):  # a booster of another kind
        return {}


def _number(text: str) -> Any:
    try:
        return float(f"{float(text):.7g}")  # it keeps them as float32
    except ValueError:
        return text


def _value(said: Any) -> float:
    return float(said[0] if isinstance(said, tuple) else said)  # with its deviation, in cross-validation
