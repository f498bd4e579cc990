import threading

import pytest

import tidemark
from tidemark.notices import Notices


def values(gate, kind="log"):
    return [(line["step"], line["values"]) for line in gate.all_lines(kind)]


@pytest.fixture
def begin(gate, transport):
    with transport(gate) as url:
        yield lambda **settings: tidemark.init(url=url, **settings)


def test_a_run_arrives_whole_and_leaves_no_spool(begin, gate, folder):
    run = begin(project="p", name="n", config={"lr": 0.1}, tags=["a"], notes="why", rank=2, stop="best-epoch")
    for step in range(3000):
        run.log({"loss": 1 / (step + 1), "val": {"acc": step}}, epoch=step / 1000)
    run.finish()
    hello = gate.hellos[0]
    assert hello["run"] == run.id
    assert run.id.startswith("n-")
    said = {key: hello[key] for key in ("project", "name", "config", "tags", "notes", "rank", "stop", "protocol")}
    assert said == dict(
        project="p", name="n", config={"lr": 0.1}, tags=["a"], notes="why", rank=2, stop="best-epoch", protocol=1
    )
    lines = gate.all_lines()
    assert len(lines) == 3001
    assert sorted({line["seq"] for line in lines}) == list(range(1, lines[-1]["seq"] + 1))
    assert values(gate)[7] == (7, {"loss": 1 / 8, "val/acc": 7})
    assert lines[7]["epoch"] == 0.007
    assert lines[-1]["kind"] == "end"
    assert lines[-1]["status"] == "finished"
    assert gate.repeats == 0
    assert list(folder.iterdir()) == []


def test_many_lines_share_a_frame(begin, gate):
    run = begin()
    for _ in range(2000):
        run.log({"x": 1.0})
    run.finish()
    assert len(gate.texts) < 200


def test_non_finite_values_travel_exactly(begin, gate):
    run = begin()
    run.log({"a": float("nan"), "b": float("inf"), "c": float("-inf")})
    run.finish()
    assert values(gate) == [(0, {"a": "NaN", "b": "Infinity", "c": "-Infinity"})]


def test_steps_go_on_from_the_last_one(begin, gate):
    run = begin()
    run.log({"x": 1})
    run.log({"x": 2}, step=10)
    run.log({"x": 3})
    run.log({"x": 4}, step=5)
    run.log({"x": 5}, step=6.0)
    assert run.step == 6
    run.finish()
    assert [step for step, _ in values(gate)] == [0, 10, 11, 5, 6]


def test_uncommitted_values_join_the_next_of_their_step(begin, gate):
    run = begin()
    run.log({"a": 1}, commit=False)
    run.log({"b": 2}, epoch=1, commit=False)
    run.log({"c": 3})
    run.log({"d": 4}, commit=False)
    run.log({"e": 5}, step=9)
    run.log({"f": 6}, commit=False)
    run.finish()
    assert values(gate) == [(0, {"a": 1, "b": 2, "c": 3}), (1, {"d": 4}), (9, {"e": 5}), (10, {"f": 6})]
    assert gate.all_lines("log")[0]["epoch"] == 1


def test_more_values_than_a_line_carries_become_lines_of_one_step(begin, gate):
    run = begin()
    run.log({f"s{i}": i for i in range(4001)}, step=3)
    run.finish()
    assert [(step, len(some)) for step, some in values(gate)] == [(3, 2000), (3, 2000), (3, 1)]


def test_what_else_a_script_says(begin, gate):
    run = begin()
    run.define("err", role="loss", split="validation", quantity="error", goal="min", monitor=True)
    run.set_detector("gap", enabled=True, min_delta=0.1, level=float("nan"))
    run.note("before the first step")
    run.log({"err": 1.0}, step=4)
    run.alert("Out\nof disk", "soon", level="critical")
    run.note("warm")
    run.finish(exit_code=3, reason="disk")
    said = [{key: value for key, value in line.items() if key not in ("time", "seq")} for line in gate.all_lines()]
    assert said == [
        dict(kind="define", series="err", role="loss", split="validation", quantity="error", goal="min", monitor=True),
        dict(kind="setting", detector="gap", enabled=True, parameters={"min_delta": 0.1}),
        dict(kind="note", text="before the first step"),
        dict(kind="log", step=4, values={"err": 1.0}),
        dict(kind="alert", step=4, title="Out of disk", text="soon", level="critical"),
        dict(kind="note", step=4, text="warm"),
        dict(kind="end", status="failed", reason="disk"),
    ]


def test_a_stop_is_obeyed_once_and_ends_the_run_as_stopped(begin, gate):
    gate.stop = {"step": 40, "epoch": 4, "reason": "validation loss rises"}
    with begin(stop="best-epoch") as run:
        assert run.stop_request is None or run.stop_request.step == 40
        stopped = threading.Event()
        run.log({"x": 1}, step=55, commit=False)
        while not run.should_stop():
            stopped.wait(0.01)
        assert run.should_stop()
        assert run.stop_request == tidemark.StopRequest(40, 4, "validation loss rises")
    assert [line["step"] for line in gate.all_lines("stopping")] == [55]
    assert gate.all_lines("end")[0]["status"] == "stopped"


def test_a_line_does_not_wait_for_the_one_before(begin, gate, monkeypatch):
    monkeypatch.setattr("tidemark.sender._IDLE", 60)  # so long would a line wait where nobody wakes the sender
    run = begin()
    for count in range(1, 6):
        run.log({"x": 1})
        gate.until(lambda gate, count=count: len(gate.all_lines()) == count)
    run.finish()


def test_an_exception_ends_the_run_as_failed_and_goes_on(begin, gate):
    with pytest.raises(ZeroDivisionError), begin() as run:
        run.log({"x": 1})
        _ = 1 / 0
    end = gate.all_lines("end")[0]
    assert (end["status"], end["reason"]) == ("failed", "ZeroDivisionError: division by zero")


@pytest.mark.parametrize(("code", "status"), [(None, "finished"), (0, "finished"), (2, "failed")])
def test_leaving_by_system_exit_goes_by_its_code(begin, gate, code, status):
    with pytest.raises(SystemExit), begin():
        raise SystemExit(code)
    assert gate.all_lines("end")[0]["status"] == status


def test_refused_lines_are_dropped_and_the_rest_arrives(begin, gate, warnings, folder):
    gate.refuse = {2: "too-many-series", 3: "too-many-series"}
    run = begin()
    for step in range(5):
        run.log({"x": step})
    run.finish()
    assert len(gate.all_lines("log")) == 5
    assert len(warnings.about("too-many-series")) == 1
    assert list(folder.iterdir()) == []


def test_a_wrong_token_is_said_once_and_keeps_the_spool(begin, gate, folder, warnings):
    gate.token = "right"
    run = begin(token="wrong")
    run.log({"x": 1})
    run.finish()
    assert len(warnings.about("refused")) == 1
    (left,) = folder.iterdir()
    assert len(left.read_text().splitlines()) == 3


def test_the_right_token_is_let_in(begin, gate, monkeypatch):
    gate.token = "right"
    monkeypatch.setenv("TIDEMARK_TOKEN", "right")
    run = begin()
    run.log({"x": 1})
    run.finish()
    assert values(gate) == [(0, {"x": 1})]


@pytest.mark.parametrize("fault", ["protocol", "hello"])
def test_a_server_that_refuses_the_hello_is_left_in_peace(begin, gate, folder, warnings, fault):
    if fault == "protocol":
        gate.protocol = 2
    else:
        gate.hello_error = "too-many-runs"
    run = begin()
    run.log({"x": 1})
    run.finish()
    assert len(gate.texts) == 1
    assert len(list(folder.iterdir())) == 1
    assert len(warnings.about("stay in the spool")) == 1


def test_the_module_speaks_for_the_current_run(begin, gate, warnings, monkeypatch):
    while tidemark.exits.newest():  # left open by a test that failed
        tidemark.finish(timeout=0)
    monkeypatch.setattr("tidemark.foreign.module_notices", Notices())
    tidemark.log({"x": 0})
    assert not tidemark.should_stop()
    assert warnings.about("must come after tidemark.init")
    outer, inner = begin(id="outer"), begin(id="inner")
    tidemark.log({"x": 1})
    tidemark.define("x", goal="max")
    tidemark.note("n")
    tidemark.alert("a")
    tidemark.finish()
    tidemark.log({"x": 2}, step=7)
    tidemark.finish()
    tidemark.finish()
    by_run = {hello["run"]: list(gate.lines[hello["writer"]].values()) for hello in gate.hellos}
    assert [line["kind"] for line in by_run[inner.id]] == ["log", "define", "note", "alert", "end"]
    assert [line["kind"] for line in by_run[outer.id]] == ["log", "end"]


def test_a_run_that_has_ended_says_so_and_nothing_else(begin, gate, warnings):
    run = begin()
    run.finish()
    run.finish()
    run.log({"x": 1})
    run.note("late")
    assert len(gate.all_lines()) == 1
    assert warnings.about("the run has ended")


@pytest.mark.parametrize(
    "call",
    [
        lambda run: run.log(None),
        lambda run: run.log("loss"),
        lambda run: run.log({"x": "high"}),
        lambda run: run.log({"x": 1}, step=-1),
        lambda run: run.log({"x": 1}, step="a"),
        lambda run: run.log({"x": 1}, step=float("nan")),
        lambda run: run.log({"x": 1}, epoch=float("nan")),
        lambda run: run.log({"x": 1}, epoch="a"),
        lambda run: run.define("", role="loss"),
        lambda run: run.define("x", role="noise"),
        lambda run: run.alert("t", level="loud"),
    ],
)
def test_nothing_wrong_is_raised_into_the_training(begin, gate, warnings, call):
    run = begin()
    call(run)
    run.log({"after": 1}, step=100)
    run.finish()
    assert values(gate)[-1] == (100, {"after": 1})
    assert len(list(warnings)) == 1


def test_disabled_does_nothing(folder, gate):
    with tidemark.init(mode="disabled") as run:
        run.log({"x": 1})
        run.note("n")
        assert not run.should_stop()
    assert not folder.exists()
    assert run._engine is None


def test_a_disabled_run_is_the_current_one_until_it_ends(warnings):
    for again in (None, True):
        run = tidemark.init(mode="disabled", config={"lr": 0.1}, reinit=again)
        assert tidemark.run is run
        assert tidemark.config.lr == 0.1
        tidemark.log({"x": 1})
        assert tidemark.summary["x"] == 1
        assert not tidemark.should_stop()
    tidemark.finish()
    while tidemark.run is not None:
        tidemark.finish()
    assert list(warnings) == []


def test_batches_tell_how_long_the_loop_waits_for_them(begin):
    run = begin()
    assert run._progress().waited is None
    assert list(run.batches([1, 2, 3])) == [1, 2, 3]
    assert run._progress().waited > 0
    loader = iter(run.batches(iter([1])))
    assert next(loader) == 1
    before = run._progress().waited
    assert run._progress().waited == before, "what the loop does with a batch is no wait"
    run.finish()
