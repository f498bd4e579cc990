"""scikit-learn: estimators that learn in rounds, by `partial_fit` or by the boosting's own `monitor`."""

from __future__ import annotations

import copy
from typing import Any, TypeVar

import numpy
from sklearn.metrics import accuracy_score, log_loss, mean_squared_error

from ..running import Run
from .attach import WORTH, Attached, Best, boosts, class_counts

Estimator = TypeVar("Estimator")


def fit(
    estimator: Estimator,
    X: Any,  # noqa: N803
    y: Any,
    X_val: Any,  # noqa: N803
    y_val: Any,
    *,
    epochs: int,
    batch: int = 200,
    seed: int = 0,
    run: Run | None = None,
    **settings: Any,
) -> Estimator:
    """Fits an estimator by `partial_fit`, epoch by epoch, and gives back the one of the best epoch.

    After each epoch the loss (cross-entropy in nats by `predict_proba`, else the mean squared error) and the accuracy
    of classifiers are logged for both sets. It ends at the last epoch, or when the monitor says so. The best one, by
    the validation loss, is a `copy.deepcopy`, which is how scikit-learn copies a fitted estimator.

    Args:
        estimator: with `partial_fit`, as `MLPClassifier`, `SGDClassifier`, `SGDRegressor`.
        X: training data, shape (samples, features).
        y: its labels or values, shape (samples,).
        X_val: validation data, shape (samples, features).
        y_val: its labels or values.
        epochs: passes over the training data, at most.
        batch: samples of one call of `partial_fit`.
        seed: of the order of the samples.
        run: a run begun before; default: the open one, or a new one.
        **settings: of `tidemark.init`.

    Returns:
        The estimator of the best epoch, with `tidemark_epoch_`, its number from 0.
    """
    attached = Attached(run, settings)
    classifies = hasattr(estimator, "predict_proba") or hasattr(estimator, "decision_function")
    classes = numpy.unique(y) if classifies else None
    current = attached.begin({**_facts(estimator, y, y_val, classes), "epochs": epochs})
    generator = numpy.random.default_rng(seed)
    best, kept, step = Best(), copy.deepcopy(estimator), 0
    known = {"classes": classes} if classes is not None else {}
    for epoch in range(epochs):
        order = generator.permutation(len(y))
        for start in range(0, len(y), batch):
            some = order[start : start + batch]
            estimator.partial_fit(_rows(X, some), _rows(y, some), **known)  # type: ignore[attr-defined]
            step += 1
        judged = _scores(estimator, X_val, y_val, classes)
        current.log({"train": _scores(estimator, X, y, classes), "val": judged}, step=step, epoch=epoch)
        if best.better(judged["loss"], epoch):
            kept = copy.deepcopy(estimator)
        if current.should_stop():
            break
    kept.tidemark_epoch_ = best.at  # type: ignore[attr-defined]
    current.summary.update(restored_epoch=best.at)
    attached.end()
    return kept


def boost(
    estimator: Estimator,
    X: Any,  # noqa: N803
    y: Any,
    X_val: Any,  # noqa: N803
    y_val: Any,
    *,
    every: int = 10,
    worth: float = WORTH,
    run: Run | None = None,
    **settings: Any,
) -> Estimator:
    """Fits histogram gradient boosting some trees at a time, and gives back the one of the least validation loss.

    By `warm_start`, which goes on from the trees there are and comes to the same model as one `fit` of them all. After
    each `fit` the loss and the accuracy are logged for both sets, as by `fit` here, at the number of trees. It ends at
    `max_iter` trees, or when the monitor says so. The best one is a `copy.deepcopy`.

    Args:
        estimator: a `HistGradientBoostingClassifier` or `HistGradientBoostingRegressor`; its own early stopping is
            turned off.
        X: training data, shape (samples, features).
        y: its labels or values, shape (samples,).
        X_val: validation data, shape (samples, features).
        y_val: its labels or values.
        every: trees of one `fit`, at least 1. Each `fit` sorts the data into bins anew: by 10 a training takes 1.1 to 2
            times as long as without, by 1 about ten times.
        worth: share of the level that as many trees again must bring; it stops where validation is level;
            0: it is stopped only where validation gets worse.
        run: a run begun before; default: the open one, or a new one.
        **settings: of `tidemark.init`.

    Returns:
        The best estimator; its `n_iter_` says how many trees it has.
    """
    fitted: Any = copy.deepcopy(estimator)
    most, warm = fitted.max_iter, fitted.warm_start
    classes = numpy.unique(y) if hasattr(fitted, "predict_proba") else None
    attached = Attached(run, settings)
    current = attached.begin(_facts(fitted, y, y_val, classes))
    boosts(current, worth)
    best, kept, trees = Best(), fitted, 0
    while trees < most:
        trees = min(most, trees + max(1, every))
        fitted.set_params(max_iter=trees, warm_start=True, early_stopping=False).fit(X, y)
        judged = _scores(fitted, X_val, y_val, classes)
        current.log({"train": _scores(fitted, X, y, classes), "val": judged}, step=trees)
        if best.better(judged["loss"], trees):
            kept = copy.deepcopy(fitted)
        if current.should_stop():
            break
    current.summary.update(restored_iteration=best.at)
    attached.end()
    return kept.set_params(warm_start=warm)  # type: ignore[no-any-return]


class BoostingMonitor:
    """The `monitor` of gradient boosting: `fit(X, y, monitor=BoostingMonitor(X_val, y_val))`.

    After each tree the training loss and the score on validation data are logged. When the monitor says so, boosting
    stops, which scikit-learn itself does by cutting its trees, and `cut` then leaves the best ones.

    Args:
        X_val: validation data, shape (samples, features).
        y_val: its labels or values.
        worth: share of the level that as many trees again must bring; it stops where validation is level;
            0: it is stopped only where validation gets worse.
        run: a run begun before; default: the open one, or a new one.
        **settings: of `tidemark.init`.
    """

    def __init__(
        self,
        X_val: Any,  # noqa: N803
        y_val: Any,
        worth: float = WORTH,
        run: Run | None = None,
        **settings: Any,
    ) -> None:
        self._data, self._labels, self._worth = X_val, y_val, worth
        self._attached = Attached(run, settings)
        self.best = Best()
        """The best validation loss and its tree."""
        self.stopped = False
        """Whether the monitor stopped the boosting."""
        self._raw: Any = None

    def __call__(self, i: int, estimator: Any, _locals: Any) -> bool:
        """Called by scikit-learn after tree `i`; True stops."""
        run = self._attached.run
        if run is None:
            run = self._attached.begin({**estimator.get_params(), "epochs": estimator.n_estimators})
        if i == 0:
            boosts(run, self._worth)
        values = {"train/loss": float(estimator.train_score_[i])}
        loss = self._loss(estimator, i)
        values["val/loss"] = loss
        self.best.better(loss, i)
        run.log(values, step=i)
        self.stopped = run.should_stop()
        if self.stopped or i + 1 == estimator.n_estimators:
            run.summary.update(restored_iteration=self.best.at)
            self._attached.end()
        return self.stopped

    def cut(self, estimator: Estimator) -> Estimator:
        """Leaves the trees up to the best one, in place; gives the estimator back."""
        fitted: Any = estimator
        stages = self.best.at + 1
        fitted.estimators_ = fitted.estimators_[:stages]
        fitted.train_score_ = fitted.train_score_[:stages]
        fitted.n_estimators_ = stages
        return estimator

    def _loss(self, estimator: Any, i: int) -> float:
        """The loss after tree `i`, from the sum of the trees so far: one tree's prediction a call."""
        data = numpy.asarray(self._data, dtype=numpy.float32)
        if self._raw is None:
            self._raw = estimator._raw_predict_init(data)
        trees = estimator.estimators_[i]
        for place, tree in enumerate(trees):
            self._raw[:, place] += estimator.learning_rate * tree.predict(data)
        raw = self._raw if self._raw.shape[1] > 1 else self._raw[:, 0]
        labels = self._labels
        if hasattr(estimator, "classes_"):
            labels = numpy.searchsorted(estimator.classes_, labels)
        loss = float(estimator._loss(numpy.ascontiguousarray(labels, dtype=numpy.float64), raw))
        # As in `train_score_`: these two are defined as halves.
        return 2 * loss if type(estimator._loss).__name__ in ("HalfSquaredError", "HalfBinomialLoss") else loss


def _facts(estimator: Any, y: Any, y_val: Any, classes: Any) -> dict[str, Any]:
    """What a run's config says of an estimator and its data."""
    facts = {"n_train": len(y), "n_val": len(y_val), "estimator": type(estimator).__name__}
    if classes is not None and (counts := class_counts(numpy.searchsorted(classes, y))) is not None:
        facts["class_counts"] = counts
    return {**(estimator.get_params() if hasattr(estimator, "get_params") else {}), **facts}


def _rows(data: Any, some: Any) -> Any:
    """Some rows of an array, a sparse matrix, a table of pandas, or a list."""
    if hasattr(data, "iloc"):
        return data.iloc[some]
    return (numpy.asarray(data) if isinstance(data, (list, tuple)) else data)[some]


def _scores(estimator: Any, data: Any, labels: Any, classes: Any) -> dict[str, float]:
    if classes is None:
        return {"loss": float(mean_squared_error(labels, estimator.predict(data)))}
    found: dict[str, float] = {}
    if hasattr(estimator, "predict_proba"):
        found["loss"] = float(log_loss(labels, estimator.predict_proba(data), labels=classes))
    accuracy = float(accuracy_score(labels, estimator.predict(data)))
    found.setdefault("loss", 1 - accuracy)
    found["acc"] = accuracy
    return found
