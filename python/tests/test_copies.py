"""Copies of a run and its parts: a model that holds them is copied, a worker process is given them."""

import copy
import pickle
import subprocess
import sys
from pathlib import Path

import pytest
from gate import websocket_server

import tidemark
from tidemark.notices import Notices

PACKAGE = Path(__file__).parents[1]


@pytest.fixture
def run(gate):
    with websocket_server(gate) as url:
        run = tidemark.init(url=url, id="one", config={"lr": 0.1, "layers": [1, 2]})
        run.log({"loss": 0.5})
        run.summary["best"] = 0.25
        yield run
        run.finish()


@pytest.mark.parametrize("copied", [copy.copy, copy.deepcopy, lambda value: pickle.loads(pickle.dumps(value))])
def test_a_copy_of_config_or_summary_has_its_values_and_changes_nothing_of_the_run(run, gate, copied):
    config, summary = copied(run.config), copied(run.summary)
    assert dict(config) == {"lr": 0.1, "layers": [1, 2]}
    assert (config.lr, dict(summary)) == (0.1, {"loss": 0.5, "best": 0.25})
    config["lr"] = summary["best"] = 9
    assert (run.config.lr, run.summary["best"]) == (0.1, 0.25)
    run.finish()
    assert [line.get("summary") for line in gate.all_lines("update")] == [{"best": 0.25}]


@pytest.mark.parametrize("copied", [copy.copy, copy.deepcopy, lambda value: pickle.loads(pickle.dumps(value))])
def test_a_copy_of_an_open_run_is_the_run(run, copied):
    assert copied({"model": run})["model"] is run


def test_a_run_that_was_pickled_is_silent_elsewhere(run, monkeypatch, warnings):
    monkeypatch.setattr("tidemark.foreign.module_notices", Notices())
    pickled = pickle.dumps(run)
    run.finish()
    for _ in range(3):
        there = pickle.loads(pickled)
        there.log({"x": 1})
        there.note("n")
        assert (there.id, there.config.lr, there.should_stop()) == ("one", 0.1, False)
        there.finish()
    assert len(warnings.about("another process")) == 1


POOL = """
import multiprocessing, sys, tidemark
from concurrent.futures import ProcessPoolExecutor

def work(run, n):
    run.log({"x": n})
    return run.config.lr + n

if __name__ == "__main__":
    run = tidemark.init(config={"lr": 0.5}, mode="offline")
    context = multiprocessing.get_context("spawn")
    with ProcessPoolExecutor(2, mp_context=context) as pool:
        print(list(pool.map(work, [run] * 3, range(3))))
"""


def test_a_pool_of_processes_may_be_given_a_run(tmp_path, monkeypatch):
    monkeypatch.setenv("PYTHONPATH", str(PACKAGE))
    path = tmp_path / "pool.py"
    path.write_text(POOL)
    done = subprocess.run([sys.executable, path], capture_output=True, text=True, timeout=300)
    assert done.stdout.strip() == "[0.5, 1.5, 2.5]", done.stderr
    assert "call tidemark.init in it" in done.stderr
