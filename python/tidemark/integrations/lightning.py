"""PyTorch Lightning: a Logger, a Callback, and the factory by which it is used without a change of the script."""

from __future__ import annotations

import os
from collections.abc import Mapping
from typing import Any

import torch

try:
    from lightning.pytorch import Callback, LightningModule, Trainer
    from lightning.pytorch.callbacks import ModelCheckpoint
    from lightning.pytorch.loggers.logger import Logger
    from lightning.pytorch.utilities import rank_zero_only
except ImportError:  # the package's former name
    from pytorch_lightning import Callback, LightningModule, Trainer
    from pytorch_lightning.callbacks import ModelCheckpoint
    from pytorch_lightning.loggers.logger import Logger
    from pytorch_lightning.utilities import rank_zero_only

from .. import sigterm
from ..notices import Notices
from ..running import Run
from .attach import Attached, RestoreBest, Waits, define, describe, restores

_notices = Notices()
sigterm.leave()  # of a run begun before: see there


class TidemarkLogger(Logger):
    """Logs what a LightningModule logs. Add `TidemarkCallback` to be stopped at the best epoch.

    Args:
        project: what the run is one of.
        name: shown to people.
        run: a run begun before; default: the open one, or a new one.
        **settings: of `tidemark.init`.
    """

    def __init__(
        self, project: str | None = None, name: str | None = None, run: Run | None = None, **settings: Any
    ) -> None:
        super().__init__()
        said = {"project": project, "name": name, **settings}
        self.attached = Attached(run, {key: value for key, value in said.items() if value is not None})
        self._metrics_step = -1

    @property
    def name(self) -> str | None:
        """The run's name."""
        return self.attached.run.name if self.attached.run else None

    @property
    def version(self) -> str | None:
        """The run's id."""
        return self.attached.run.id if self.attached.run else None

    @property
    def experiment(self) -> Run:
        """The run, to log what else there is."""
        return self.attached.begin()

    @rank_zero_only
    def log_metrics(self, metrics: Mapping[str, float], step: int | None = None) -> None:
        """Logs metrics at Lightning's global step."""
        values = dict(metrics)
        epoch = values.pop("epoch", None)
        self.experiment.log(values, step=step, epoch=epoch)

    @rank_zero_only
    def log_hyperparams(self, params: Any, *_: Any, **__: Any) -> None:
        """Adds hyper-parameters to the run's config."""
        self.experiment.config.update(params)

    @rank_zero_only
    def log_graph(self, *_: Any, **__: Any) -> None:
        """Does nothing: graphs are not kept."""

    def finalize(self, status: str) -> None:
        """Ends the run where it is the logger's own."""
        failed = status not in ("success", "finished")
        self.attached.end(int(failed), reason=status if failed else "")


class TidemarkCallback(Callback):
    """Stops a training when the monitor says so, and puts the best checkpoint back.

    Logs to the run of a `TidemarkLogger` of the trainer. Where there is none it begins a run itself and logs the loss
    of every batch as `train/loss`, the learning rate, and after each validation what the module has logged.

    The best checkpoint is that of the trainer's `ModelCheckpoint`, which needs its `monitor`, by which the best epoch
    is then judged; it is loaded into the module when the training ends, stopped or not.

    Args:
        restore_best: load the best checkpoint into the module at the end; "stopped": only after a stop; False: never.
        run: a run begun before.
        **settings: of `tidemark.init`, for a run of its own.
    """

    def __init__(self, restore_best: RestoreBest = True, run: Run | None = None, **settings: Any) -> None:
        self._restore_best = restore_best
        self._attached = Attached(run, settings)
        self._logs = False
        self._waits = Waits()
        self.stopped = False
        """Whether the monitor stopped the training."""

    @property
    def run(self) -> Run | None:
        """The run it logs to."""
        return self._attached.run

    def on_fit_start(self, trainer: Trainer, pl_module: LightningModule) -> None:
        """Begins the run, or finds that of the trainer's logger."""
        if self is not next(each for each in trainer.callbacks if isinstance(each, TidemarkCallback)):
            self._attached = Attached(None, {})  # the script's own and the entry point's: one is enough
            return
        logger = next((each for each in trainer.loggers if isinstance(each, TidemarkLogger)), None)
        if logger is not None and trainer.is_global_zero:
            self._attached = Attached(logger.experiment, {})
        settings: dict[str, Any] = {"rank": trainer.global_rank}
        if trainer.world_size > 1:
            settings["id"] = trainer.strategy.broadcast(self.run.id if self.run else _new_id(), src=0)
        run = self._attached.begin(_hyperparameters(pl_module), **settings)
        if logger is None:
            self._logs = trainer.is_global_zero
        self.stopped = False
        if run.stop_request is None and self._logs:
            run.define("train/loss", role="loss", split="train", quantity="loss")

    def on_train_start(self, trainer: Trainer, pl_module: LightningModule) -> None:
        """Declares the data, whose loaders the trainer has by now."""
        if self.run is not None and trainer.is_global_zero:
            self.run.config.update(_facts(trainer))
            keeper = next(iter(_keepers(trainer)), None)
            if keeper is not None and any(word in str(keeper.monitor).lower() for word in ("val", "test", "dev")):
                define(self.run, str(keeper.monitor), keeper.mode)

    def on_train_epoch_start(self, trainer: Trainer, pl_module: LightningModule) -> None:
        """From here on the loop waits for its first batch."""
        self._waits.begin()

    def on_train_batch_start(self, trainer: Trainer, pl_module: LightningModule, *_: Any) -> None:
        """Notes how long the batch was waited for."""
        self._waits.end(self.run)

    def on_train_batch_end(self, trainer: Trainer, pl_module: LightningModule, outputs: Any, *_: Any) -> None:
        """Logs the batch's loss where there is no logger to; other ranks say that a step is done."""
        self._waits.begin()
        if self.run is None:
            return
        if not self._logs:
            if not trainer.is_global_zero:
                self.run.tick(trainer.global_step)
            return
        values: dict[str, Any] = {"lr": trainer.optimizers[0].param_groups[0]["lr"]} if trainer.optimizers else {}
        loss = outputs.get("loss") if isinstance(outputs, Mapping) else outputs
        if isinstance(loss, torch.Tensor):
            values["train/loss"] = loss * trainer.accumulate_grad_batches
        self.run.log(values, step=trainer.global_step, epoch=trainer.current_epoch)

    def on_validation_end(self, trainer: Trainer, pl_module: LightningModule) -> None:
        """Logs what the validation has found, and asks whether to go on."""
        if self.run is None or trainer.sanity_checking:
            return
        if self._logs:
            found = {name: value for name, value in trainer.callback_metrics.items() if not name.endswith("_step")}
            self.run.log(found, step=trainer.global_step, epoch=trainer.current_epoch)
        self._ask(trainer)
        self._waits.begin()

    def on_train_epoch_end(self, trainer: Trainer, pl_module: LightningModule) -> None:
        """Asks whether to go on, for trainings without a validation."""
        if not trainer.val_dataloaders:
            self._ask(trainer)

    def on_train_end(self, trainer: Trainer, pl_module: LightningModule) -> None:
        """Puts the best checkpoint back."""
        if self.run is not None and restores(self._restore_best, self.stopped):
            self._restore(trainer, pl_module)

    def on_fit_end(self, trainer: Trainer, pl_module: LightningModule) -> None:
        """Ends the run where it is the callback's own."""
        self._attached.end()

    def on_exception(self, trainer: Trainer, pl_module: LightningModule, exception: BaseException) -> None:
        """Ends the run as failed where it is the callback's own."""
        self._attached.end(1, reason=f"{type(exception).__name__}: {exception}")

    def _ask(self, trainer: Trainer) -> None:
        if self.run is not None and self.run.should_stop(across_ranks=trainer.world_size > 1):
            self.stopped = trainer.should_stop = True

    def _restore(self, trainer: Trainer, pl_module: LightningModule) -> None:
        path = next((each.best_model_path for each in _keepers(trainer) if each.best_model_path), "")
        if trainer.world_size > 1:
            path = trainer.strategy.broadcast(path, src=0)
        if not path and not self.stopped:  # nobody asked for a best one to be kept
            return
        if not path:
            _notices.warn(
                "lightning checkpoint",
                "restore_best: needs a ModelCheckpoint with its `monitor` set, got none that has saved; "
                "the weights are the last ones",
            )
            return
        saved = trainer.strategy.load_checkpoint(path)
        pl_module.load_state_dict(saved["state_dict"])
        if self.run is not None:
            self.run.summary["restored"] = path


def callbacks_factory() -> list[Callback]:
    """The callback for every Trainer, where TIDEMARK_URL or TIDEMARK_PROJECT is set; found by an entry point.

    A training that nobody stops ends with its last weights, as the script that knows nothing of this expects.
    """
    asked = any(os.environ.get(f"TIDEMARK_{name}") for name in ("URL", "PROJECT"))
    return [TidemarkCallback(restore_best="stopped")] if asked else []


def _keepers(trainer: Trainer) -> list[ModelCheckpoint]:
    """What keeps the best checkpoint."""
    return [each for each in trainer.checkpoint_callbacks if isinstance(each, ModelCheckpoint) and each.monitor]


def _hyperparameters(module: LightningModule) -> dict[str, Any]:
    return {str(key): value for key, value in getattr(module, "hparams", {}).items()}


def _facts(trainer: Trainer) -> dict[str, Any]:
    """What the trainer knows: epochs, sizes of the data, classes, and whether it is to overfit some batches."""
    found: dict[str, Any] = {}
    if trainer.max_epochs and trainer.max_epochs > 0:
        found["epochs"] = trainer.max_epochs
    found["precision"] = str(trainer.precision)
    loader, validation = _first(trainer.train_dataloader), _first(trainer.val_dataloaders)
    found.update(describe(getattr(loader, "dataset", None), getattr(validation, "dataset", None)))
    if overfit := trainer.overfit_batches:
        batch = getattr(loader, "batch_size", None)
        size = found.get("n_train")
        samples = overfit * batch if isinstance(overfit, int) and batch else int(overfit * size) if size else None
        if samples:
            found["samples_overfit_check"] = min(samples, size) if size else samples
    return found


def _first(loaders: Any) -> Any:
    return loaders[0] if isinstance(loaders, (list, tuple)) and loaders else loaders


def _new_id() -> str:
    return f"lightning-{os.urandom(4).hex()}"
