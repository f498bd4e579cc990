"""The faults that a training must outlive: in each, everything that was logged is at the server in the end, once.

fault                               what happens meanwhile
server down at start                lines wait in the spool
server killed midway, back later    lines after the last acknowledgement are sent again, and dropped as repeats
server slow                         acknowledgements come late; log() waits for none
disk full from the start            lines are kept in memory
disk full midway                    the tail of the lines is kept in memory
wrong token, right one later        lines wait in the spool; a later start delivers them
clock that jumps                    times jump, steps and numbers do not
"""

import errno
import os
import threading
import time

import pytest
from gate import Gate, websocket_server

import tidemark
from tidemark import backlog, run_log, sender
from tidemark.__main__ import main

LINES = 2000


@pytest.fixture(autouse=True)
def _quick(monkeypatch):
    monkeypatch.setattr(sender, "_ACK_WITHIN", 0.5)


def logged(run, lines=range(LINES)):
    for step in lines:
        run.log({"x": float(step)}, step=step)


def everything(gate):
    """Asserts that every line arrived and is kept once; sent, stored, lost = 0."""
    steps = sorted(line["step"] for line in gate.all_lines("log"))
    assert steps == list(range(LINES)), f"sent {LINES}, stored {len(steps)}, lost {LINES - len(set(steps))}"
    for have in gate.lines.values():
        assert sorted(have) == list(range(1, len(have) + 1))


def away():
    with websocket_server(Gate()) as url:
        return url


def port(url):
    return int(url.rsplit(":", 1)[1])


def test_server_down_at_start(gate):
    url = away()
    run = tidemark.init(url=url)
    logged(run)
    with websocket_server(gate, port(url)):
        run.finish()
    everything(gate)
    assert gate.repeats == 0


def test_server_killed_midway_and_back_later(gate):
    with websocket_server(gate) as url:
        run = tidemark.init(url=url)
        logged(run, range(LINES // 2))
        gate.until(lambda gate: gate.all_lines("log"))
    logged(run, range(LINES // 2, LINES))
    with websocket_server(gate, port(url)):
        run.finish()
    everything(gate)


def test_server_slow(gate, monkeypatch):
    monkeypatch.setattr(sender, "_ACK_WITHIN", 300)
    take, every_call_is_back = gate.take, threading.Event()

    def slowly(text, speaker):
        assert every_call_is_back.wait(300), "log() waits for the server"
        time.sleep(0.1)  # the server's own slowness, which is what is tested
        return take(text, speaker)

    gate.take = slowly
    with websocket_server(gate) as url:
        run = tidemark.init(url=url)
        logged(run)
        every_call_is_back.set()
        run.finish()
    everything(gate)


def full(*_):
    raise OSError(errno.ENOSPC, "No space left on device")


@pytest.mark.parametrize("when", ["from the start", "midway"])
def test_disk_full(gate, monkeypatch, warnings, when):
    url = away()
    if when == "from the start":
        monkeypatch.setattr("tidemark.storage._write", full)
    run = tidemark.init(url=url)
    logged(run, range(LINES // 2))
    if when == "midway":
        end = time.monotonic() + 120
        while run._engine._spool.last < LINES // 2 and time.monotonic() < end:
            run._engine.recorder.closing.wait(0.01)
        monkeypatch.setattr("tidemark.storage._write", full)
    logged(run, range(LINES // 2, LINES))
    with websocket_server(gate, port(url)):
        run.finish()
    everything(gate)
    assert warnings.about("kept in memory")


def test_wrong_token_and_the_right_one_later(gate, folder, warnings):
    gate.token = "right"
    with websocket_server(gate) as url:
        run = tidemark.init(id="r", url=url, token="wrong")
        logged(run)
        run.finish()
        assert gate.all_lines() == []
        assert warnings.about("nothing is sent any more")
        assert main(["sync", str(folder), "--url", url, "--token", "right"]) == 0
    everything(gate)
    assert list(folder.iterdir()) == []


def test_clock_that_jumps(gate, monkeypatch):
    now = [1_790_000_000.0]
    monkeypatch.setattr(run_log, "_wall", lambda: now[0])
    monkeypatch.setattr(backlog, "_wall", lambda: now[0])
    with websocket_server(gate) as url:
        run = tidemark.init(url=url)
        for step in range(LINES):
            now[0] += 3600 if step % 7 == 0 else -1800 if step % 5 == 0 else 0.01
            run.log({"x": float(step)}, step=step)
        run.finish()
    everything(gate)
    times = [line["time"] for line in gate.all_lines("log")]
    assert times != sorted(times)


@pytest.mark.skipif(not hasattr(os, "fork"), reason="this system cannot fork")
def test_nothing_is_lost_among_forks(gate):
    with websocket_server(gate) as url:
        run = tidemark.init(url=url)
        for step in range(LINES):
            run.log({"x": float(step)}, step=step)
            if step % 500 == 0:
                child = os.fork()
                if child == 0:
                    run.log({"x": -1.0})
                    os._exit(0)
                os.waitpid(child, 0)
        run.finish()
    everything(gate)
