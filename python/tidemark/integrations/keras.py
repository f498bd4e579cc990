"""Keras 3: a callback, for every backend."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import keras

from ..running import Run
from .attach import Attached, Best, RestoreBest, Waits, class_counts, define, restores


class TidemarkCallback(keras.callbacks.Callback):
    """Logs what `fit` measures, stops it when the monitor says so, and leaves the best weights.

    Training values come after every batch as `train/…`, the mean over the epoch so far, as Keras computes them;
    validation values after every epoch as `val/…`. Best weights are kept and put back by `get_weights` and
    `set_weights`, as `EarlyStopping(restore_best_weights=True)` does.

    Args:
        monitor: the value of `logs` by which weights are the best: "val_loss"; "loss" where there is no validation.
            The best epoch is judged by it, too.
        mode: "min" or "max".
        restore_best: put the best weights back when `fit` ends; "stopped": only after a stop; False: never. Where
            `monitor` is not measured, only after a stop.
        labels: of the training data, whole numbers from 0, for the counts of classes.
        every: batches from one logged training value to the next.
        run: a run begun before; default: the open one, or a new one.
        **settings: of `tidemark.init`.
    """

    def __init__(
        self,
        monitor: str = "val_loss",
        mode: str = "min",
        restore_best: RestoreBest = True,
        labels: Any = None,
        every: int = 1,
        run: Run | None = None,
        **settings: Any,
    ) -> None:
        super().__init__()
        self._monitor, self._mode, self._restore_best = monitor, mode, restore_best
        self._labels = labels
        self._every = max(1, every)
        self._attached = Attached(run, settings)
        self._best = Best(mode)
        self._weights: Any = None
        self._measured = False
        self._step = 0
        self._epoch = 0
        self._waits = Waits()
        self.stopped = False
        """Whether the monitor stopped the training."""

    @property
    def run(self) -> Run | None:
        """The run it logs to."""
        return self._attached.run

    def on_train_begin(self, logs: Mapping[str, Any] | None = None) -> None:
        """Begins the run."""
        config = {key: value for key, value in (self.params or {}).items() if key in ("epochs", "steps")}
        optimizer = getattr(self.model, "optimizer", None)
        if optimizer is not None:
            config["optimizer"] = type(optimizer).__name__
            config["lr"] = self._lr()
        if (counts := class_counts(self._labels)) is not None:
            config.update(class_counts=counts, n_train=sum(counts))
        self._attached.begin({key: value for key, value in config.items() if value is not None})
        self._best, self._weights, self.stopped, self._measured = Best(self._mode), None, False, False
        if self.run is not None and self._monitor.startswith("val_") and self._monitor != "val_loss":
            define(self.run, f"val/{self._monitor[4:]}", self._mode)

    def on_epoch_begin(self, epoch: int, logs: Mapping[str, Any] | None = None) -> None:
        """Notes the epoch."""
        self._epoch = epoch
        self._waits.begin()

    def on_train_batch_begin(self, batch: int, logs: Mapping[str, Any] | None = None) -> None:
        """Notes how long the batch was waited for, with the backends that fetch it before: PyTorch and JAX."""
        self._waits.end(self.run)

    def on_train_batch_end(self, batch: int, logs: Mapping[str, Any] | None = None) -> None:
        """Logs the values of training."""
        self._step += 1
        if self.run is not None and logs and self._step % self._every == 0:
            self.run.log({f"train/{name}": value for name, value in logs.items()}, step=self._step, epoch=self._epoch)
        self._waits.begin()

    def on_epoch_end(self, epoch: int, logs: Mapping[str, Any] | None = None) -> None:
        """Logs the values of validation and the learning rate, keeps the best weights, and asks whether to go on."""
        if self.run is None:
            return
        logs = dict(logs or {})
        values = {f"val/{name[4:]}": value for name, value in logs.items() if name.startswith("val_")}
        lr = self._lr()
        if lr is not None:
            values["lr"] = lr
        self.run.log(values, step=self._step, epoch=epoch)
        self._measured |= self._monitor in logs
        judged = logs.get(self._monitor, logs.get("loss"))
        if judged is not None and self._restore_best and self._best.better(judged, epoch):
            self._weights = self.model.get_weights()
        if self.run.should_stop():
            self.stopped = self.model.stop_training = True

    def on_train_end(self, logs: Mapping[str, Any] | None = None) -> None:
        """Puts the best weights back, and ends the run where it is the callback's own."""
        if self._weights is not None and (self.stopped or (self._measured and restores(self._restore_best, False))):
            self.model.set_weights(self._weights)
            if self.run is not None:
                self.run.summary.update(restored_epoch=self._best.at)
        self._weights = None
        self._attached.end()

    def _lr(self) -> float | None:
        try:
            return float(keras.ops.convert_to_numpy(self.model.optimizer.learning_rate))
        except Exception:  # an optimizer of the script's own
            return None
