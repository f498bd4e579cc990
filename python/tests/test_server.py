"""Against the real server, by both transports."""

import json
import os
import subprocess
import sys
import time
from pathlib import Path

import pytest
from real import ROOT, Server, why_not

import tidemark

pytestmark = [pytest.mark.server, pytest.mark.skipif(why_not() is not None, reason=why_not() or "")]

EXAMPLE = Path(__file__).parents[1] / "examples/pytorch_digits.py"
DIGITS = ROOT / "scripts/demo/data/digits.csv.gz"


@pytest.fixture(scope="module")
def server(tmp_path_factory):
    server = Server(tmp_path_factory.mktemp("data"))
    server.start()
    yield server
    server.stop()


@pytest.fixture(params=["websocket", "http"])
def begin(request, server, monkeypatch):
    if request.param == "http":
        monkeypatch.setattr("importlib.util.find_spec", lambda name: None)
    return lambda **settings: tidemark.init(url=server.url, **settings)


def test_every_value_arrives_exactly(server, begin):
    values = [0.1, float("nan"), float("inf"), float("-inf"), 5e-324, 1e300, -0.0, 3]
    with begin(project="p", name="exact", config={"lr": 0.1}, tags=["t"]) as run:
        for value in values:
            run.log({"x": value, "deep": {"y": 1}})
        run.define("x", role="metric", goal="max")
        run.alert("look")
        run.note("remark")
    spelled = [0.1, "NaN", "Infinity", "-Infinity", 5e-324, 1e300, 0, 3]
    assert server.points(run.id, "x") == [list(enumerate(spelled))]
    assert server.points(run.id, "deep/y") == [[(step, 1) for step in range(8)]]
    state = server.state(run.id)
    assert (state["status"], state["project"], state["name"], state["step"]) == ("finished", "p", "exact", 7)
    assert (state["config"], state["tags"], state["missing"]) == ({"lr": 0.1}, ["t"], 0)


def test_ten_thousand_lines_arrive_once_and_in_order(server, begin, folder):
    with begin() as run:
        for step in range(10_000):
            run.log({"x": step})
    assert server.points(run.id, "x") == [[(step, step) for step in range(10_000)]]
    assert list(folder.iterdir()) == []


def test_a_step_that_goes_back_opens_an_attempt(server, begin):
    with begin() as run:
        for step in (0, 1, 2, 1, 2):
            run.log({"x": step}, step=step)
    assert server.points(run.id, "x") == [[(0, 0), (1, 1), (2, 2)], [(1, 1), (2, 2)]]


def test_lines_that_break_a_limit_cost_only_themselves(server, begin, warnings):
    with begin() as run:
        run.log({"x": 1.0})
        run._queue.append({"kind": "log", "time": 1.0, "step": -5, "values": {"x": 2.0}})
        run.log({"x": 3.0})
    assert server.points(run.id, "x") == [[(0, 1.0), (1, 3.0)]]
    assert warnings.about("bad-line")


def test_an_exception_is_a_failed_run(server, begin):
    with pytest.raises(KeyError), begin() as run:
        raise KeyError("weights")
    assert (server.state(run.id)["status"], server.state(run.id)["reason"]) == ("failed", "KeyError: 'weights'")


def test_a_person_stops_the_run(server, begin):
    with begin() as run:
        run.log({"x": 1.0}, step=7)
        server.until(lambda: server.state(run.id))
        server.post(f"/api/runs/{run.id}/stop")
        server.until(run.should_stop)
        assert run.stop_request.reason
    state = server.state(run.id)
    assert state["status"] == "stopped"
    assert state["request"]["acknowledged"]["step"] == 7


def test_a_server_killed_again_and_again_has_every_line_once(tmp_path, folder):
    server = Server(tmp_path / "data")
    server.start()
    try:
        run = tidemark.init(url=server.url)
        step = 0
        for _ in range(3):
            for _ in range(2000):
                run.log({"x": step}, step=step)
                step += 1
            server.until(lambda sent=step: sum(map(len, server.points(run.id, "x"))) > sent - 2000)
            server.kill()
            for _ in range(1000):
                run.log({"x": step}, step=step)
                step += 1
            server.start()
        run.finish()
        assert server.points(run.id, "x") == [[(n, n) for n in range(step)]]
        assert server.state(run.id)["status"] == "finished"
        assert list(folder.iterdir()) == []
    finally:
        server.stop()


def test_an_offline_run_is_synced(server, folder):
    with tidemark.init(mode="offline") as run:
        for step in range(100):
            run.log({"x": step})
    command = [sys.executable, "-m", "tidemark", "sync", str(folder), "--url", server.url]
    # On another machine than the trainer's, its process number says nothing: the file's age would.
    (left,) = folder.iterdir()
    left.rename(left.with_name(left.name.replace("@", "@elsewhere-")))
    (left,) = folder.iterdir()
    os.utime(left, (time.time() - 200,) * 2)
    done = subprocess.run(command, capture_output=True, text=True, timeout=300)
    assert done.returncode == 0, done.stdout + done.stderr
    assert server.points(run.id, "x") == [[(step, step) for step in range(100)]]
    assert list(folder.iterdir()) == []


def test_a_real_pytorch_training_stops_at_the_best_epoch(server, monkeypatch, folder):
    pytest.importorskip("torch", reason="torch is not installed")
    if not DIGITS.exists():
        pytest.skip(f"{DIGITS.relative_to(ROOT)} is not there")
    monkeypatch.setenv("TIDEMARK_URL", server.url)
    monkeypatch.setenv("TIDEMARK_RUN_ID", "pytorch")
    done = subprocess.run([sys.executable, EXAMPLE], capture_output=True, text=True, timeout=300)
    assert done.returncode == 0, done.stderr
    assert "stopped by the monitor" in done.stdout, done.stdout
    state = server.state("pytorch")
    assert state["status"] == "stopped", json.dumps(state)
    assert state["step"] < 600 * 5
    ((*_, (last, _)),) = server.points("pytorch", "train/loss")
    assert last == state["request"]["acknowledged"]["step"]
    losses = server.points("pytorch", "val/loss")[0]
    best = min(losses, key=lambda point: point[1])
    assert f"kept the checkpoint of step {best[0]}," in done.stdout
    assert list(folder.iterdir()) == []


def test_what_a_run_says_of_itself_later_is_kept(server, begin):
    with begin(config={"lr": 0.1}, group="g", job_type="train", settings={"system": 0.05}) as run:
        run.log({"val/loss": 1.0})
        run.config.update({"depth": 3})
        run.summary["best"] = 0.5
        run.define_metric("val/*", goal="min", summary="min")
        run.name = "renamed"
        run.log({"val/loss": 0.5})
        server.until(lambda: server.points(run.id, "system/process_memory.max"))
    state = server.state(run.id)
    assert (state["config"], state["group"], state["job"], state["name"]) == (
        {"lr": 0.1, "depth": 3}, "g", "train", "renamed",
    )  # fmt: skip
    assert state["summary"] == {"best": 0.5, "val/loss.min": 0.5}


def test_a_resumed_run_goes_on_from_its_last_step(server, begin):
    with begin(id=f"resumed-{time.time_ns()}") as run:
        run.log({"x": 1.0}, step=7)
    with begin(id=run.id, resume="must") as again:
        assert (again.resumed, again.step) == (True, 7)
        again.log({"x": 2.0})
    assert server.points(run.id, "x") == [[(7, 1.0), (8, 2.0)]]
    with pytest.raises(ValueError, match="must be new where resume is 'never'"):
        begin(id=run.id, resume="never")
    with pytest.raises(ValueError, match="must be a known run where resume is 'must'"):
        begin(id="unheard-of", resume="must")


def test_a_library_is_stopped_at_the_best_epoch_and_keeps_it(server, monkeypatch):
    """No word of the test's own: the detector of the real server finds the best epoch of a real training."""
    pytest.importorskip("lightgbm", reason="lightgbm is not installed")
    monkeypatch.syspath_prepend(str(EXAMPLE.parent))
    monkeypatch.setenv("TIDEMARK_URL", server.url)
    import lightgbm_digits

    known = {each["run"] for each in server.get("/api/runs")["runs"]}
    kept = lightgbm_digits.main(["--epochs", "100000"])
    (run,) = {each["run"] for each in server.get("/api/runs")["runs"]} - known
    losses = dict(server.points(run, "val/multi_logloss")[0])
    state = server.state(run)
    assert state["status"] == "stopped"
    assert kept == pytest.approx(min(losses.values()), rel=1e-3)
    assert state["request"]["acknowledged"]
    assert len(losses) < 2000
