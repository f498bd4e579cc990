import importlib
import logging
import os
import sys
from pathlib import Path

import pytest
from gate import Gate, http_server, websocket_server

import tidemark

EXAMPLES = Path(__file__).parents[1] / "examples"
DIGITS = Path(__file__).parents[2] / "scripts/demo/data/digits.csv.gz"


@pytest.fixture(autouse=True)
def _own_environment(monkeypatch, tmp_path):
    """No variable of the caller's, no spool outside of the test's folder, and time enough to end."""
    for name in ("URL", "TOKEN", "PROJECT", "NAME", "MODE", "RUN_ID"):
        monkeypatch.delenv(f"TIDEMARK_{name}", raising=False)
    for name in ("RANK", "WORLD_SIZE", "LOCAL_RANK"):
        monkeypatch.delenv(name, raising=False)
    for name in [name for name in os.environ if name.startswith(("WANDB_", "SLURM_", "OMPI_"))]:
        monkeypatch.delenv(name)
    monkeypatch.setenv("TIDEMARK_SYSTEM", "0")
    monkeypatch.setenv("TIDEMARK_FINISH", "120")  # a busy machine is no reason to fail
    monkeypatch.setattr("tidemark.resume._WITHIN", 60.0)
    monkeypatch.setenv("TIDEMARK_DIR", str(tmp_path / "spool"))


@pytest.fixture
def folder(tmp_path):
    return tmp_path / "spool"


@pytest.fixture
def gate():
    return Gate()


@pytest.fixture(params=["websocket", "http"])
def transport(request, monkeypatch):
    """Runs a test once by each transport."""
    if request.param == "http":
        monkeypatch.setattr("importlib.util.find_spec", lambda name: None)
        return http_server
    return websocket_server


@pytest.fixture
def warnings(caplog):
    """What the SDK warned of, as a list that grows."""
    caplog.set_level(logging.WARNING, "tidemark")

    class Warnings:
        def __iter__(self):
            return (record.getMessage() for record in caplog.records if record.name == "tidemark")

        def about(self, words):
            return [message for message in self if words in message]

    return Warnings()


@pytest.fixture
def example(monkeypatch, gate):
    """Runs an example against the gate; what it says is the loss of what it keeps."""
    if not DIGITS.exists():
        pytest.skip("the demo's digits are not beside this package")
    while tidemark.exits.newest():  # left open by a test that failed
        tidemark.finish(timeout=0)
    monkeypatch.syspath_prepend(str(EXAMPLES))
    monkeypatch.setenv("KERAS_BACKEND", "torch")
    monkeypatch.setenv("HF_HUB_OFFLINE", "1")
    monkeypatch.setenv("JAX_PLATFORMS", "cpu")

    def run(name, library, *arguments):
        pytest.importorskip(library, reason=f"{library} is not installed")
        if "torch" in sys.modules:
            sys.modules["torch"].set_num_threads(1)
        with websocket_server(gate) as url:
            monkeypatch.setenv("TIDEMARK_URL", url)
            return importlib.import_module(name).main(arguments)

    yield run
    while tidemark.exits.newest():
        tidemark.finish(timeout=0)
