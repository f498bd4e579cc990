"""Boosts trees on the data sets that come with scikit-learn, and writes their losses: test/fixtures/boosted.jsonl.

Needs scikit-learn, xgboost and lightgbm. `python scripts/bench/accuracy/boosted.py > test/fixtures/boosted.jsonl`
"""

import json

import lightgbm
import xgboost
from sklearn.datasets import load_breast_cancer, load_diabetes, load_digits
from sklearn.ensemble import HistGradientBoostingClassifier, HistGradientBoostingRegressor
from sklearn.metrics import log_loss, root_mean_squared_error
from sklearn.model_selection import train_test_split

ROUNDS = 200
DATA = {"breast_cancer": load_breast_cancer, "digits": load_digits, "diabetes": load_diabetes}


def with_xgboost(x, y, x_val, y_val, classes, rate):
    kinds = {0: ("reg:squarederror", "rmse"), 2: ("binary:logistic", "logloss")}
    objective, metric = kinds.get(classes, ("multi:softprob", "mlogloss"))
    params = {"objective": objective, "eval_metric": metric, "eta": rate, "nthread": 1}
    if classes > 2:
        params["num_class"] = classes
    data, validation = xgboost.DMatrix(x, y), xgboost.DMatrix(x_val, y_val)
    found = {}
    sets = [(data, "train"), (validation, "val")]
    xgboost.train(params, data, ROUNDS, evals=sets, evals_result=found, verbose_eval=False)
    return found["train"][metric], found["val"][metric]


def with_lightgbm(x, y, x_val, y_val, classes, rate):
    kinds = {0: ("regression", "rmse"), 2: ("binary", "binary_logloss")}
    objective, metric = kinds.get(classes, ("multiclass", "multi_logloss"))
    params = {"objective": objective, "metric": metric, "learning_rate": rate, "num_threads": 1, "verbose": -1}
    if classes > 2:
        params["num_class"] = classes
    data = lightgbm.Dataset(x, y)
    validation = lightgbm.Dataset(x_val, y_val, reference=data)
    found = {}
    keep = lightgbm.record_evaluation(found)
    lightgbm.train(params, data, ROUNDS, [data, validation], ["train", "val"], callbacks=[keep])
    return found["train"][metric], found["val"][metric]


def with_histograms(x, y, x_val, y_val, classes, rate):
    kind = HistGradientBoostingClassifier if classes else HistGradientBoostingRegressor
    model = kind(max_iter=ROUNDS, learning_rate=rate, early_stopping=False).fit(x, y)
    if classes:
        return [[log_loss(b, p) for p in model.staged_predict_proba(a)] for a, b in ((x, y), (x_val, y_val))]
    return [[root_mean_squared_error(b, p) for p in model.staged_predict(a)] for a, b in ((x, y), (x_val, y_val))]


LIBRARIES = {"xgboost": (with_xgboost, 0.3), "lightgbm": (with_lightgbm, 0.1), "histograms": (with_histograms, 0.1)}

for name, load in DATA.items():
    features, labels = load(return_X_y=True)
    classes = 0 if name == "diabetes" else int(labels.max()) + 1
    x, x_val, y, y_val = train_test_split(
        features, labels, test_size=0.25, random_state=0, stratify=labels if classes else None
    )
    for library, (boost, default) in LIBRARIES.items():
        for rate in (default, 0.05):
            train, val = boost(x, y, x_val, y_val, classes, rate)
            losses = {"train": train, "val": val}
            short = {key: [float(f"{value:.5g}") for value in values] for key, values in losses.items()}
            print(json.dumps({"name": f"{library} {name} {rate}", **short}, separators=(",", ":")))
