import json
import math
import sys

import pytest
from gate import unpack, websocket_server

import tidemark
from tidemark.columns import Packer, pack, row_of

LITERAL = bytes.fromhex(
    "0103020002000000" "0000000000001c40"  # two lines of columns, numbered from 7, with times
    "000000000200000001000000" "010000000100000002000000"  # series 0: two float32; series 1: one float64
    "000000000000f03f" "0000000000000040"  # steps 1 and 2
    "000000e03d22da41" "000000e03d22da41"  # times
    "0000003f0000c03e"  # 0.5, 0.375
    "0100000000000000" "9a9999999999b93f"  # in row 1: 0.1
)  # fmt: skip


def log(seq, **values):
    return seq, json.dumps(
        {"kind": "log", "seq": seq, "time": 1753806720, "step": seq, "values": values}, separators=(",", ":")
    )


def agreed(packer, lines):
    """A packer whose server has agreed to the series of these lines."""
    asked, *_ = packer.frames(lines)
    packer.hear(json.dumps({"kind": "series", "count": len(json.loads(asked)["names"])}))
    return packer


def test_a_frame_has_the_bytes_that_the_protocol_says():
    rows = [row_of(7, log(7, a=0.5)[1]), row_of(8, log(8, a=0.375, b=0.1)[1])]
    rows = [row._replace(step=i + 1) for i, row in enumerate(rows)]
    assert pack(rows, {"a": 0, "b": 1}) == LITERAL


def test_a_machine_of_the_other_byte_order_turns_its_numbers_round(monkeypatch):
    row = row_of(7, log(7, a=0.1)[1])._replace(step=1)
    here = pack([row], {"a": 0})
    monkeypatch.setattr(sys, "byteorder", "big" if sys.byteorder == "little" else "little")
    there = pack([row], {"a": 0})
    assert there[:32] == here[:32]
    assert [there[i : i + 8][::-1] for i in (32, 40, 48)] == [here[i : i + 8] for i in (32, 40, 48)]


def test_floats_come_through_exactly():
    values = [0.1, 1 / 3, 1e300, 5e-324, "NaN", "Infinity", "-Infinity", 1e39, 0.5]
    lines = [log(i, loss=value) for i, value in enumerate(values, 1)]
    packer = agreed(Packer(many=2), lines)
    [frame] = packer.frames(lines)
    assert [line["values"]["loss"] for line in unpack(frame, ["loss"])] == values


def test_every_value_stays_with_its_series():
    first = [log(seq, a=seq, b=seq + 0.25, c=seq + 0.5) for seq in (1, 2, 3)]
    packer = agreed(Packer(many=2), first)
    later = [log(seq, b=seq, d=seq + 0.25, c=1.5, e=seq + 0.75) for seq in (4, 5)]
    asked, *_ = packer.frames(later)
    assert json.loads(asked) == {"kind": "series", "first": 3, "names": ["d", "e"]}
    packer.hear('{"kind": "series", "count": 5}')
    for lines in (first, later):
        [frame] = packer.frames(lines)
        found = [line["values"] for line in unpack(frame, ["a", "b", "c", "d", "e"])]
        assert found == [json.loads(text)["values"] for _, text in lines]


def test_few_lines_go_as_text_and_many_ask_first():
    packer = Packer(many=3)
    few, many = [log(1, a=1)], [log(seq, a=seq) for seq in (1, 2, 3)]
    assert packer.frames(few) == [few[0][1]]
    asked, text = packer.frames(many)
    assert json.loads(asked) == {"kind": "series", "first": 0, "names": ["a"]}
    assert text.count("\n") == 2
    assert packer.frames(many) == [text], "it waits for the answer"
    assert packer.hear('{"kind": "series", "count": 1}')
    assert isinstance(packer.frames(many)[0], bytes)


def test_other_lines_and_new_series_stand_between_as_text():
    lines = [log(seq, a=seq) for seq in range(1, 9)]
    packer = agreed(Packer(many=3), lines)
    lines[3] = (4, '{"kind":"note","seq":4,"text":"x"}')
    lines[7] = log(8, new=1)
    frames = packer.frames(lines)
    assert [type(frame) for frame in frames] == [str, bytes, str, bytes, str]
    assert json.loads(frames[0])["names"] == ["new"]
    assert [line["seq"] for line in unpack(frames[3], ["a"])] == [5, 6, 7]


def test_numbers_that_do_not_follow_are_in_frames_of_their_own():
    lines = [log(seq, a=seq) for seq in (1, 2, 5, 6)]
    packer = agreed(Packer(many=2), lines)
    assert [[line["seq"] for line in unpack(frame, ["a"])] for frame in packer.frames(lines)] == [[1, 2], [5, 6]]


def test_a_server_that_knows_no_ids_is_sent_text():
    lines = [log(seq, a=seq) for seq in (1, 2, 3)]
    packer = Packer(many=2)
    packer.frames(lines)
    assert packer.hear('{"kind": "error", "code": "bad-kind", "message": "no"}')
    assert all(isinstance(frame, str) for frame in packer.frames(lines))
    assert not packer.hear('{"kind": "error", "code": "bad-kind", "message": "another"}')


def test_what_is_agreed_stays_so_where_a_name_is_refused():
    packer = agreed(Packer(many=2), [log(1, a=1), log(2, a=1)])
    lines = [log(1, a=1), log(2, a=1), log(3, a=1, bad=1, b=1, c=1), log(4, a=1, b=1), log(5, b=1, c=1)]
    asked = []
    for _ in range(10):
        ask = packer.frames(lines)[0]
        if not isinstance(ask, str) or "series" not in ask:
            break
        names = json.loads(ask)["names"]
        assert json.loads(ask)["first"] == len(packer._ids), "refused names have no ids"
        asked.append(names)
        if "bad" in names:
            assert packer.hear('{"kind": "error", "code": "bad-line", "message": "no"}')
        else:
            assert packer.hear(json.dumps({"kind": "series", "count": len(packer._ids) + len(names)}))
    assert asked == [["bad", "b", "c"], ["bad"], ["b"], ["c"]]
    frames = packer.frames(lines)
    assert [type(frame) for frame in frames] == [bytes, str, bytes]
    assert frames[1] == lines[2][1]
    assert [line["seq"] for line in unpack(frames[2], ["a", "b", "c"])] == [4, 5]


def test_a_server_that_takes_no_more_series_is_not_asked_for_ever():
    packer = agreed(Packer(many=2), [log(1, a=1), log(2, a=1)])
    lines = [log(1, a=1), log(2, a=1), log(3, **{f"n{i}": 1 for i in range(100)})]
    asks = 0
    while isinstance(packer.frames(lines)[0], str):
        asks += 1
        packer.hear('{"kind": "error", "code": "too-many-series", "message": "no"}')
    assert asks == 20
    assert [type(frame) for frame in packer.frames(lines)] == [bytes, str]


@pytest.mark.parametrize("knows_ids", [True, False])
def test_a_backlog_arrives_once_across_cut_connections(gate, warnings, monkeypatch, knows_ids):
    monkeypatch.setattr("tidemark.bursts.FEW", 10_000)  # as where they did not come close together
    gate.knows_ids = knows_ids
    with websocket_server(gate) as url:
        run = tidemark.init(id="r", url=url)
        steps = 6_000
        step = 0
        while step < steps:
            run.log({"loss": math.nan if step % 50 == 7 else step / 3, "lr": 0.5}, step=step)
            if step in (2_000, 4_000):
                gate.until(lambda g: len(g.all_lines("log")) > 500)
                gate.close_after = 400
            step += 1
            if step == steps < 200_000 and knows_ids:  # all may have gone before the ids were agreed
                gate.until(lambda g, so_far=steps: len(g.all_lines("log")) == so_far)
                steps += 0 if gate.binary else 2_000
        run.finish()
    logs = gate.all_lines("log")
    assert [line["step"] for line in logs] == list(range(steps))
    assert [line["values"]["loss"] for line in logs[:9]] == [*(step / 3 for step in range(7)), "NaN", 8 / 3]
    assert (gate.binary > 0) is knows_ids
    assert not warnings.about("refused")
