"""Calls of `log()` that come close together: packed lines with the same points, in the same order."""

import json
import random

import pytest
from gate import unpacked

from tidemark.blocks import BLOCK_VALUES, Block
from tidemark.bursts import FEW, pack
from tidemark.lines import LINE_VALUES, encode


def text_of(line, seq):
    return line.text(seq) if isinstance(line, Block) else encode(line, seq)


def points(lines):
    """What lines say, in order: of `log` lines the points, of others everything. Also fails where a line is wrong."""
    said = []
    for seq, line in enumerate(lines, 1):
        for each in unpacked(json.loads(text_of(line, seq))):
            assert each.pop("seq") == seq
            said.append(each)
    return said


def log(step, values, epoch=None, time=1790000000.25):
    return {"kind": "log", "time": time, "step": step, "epoch": epoch, "values": values}


def blocks(lines):
    return [len(line.steps) if isinstance(line, Block) else line["kind"] for line in lines]


def test_few_lines_stay_as_they_are():
    lines = [log(step, {"loss": 0.1}) for step in range(FEW - 1)]
    assert pack(lines) == lines
    assert blocks(pack([*lines, log(FEW, {"loss": 1})])) == [FEW]


def test_a_burst_ends_where_the_order_would_be_lost():
    some = [log(step, {"loss": step / 3}) for step in range(FEW)]
    note = {"kind": "note", "text": "so"}
    assert blocks(pack([*some, note, *some])) == [FEW, "note", FEW]
    assert blocks(pack([*some, *some])) == [FEW, FEW]  # steps go back
    (block,) = pack(some)
    assert blocks(pack([*some, block, *some])) == [FEW, FEW, FEW]


@pytest.mark.parametrize(
    "values",
    [
        {"a": 0.1, "b": 1e308},
        {"a": 1, "b": True, "c": 2**53},
        {"a": "NaN", "b": "-Infinity", "c": 0.5},
        {"a": 5e-324, 'quote "and" é': -0.0},
    ],
)
def test_every_value_is_kept(values):
    lines = [log(step, values, epoch=step / 7) for step in range(FEW)]
    (block,) = packed = pack(lines)
    assert isinstance(block, Block)
    assert points(packed) == points(lines)
    assert [repr(v) for line in points(packed) for v in line["values"].values()] == [
        repr(v if isinstance(v, str) else float(v)) for line in lines for v in line["values"].values()
    ]


def test_a_block_is_never_more_than_the_server_takes():
    wide = [log(step, {f"s{step}/{i}": 1.0 for i in range(LINE_VALUES // 40)}, epoch=1) for step in range(100)]
    packed = pack(wide)
    assert points(packed) == points(wide)
    assert max(len(block.columns) for block in packed if isinstance(block, Block)) <= LINE_VALUES
    long = [log(step, {str(i): 0.5 for i in range(100)}) for step in range(500)]
    packed = pack(long)
    assert points(packed) == points(long)
    assert max(len(block.steps) * 100 for block in packed if isinstance(block, Block)) <= BLOCK_VALUES


@pytest.mark.parametrize("seed", range(20))
def test_any_lines_say_the_same_packed(seed):
    chance = random.Random(seed)
    step, lines = 0, []
    for _ in range(400):
        step = max(0, step + chance.choice([0, 1, 1, 1, 1, 1, 5] + [-3] * (chance.random() < 0.1)))
        if chance.random() < 0.02:
            lines.append({"kind": "note", "text": "so", "step": step})
            continue
        names = chance.sample(["loss", "lr", "val/loss", "acc"], chance.randint(1, 4) if chance.random() < 0.3 else 4)
        values = {name: chance.choice([chance.random(), 1, "NaN"]) for name in sorted(names)}
        lines.append(log(step, values, chance.choice([None, 1, 2.5]), round(1.79e9 + chance.random(), 6)))
    packed = pack(lines)
    assert any(isinstance(line, Block) for line in packed)
    assert len(packed) < len(lines) / 2
    assert points(packed) == points(lines)
