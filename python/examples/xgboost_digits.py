"""Boosts trees with XGBoost until the monitor says that the best iteration is past; the booster is cut to the best.

npm start                                  # in the repository: the monitor, on http://127.0.0.1:8433
pip install ./python xgboost
python python/examples/xgboost_digits.py
"""

from __future__ import annotations

import argparse
from collections.abc import Sequence

import numpy
import xgboost
from digits import read_digits

from tidemark.integrations.xgboost import TidemarkCallback


def main(arguments: Sequence[str] | None = None) -> float:
    """Trains once; the validation loss of the booster that is kept."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--epochs", type=int, default=3000)
    options = parser.parse_args(arguments)

    x, y, x_val, y_val = read_digits()
    train, validation = xgboost.DMatrix(x, y), xgboost.DMatrix(x_val, y_val)
    callback = TidemarkCallback(project="digits", name="xgboost")
    booster = xgboost.train(
        {
            "objective": "multi:softprob",
            "num_class": 10,
            "eta": 0.3,
            "max_depth": 2,
            "min_child_weight": 0,
            "lambda": 0,
            "nthread": 1,
            "seed": 0,
        },
        train,
        num_boost_round=options.epochs,
        evals=[(train, "train"), (validation, "validation")],
        callbacks=[callback],
        verbose_eval=False,
    )
    chances = booster.predict(validation)
    kept = float(-numpy.log(chances[numpy.arange(len(y_val)), y_val]).mean())
    print(f"{booster.num_boosted_rounds()} iterations are kept; validation loss {kept:.4f}")
    return kept


if __name__ == "__main__":
    main()
