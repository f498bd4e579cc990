"""The arithmetic of the bench: `python -m pytest scripts/bench/peers`."""

# The names of the tests say it.
# ruff: noqa: D103

from __future__ import annotations

import struct
import sys
from array import array
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parent))

from latency import latencies, quantile
from measure import Measured
from processes import descendants
from table import count, duration, table
from tools.tidemark import last_step
from tools.wandb import BLOCK, records
from worker import POOL, values_of


def test_a_point_is_seen_with_the_first_answer_that_has_it_or_a_later_one() -> None:
    logged = [{"step": step, "logged": 10.0 + step} for step in range(5)]
    seen = [{"step": -1, "seen": 9.0}, {"step": 1, "seen": 12.5}, {"step": 3, "seen": 14.0}]
    waits, unseen = latencies(logged, seen)
    assert waits == [2.5, 1.5, 2.0, 1.0]
    assert unseen == 1


def test_points_before_the_first_sight_are_not_counted() -> None:
    logged = [{"step": 0, "logged": 1.0}, {"step": 1, "logged": 5.0}]
    assert latencies(logged, [{"step": 0, "seen": 4.0}, {"step": 1, "seen": 5.25}]) == ([0.25], 0)


def test_nothing_seen_is_everything_unseen() -> None:
    assert latencies([{"step": 0, "logged": 1.0}], []) == ([], 1)


def test_a_quantile_is_one_of_the_numbers() -> None:
    assert quantile([3.0, 1.0, 2.0], 0.5) == 2.0
    assert quantile([1.0], 0.9) == 1.0


def test_descendants_are_found_in_any_order() -> None:
    assert descendants({5: 4, 4: 3, 3: 1, 2: 1}, [3]) == {3, 4, 5}


@pytest.mark.parametrize(
    ("number", "text"), [(1_690_000, "1.69 M"), (320, "320"), (98_231, "98.2 k"), (644.4, "644"), (None, "-")]
)
def test_counts_have_three_digits(number: float | None, text: str) -> None:
    assert count(number) == text


def test_durations_are_ms_below_a_second() -> None:
    assert [duration(each) for each in (0.0303, 2.84, 0.00123)] == ["30.3 ms", "2.84 s", "1.23 ms"]


def test_the_table_says_what_is_lost() -> None:
    one = Measured("A", accepted=10, kept=7, length=10, page={"points": 3, "spike": False, "cold": 1.0, "again": 0.1})
    text = table([one])
    assert "7 of 10" in text
    assert "**spike gone**" in text


def test_columns_are_the_values_that_steps_would_have() -> None:
    values = array("d", range(POOL))
    column = values_of(values, 3, 10, 20_000)
    assert len(column) == 20_000
    assert list(column) == [(3 + 10 * row) % POOL for row in range(20_000)]


def test_the_table_tells_how_long_a_page_that_is_told_takes_in_both_rows() -> None:
    told = Measured("A", visible=[3.0, 4.0, 5.0])
    asked = Measured("B", visible=[3.0, 4.0, 5.0], on_page=[5000.0, 9000.0, 9900.0])
    assert table([told]).count("3 ms; 4 ms") == 2
    assert "5 s; 9 s" in table([asked])


def fragment(kind: int, data: bytes) -> bytes:
    return struct.pack("<IHB", 0, len(data), kind) + data


def test_records_are_put_together_and_a_torn_end_is_left_out() -> None:
    head = bytes(7)
    first = fragment(1, b"whole")
    room = BLOCK - len(head) - len(first) - 7
    rest = fragment(2, b"x" * room) + fragment(4, b"y")
    assert list(records(head + first + rest + fragment(1, b"torn")[:-1])) == [b"whole", b"x" * room + b"y"]


def test_a_block_ends_in_zeros_where_no_fragment_fits() -> None:
    head = bytes(7)
    first = fragment(1, b"z" * (BLOCK - 7 - 7 - 3))
    assert list(records(head + first + bytes(3) + fragment(1, b"next")))[1] == b"next"


def test_the_last_step_of_a_series_is_read_from_a_frame_of_points() -> None:
    def block(numbers: list[int], steps: list[float]) -> bytes:
        count = len(steps)
        head = struct.pack(f"<6I{len(numbers)}I", len(numbers), count, count, 0, 0, 0, *numbers)
        columns = [*steps, *[0.0] * (count * (1 + len(numbers)))]
        return head + bytes(-len(head) % 8) + struct.pack(f"<{len(columns)}d", *columns)

    head = struct.pack("<BBHI", 1, 0, 3, 7) + b"run"
    frame = head + bytes(-len(head) % 8) + block([0, 1], [1, 2, 3]) + block([1], [4]) + block([2], [9])
    names = ["loss", "acc"]
    assert [last_step(frame, names, name) for name in ("loss", "acc", "other")] == [3, 4, -1]
    with pytest.raises(ValueError, match="kind 1"):
        last_step(b"\2" + frame[1:], names, "loss")
