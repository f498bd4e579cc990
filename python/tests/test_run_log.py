"""`log()` of what a loop logs at each step leaves what `log()` of anything else leaves."""

import pytest

from tidemark.backlog import LIMIT
from tidemark.lines import LogRecord
from tidemark.notices import Notices
from tidemark.run_log import RunLog

CALLS = [
    (({"a": 1.0, "b": 2},), {}),
    (({"a": 2.0, "b": 3},), {"step": 5}),
    (({"a": 2.5, "b": 3},), {"step": 7, "epoch": 1}),
    (({"a": 3.0, "b": 3}, 8, 1.5), {}),
    (({"a": 3.0, "b": True}, 9, True), {}),
    (({"b": 1},), {"commit": False}),
    (({"a": 4.0, "b": 3},), {}),
    (({"a": 4.0, "b": 3},), {"step": -1}),
    (({"a": 4.0, "b": 3},), {"step": 12.0}),
    (({"a": 4.0, "b": 3},), {"epoch": float("nan")}),
    (({"a": 4.0, "b": 3},), {"epoch": "first"}),
    (({"a": 4.0, "b": 3},), {"sync": True}),
    (({"a": 4.0, "b": {"c": 1.0}},), {}),
    (({"a": float("nan"), "b": 1},), {"step": 2}),
    (([1.0, 2.0],), {}),
    (({"a": 4.0, "b": 3},), {}),
]


def left_by(quick):
    run = RunLog(Notices(), -1, True)
    for values, arguments in CALLS:
        (run.log if quick else lambda *v, run=run, **a: RunLog.log(run, *v, **a))(*values, **arguments)
    assert run.step == 3
    assert run.spent > 0
    taken = run._queue.take(100)
    return [(record.step, record.epoch, repr(dict(record.values))) for record in taken]


def test_a_quick_call_leaves_what_a_slow_one_leaves():
    quick = left_by(True)
    assert quick == left_by(False)
    assert len(quick) == len(CALLS) - 2, "one is joined with the next, and one is no mapping"


def test_the_quick_way_is_taken_and_keeps_the_time(monkeypatch):
    monkeypatch.setattr(RunLog, "_log", lambda *_: pytest.fail("the slow way"))
    run = RunLog(Notices(), -1, True)
    run._place.quick = 30
    monkeypatch.setattr("tidemark.backlog._wall", lambda: 1_790_000_000.0)
    run.log({"a": 1.0}, step=3)
    run.log({"a": 1, "b": 2.0})
    assert [type(entry) for entry in run._queue.entries] == [tuple, tuple]
    record, _ = run._queue.take(2)
    assert isinstance(record, LogRecord)
    assert record.step == 3
    assert record.time <= 1_790_000_000.0


def test_values_are_those_at_the_call():
    run, values = RunLog(Notices(), -1, True), {"a": 1.0}
    for _ in range(2):
        run.log(values)
        values["a"] += 1
    assert [record.values["a"] for record in run._queue.take(9)] == [1.0, 2.0]


def test_what_waits_is_bounded_all_the_same():
    run = RunLog(Notices(), -1, True)
    for _ in range(60_000):
        run.log({"a": 1.0, "b": 2.0})
    assert run._queue.dropped > 0
    assert sum(400 + 110 * 2 for _ in run._queue.entries) <= LIMIT


def test_nothing_is_taken_after_the_end():
    run = RunLog(Notices(), -1, True)
    run.log({"a": 1.0})
    run._close("it has ended")
    run.log({"a": 1.0})
    assert len(run._queue) == 1
