"""Ultralytics: its callbacks, and where it is installed, the example trained for real."""

import pytest
from gate import websocket_server


class Yolo:
    """What Ultralytics' trainer does with callbacks, in its order; its package is too large to be always there.

    Args:
        counts_on: whether the call for best.pt comes as one more epoch, as of 8.4; else as the last one.
    """

    def __init__(self, counts_on):
        self.callbacks, self.counts_on = {}, counts_on

    def add_callback(self, event, callback):
        self.callbacks[event] = callback

    def train(self, epochs, batches):
        self.args = type("Args", (), {})()
        self.args.__dict__.update(name="yolo", imgsz=64)
        self.stop, self.best, self.best_fitness = False, "weights/best.pt", 0.5
        self.train_loader, self.tloss = range(batches), {"box_loss": 1.0}
        self.label_loss_items = lambda losses, prefix: {f"{prefix}/{name}": value for name, value in losses.items()}
        self.callbacks["on_pretrain_routine_end"](self)
        for self.epoch in range(epochs):
            for _ in range(batches):
                self.callbacks["on_train_batch_end"](self)
            self.lr = {"lr/pg0": 0.01}
            self.metrics = {"val/box_loss": 2.0 + self.epoch, "metrics/mAP50(B)": 0.1}
            self.fitness = 0.5 - self.epoch / 1024
            self.callbacks["on_fit_epoch_end"](self)
            if self.stop:
                break
        self.epoch += self.counts_on
        self.callbacks["on_fit_epoch_end"](self)
        self.epoch -= self.counts_on
        self.callbacks["on_train_end"](self)


@pytest.mark.parametrize("counts_on", [0, 1])
def test_callbacks_log_and_stop(gate, counts_on):
    from tidemark.integrations.ultralytics import add_callbacks

    gate.stop = {"step": 1, "epoch": 0, "reason": "enough"}
    with websocket_server(gate) as url:
        model = add_callbacks(Yolo(counts_on), url=url)
        plain = model.callbacks["on_fit_epoch_end"]

        def patiently(trainer):
            gate.until(lambda gate: gate.all_lines("log"))
            plain(trainer)

        model.callbacks["on_fit_epoch_end"] = patiently
        model.train(epochs=1000, batches=3)
    logged = gate.all_lines("log")
    losses = [line for line in logged if "val/box_loss" in line["values"]]
    assert [line["step"] for line in losses] == [3 * (place + 1) for place in range(len(losses))]
    assert losses[0]["values"] == {
        "val/box_loss": 2.0, "metrics/mAP50(B)": 0.1, "metrics/fitness": 0.5, "lr/pg0": 0.01,
    }  # fmt: skip
    assert [(line["series"], line["goal"], line["split"]) for line in gate.all_lines("define")] == [
        ("metrics/fitness", "max", "validation")
    ]
    assert [line["step"] for line in logged if "train/box_loss" in line["values"]] == list(
        range(1, 3 * len(losses) + 1)
    )
    assert {"best_checkpoint": "weights/best.pt", "best_fitness": 0.5} in [
        line.get("summary") for line in gate.all_lines("update")
    ]
    assert gate.all_lines("end")[0]["status"] == "stopped"
    assert gate.hellos[0]["config"]["imgsz"] == 64


@pytest.mark.parametrize("counts_on", [0, 1])
def test_a_model_that_is_trained_twice_has_two_whole_runs(gate, counts_on):
    from tidemark.integrations.ultralytics import add_callbacks

    with websocket_server(gate) as url:
        model = add_callbacks(Yolo(counts_on), url=url)
        for _ in range(2):
            model.train(epochs=1, batches=3)
    for have in gate.lines.values():
        logged = [line for _, line in sorted(have.items()) if line["kind"] == "log"]
        assert [line["step"] for line in logged] == [1, 2, 3, 3]
        assert "val/box_loss" in logged[-1]["values"]
    assert len(gate.lines) == 2


def test_the_example_obeys_a_stop_and_keeps_the_best(example, gate):
    gate.stop_after = 12
    kept = example("ultralytics_digits", "ultralytics", "--epochs", "1000")
    logged = [line["values"] for line in gate.all_lines("log")]
    fitness = [values["metrics/fitness"] for values in logged if "metrics/fitness" in values]
    assert 12 <= len(fitness) < 1000
    assert kept == pytest.approx(max(fitness), abs=0.01)  # Ultralytics keeps half precision: a few of 600 pictures
    assert gate.all_lines("end")[0]["status"] == "stopped"
