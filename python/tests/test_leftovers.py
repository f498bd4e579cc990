import os
import re
import subprocess
import sys
import time

import pytest

from tidemark.leftovers import in_use, left_over, writer_id


def test_left_over_spools_are_listed_by_run_oldest_first(tmp_path):
    for age, name in enumerate(["r@b.jsonl", "r@a.jsonl", "r2@c.jsonl", "r@d.jsonl.cut", "notes.jsonl"]):
        (tmp_path / name).write_text("")
        os.utime(tmp_path / name, (age, age))
    assert [path.name for path in left_over(tmp_path, "r")] == ["r@b.jsonl", "r@a.jsonl"]
    assert [path.name for path in left_over(tmp_path)] == ["r@b.jsonl", "r@a.jsonl", "r2@c.jsonl"]
    assert left_over(tmp_path / "none") == []


def test_a_writer_names_its_machine_and_process():
    assert re.fullmatch(rf"[A-Za-z0-9_~-]+\.{os.getpid()}\.[0-9a-f]{{12}}", writer_id())
    assert writer_id() != writer_id()


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no harmless way to ask whether a process lives")
def test_on_this_machine_a_spool_is_in_use_while_its_process_lives(tmp_path):
    process = subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE)
    path = tmp_path / f"r@{writer_id().replace(f'.{os.getpid()}.', f'.{process.pid}.')}.jsonl"
    path.write_text("")
    assert in_use(path)
    process.communicate(b"\n")
    assert not in_use(path)


def test_a_number_like_our_own_was_an_earlier_process(tmp_path):
    path = tmp_path / f"r@{writer_id()}.jsonl"
    path.write_text("")
    assert not in_use(path)


def test_a_spool_of_another_machine_is_in_use_for_two_minutes_after_its_last_line(tmp_path):
    path = tmp_path / "r@elsewhere.1.abc.jsonl"
    path.write_text("")
    assert in_use(path)
    os.utime(path, (time.time() - 121,) * 2)
    assert not in_use(path)
    path.unlink()
    assert in_use(path)
