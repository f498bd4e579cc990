"""The recording thread sleeps while nothing is logged, and is woken by whatever is."""

from __future__ import annotations

import threading

import pytest

import tidemark
from tidemark.backlog import Backlog
from tidemark.lines import LogRecord

AN_HOUR = 3600.0


def asleep(queue: Backlog) -> threading.Thread:
    """A thread that waits for the queue, once it does."""
    thread = threading.Thread(target=queue.wait, args=(AN_HOUR,), daemon=True)
    thread.start()
    while not queue.bell.asleep:
        thread.join(0.001)
    return thread


@pytest.mark.parametrize("add", ["a line", "a record"])
def test_wakes_by_what_is_added(add):
    queue = Backlog()
    thread = asleep(queue)
    if add == "a line":
        queue.append({"kind": "note"})
    else:
        queue.put(LogRecord(0.0, 0, None, {"x": 1.0}))
    thread.join(60)
    assert not thread.is_alive()
    assert not queue.bell.asleep


def test_does_not_sleep_on_what_came_before_it():
    queue = Backlog()
    queue.append({"kind": "note"})
    queue.wait(AN_HOUR)


def test_two_may_ring_at_once_and_a_ring_too_many_costs_one_look():
    queue = Backlog()
    queue.bell.ring()
    queue.bell.ring()
    queue.wait(AN_HOUR)
    thread = asleep(queue)
    queue.append({"kind": "note"})
    thread.join(60)
    assert not thread.is_alive()


@pytest.mark.parametrize("last", ["log", "alert"])
def test_a_run_that_was_quiet_records_what_comes_next_at_once(monkeypatch, last):
    monkeypatch.setattr("tidemark.recorder.TOUCH_EVERY", AN_HOUR)
    run = tidemark.init(mode="offline", settings={"system": 0})
    run.log({"x": 1.0})
    queue, spool = run._queue, run._engine._spool
    patience = threading.Event()
    while not queue.bell.asleep:
        patience.wait(0.001)
    before = spool.last
    if last == "log":
        run.log({"x": 2.0})
    else:
        run.alert("look")
    for _ in range(60_000):
        if spool.last > before:
            break
        patience.wait(0.001)
    assert spool.last == before + 1
    run.finish()
