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


TRAININGS = [
    ("lightning_digits", "lightning", 8, ()),
    ("transformers_digits", "transformers", 4, ()),
    ("accelerate_digits", "accelerate", 8, ()),
    ("keras_digits", "keras", 8, ()),
    ("sklearn_digits", "sklearn", 8, ()),
    ("sklearn_digits", "sklearn", 20, ("--boosting",)),
    ("lightgbm_digits", "lightgbm", 40, ()),
    ("xgboost_digits", "xgboost", 40, ()),
    ("jax_digits", "jax", 8, ()),
]


@pytest.mark.parametrize(
    ("name", "library", "after", "arguments"), TRAININGS, ids=[f"{each[0]}{''.join(each[3])}" for each in TRAININGS]
)
def test_it_obeys_a_stop_and_keeps_the_best(example, gate, name, library, after, arguments):
    gate.stop_after = after
    kept = example(name, library, "--epochs", "100000", *arguments)
    series = "mlogloss" if library == "xgboost" else "multi_logloss" if library == "lightgbm" else "loss"
    losses = gate.validations(series)
    assert len(losses) >= after
    assert kept == pytest.approx(min(losses), rel=1e-3)
    assert [line["kind"] for line in gate.all_lines() if line["kind"] in ("stopping", "end")] == ["stopping", "end"]
    assert gate.all_lines("end")[0]["status"] == "stopped"
    assert gate.hellos[0]["stop"] == "best-epoch"
