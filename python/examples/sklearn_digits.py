"""Trains a perceptron of scikit-learn epoch by epoch, and gradient boosting by its trees; each keeps its best.

npm start                                  # in the repository: the monitor, on http://127.0.0.1:8433
pip install ./python scikit-learn
python python/examples/sklearn_digits.py
"""

from __future__ import annotations

import argparse
from collections.abc import Sequence

from digits import read_digits
from sklearn.ensemble import GradientBoostingClassifier, HistGradientBoostingClassifier
from sklearn.metrics import log_loss
from sklearn.neural_network import MLPClassifier

from tidemark.integrations.sklearn import BoostingMonitor, boost, fit


def main(arguments: Sequence[str] | None = None) -> float:
    """Trains once; the validation loss of the estimator that is kept."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--epochs", type=int, default=300)
    parser.add_argument("--boosting", action="store_true", help="gradient boosting instead of a perceptron")
    parser.add_argument("--histogram", action="store_true", help="histogram gradient boosting instead of it")
    options = parser.parse_args(arguments)

    x, y, x_val, y_val = read_digits()
    if options.boosting:
        monitor = BoostingMonitor(x_val, y_val, project="digits", name="boosting")
        boosting = GradientBoostingClassifier(n_estimators=options.epochs, max_depth=2, subsample=0.5, random_state=0)
        model = monitor.cut(boosting.fit(x, y, monitor=monitor))
    elif options.histogram:
        histogram = HistGradientBoostingClassifier(max_iter=options.epochs, min_samples_leaf=5, random_state=0)
        model = boost(histogram, x, y, x_val, y_val, project="digits", name="histogram")
    else:
        perceptron = MLPClassifier((128,), learning_rate_init=1e-2, random_state=0)
        model = fit(perceptron, x, y, x_val, y_val, epochs=options.epochs, batch=24, name="scikit-learn")
    kept = float(log_loss(y_val, model.predict_proba(x_val), labels=range(10)))
    print(f"validation loss {kept:.4f} is kept")
    return kept


if __name__ == "__main__":
    main()
