"""The examples, trained for real with the real libraries, stopped by the monitor, with the best of them kept.

Each one's loss on the validation set, taken after the training, must be the least that was logged.
"""

import pytest

import tidemark

# Example, library, validations after which it is stopped, arguments. By then the best is past for good: the stop may be
# heard any number of epochs later.
TRAININGS = [
    ("lightning_digits", "lightning", 25, ()),
    ("transformers_digits", "transformers", 4, ()),
    ("accelerate_digits", "accelerate", 25, ()),
    ("keras_digits", "keras", 25, ()),
    ("sklearn_digits", "sklearn", 25, ()),
    ("sklearn_digits", "sklearn", 200, ("--boosting",)),
    ("sklearn_digits", "sklearn", 30, ("--histogram",)),
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
    ("name", "library", "judged", "arguments"), TRAININGS, ids=[f"{each[0]}{''.join(each[3])}" for each in TRAININGS]
)
def test_it_keeps_the_best_of_a_training_that_comes_to_its_end(example, gate, name, library, judged, arguments):
    epochs = 10 * judged if "--histogram" in arguments else judged
    kept = example(name, library, "--epochs", str(epochs), *arguments)
    losses = gate.validations("mlogloss" if library == "xgboost" else ".*loss")
    assert len(losses) == judged
    assert kept == pytest.approx(min(losses), rel=1e-3)
    if library != "transformers":
        assert losses[-1] > 1.001 * min(losses)
    assert gate.all_lines("stopping") == []
    assert gate.all_lines("end")[0]["status"] == "finished"
