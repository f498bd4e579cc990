"""Hugging Face Transformers: the callback of its Trainer. Importing this module makes `report_to="tidemark"` known."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from transformers import TrainerCallback, TrainerControl, TrainerState, TrainingArguments
from transformers.integrations import integration_utils

from ..notices import Notices
from ..running import Run
from .attach import Attached, Waits, define, describe

_notices = Notices()
_TOTALS = ("train_runtime", "train_samples_per_second", "train_steps_per_second", "total_flos")


class TidemarkCallback(TrainerCallback):
    """Logs what a Trainer logs and stops it when the monitor says so.

    With `load_best_model_at_end=True` the Trainer itself loads its best checkpoint after the stop, as after its last
    epoch, and the best epoch is judged by its `metric_for_best_model`. Losses, learning rate and gradient norm come as
    `train/…`, evaluations as `eval/…`.

    Args:
        run: a run begun before; default: the open one, or a new one.
        **settings: of `tidemark.init`.
    """

    def __init__(self, run: Run | None = None, **settings: Any) -> None:
        self._attached = Attached(run, settings)
        self._waits = Waits()
        self.stopped = False
        """Whether the monitor stopped the training."""

    @property
    def run(self) -> Run | None:
        """The run it logs to."""
        return self._attached.run

    def on_train_begin(
        self, args: TrainingArguments, state: TrainerState, control: TrainerControl, **kwargs: Any
    ) -> None:
        """Begins the run and declares the data."""
        run = self._begin(args, kwargs)
        self.stopped = False
        metric = (args.metric_for_best_model or "loss").removeprefix("eval_")
        if args.load_best_model_at_end and metric != "loss" and state.is_world_process_zero:
            define(run, f"eval/{metric}", "max" if args.greater_is_better else "min")
        if not args.load_best_model_at_end:
            _notices.warn(
                "transformers best",
                "load_best_model_at_end: must be True for the best checkpoint to be restored after a stop, got False",
            )

    def on_log(
        self,
        args: TrainingArguments,
        state: TrainerState,
        control: TrainerControl,
        logs: Mapping[str, Any] | None = None,
        **kwargs: Any,
    ) -> None:
        """Logs what the Trainer logs."""
        if not state.is_world_process_zero or not logs:
            return
        run = self._begin(args, kwargs)
        if any(name in logs for name in _TOTALS):  # of the whole training: no curves
            run.summary.update(dict(logs))
            return
        values = {series(name): value for name, value in logs.items() if name != "epoch"}
        run.log(values, step=state.global_step, epoch=logs.get("epoch"))

    def on_step_begin(
        self, args: TrainingArguments, state: TrainerState, control: TrainerControl, **kwargs: Any
    ) -> None:
        """Notes how long the batch was waited for."""
        self._waits.end(self.run)

    def on_epoch_begin(
        self, args: TrainingArguments, state: TrainerState, control: TrainerControl, **kwargs: Any
    ) -> None:
        """From here on the loop waits for its next batch, as after an evaluation and a checkpoint."""
        self._waits.begin()

    on_evaluate = on_save = on_epoch_begin

    def on_step_end(
        self, args: TrainingArguments, state: TrainerState, control: TrainerControl, **kwargs: Any
    ) -> TrainerControl:
        """Asks whether to go on, where there is one process; other ranks say that a step is done."""
        self._waits.begin()
        if self.run is not None and not state.is_world_process_zero:
            self.run.tick(state.global_step)
        return self._ask(control, False) if args.world_size < 2 else control

    def on_epoch_end(
        self, args: TrainingArguments, state: TrainerState, control: TrainerControl, **kwargs: Any
    ) -> TrainerControl:
        """Asks whether to go on, where there are several processes, all of which ask together."""
        return self._ask(control, True) if args.world_size > 1 else control

    def on_train_end(
        self, args: TrainingArguments, state: TrainerState, control: TrainerControl, **kwargs: Any
    ) -> None:
        """Says which checkpoint was the best."""
        if self.run is not None and state.is_world_process_zero and state.best_model_checkpoint:
            self.run.summary.update(best_checkpoint=state.best_model_checkpoint, best_metric=state.best_metric)

    def end(self) -> None:
        """Ends the run where it is the callback's own; it is ended at the exit of the script otherwise.

        Not at the training's end, since evaluations of the trained model come after it.
        """
        self._attached.end()

    def _begin(self, args: TrainingArguments, kwargs: Mapping[str, Any]) -> Run:
        if self.run is not None:
            return self.run
        config = {**args.to_dict(), **_facts(args, kwargs)}
        model_config = getattr(kwargs.get("model"), "config", None)
        if model_config is not None and hasattr(model_config, "to_dict"):
            config["model"] = model_config.to_dict()
        named = getattr(args, "run_name", None)
        name = named if named and named != args.output_dir else None
        return self._attached.begin(config, **({"name": name} if name else {}), rank=args.process_index)

    def _ask(self, control: TrainerControl, across_ranks: bool) -> TrainerControl:
        if self.run is not None and self.run.should_stop(across_ranks):
            self.stopped = control.should_training_stop = True
        return control


def series(name: str) -> str:
    """The series of what a Trainer logs: "eval_loss" is `eval/loss`, "test_x" `test/x`, others `train/…`."""
    for split in ("eval", "test"):
        if name.startswith(f"{split}_"):
            return f"{split}/{name[len(split) + 1 :]}"
    return f"train/{name}"


def _facts(args: TrainingArguments, kwargs: Mapping[str, Any]) -> dict[str, Any]:
    loader, evaluated = kwargs.get("train_dataloader"), kwargs.get("eval_dataloader")
    data = getattr(loader, "dataset", None)
    found = describe(data, getattr(evaluated, "dataset", None))
    columns = getattr(data, "column_names", None)
    if columns and "class_counts" not in found:  # of the library `datasets`
        for column in ("label", "labels"):
            if column in columns:
                found.update({key: value for key, value in describe(_array(data, column)).items() if key != "n_train"})
    found["epochs"] = args.num_train_epochs
    return found


def _array(data: Any, column: str) -> Any:
    try:
        import numpy

        return numpy.asarray(data[column])
    except Exception:  # a column of any kind
        return None


integration_utils.INTEGRATION_TO_CALLBACK.setdefault("tidemark", TidemarkCallback)
