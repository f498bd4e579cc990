"""Many steps at once: what becomes of columns, on the wire and in the real server."""

import array
import base64
import json
import math
import struct
import threading
from typing import Any

import pytest
from gate import websocket_server
from real import Server, why_not

import tidemark
from tidemark import blocks, recorder
from tidemark.__main__ import main
from tidemark.spool import parse

AWAY = "http://127.0.0.1:9"


@pytest.fixture
def offline():
    run = tidemark.init(mode="offline")
    yield run
    run.finish()


def packed(folder, kind="log"):
    """The packed lines of the only spool, opened: steps, times, and (values, rows) by series."""
    (left,) = folder.iterdir()
    lines = [json.loads(text) for text in left.read_text().splitlines()]
    return [opened(line) for line in lines if line["kind"] == kind]


def opened(line):
    """A packed line's steps, times, and (rows, values) by series, read as docs/protocol.md says."""
    frame = base64.b64decode(line["packed"], validate=True)
    kind, flags, count, rows, _ = struct.unpack_from("<BBHId", frame)
    assert (kind, flags, count) == (1, 1, len(line["names"]))
    heads = [struct.unpack_from("<IIB3x", frame, 16 + 12 * i) for i in range(count)]
    at = -(-(16 + 12 * count) // 8) * 8

    def take(code: str, length: int) -> list[Any]:
        nonlocal at
        found = array.array(code, frame[at : at + length * array.array(code).itemsize])
        at += -(-len(found) * found.itemsize // 8) * 8
        return found.tolist()

    steps, times = take("d", rows), take("d", rows)
    columns = {}
    for place, length, kind in heads:
        where = take("I", length) if length < rows else list(range(rows))
        columns[line["names"][place]] = (where, take("f" if kind == 1 else "d", length))
    assert at == len(frame)
    return steps, times, columns


def test_columns_become_blocks_with_every_value(offline, folder, monkeypatch):
    monkeypatch.setattr(blocks, "BLOCK_VALUES", 6)
    odd = [0.1, float("inf"), 1e300, -0.0, 5e-324]
    offline.log_columns(
        {"a": odd, "deep": {"b": [None, 1, None, None, 2.5]}, "epoch": range(5)},
        steps=[3, 3, 4, 10, 11],
        times=[5, 6, 7, 8, 9],
    )
    offline.finish()
    found = packed(folder)
    assert [(steps, times) for steps, times, _ in found] == [([3, 3], [5, 6]), ([4, 10], [7, 8]), ([11], [9])]
    assert [columns.get("a") for *_, columns in found] == [([0, 1], odd[:2]), ([0, 1], odd[2:4]), ([0], odd[4:])]
    assert math.copysign(1, found[1][2]["a"][1][1]) == -1
    assert [columns.get("deep/b") for *_, columns in found] == [([1], [1.0]), None, ([0], [2.5])]
    assert [columns["epoch"][1] for *_, columns in found] == [[0, 1], [2, 3], [4]]


def test_steps_follow_the_last_one_and_the_epoch_is_that_of_the_loop(offline, folder):
    for _ in offline.epochs(1, start=0):
        offline.log({"x": 1.0}, step=7)
        offline.log_columns({"x": [2.0, 3.0]})
    assert offline.step == 9
    offline.log({"x": 4.0})
    offline.finish()
    (left,) = folder.iterdir()
    lines = [line for line in map(parse, left.read_text().splitlines()) if line["kind"] == "log"]
    assert [line.get("step") for line in lines] == [7, None, 10]
    steps, _, columns = opened(lines[1])
    assert (steps, columns["x"][1], columns["epoch"][1]) == ([8, 9], [2.0, 3.0], [0.0, 0.0])


def test_what_is_held_back_comes_before_it_and_later_changes_are_not_seen(offline, folder):
    values = [1.0, 2.0]
    offline.log({"y": 0.0}, step=0, commit=False)
    offline.log_columns({"x": values}, steps=[1, 2])
    values[:] = [9.0, 9.0]
    offline.finish()
    (left,) = folder.iterdir()
    lines = [line for line in map(parse, left.read_text().splitlines()) if line["kind"] == "log"]
    assert lines[0]["values"] == {"y": 0.0}
    assert opened(lines[1])[2]["x"][1] == [1.0, 2.0]


def test_arrays_and_tensors_are_taken(offline, folder):
    numpy, torch = pytest.importorskip("numpy"), pytest.importorskip("torch")
    offline.log_columns(
        {
            "float32": numpy.array([0.1, 0.5], "float32"),
            "every second": numpy.arange(4)[::2],
            "whole": array.array("i", [1, 2]),
            "tensor": torch.tensor([0.25, float("nan")], requires_grad=True),
            "objects": numpy.array([1.5, None], dtype=object),
            "scalars": [torch.tensor(3.0), numpy.float64(4.0)],
        },
        steps=torch.tensor([1, 2]),
    )
    offline.finish()
    [(steps, _, columns)] = packed(folder)
    assert steps == [1, 2]
    assert columns["float32"][1] == [numpy.float32(0.1), 0.5]
    assert columns["every second"][1] == [0, 2]
    assert columns["whole"][1] == [1, 2]
    assert columns["tensor"][1][0] == 0.25
    assert math.isnan(columns["tensor"][1][1])
    assert columns["objects"] == ([0], [1.5])
    assert columns["scalars"][1] == [3, 4]


@pytest.mark.parametrize(
    ("data", "more", "said"),
    [
        ({"x": [1.0, 2.0], "y": [1.0]}, {"steps": [0, 1]}, "y: must be as long as steps, 2, got 1"),
        ({"x": [1.0, "a"]}, {}, "x: must be numbers, got 'a' at place 1"),
        ({"x": "ab"}, {}, "x: must be a sequence of numbers, got 'ab'"),
        ({"x": 1.0}, {}, "x: must be a sequence of numbers, got 1.0"),
        ({"": [1.0]}, {}, "series: must be 1 to 256 printable characters, got ''"),
        ({"x": [1.0, 2.0]}, {"steps": [2, 1]}, "steps: must not descend, got 2 before 1"),
        ({"x": [1.0]}, {"steps": [0.5]}, "steps: must be whole numbers from 0, got 0.5"),
        ({"x": [1.0]}, {"steps": [-1]}, "steps: must be whole numbers from 0, got -1"),
        ({"x": [1.0]}, {"steps": [None]}, "steps: must be whole numbers from 0, got [None]"),
        (
            {"x": [1.0]},
            {"times": [1.0, 2.0]},
            "times: must be 1 numbers of seconds since 1970",
        ),
        (
            {"x": [1.0]},
            {"times": [1.79e12]},
            "times: must be seconds since 1970, from 0 to 100000000000, got 1790000000000.0",
        ),
        (7, {}, "log_columns: AttributeError"),
    ],
)
def test_what_cannot_be_used_is_said_and_left_out(offline, folder, warnings, data, more, said):
    offline.log_columns(data, **more)
    offline.log({"still": 1.0})
    offline.finish()
    assert warnings.about(said), list(warnings)
    (left,) = folder.iterdir()
    assert '"still":1.0' in left.read_text()


def test_arrays_of_more_dimensions_are_left_out(offline, warnings):
    numpy = pytest.importorskip("numpy")
    offline.log_columns({"x": numpy.zeros((2, 2)), "y": [1.0, 2.0]})
    assert warnings.about("x: must have one dimension, got shape (2, 2)")


def test_more_series_than_a_line_may_have_stay_in_one_attempt(offline, folder):
    names = [f"s{i}" for i in range(2500)]
    offline.log_columns({name: [1.0, 2.0] for name in names})
    offline.finish()
    found = packed(folder)
    assert [steps for steps, *_ in found] == [[0], [0], [1], [1]]
    assert [len(columns) for *_, columns in found] == [2000, 500, 2000, 500]


def test_summaries_and_definitions_hold_for_columns(gate):
    with websocket_server(gate) as url:
        run = tidemark.init(url=url)
        run.define_metric("val/*", goal="max", summary="min,max,mean,last")
        run.log_columns({"val/acc": [0.5, 0.25, float("nan"), 1.0], "x": [1.0, 2.0, 3.0, float("nan")]})
        assert run.summary["val/acc"] == 1.0
        run.finish()
    assert [line["series"] for line in gate.all_lines("define")] == ["val/acc"]
    [update] = gate.all_lines("update")
    assert update["summary"] == {"val/acc.min": 0.25, "val/acc.max": 1.0, "val/acc.mean": 1.75 / 3, "val/acc.last": 1.0}


def test_it_waits_for_room_while_the_server_takes_what_comes(gate, monkeypatch):
    monkeypatch.setattr("tidemark.engine.CAP", 400_000)
    with websocket_server(gate) as url:
        run = tidemark.init(url=url)
        for first in range(0, 200_000, 10_000):
            run.log_columns({"x": range(first, first + 10_000)})
        assert run.dropped == 0
        run.finish()
    values = [line["values"]["x"] for line in gate.all_lines("log")]
    assert values == list(range(200_000))


@pytest.mark.parametrize("mode", ["offline", "online"])
def test_without_room_and_without_a_server_it_leaves_out_and_says_so(monkeypatch, warnings, mode, folder):
    monkeypatch.setattr("tidemark.engine.CAP", 100_000)
    run = tidemark.init(url=AWAY, mode=mode, settings={"finish": 0})
    kept = 0
    while not run.dropped:
        run.log_columns({"x": [float(kept)] * 1000})
        kept += 1
        assert kept < 1000
        while len(run._queue) or run._engine.recorder.recording:
            threading.Event().wait(0.001)
    assert run.dropped == 1000
    assert warnings.about("the server takes less than is logged")
    run.finish()
    assert len(packed(folder)) == kept - 1


def test_blocks_are_no_victims_of_a_spool_that_is_nearly_full(monkeypatch):
    line = blocks.blocks_of({"x": [1.0, 2.0]}, None, None, after=-1, now=0.0, epoch=None, notices=None)[0]
    run = tidemark.init(mode="offline")
    thinned = run._engine.recorder._thinned
    assert thinned([line], full=False) == [line]
    assert thinned([line], full=True) == []
    assert run._engine.recorder.dropped == 2
    assert recorder.THIN_FROM < 1
    run.finish()


def test_a_disabled_run_and_one_that_has_ended_take_nothing(warnings):
    run = tidemark.init(mode="disabled")
    run.log_columns({"x": [1.0]})
    assert not list(warnings)
    ended = tidemark.init(mode="offline")
    ended.finish()
    ended.log_columns({"x": [1.0]})
    assert warnings.about("log_columns: nothing is logged any more")


def test_the_module_has_it_too(folder):
    tidemark.init(mode="offline")
    tidemark.log_columns({"x": [1.0, 2.0]}, steps=[4, 5])
    tidemark.finish()
    assert packed(folder)[0][0] == [4, 5]


@pytest.mark.server
@pytest.mark.skipif(why_not() is not None, reason=why_not() or "")
@pytest.mark.parametrize("transport", ["websocket", "http"])
def test_every_value_is_in_the_real_server(tmp_path, monkeypatch, transport):
    if transport == "http":
        monkeypatch.setattr("importlib.util.find_spec", lambda name: None)
    server = Server(tmp_path / "data")
    server.start()
    try:
        run = tidemark.init(url=server.url, settings={"finish": 300})
        n = 30_000
        loss = [math.sin(i) for i in range(n)]
        run.log_columns({"train/loss": loss[:10_000], "val/loss": [None if i % 10 else i / 10 for i in range(10_000)]})
        server.until(lambda: server.points(run.id, "train/loss"))
        server.kill()
        run.log_columns({"train/loss": loss[10_000:20_000]})
        run.log({"train/loss": loss[20_000]})
        server.start()
        run.log_columns({"train/loss": [*loss[20_001:], float("nan")]}, times=range(1_790_000_000, 1_790_010_000))
        run.finish()
        assert server.points(run.id, "train/loss") == [list(enumerate([*loss, "NaN"]))]
        assert server.points(run.id, "val/loss") == [[(i, i / 10) for i in range(0, 10_000, 10)]]
        # Never sent: what is left in the file is delivered later, and the run goes on behind it.
        monkeypatch.setenv("TIDEMARK_MODE", "offline")
        left = tidemark.init(id="left", mode="offline")
        left.log_columns({"x": loss[:5_000]})
        left.finish()
        assert blocks.last_step({"packed": packed_text(tmp_path / "spool")[-1]["packed"]}) == 4_999
        again = tidemark.init(id="left", url=server.url, mode="online", resume=True, settings={"finish": 300})
        assert again.step == 4_999
        again.finish()
        assert main(["sync", "--url", server.url]) == 0
        assert server.points("left", "x") == [list(enumerate(loss[:5_000]))]
    finally:
        server.stop()


def packed_text(folder):
    (left,) = folder.iterdir()
    return [line for line in map(parse, left.read_text().splitlines()) if "packed" in line]


def test_lines_and_blocks_go_together(gate):
    with websocket_server(gate) as url:
        run = tidemark.init(url=url)
        for step in range(300):
            run.log({"x": float(step)}, step=step)
        run.log_columns({"x": range(300, 320)})
        for step in range(320, 620):
            run.log({"x": float(step)}, step=step)
        run.finish()
    values = []
    for line in gate.all_lines("log"):
        values += opened(line)[2]["x"][1] if "packed" in line else [line["values"]["x"]]
    assert values == list(range(620))
