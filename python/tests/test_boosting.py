"""What the callbacks of LightGBM and XGBoost say and restore, with the real libraries."""

import importlib

import pytest
from gate import websocket_server


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


def test_histogram_boosting_is_the_same_model_by_parts(gate):
    pytest.importorskip("sklearn", reason="scikit-learn is not installed")
    np = pytest.importorskip("numpy")
    from sklearn.ensemble import HistGradientBoostingRegressor

    from tidemark.integrations.sklearn import boost

    x = np.random.default_rng(0).normal(size=(200, 3))
    y = x[:, 0] + 0.5 * x[:, 1]
    ours = HistGradientBoostingRegressor(max_iter=25, random_state=0)
    with websocket_server(gate) as url:
        kept = boost(ours, x, y, x[:50], y[:50], every=10, url=url, settings={"finish": 60})
    assert [line["step"] for line in gate.all_lines("log")] == [10, 20, 25]
    losses = gate.validations()
    assert losses == sorted(losses, reverse=True)
    assert kept.n_iter_ == 25
    assert not hasattr(ours, "n_iter_"), "what was given is as it was"
    whole = HistGradientBoostingRegressor(max_iter=25, random_state=0, early_stopping=False).fit(x, y)
    assert np.array_equal(kept.predict(x), whole.predict(x))
    (setting,) = gate.all_lines("setting")
    assert setting["parameters"] == {"worth": 0.005}
    assert gate.hellos[0]["config"]["n_train"] == 200


def test_histogram_boosting_gives_back_the_best_and_not_the_last(gate):
    pytest.importorskip("sklearn", reason="scikit-learn is not installed")
    np = pytest.importorskip("numpy")
    from sklearn.ensemble import HistGradientBoostingRegressor
    from sklearn.metrics import mean_squared_error

    from tidemark.integrations.sklearn import boost

    random = np.random.default_rng(0)
    x = random.normal(size=(300, 3))
    y = x[:, 0] + 2 * random.normal(size=300)  # mostly noise, which more trees learn by heart
    with websocket_server(gate) as url:
        kept = boost(HistGradientBoostingRegressor(max_iter=100), x[:200], y[:200], x[200:], y[200:], url=url)
    losses, steps = gate.validations(), [line["step"] for line in gate.all_lines("log")]
    best = losses.index(min(losses))
    assert steps[best] < steps[-1] == 100
    assert kept.n_iter_ == steps[best]
    assert mean_squared_error(y[200:], kept.predict(x[200:])) == pytest.approx(min(losses))


@pytest.mark.parametrize("form", ["array", "list", "table", "sparse"])
def test_partial_fit_takes_data_in_every_form(gate, form):
    pytest.importorskip("sklearn", reason="scikit-learn is not installed")
    np = pytest.importorskip("numpy")
    from sklearn.linear_model import SGDClassifier

    from tidemark.integrations.sklearn import fit

    x = np.random.default_rng(0).normal(size=(60, 3))
    y = np.array(["no", "yes"])[(x[:, 0] > 0).astype(int)]
    if form == "list":
        x, y = x.tolist(), y.tolist()
    elif form == "table":
        pandas = pytest.importorskip("pandas", reason="pandas is not installed")
        x, y = pandas.DataFrame(x, columns=list("abc")), pandas.Series(y, index=range(100, 160))
    elif form == "sparse":
        x = pytest.importorskip("scipy.sparse").csr_matrix(x)
    with websocket_server(gate) as url:
        kept = fit(SGDClassifier(random_state=0), x, y, x, y, epochs=3, batch=20, url=url)
    assert len(gate.validations()) == 3
    assert kept.score(x, y) > 0.8
