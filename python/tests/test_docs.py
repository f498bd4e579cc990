"""The examples of the manual run as they stand there, with the names that they leave to the reader given before."""

import importlib.util
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest
from gate import websocket_server

ROOT = Path(__file__).parents[2]
DOCS = ROOT / "docs"

pytestmark = pytest.mark.skipif(
    not (DOCS / "integrations").exists() or not (ROOT / "scripts/demo/data/digits.csv.gz").exists(),
    reason="the manual and the demo's digits are not beside this package",
)

DIGITS = "import numpy\nfrom digits import read_digits\nx, y, x_val, y_val = read_digits(train=100)\n"

# Page, number of the example, libraries, what comes before it, what is made shorter, what comes after it.
EXAMPLES = {
    "python": (
        "sdk-python.md", 0, (),
        "epochs, step, lr, batches, loss, val_loss, val_acc = 2, 0, 0.1, [1, 2], 1.0, 2.0, 0.5\n", {}, "",
    ),
    "keras": (
        "integrations/keras.md", 0, ("keras",),
        DIGITS + "import keras\nmodel = keras.Sequential([keras.layers.Dense(10)])\n"
        'model.compile("adam", keras.losses.SparseCategoricalCrossentropy(from_logits=True))\n',
        {"epochs=100": "epochs=2"}, "",
    ),
    "lightgbm": (
        "integrations/lightgbm.md", 0, ("lightgbm",),
        DIGITS + "import lightgbm\ntrain = lightgbm.Dataset(x, y)\n"
        "validation = lightgbm.Dataset(x_val, y_val, reference=train)\n"
        'params = {"objective": "multiclass", "num_class": 10, "verbose": -1, "num_iterations": 3}\n',
        {}, "assert booster.best_iteration > 0",
    ),
    "xgboost": (
        "integrations/xgboost.md", 0, ("xgboost",),
        DIGITS + "import xgboost\ntrain, validation = xgboost.DMatrix(x, y), xgboost.DMatrix(x_val, y_val)\n"
        'params = {"objective": "multi:softprob", "num_class": 10}\n',
        {"1000": "3"}, "assert booster.best_iteration >= 0",
    ),
    "sklearn": (
        "integrations/sklearn.md", 0, ("sklearn",),
        DIGITS + "from sklearn.neural_network import MLPClassifier\n",
        {"epochs=100": "epochs=2"}, "assert best.tidemark_epoch_ >= 0",
    ),
    "sklearn boosting": (
        "integrations/sklearn.md", 1, ("sklearn",),
        DIGITS + "from sklearn.ensemble import GradientBoostingClassifier\n",
        {"500": "3"}, "assert model.n_estimators_ > 0",
    ),
    "sklearn histogram": (
        "integrations/sklearn.md", 2, ("sklearn",),
        DIGITS + "from sklearn.ensemble import HistGradientBoostingClassifier\n",
        {"500": "20"}, "assert best.n_iter_ in (10, 20)",
    ),
    "lightning": (
        "integrations/lightning.md", 0, ("lightning",),
        DIGITS + "import lightning, torch\nfrom lightning_digits import Digits\n"
        "from torch.utils.data import DataLoader, TensorDataset\n"
        "def data(*arrays): return DataLoader(TensorDataset(*map(torch.from_numpy, arrays)), 100)\n",
        {"log_every_n_steps=1,": 'log_every_n_steps=1, max_epochs=1, accelerator="cpu",'},
        "trainer.fit(Digits(), data(x, y), data(x_val, y_val))",
    ),
    "accelerate": (
        "integrations/accelerate.md", 0, ("accelerate",),
        "from accelerate import Accelerator\nloss, step = 1.0, 1\n", {"    break": "    pass"}, "",
    ),
    "pytorch": (
        "integrations/pytorch.md", 0, ("torch",),
        "import argparse, torch\noptions, best = argparse.Namespace(lr=0.1), True\n"
        "model, loader = torch.nn.Linear(4, 1), [1, 2]\n"
        "def train(batch): loss = model(torch.ones(1, 4)).mean(); loss.backward(); return loss\n"
        "def validate(): return 0.5\n",
        {"epochs(100)": "epochs(2)"}, "",
    ),
    "jax": (
        "integrations/jax.md", 0, ("jax",),
        "import jax.numpy as jnp\nconfig, batches, weights, best = {}, [1, 2], jnp.zeros(3), 9.0\n"
        "def update(weights, batch): return weights, jnp.array(1.0), jnp.array(2.0)\n"
        "def validate(weights): return jnp.array(0.5)\n",
        {"epochs(100)": "epochs(2)"}, "",
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", EXAMPLES)
def test_an_example_of_the_manual_runs_as_it_stands(gate, tmp_path, name):
    page, place, libraries, before, shorter, after = EXAMPLES[name]
    for library in libraries:
        if importlib.util.find_spec(library) is None:
            pytest.skip(f"{library} is not installed")
    example = re.findall(r"^```python\n(.*?)^```", (DOCS / page).read_text(), re.DOTALL | re.MULTILINE)[place]
    for long, short in shorter.items():
        assert long in example
        example = example.replace(long, short)
    with websocket_server(gate) as url:
        done = subprocess.run(
            [sys.executable, "-c", f"{before}\n{example}\n{after}"],
            env={
                **os.environ, "TIDEMARK_URL": url, "KERAS_BACKEND": "torch", "JAX_PLATFORMS": "cpu",
                "PYTHONPATH": os.pathsep.join([str(ROOT / "python"), str(ROOT / "python/examples")]),
            },
            cwd=tmp_path,
            capture_output=True,
            text=True,
            timeout=600,
        )  # fmt: skip
    assert done.returncode == 0, done.stderr
    logged = [line for line in gate.all_lines("log") if line["values"]]
    assert logged
    assert gate.all_lines("end")[-1]["status"] == "finished"
