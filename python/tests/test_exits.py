"""How a script's end becomes its run's end, without changing how the script ends."""

import multiprocessing
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
from gate import websocket_server

PACKAGE = Path(__file__).parents[1]


@pytest.fixture
def script(gate):
    """Runs a script with an open run `run` to its end; gives its exit code, its errors, and the run's last line."""
    with websocket_server(gate) as url:

        def execute(text, before=""):
            text = (
                f"import os, sys, signal, time, tidemark\n{before}\nrun = tidemark.init()\nrun.log({{'x': 1}})\n{text}"
            )
            done = subprocess.run(
                [sys.executable, "-c", text],
                env={**os.environ, "TIDEMARK_URL": url},
                capture_output=True,
                text=True,
                timeout=300,
            )
            lines = gate.all_lines()
            return done.returncode, done.stderr, lines[-1] if lines else None

        yield execute


def test_a_script_that_just_ends_has_finished(script):
    code, errors, last = script("")
    assert (code, errors, last["status"]) == (0, "", "finished")


def test_exit_waits_for_a_silent_server_as_long_as_it_is_told(script, gate):
    gate.acks = False
    start = time.monotonic()
    code, errors, _ = script("", before="os.environ['TIDEMARK_FINISH'] = '0.3'")
    assert code == 0
    assert "were not acknowledged" in errors
    assert time.monotonic() - start < 60  # about one; and two minutes where it does not listen


def test_an_uncaught_exception_is_a_failed_run(script):
    code, errors, last = script("raise ValueError('no data')")
    assert code == 1
    assert "ValueError: no data" in errors
    assert (last["status"], last["reason"]) == ("failed", "ValueError: no data")


def test_a_caught_exception_is_none(script):
    assert script("try: 1 / 0\nexcept ZeroDivisionError: pass")[2]["status"] == "finished"


def test_exit_codes_are_kept(script):
    assert script("sys.exit(3)")[0] == 3


def test_ctrl_c_ends_with_the_signal_and_a_failed_run(script):
    # A shell that runs the tests in the background has its children ignore the signal.
    heard = "signal.signal(signal.SIGINT, signal.default_int_handler)"
    code, _, last = script("os.kill(os.getpid(), signal.SIGINT)\ntime.sleep(10)", before=heard)
    assert code == -signal.SIGINT
    assert (last["status"], last["reason"]) == ("failed", "KeyboardInterrupt")


TERMINATED = "os.kill(os.getpid(), signal.SIGTERM)\ntime.sleep(30)"
DEFAULT = "signal.signal(signal.SIGTERM, signal.SIG_DFL)"


def test_sigterm_ends_with_the_signal_and_a_failed_run(script, gate):
    code, errors, last = script(TERMINATED, before=DEFAULT)
    assert (code, errors) == (-signal.SIGTERM, "")
    assert (last["kind"], last["status"], last["reason"]) == ("end", "failed", "SIGTERM")
    assert [line["values"] for line in gate.all_lines("log") if "x" in line["values"]] == [{"x": 1}]


def test_sigterm_in_the_midst_of_logging_loses_nothing(script, gate):
    """The signal comes between any two instructions of `log()`."""
    code, _, last = script(
        "signal.setitimer(signal.ITIMER_REAL, 0.02)\n"
        "for step in range(10**9): print(step) if run.log({'x': step}, step=step) else None",
        before=f"{DEFAULT}\nsignal.signal(signal.SIGALRM, lambda *_: os.kill(os.getpid(), signal.SIGTERM))",
    )
    assert (code, last["kind"]) == (-signal.SIGTERM, "end")
    steps = [line["step"] for line in gate.all_lines("log") if "x" in line["values"]]
    assert steps == [*steps[:1], *range(len(steps) - 1)]


def test_sigterm_without_a_server_ends_soon_with_the_signal(folder):
    code = f"import os, signal, time, tidemark\n{DEFAULT}\ntidemark.init().log({{'x': 1}})\n{TERMINATED}"
    away = {**os.environ, "TIDEMARK_URL": "http://127.0.0.1:9"}
    done = subprocess.run([sys.executable, "-c", code], env=away, capture_output=True, text=True, timeout=300)
    assert done.returncode == -signal.SIGTERM
    (spool,) = folder.iterdir()
    assert '"kind":"end"' in spool.read_text()


def test_a_second_sigterm_ends_at_once(script):
    code, _, _ = script(
        "run._engine.close = lambda timeout: (os.kill(os.getpid(), signal.SIGTERM), time.sleep(30))\n" + TERMINATED,
        before=DEFAULT,
    )
    assert code == -signal.SIGTERM


def test_a_handler_of_the_scripts_own_is_left_alone(script):
    own = "def own(*_): print('own', file=sys.stderr); sys.exit(9)\nsignal.signal(signal.SIGTERM, own)"
    code, errors, last = script(TERMINATED, before=own)
    assert (code, errors, last["status"], last["reason"]) == (9, "own\n", "failed", "exit code 9")


def test_a_handler_that_comes_later_replaces_ours_and_may_call_it(script):
    later = (
        "ours = signal.getsignal(signal.SIGTERM)\n"
        "signal.signal(signal.SIGTERM, lambda *rest: (print('checkpoint', file=sys.stderr), ours(*rest)))\n"
    )
    code, errors, last = script(later + TERMINATED, before=DEFAULT)
    assert (code, errors, last["reason"]) == (-signal.SIGTERM, "checkpoint\n", "SIGTERM")


def test_no_handler_is_left_when_no_run_is_open(script):
    left = "run.finish()\nassert signal.getsignal(signal.SIGTERM) is signal.SIG_DFL"
    assert script(left, before=DEFAULT)[:2] == (0, "")


def test_a_run_begun_on_another_thread_takes_no_signal(script):
    other = (
        "run.finish()\nimport threading\n"
        "thread = threading.Thread(target=lambda: tidemark.init().log({'y': 1})); thread.start(); thread.join()\n"
        "assert signal.getsignal(signal.SIGTERM) is signal.SIG_DFL"
    )
    assert script(other, before=DEFAULT)[:2] == (0, "")


@pytest.mark.skipif(not hasattr(os, "fork"), reason="this system cannot fork")
def test_a_forked_child_ends_by_sigterm_without_its_parents_run(script, gate):
    code, errors, last = script(
        "heard, say = os.pipe()\n"
        "child = os.fork()\n"
        "if child == 0: os.write(say, b'.'); time.sleep(60)\n"
        "os.read(heard, 1)\n"
        "os.kill(child, signal.SIGTERM)\n"
        "assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == -signal.SIGTERM",
        before=DEFAULT,
    )
    assert (code, errors, last["status"]) == (0, "", "finished")
    assert len(gate.all_lines("end")) == 1


def test_a_warning_made_an_error_does_not_reach_the_training(script):
    code, errors, last = script("import warnings; warnings.simplefilter('error')\nrun.log({'y': 'high'})")
    assert (code, last["status"]) == (0, "finished")
    assert "y: must be a number" in errors


FORKS = """
import threading
def busy():
    while not done: run.log({'x': 2}); time.sleep(0.0002)
done = False
thread = threading.Thread(target=busy); thread.start()
codes = []
for n in range(40):
    child = os.fork()
    if child == 0:
        run.log({'child': 1}); run.note('child'); run.should_stop(); run.alert('child')
        tidemark.log({'child': 2})
        if n % 2: sys.exit(7)   # by atexit
        run.finish(); os._exit(7)
    codes.append(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]))
done = True; thread.join()
assert set(codes) == {7}, codes
run.finish()
"""


@pytest.mark.skipif(not hasattr(os, "fork"), reason="this system cannot fork")
def test_forked_children_end_at_once_and_send_nothing_of_the_parent(script, gate):
    code, errors, last = script(FORKS)
    assert code == 0, errors
    assert (last["kind"], last["status"]) == ("end", "finished")
    lines = gate.all_lines()
    assert sorted({line["seq"] for line in lines}) == list(range(1, lines[-1]["seq"] + 1))
    assert gate.repeats == 0
    assert len(gate.hellos) == 1
    assert not any("child" in str(line) for line in lines)
    assert "call tidemark.init in it" in errors


@pytest.mark.skipif(not hasattr(os, "fork"), reason="this system cannot fork")
def test_a_fork_does_not_wait_for_a_lock_that_its_parent_holds(script):
    code, errors, _ = script(
        "held = run._engine._sampling._stopped._cond\n"
        "held.acquire()\n"
        "if os.fork() == 0: signal.alarm(0); os._exit(0)\n"
        "held.release()\n"
        "os.wait()\n",
        before="os.environ['TIDEMARK_SYSTEM'] = '1000'\nsignal.alarm(100)",  # which a child does not inherit
    )
    assert (code, errors) == (0, "")


CHILDREN = """
import multiprocessing, sys, tidemark

def child(name):
    run = tidemark.init(id=name)
    for step in range(5): run.log({{"x": 1.0}})
    if name == "raises": raise ValueError("bad")
    if name == "exits": sys.exit(4)

if __name__ == "__main__":
    context = multiprocessing.get_context("{method}")
    children = [context.Process(target=child, args=(name,)) for name in ("ends", "raises", "exits")]
    [each.start() for each in children]; [each.join() for each in children]
    print([each.exitcode for each in children])
"""


@pytest.mark.parametrize("method", multiprocessing.get_all_start_methods())
def test_a_child_of_multiprocessing_ends_its_runs(gate, tmp_path, method):
    path = tmp_path / "children.py"
    path.write_text(CHILDREN.format(method=method))
    with websocket_server(gate) as url:
        environment = {**os.environ, "TIDEMARK_URL": url, "PYTHONPATH": str(PACKAGE)}
        done = subprocess.run([sys.executable, path], env=environment, capture_output=True, text=True, timeout=300)
    assert done.stdout.strip() == "[0, 1, 4]", done.stderr
    runs = {hello["run"]: list(gate.lines[hello["writer"]].values()) for hello in gate.hellos}
    assert [(len(lines), lines[-1]["status"], lines[-1].get("reason")) for _, lines in sorted(runs.items())] == [
        (6, "finished", None),
        (6, "failed", "exit code 4"),
        (6, "failed", "ValueError: bad"),
    ]


CHILD_RUN = """
child = os.fork()
if child == 0:
    own = tidemark.init(id='child'); own.log({'y': 5}); own.finish(); os._exit(0)
os.waitpid(child, 0)
"""


@pytest.mark.skipif(not hasattr(os, "fork"), reason="this system cannot fork")
def test_a_forked_child_may_begin_a_run_of_its_own(script, gate):
    assert script(CHILD_RUN)[0] == 0
    assert {hello["run"] for hello in gate.hellos} > {"child"}
    assert sorted(len(have) for have in gate.lines.values()) == [2, 2]


def test_no_thread_of_the_sdk_imports_anything(script):
    """A child forked during an import never gets its lock."""
    code, errors, _ = script(
        "known = set(sys.modules)\n"
        "run.log({'x': float('nan')}); run.finish()\n"
        "assert set(sys.modules) == known, set(sys.modules) - known\n",
        before="import builtins, threading\n"
        "plain = builtins.__import__\n"
        "def watched(name, *rest, **named):\n"
        "    on = threading.current_thread().name\n"
        "    assert not on.startswith('tidemark') or name in sys.modules, f'{on} imports {name}'\n"
        "    return plain(name, *rest, **named)\n"
        "builtins.__import__ = watched\n",
    )
    assert (code, errors) == (0, "")


def test_dataloader_workers_do_not_hang(script):
    pytest.importorskip("torch", reason="torch is not installed")
    code, errors, last = script(
        "import torch\n"
        "data = torch.utils.data.TensorDataset(torch.arange(64.0))\n"
        "for epoch in range(3):\n"
        "    for (batch,) in torch.utils.data.DataLoader(data, batch_size=8, num_workers=2):\n"
        "        run.log({'mean': batch.mean()})\n"
    )
    assert (code, last["status"]) == (0, "finished"), errors


@pytest.mark.parametrize("leave", ["sys.exit", "exit", "quit"])
def test_an_exit_with_a_code_is_a_failed_run(script, leave):
    code, _, last = script(f"{leave}(3)")
    assert (code, last["status"], last["reason"]) == (3, "failed", "exit code 3")


def test_an_exit_with_a_truth_is_one_with_a_code(script):
    assert script("sys.exit(True)")[2]["reason"] == "exit code 1"


def test_sys_exit_without_a_code_has_finished(script):
    assert script("sys.exit()")[2]["status"] == "finished"


def test_a_caught_sys_exit_is_none(script):
    assert script("try: sys.exit(3)\nexcept SystemExit: pass\nrun.log({'x': 2})")[2]["status"] == "finished"
