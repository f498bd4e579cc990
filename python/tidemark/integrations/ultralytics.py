"""Ultralytics YOLO: callbacks of a model's trainer."""

from __future__ import annotations

from typing import Any

from ..running import Run
from .attach import Attached, is_first

FITNESS = "metrics/fitness"
"""By which Ultralytics keeps its best; higher is better."""


def add_callbacks(model: Any, run: Run | None = None, **settings: Any) -> Any:
    """Makes a YOLO model log its trainings to Tidemark, and stop when the monitor says so.

    Ultralytics keeps `best.pt` by its own fitness, and validates and returns that one at the end of a training, also
    of one that was stopped. Training losses come after every batch, as its progress bar has them, the others after
    every epoch, by the names of results.csv, and the fitness, by which the best epoch is judged.

    Not for training with several GPUs, for which Ultralytics starts processes of its own that know of no callbacks:
    tail their results.csv.

    Args:
        model: an `ultralytics.YOLO`, or any with `add_callback`.
        run: a run begun before; default: the open one, or a new one.
        **settings: of `tidemark.init`.

    Returns:
        The model.
    """
    attached = Attached(run, settings)
    batches, trained, logged = 0, -1, -1

    def begin(trainer: Any) -> None:
        nonlocal batches, trained, logged
        batches, trained, logged = 0, -1, -1
        if is_first():
            run = attached.begin(dict(vars(trainer.args)), name=str(trainer.args.name or "") or None)
            run.define(FITNESS, role="metric", split="validation", goal="max", monitor=True)

    def batch_end(trainer: Any) -> None:
        nonlocal batches, trained
        current, batches, trained = attached.run, batches + 1, trainer.epoch
        if current is not None and getattr(trainer, "tloss", None) is not None:
            losses = trainer.label_loss_items(trainer.tloss, prefix="train")
            current.log(losses, step=batches, epoch=trainer.epoch)

    def epoch_end(trainer: Any) -> None:
        nonlocal logged
        current = attached.run
        # Called once more for best.pt, at the end, as the last epoch or, by newer releases, as one more.
        if current is None or trainer.epoch in (logged, trained + 1):
            return
        logged = trainer.epoch
        fitness = getattr(trainer, "fitness", None)
        judged = {} if fitness is None else {FITNESS: fitness}
        current.log({**trainer.metrics, **judged, **trainer.lr}, step=batches, epoch=trainer.epoch)
        if current.should_stop():
            trainer.stop = True

    def end(trainer: Any) -> None:
        if attached.run is not None:
            attached.run.summary.update(best_checkpoint=str(trainer.best), best_fitness=trainer.best_fitness)
        attached.end()

    for event, callback in (
        ("on_pretrain_routine_end", begin),
        ("on_train_batch_end", batch_end),
        ("on_fit_epoch_end", epoch_end),
        ("on_train_end", end),
    ):
        model.add_callback(event, callback)
    return model
