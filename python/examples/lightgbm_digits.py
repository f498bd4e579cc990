"""Boosts trees with LightGBM until the monitor says that the best iteration is past; `predict` uses the best.

npm start                                  # in the repository: the monitor, on http://127.0.0.1:8433
pip install ./python lightgbm
python python/examples/lightgbm_digits.py
"""

from __future__ import annotations

import argparse
from collections.abc import Sequence

import lightgbm
import numpy
from digits import read_digits

from tidemark.integrations.lightgbm import TidemarkCallback


def main(arguments: Sequence[str] | None = None) -> float:
    """Trains once; the validation loss of the booster as `predict` uses it."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--epochs", type=int, default=300)
    options = parser.parse_args(arguments)

    x, y, x_val, y_val = read_digits()
    callback = TidemarkCallback(project="digits", name="lightgbm")
    train = lightgbm.Dataset(x, y)
    booster = lightgbm.train(
        {
            "objective": "multiclass", "num_class": 10, "metric": "multi_logloss", "learning_rate": 0.3,
            "num_leaves": 7, "min_data_in_leaf": 2, "num_threads": 1, "seed": 0, "verbose": -1,
        },
        train,
        num_boost_round=options.epochs,
        valid_sets=[train, lightgbm.Dataset(x_val, y_val, reference=train)],
        valid_names=["training", "validation"],
        callbacks=[callback],
    )  # fmt: skip
    chances = numpy.asarray(booster.predict(x_val))
    kept = float(-numpy.log(chances[numpy.arange(len(y_val)), y_val]).mean())
    print(f"{booster.current_iteration()} iterations, the best is {booster.best_iteration}; validation loss {kept:.4f}")
    return kept


if __name__ == "__main__":
    main()
