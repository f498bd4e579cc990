"""What the integrations for Keras and Lightning say of a training, with the real libraries."""

import importlib

import pytest
from gate import websocket_server


def test_the_best_epoch_is_judged_by_what_keras_restores_by(gate, monkeypatch):
    monkeypatch.setenv("KERAS_BACKEND", "torch")
    keras = pytest.importorskip("keras", reason="keras is not installed")
    np = pytest.importorskip("numpy")
    from tidemark.integrations.keras import TidemarkCallback

    model = keras.Sequential([keras.layers.Dense(2, "softmax")])
    model.compile("sgd", "sparse_categorical_crossentropy", metrics=["accuracy"])
    x, y = np.ones((4, 3), "float32"), np.array([0, 1, 0, 1])
    with websocket_server(gate) as url:
        callback = TidemarkCallback(monitor="val_accuracy", mode="max", url=url)
        model.fit(x, y, validation_data=(x, y), epochs=1, callbacks=[callback], verbose=0)
    (said,) = gate.all_lines("define")
    assert (said["series"], said["goal"], said["monitor"]) == ("val/accuracy", "max", True)


@pytest.mark.parametrize("restore_best", [True, "stopped", False])
def test_keras_puts_the_best_weights_back_as_it_is_asked_to(gate, monkeypatch, restore_best):
    monkeypatch.setenv("KERAS_BACKEND", "torch")
    keras = pytest.importorskip("keras", reason="keras is not installed")
    np = pytest.importorskip("numpy")
    from tidemark.integrations.keras import TidemarkCallback

    model = keras.Sequential([keras.layers.Dense(2, "softmax")])
    model.compile(keras.optimizers.SGD(1.0), "sparse_categorical_crossentropy")
    # For validation the labels are turned round: every epoch is worse than the one before.
    x, y = np.eye(2, dtype="float32"), np.array([0, 1])
    with websocket_server(gate) as url:
        callback = TidemarkCallback(restore_best=restore_best, url=url)
        model.fit(x, y, validation_data=(x, 1 - y), epochs=4, callbacks=[callback], verbose=0)
    losses = gate.validations()
    assert losses == sorted(losses)
    left = float(model.evaluate(x, 1 - y, verbose=0))
    assert left == pytest.approx(losses[0] if restore_best is True else losses[-1], rel=1e-4)


def test_lightning_tells_the_data_and_what_it_is_to_overfit(example, gate, tmp_path):
    lightning = pytest.importorskip("lightning", reason="lightning is not installed")
    torch = pytest.importorskip("torch")
    from tidemark.integrations.lightning import TidemarkCallback, TidemarkLogger

    digits = importlib.import_module("lightning_digits")
    x, y, x_val, y_val = map(torch.from_numpy, digits.read_digits(train=100, wrong=0))
    data = torch.utils.data.TensorDataset(x, y)
    loaders = [
        torch.utils.data.DataLoader(data, batch_size=20),
        torch.utils.data.DataLoader(torch.utils.data.TensorDataset(x_val, y_val), batch_size=600),
    ]
    quiet = dict(
        accelerator="cpu", enable_progress_bar=False, enable_model_summary=False, enable_checkpointing=False,
        default_root_dir=tmp_path, log_every_n_steps=1,
    )  # fmt: skip
    with websocket_server(gate) as url:
        logger = TidemarkLogger(url=url, name="overfit")
        trainer = lightning.Trainer(
            max_epochs=2, overfit_batches=2, logger=logger, callbacks=[TidemarkCallback()], **quiet
        )
        trainer.fit(digits.Digits(), *loaders)
        alone = TidemarkCallback(url=url, name="alone")
        trainer = lightning.Trainer(max_epochs=2, logger=False, callbacks=[alone, TidemarkCallback(url=url)], **quiet)
        trainer.fit(digits.Digits(), *loaders)
    by_name = {hello["name"]: list(gate.lines[hello["writer"]].values()) for hello in gate.hellos}
    assert set(by_name) == {"overfit", "alone"}
    config, of_alone = (
        {key: value for line in by_name[name] for key, value in line.get("config", {}).items()}
        for name in ("overfit", "alone")
    )
    assert config["samples_overfit_check"] == 40
    assert config["class_counts"] == torch.bincount(y).tolist()
    assert (config["n_train"], config["n_val"], config["epochs"], config["hidden"]) == (100, 600, 2, 128)
    assert of_alone["class_counts"] == torch.bincount(y).tolist()
    assert "samples_overfit_check" not in of_alone
    logged = [line for line in by_name["alone"] if line["kind"] == "log"]
    assert [line["step"] for line in logged if "lr" in line["values"]] == list(range(1, 11))
    assert [line["step"] for line in logged if "val/loss" in line["values"]] == [5, 10]
    assert {line["kind"] for line in (by_name["alone"][-1], by_name["overfit"][-1])} == {"end"}


def test_lightnings_entry_point_acts_only_where_tidemark_is_asked_for(monkeypatch):
    pytest.importorskip("lightning", reason="lightning is not installed")
    from tidemark.integrations.lightning import TidemarkCallback, callbacks_factory

    assert callbacks_factory() == []
    monkeypatch.setenv("TIDEMARK_PROJECT", "p")
    (callback,) = callbacks_factory()
    assert type(callback) is TidemarkCallback
    assert callback._restore_best == "stopped", "a script that knows nothing of it ends with its last weights"


def test_labels_are_counted_where_they_are_classes():
    np = pytest.importorskip("numpy")
    from tidemark.integrations.attach import class_counts, describe

    assert class_counts(np.array([0, 1, 1, 3, 3, 3])) == [1, 2, 0, 3]
    assert class_counts([0, 1, 0, 1]) == [2, 2]
    for other in (
        np.array([0.5, 1.0, 0.5]),
        np.array([[0, 1]]),
        np.arange(50),
        np.array([-1, 0, 0, 0]),
        None,
        "labels",
    ):
        assert class_counts(other) is None
    data = type("Data", (), {"targets": [0, 0, 1, 1, 1], "__len__": lambda self: 5})()
    assert describe(data, [1, 2]) == {"n_train": 5, "n_val": 2, "class_counts": [2, 3]}
