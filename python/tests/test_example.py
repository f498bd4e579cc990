"""The PyTorch example, its loop and its obedience, without the real server."""

import subprocess
import sys
from pathlib import Path

import pytest
from gate import websocket_server

torch = pytest.importorskip("torch", reason="torch is not installed")

EXAMPLE = Path(__file__).parents[1] / "examples/pytorch_digits.py"
DIGITS = Path(__file__).parents[2] / "scripts/demo/data/digits.csv.gz"

pytestmark = pytest.mark.skipif(not DIGITS.exists(), reason="the demo's digits are not beside this package")


def train(url, monkeypatch, *arguments):
    monkeypatch.setenv("TIDEMARK_URL", url)
    done = subprocess.run([sys.executable, EXAMPLE, *arguments], capture_output=True, text=True, timeout=600)
    assert done.returncode == 0, done.stderr
    return done.stdout


def test_it_trains_and_logs_every_step(gate, monkeypatch):
    with websocket_server(gate) as url:
        said = train(url, monkeypatch, "--epochs", "4")
    steps = [line for line in gate.all_lines("log") if "train/loss" in line["values"]]
    validations = [line for line in gate.all_lines("log") if "val/loss" in line["values"]]
    assert [line["step"] for line in steps] == list(range(1, 21))
    assert [line["step"] for line in validations] == [5, 10, 15, 20]
    assert validations[-1]["values"]["val/loss"] < validations[0]["values"]["val/loss"] < 3
    assert gate.hellos[0]["stop"] == "best-epoch"
    assert gate.all_lines()[-1]["status"] == "finished"
    assert "trained to step 20; kept the checkpoint of step 20" in said


def test_it_obeys_a_stop(gate, monkeypatch):
    gate.stop = {"step": 5, "epoch": 0, "reason": "said by the test"}
    with websocket_server(gate) as url:
        said = train(url, monkeypatch, "--epochs", "100000")
    assert "stopped by the monitor, which names step 5: said by the test" in said
    assert [line["kind"] for line in gate.all_lines()[-2:]] == ["stopping", "end"]
    assert gate.all_lines()[-1]["status"] == "stopped"
