import errno
import json
import os

import pytest

from tidemark.conversation import Range
from tidemark.spool import Spool
from tidemark.storage import Locked

HELLO = '{"kind":"run","run":"r","writer":"w"}'


def line(seq, size=0):
    return json.dumps({"kind": "note", "seq": seq, "text": "x" * size})


def fill(spool, count, size=0):
    spool.append([line(seq, size) for seq in range(spool.last + 1, spool.last + count + 1)])


def seqs(spool, first=1, last=10**9, most_bytes=10**9):
    return [seq for seq, text in spool.read(Range(first, last), most_bytes)[0] if json.loads(text)["seq"] == seq]


@pytest.fixture
def path(tmp_path):
    return tmp_path / "deep" / "r@w.jsonl"


@pytest.fixture(params=["file", "memory"])
def spool(request, path):
    spool = Spool(path if request.param == "file" else None, HELLO)
    yield spool
    spool.close(remove=True)


def test_lines_are_read_back_by_number(spool):
    fill(spool, 10)
    assert seqs(spool) == list(range(1, 11))
    assert seqs(spool, 4, 6) == [4, 5, 6]
    assert spool.read(Range(4, 4), 1) == ([(4, line(4))], 4)


def test_reading_stops_at_a_number_of_bytes_but_gives_one_line_at_least(spool):
    fill(spool, 10, size=1000)
    lines, reached = spool.read(Range(1, 10), 5000)
    assert 1 < len(lines) < 5
    assert reached == lines[-1][0]
    assert spool.read(Range(3, 10), 1)[1] == 3


def test_the_file_is_the_wire(path):
    spool = Spool(path, HELLO)
    fill(spool, 2)
    assert path.read_text() == f"{HELLO}\n{line(1)}\n{line(2)}\n"
    assert path.stat().st_mode & 0o077 == 0
    spool.close(remove=False)


def test_what_is_acknowledged_is_cut_and_the_rest_stays(spool):
    fill(spool, 100, size=100_000)
    spool.acknowledge(90)
    assert spool._storage.size < 11 * 100_100
    assert seqs(spool) == list(range(91, 101))
    fill(spool, 5)
    assert seqs(spool, 100) == list(range(100, 106))
    spool.acknowledge(105)
    assert spool._storage.size == len(HELLO) + 1
    fill(spool, 1)
    assert seqs(spool) == [106]


def test_a_cut_file_can_be_opened_again(path):
    spool = Spool(path, HELLO)
    fill(spool, 100, size=100_000)
    spool.acknowledge(90)
    spool.close(remove=False)
    again = Spool(path, None)
    assert (again.hello, again.first, again.last) == (HELLO, 91, 100)
    assert seqs(again) == list(range(91, 101))
    again.close(remove=True)
    assert list(path.parent.iterdir()) == []


def test_few_acknowledged_bytes_are_not_worth_a_cut(spool):
    fill(spool, 10)
    spool.acknowledge(9)
    assert seqs(spool) == [10]
    fill(spool, 1)
    assert seqs(spool) == [10, 11]


def test_a_torn_last_line_is_left_out(path):
    spool = Spool(path, HELLO)
    fill(spool, 3)
    spool.close(remove=False)
    with path.open("a") as file:
        file.write('{"kind":"note","se')
    again = Spool(path, None)
    assert seqs(again) == [1, 2, 3]
    fill(again, 1)
    assert seqs(again) == [1, 2, 3, 4]
    again.close(remove=True)


def test_numbers_that_are_missing_in_a_file_are_skipped(path):
    path.parent.mkdir()
    path.write_text("\n".join([HELLO, line(3), line(4), "garbage", line(8), line(2), line(10**15), ""]))
    spool = Spool(path, None)
    assert (spool.first, spool.last) == (3, 8)
    lines, reached = spool.read(Range(1, 8), 10**6)
    assert [seq for seq, _ in lines] == [3, 4, 8]
    assert reached == 8
    spool.close(remove=True)


def test_long_files_are_read_in_pieces(path):
    spool = Spool(path, HELLO)
    fill(spool, 30, size=100_000)
    spool.close(remove=False)
    again = Spool(path, None)
    assert seqs(again) == list(range(1, 31))
    again.close(remove=True)


@pytest.mark.parametrize("text", ["", "garbage\n", '{"kind":"log","seq":1}\n', HELLO])
def test_a_file_that_is_no_spool_is_refused_and_left_alone(path, text):
    path.parent.mkdir()
    path.write_text(text)
    with pytest.raises(ValueError, match="must begin with a `run` line"):
        Spool(path, None)
    assert path.read_text() == text


def test_a_spool_in_use_is_locked(path):
    spool = Spool(path, HELLO)
    with pytest.raises(Locked):
        Spool(path, None)
    fill(spool, 100, size=100_000)
    spool.acknowledge(90)  # a new file under the same name is locked too
    with pytest.raises(Locked):
        Spool(path, None)
    spool.close(remove=False)
    Spool(path, None).close(remove=True)


def test_a_full_spool_says_so(path):
    spool = Spool(path, HELLO, cap=1000)
    assert spool.fill < 1
    fill(spool, 1, size=1000)
    assert spool.fill >= 1
    spool.close(remove=True)


def test_a_disk_that_fills_up_costs_nothing_while_the_process_lives(path, monkeypatch):
    spool = Spool(path, HELLO)
    fill(spool, 2)
    write = os.write

    def torn(fd, data):
        if len(data) > 10:
            return write(fd, data[:10])
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(os, "write", torn)
    fill(spool, 2, size=100)
    monkeypatch.undo()
    assert spool.failure.errno == errno.ENOSPC
    fill(spool, 2)
    assert path.read_text() == f"{HELLO}\n{line(1)}\n{line(2)}\n"
    assert seqs(spool) == [1, 2, 3, 4, 5, 6]
    assert seqs(spool, 2, 3) == [2, 3]
    spool.acknowledge(4)
    assert seqs(spool) == [5, 6]
    fill(spool, 1, size=70_000)
    spool.acknowledge(7)
    assert spool.failure is None
    fill(spool, 1)
    assert seqs(spool) == [8]
    assert path.read_text().endswith(line(8) + "\n")
    spool.close(remove=True)


def test_a_folder_that_cannot_be_made_leaves_memory(tmp_path):
    (tmp_path / "file").write_text("")
    spool = Spool(tmp_path / "file" / "r@w.jsonl", HELLO)
    assert spool.path is None
    assert isinstance(spool.failure, OSError)
    fill(spool, 3)
    assert seqs(spool) == [1, 2, 3]
