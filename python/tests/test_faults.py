"""What is lost, and what is not, when the server or the trainer fails."""

import json
import signal
import subprocess
import sys
import threading
import time

import pytest
from gate import Gate, http_server, unpacked, websocket_server

import tidemark
from tidemark import recorder, sender, transport
from tidemark.__main__ import main
from tidemark.backlog import size_of
from tidemark.lines import LogRecord


@pytest.fixture(autouse=True)
def _quick(monkeypatch):
    monkeypatch.setattr(sender, "_ACK_WITHIN", 0.5)


def port_of(url):
    return int(url.rsplit(":", 1)[1])


def steps(gate):
    return [line["step"] for line in gate.all_lines("log")]


def free_address(transport):
    with transport(Gate()) as url:
        return url


def test_a_server_that_comes_later_gets_everything(gate, transport, folder):
    url = free_address(transport)
    run = tidemark.init(url=url)
    for _ in range(1000):
        run.log({"x": 1.0})
    with transport(gate, port_of(url)):
        run.log({"x": 2.0})
        run.finish()
    assert steps(gate) == list(range(1001))
    assert gate.repeats == 0
    assert list(folder.iterdir()) == []


def test_a_server_killed_midway_and_back_later_gets_every_line_once(gate, transport):
    with transport(gate) as url:
        run = tidemark.init(url=url)
        for _ in range(500):
            run.log({"x": 1.0})
        gate.until(lambda gate: len(gate.all_lines()) >= 1)
    for _ in range(500):
        run.log({"x": 2.0})
    with transport(gate, port_of(url)):
        gate.until(lambda gate: len(gate.all_lines()) >= 1000)
        run.finish()
    assert steps(gate) == list(range(1000))


@pytest.mark.parametrize(("few", "after"), [(16, 1), (10_000, 50)], ids=["packed", "line by line"])
def test_connections_cut_again_and_again_lose_nothing(gate, monkeypatch, few, after):
    monkeypatch.setattr("tidemark.bursts.FEW", few)
    with websocket_server(gate) as url:
        run = tidemark.init(url=url)
        for turn in range(5):
            gate.close_after = after
            for _ in range(100):
                run.log({"x": turn})
            gate.until(lambda gate, turn=turn: gate.connections >= turn + 2 or len(gate.all_lines()) >= 500)
        run.finish()
    assert steps(gate) == list(range(500))
    assert gate.connections >= 5


def test_a_server_that_lost_its_data_is_sent_what_is_still_kept(gate):
    gate.acks = False
    with websocket_server(gate) as url:
        run = tidemark.init(url=url)
        for _ in range(10):
            run.log({"x": 1.0})
        gate.until(lambda gate: len(gate.all_lines()) == 10)
    empty = Gate()
    with websocket_server(empty, port_of(url)):
        run.finish()
    assert steps(empty) == list(range(10))


def test_a_server_that_acknowledges_nothing_is_asked_again(gate, transport):
    gate.deaf = True
    with transport(gate) as url:
        run = tidemark.init(url=url)
        run.log({"x": 1.0})
        gate.until(lambda gate: len(gate.hellos) >= 3)
        gate.deaf = False
        run.finish()
    assert steps(gate) == [0]


def test_http_does_not_wait_for_an_acknowledgement_that_was_not_in_the_answer(gate, monkeypatch):
    monkeypatch.setattr(sender, "_ACK_WITHIN", 1e9)
    monkeypatch.setattr("importlib.util.find_spec", lambda name: None)
    gate.deaf = True
    with http_server(gate) as url:
        run = tidemark.init(url=url)
        run.log({"x": 1.0})
        gate.until(lambda gate: len(gate.hellos) >= 4)
        gate.deaf = False
        run.finish()
    assert steps(gate) == [0]


def test_a_server_that_lost_what_is_not_kept_any_more_is_not_waited_for(gate, transport, folder):
    with transport(gate) as url:
        run = tidemark.init(url=url)
        for _ in range(10):
            run.log({"x": 1.0})
        gate.until(lambda gate: len(gate.all_lines()) == 10 and run._engine._sender.delivered)
    empty = Gate()
    with transport(empty, port_of(url)):
        empty.until(lambda empty: empty.hellos)
        run.log({"x": 2.0})
        run.finish()
    assert steps(empty) == [10]
    assert list(folder.iterdir()) == []


def test_a_line_lost_on_the_way_is_sent_again(gate, transport):
    gate.lose = {2, 4}
    with transport(gate) as url:
        run = tidemark.init(url=url)
        for _ in range(5):
            run.log({"x": 1.0})
        run.finish()
    assert steps(gate) == list(range(5))


def test_finish_does_not_wait_long_for_a_server_that_is_away(folder, warnings):
    run = tidemark.init(url=free_address(websocket_server))
    run.log({"x": 1.0})
    start = time.monotonic()
    run.finish(timeout=60)
    assert time.monotonic() - start < 30  # about one; and sixty where it waits on
    assert "2 lines were not acknowledged" in list(warnings)[-1]
    assert len(list(folder.iterdir())) == 1


@pytest.mark.parametrize(("settings", "argument"), [({"finish": 0.3}, {}), ({}, {"timeout": 0.3})])
def test_finish_is_bounded_when_the_server_is_silent(gate, folder, settings, argument):
    gate.acks = False
    with websocket_server(gate) as url:
        run = tidemark.init(url=url, settings=settings)
        run.log({"x": 1.0})
        start = time.monotonic()
        run.finish(**argument)
        assert time.monotonic() - start < 15  # below one; and thirty where it waits for the acknowledgement
    assert len(list(folder.iterdir())) == 1


def test_a_later_start_of_the_run_delivers_what_was_left_over_first(gate, transport, folder):
    first = tidemark.init(id="r", url=free_address(transport))
    for _ in range(10):
        first.log({"x": 1.0})
    first.finish()
    with transport(gate) as url:
        second = tidemark.init(id="r", url=url)
        second.log({"x": 2.0}, step=10)
        second.finish()
    assert steps(gate) == list(range(11))
    assert [hello["writer"] for hello in gate.hellos if hello["writer"] != gate.hellos[0]["writer"]] != []
    assert list(gate.lines) == [gate.hellos[0]["writer"], gate.hellos[-1]["writer"]]
    assert list(folder.iterdir()) == []


def test_sync_delivers_an_offline_run(gate, transport, folder, capsys):
    run = tidemark.init(id="r", mode="offline")
    for _ in range(10):
        run.log({"x": float("nan")})
    run.finish()
    with transport(gate) as url:
        assert main(["sync", str(folder), "--url", url]) == 0
        assert main(["sync", "--url", url]) == 0
    assert steps(gate) == list(range(10))
    assert gate.all_lines()[-1]["status"] == "finished"
    assert "1 delivered, 0 kept, 0 in use" in capsys.readouterr().out


def test_sync_keeps_what_cannot_be_delivered_and_leaves_alone_what_is_in_use(folder, capsys):
    done, live = tidemark.init(id="done", mode="offline"), tidemark.init(id="live", mode="offline")
    done.finish()
    assert main(["sync", "--url", free_address(websocket_server)]) == 1
    assert "0 delivered, 1 kept, 1 in use" in capsys.readouterr().out
    live.finish()
    assert len(list(folder.iterdir())) == 2


def test_a_full_spool_drops_logs_says_so_and_keeps_the_rest(gate, monkeypatch, warnings):
    monkeypatch.setattr("tidemark.engine.CAP", 20_000)
    monkeypatch.setattr(recorder, "_AT_ONCE", 16)
    url = free_address(websocket_server)
    run = tidemark.init(url=url)
    for _ in range(1000):
        run.log({"x": 1.0})
    run.alert("still heard")
    run._engine.recorder.closing.wait(0.01)
    with websocket_server(gate, port_of(url)):
        gate.until(lambda gate: gate.all_lines("alert"))
        gate.until(lambda gate: run._engine._sender.delivered)
        run.log({"x": 2.0})
        run.finish()
    kept = steps(gate)
    assert kept[:10] == list(range(10))
    assert kept[-1] == 1000
    assert run.dropped == 1001 - len(kept) > 0
    assert f"{run.dropped} log lines of training points were dropped" in gate.all_lines("note")[0]["text"]
    assert len(warnings.about("nearly full")) == 1


def test_a_queue_nobody_empties_keeps_evaluations_and_thins_out_the_rest(monkeypatch, warnings, folder):
    monkeypatch.setattr(recorder, "_GATHERED", 1e6)
    run = tidemark.init(mode="offline")
    run.note("what it works on from now on")
    while run._engine._spool.last == 0:
        run._engine.recorder.closing.wait(0.001)
    run._queue.limit(2 * 10 * size_of(LogRecord(0.0, 0, None, {"x": 1.0})))
    for step in range(1000):
        run.log({"x": 1.0}, step=step)
        if step % 100 == 0:
            run.log({"val/x": 1.0}, step=step)
    run.note("still heard")
    assert run._queue.waiting <= 2 * run._queue._limit
    run.finish()
    (left,) = folder.iterdir()
    lines = [line for text in left.read_text().splitlines()[1:] for line in unpacked(json.loads(text))]
    points = [line["step"] for line in lines if "x" in line.get("values", {})]
    assert [line["step"] for line in lines if "val/x" in line.get("values", {})] == list(range(0, 1000, 100))
    assert points[:8] == list(range(8))
    assert run.dropped == 1000 - len(points) > 900
    assert [line["kind"] for line in lines if line["kind"] != "log"] == ["note", "note", "note", "end"]
    assert any(f"{run.dropped} log lines of training points were dropped" in line.get("text", "") for line in lines)
    assert warnings.about("which are counted")


def test_a_spool_folder_that_cannot_be_written_costs_nothing_while_the_server_is_there(gate, tmp_path, warnings):
    (tmp_path / "file").write_text("")
    with websocket_server(gate) as url:
        run = tidemark.init(url=url, dir=tmp_path / "file")
        run.log({"x": 1.0})
        run.finish()
    assert steps(gate) == [0]
    assert warnings.about("kept in memory")


def test_http_is_taken_where_websocket_client_is_absent(monkeypatch):
    monkeypatch.setattr("importlib.util.find_spec", lambda name: None)
    with pytest.raises(transport.ConnectionLost):
        transport.connector("http://127.0.0.1:1", None, "{}")(1)
    assert "tidemark.http_transport" in sys.modules


def test_a_killed_trainer_loses_at_most_the_last_200_ms(gate, folder):
    script = """
import sys, time, tidemark
run = tidemark.init(id="r", mode="offline")
for step in range(10**9):
    run.log({"x": 1.0}, step=step)
    if step % 100 == 0: print(step, time.time(), flush=True)
    time.sleep(0.0005)
"""
    trainer = subprocess.Popen([sys.executable, "-c", script], stdout=subprocess.PIPE, text=True)
    said = [trainer.stdout.readline().split() for _ in range(60)]
    trainer.send_signal(signal.SIGKILL)
    killed = time.time()
    said += [line.split() for line in trainer.stdout.read().splitlines() if line.count(" ") == 1]
    trainer.wait()
    (left,) = folder.iterdir()
    lines = left.read_text().splitlines()[1:]
    kept = [line.get("step") for text in lines for line in unpacked(json.loads(text))]
    assert kept == list(range(len(kept)))
    assert recorder._GATHERED <= 0.1  # two rounds; below, a busy machine gets more
    old = [int(step) for step, when in said if float(when) < killed - 2]
    assert len(old) >= 2
    assert kept[-1] >= old[-1]
    with websocket_server(gate) as url:
        assert main(["sync", "--url", url]) == 0
    assert steps(gate) == kept


def test_log_waits_for_no_lock(gate):
    run = tidemark.init(mode="offline")
    engine = run._engine
    calls = threading.Thread(target=lambda: [run.log({"x": 1.0}) for _ in range(1000)], daemon=True)
    with engine._guard, engine._spool._guard:
        calls.start()
        calls.join(120)
        assert not calls.is_alive()
    run.finish()
