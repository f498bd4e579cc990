"""The examples, trained for real with the real libraries, stopped by the monitor, with the best of them kept.

Each one's loss on the validation set, taken after the training, must be the least that was logged.
"""

import importlib
import sys
from pathlib import Path

import pytest
from gate import websocket_server

import tidemark

EXAMPLES = Path(__file__).parents[1] / "examples"
DIGITS = Path(__file__).parents[2] / "scripts/demo/data/digits.csv.gz"

pytestmark = pytest.mark.skipif(not DIGITS.exists(), reason="the demo's digits are not beside this package")


@pytest.fixture
def example(monkeypatch, gate):
    """Runs an example against the gate; what it says is the loss of what it keeps."""
    while tidemark.exits.newest():  # left open by a test that failed
        tidemark.finish(timeout=0)
    monkeypatch.syspath_prepend(str(EXAMPLES))
    monkeypatch.setenv("KERAS_BACKEND", "torch")
    monkeypatch.setenv("HF_HUB_OFFLINE", "1")
    monkeypatch.setenv("JAX_PLATFORMS", "cpu")

    def run(name, library, *arguments):
        pytest.importorskip(library, reason=f"{library} is not installed")
        if "torch" in sys.modules:
            sys.modules["torch"].set_num_threads(1)
        with websocket_server(gate) as url:
            monkeypatch.setenv("TIDEMARK_URL", url)
            return importlib.import_module(name).main(arguments)

    yield run
    while tidemark.exits.newest():
        tidemark.finish(timeout=0)


# Example, library, validations after which it is stopped, arguments. By then the best is past for good: the stop may be
# heard any number of epochs later.
TRAININGS = [
    ("lightning_digits", "lightning", 25, ()),
    ("transformers_digits", "transformers", 4, ()),
    ("accelerate_digits", "accelerate", 25, ()),
    ("keras_digits", "keras", 25, ()),
    ("sklearn_digits", "sklearn", 25, ()),
    ("sklearn_digits", "sklearn", 200, ("--boosting",)),
    ("lightgbm_digits", "lightgbm", 300, ()),
    ("xgboost_digits", "xgboost", 100, ()),
    ("jax_digits", "jax", 40, ()),
]


@pytest.mark.parametrize(
    ("name", "library", "after", "arguments"), TRAININGS, ids=[f"{each[0]}{''.join(each[3])}" for each in TRAININGS]
)
def test_it_obeys_a_stop_and_keeps_the_best(example, gate, name, library, after, arguments, monkeypatch):
    waits = []
    monkeypatch.setattr(tidemark.Run, "_wait", lambda _, nanoseconds: waits.append(nanoseconds))
    gate.stop_after = after
    kept = example(name, library, "--epochs", "100000", *arguments)
    series = "mlogloss" if library == "xgboost" else "multi_logloss" if library == "lightgbm" else "loss"
    losses = gate.validations(series)
    assert len(losses) >= after
    assert kept == pytest.approx(min(losses), rel=1e-3)
    if library != "transformers":  # whose loss is still falling by then
        assert losses[-1] > 1.001 * min(losses)  # or the last would do for the best
    assert [line["kind"] for line in gate.all_lines() if line["kind"] in ("stopping", "end")] == ["stopping", "end"]
    assert gate.all_lines("end")[0]["status"] == "stopped"
    assert gate.hellos[0]["stop"] == "best-epoch"
    said = {line["series"]: (line.get("role"), line["goal"], line.get("monitor")) for line in gate.all_lines("define")}
    if library in ("lightgbm", "xgboost"):  # whose metrics have names of their own
        assert said == {f"val/{series}": ("loss", "min", True), f"train/{series}": ("loss", "min", None)}
    else:
        assert said == ({"val/loss": (None, "min", True)} if library == "lightning" else {})
    assert bool(waits) == (library in ("lightning", "transformers", "keras")), "whose loops show when they wait"
    assert all(wait >= 0 for wait in waits)


@pytest.mark.parametrize(
    ("name", "library", "epochs", "arguments"), TRAININGS, ids=[f"{each[0]}{''.join(each[3])}" for each in TRAININGS]
)
def test_it_keeps_the_best_of_a_training_that_comes_to_its_end(example, gate, name, library, epochs, arguments):
    kept = example(name, library, "--epochs", str(epochs), *arguments)
    losses = gate.validations("mlogloss" if library == "xgboost" else ".*loss")
    assert len(losses) == epochs
    assert kept == pytest.approx(min(losses), rel=1e-3)
    if library != "transformers":
        assert losses[-1] > 1.001 * min(losses)
    assert gate.all_lines("stopping") == []
    assert gate.all_lines("end")[0]["status"] == "finished"


@pytest.mark.parametrize("library", ["lightgbm", "xgboost"])
@pytest.mark.parametrize("restore_best", [False, "stopped"])
def test_boosting_leaves_all_rounds_where_the_best_is_not_asked_for(gate, library, restore_best):
    module = pytest.importorskip(library, reason=f"{library} is not installed")
    np = pytest.importorskip("numpy")
    integration = importlib.import_module(f"tidemark.integrations.{library}")
    x, y = np.arange(80.0).reshape(40, 2), np.arange(40.0) % 2
    with websocket_server(gate) as url:
        callback = integration.TidemarkCallback(restore_best=restore_best, url=url)
        # The labels are turned round for validation, so the first round is the best.
        if library == "lightgbm":
            data = module.Dataset(x, y, params={"min_data_in_leaf": 2, "verbose": -1})
            sets, params = [module.Dataset(x, 1 - y, reference=data)], {"verbose": -1, "num_threads": 1}
            kept = module.train(params, data, 9, sets, ["valid_0"], callbacks=[callback])
            assert kept.best_iteration <= 0
        else:
            data, turned = module.DMatrix(x, y), module.DMatrix(x, 1 - y)
            sets, params = [(turned, "eval")], {"nthread": 1}
            kept = module.train(params, data, 9, evals=sets, callbacks=[callback], verbose_eval=False)
            assert kept.num_boosted_rounds() == 9
            assert kept.best_iteration == 0
    assert all("restored_iteration" not in line.get("summary", {}) for line in gate.all_lines("update"))


def test_xgboost_goes_on_with_a_booster_and_cuts_it_at_the_right_place(gate):
    xgboost = pytest.importorskip("xgboost", reason="xgboost is not installed")
    np = pytest.importorskip("numpy")
    from tidemark.integrations.xgboost import TidemarkCallback

    x, y = np.arange(80.0).reshape(40, 2), np.arange(40.0)
    data, params = xgboost.DMatrix(x, y), {"nthread": 1}
    begun = xgboost.train(params, data, 5)
    # Best where it is reached half-way: the labels are a bit below what training goes to.
    near = xgboost.DMatrix(x, begun.predict(data) + 0.5 * (y - begun.predict(data)))
    with websocket_server(gate) as url:
        kept = xgboost.train(
            params, data, 20, evals=[(near, "eval")], xgb_model=begun, callbacks=[TidemarkCallback(url=url)],
            verbose_eval=False,
        )  # fmt: skip
    losses = gate.validations("rmse")
    assert len(losses) == 20
    best = losses.index(min(losses))
    assert 0 <= best < 19
    assert [line["step"] for line in gate.all_lines("log")] == list(range(5, 25))
    assert kept.num_boosted_rounds() == 5 + best + 1
    assert float(kept.eval(near).split(":")[1]) == pytest.approx(min(losses), rel=1e-4)


def test_xgboost_cross_validates_with_the_callback(gate):
    xgboost = pytest.importorskip("xgboost", reason="xgboost is not installed")
    np = pytest.importorskip("numpy")
    from tidemark.integrations.xgboost import TidemarkCallback

    x, y = np.arange(80.0).reshape(40, 2), np.arange(40.0)
    with websocket_server(gate) as url:
        callback = TidemarkCallback(url=url)
        found = xgboost.cv({"nthread": 1}, xgboost.DMatrix(x, y), 4, nfold=2, callbacks=[callback], as_pandas=False)
    assert len(found["test-rmse-mean"]) == 4
    assert len(gate.all_lines("log")) == 4


@pytest.mark.parametrize("library", ["lightgbm", "xgboost"])
def test_boosting_says_which_way_its_own_metrics_are_better(gate, library):
    module = pytest.importorskip(library, reason=f"{library} is not installed")
    np = pytest.importorskip("numpy")
    integration = importlib.import_module(f"tidemark.integrations.{library}")
    x, y = np.arange(80.0).reshape(40, 2), np.arange(40.0) % 2
    metrics = ["l2", "auc"] if library == "lightgbm" else ["rmse", "auc"]
    with websocket_server(gate) as url:
        callback = integration.TidemarkCallback(url=url)
        if library == "lightgbm":
            data = module.Dataset(x, y, params={"min_data_in_leaf": 1, "verbose": -1})
            params = {"metric": metrics, "verbose": -1, "num_threads": 1}
            sets = [data, module.Dataset(x, y, reference=data)]
            module.train(params, data, 2, sets, ["training", "valid_0"], callbacks=[callback])
        else:
            data = module.DMatrix(x, y)
            params = {"eval_metric": metrics, "nthread": 1}
            module.train(params, data, 2, [(data, "train"), (data, "eval")], callbacks=[callback], verbose_eval=False)
    said = {line["series"]: (line["role"], line["goal"]) for line in gate.all_lines("define")}
    error, score = metrics
    assert said == {f"{split}/{error}": ("metric", "min") for split in ("train", "val")} | {
        f"{split}/{score}": ("metric", "max") for split in ("train", "val")
    }
    (setting,) = gate.all_lines("setting")
    assert (setting["detector"], setting["parameters"]) == ("best-epoch", {"worth": 0.005})
    judged = [line["series"] for line in gate.all_lines("define") if line.get("monitor")]
    assert judged == [f"val/{error if library == 'lightgbm' else score}"]  # the first of LightGBM, XGBoost's last


def test_lightgbm_judges_by_the_last_validation_data(gate):
    lightgbm = pytest.importorskip("lightgbm", reason="lightgbm is not installed")
    np = pytest.importorskip("numpy")
    from tidemark.integrations.lightgbm import TidemarkCallback

    x, y = np.arange(80.0).reshape(40, 2), np.arange(40.0) % 2
    gate.stop_after = 30
    with websocket_server(gate) as url:
        callback = TidemarkCallback(url=url)
        model = lightgbm.LGBMClassifier(n_estimators=100_000, min_child_samples=2, n_jobs=1, verbose=-1)
        # Copies of the training data, which LightGBM does not know again: they are "valid_0".
        model.fit(x, y, eval_set=[(x.copy(), y.copy()), (x, 1 - y)], callbacks=[callback])
    losses = gate.validations()
    assert losses[0] < losses[-1]
    assert model.best_iteration_ == 1


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


class Yolo:
    """What Ultralytics' trainer does with callbacks, in its order; its package is too large to be installed here."""

    def __init__(self):
        self.callbacks = {}

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
        self.callbacks["on_fit_epoch_end"](self)
        self.callbacks["on_train_end"](self)


def test_ultralytics_callbacks_log_and_stop(gate):
    from tidemark.integrations.ultralytics import add_callbacks

    gate.stop = {"step": 1, "epoch": 0, "reason": "enough"}
    with websocket_server(gate) as url:
        model = add_callbacks(Yolo(), url=url)
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
