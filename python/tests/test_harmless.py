"""Whatever a script gives to a run, the training goes on, and what can be kept arrives."""

import inspect
import math

import pytest
from gate import websocket_server

import tidemark


@pytest.fixture
def begin(gate):
    with websocket_server(gate) as url:
        yield lambda **settings: tidemark.init(url=url, **settings)


class Broken:
    """An object whose code fails wherever it is asked."""

    def __str__(self):
        raise RuntimeError("no")

    __repr__ = __float__ = __iter__ = __len__ = __index__ = __bool__ = __hash__ = __eq__ = __str__


ODD = [None, "a", "", 5, -1, 1.5, math.nan, math.inf, 10**400, 10**5000, [], ["x"], {}, {"a": {}}, (), b"x", object(),
       Broken(), {"x": Broken()}, print, int, True, 1j, "\ud800", "\x00"]  # fmt: skip
CALLS = ["log", "tick", "define", "define_metric", "set_detector", "alert", "note", "watch", "unwatch"]


def names(called):
    return [name for name in inspect.signature(getattr(tidemark.Run, called)).parameters if name != "self"]


@pytest.mark.parametrize("called", CALLS)
def test_no_call_raises_whatever_it_is_given(begin, gate, called):
    usual = {"data": {"x": 1}, "series": "x", "name": "x", "detector": "gap", "title": "t", "text": "t", "model": None}
    run = begin()
    for name in names(called):
        for odd in ODD:
            getattr(run, called)(**{**{each: usual[each] for each in names(called) if each in usual}, name: odd})
            run.log({"after": 1.0})
    run.finish()
    assert sum(line["values"].get("after") == 1.0 for line in gate.all_lines("log")) == len(names(called)) * len(ODD)
    assert gate.all_lines()[-1]["kind"] == "end"


@pytest.mark.parametrize("name", names("finish"))
def test_a_run_ends_whatever_its_end_is_given(begin, gate, name):
    for odd in ODD:
        run = begin()
        run.finish(**{name: odd})
        assert not run._open
    assert {line["status"] for line in gate.all_lines("end")} <= {"finished", "failed"}


@pytest.mark.parametrize("called", ["config.update", "config.setdefaults", "summary.update"])
def test_config_and_summary_take_anything(begin, gate, called):
    run = begin(config={"lr": 0.1})
    part, _, method = called.partition(".")
    for odd in ODD:
        getattr(getattr(run, part), method)(odd)
    getattr(run, part)["after"] = 1
    run.finish()
    assert gate.all_lines("update")[-1][part] == {"after": 1}


@pytest.mark.parametrize("field", ["name", "tags", "notes"])
def test_what_may_be_set_takes_anything(begin, field):
    run = begin()
    for odd in ODD:
        setattr(run, field, odd)
    run.finish()


def test_steps_and_epochs_beyond_the_wires_numbers_cost_nothing_else(begin, gate, warnings):
    run = begin()
    for step in range(200):
        run.log({"x": 1.0}, step=step)
    for huge in (10**400, 2**60):
        for _ in range(200):
            run.log({"y": 1.0}, step=huge, epoch=10**400)
    run.log({"z": 1.0})
    run.finish()
    logged = gate.all_lines("log")
    assert [line["step"] for line in logged] == list(range(601))
    assert all("epoch" not in line for line in logged)
    assert len(warnings.about("step: must be")) == len(warnings.about("epoch: must be")) == 1


@pytest.mark.parametrize("seconds", [math.inf, 1e12, 5])
def test_an_end_may_wait_as_long_as_one_likes(begin, gate, seconds):
    run = begin()
    run.log({"x": 1.0})
    run.finish(timeout=seconds)
    assert [line["kind"] for line in gate.all_lines()] == ["log", "end"]


def test_a_loop_that_defines_its_series_again_and_again_says_it_once(begin, gate):
    run = begin()
    for step in range(3000):
        run.define_metric("val/*", goal="max", summary="max")
        run.define("val/acc", role="metric")
        run.log({"val/acc": float(step), "val/loss": 1.0})
    run.define_metric("val/*", goal="min")
    run.finish()
    said = [(line["series"], line.get("role"), line["goal"]) for line in gate.all_lines("define")]
    first = [each for each in said if each[2] == "max"]
    assert set(first) == {("val/acc", "metric", "max"), ("val/loss", None, "max")}
    assert len(first) == 2
    assert set(said[2:]) == {("val/acc", "metric", "min"), ("val/loss", None, "min")}
    assert len(run._engine.definitions._patterns) == 2
    assert gate.all_lines("update")[-1]["summary"] == {"val/acc.max": 2999.0, "val/loss.max": 1.0}


def test_a_bracket_in_a_name_is_a_bracket(begin, gate):
    run = begin()
    run.log({"acc[0]": 1.0, "acc0": 1.0})
    run.define("acc[0]", goal="max")
    run.define("acc[?]", role="metric")
    run.finish()
    assert [(line["series"], line.get("role")) for line in gate.all_lines("define")] == [
        ("acc[0]", None),
        ("acc[0]", "metric"),
    ]
