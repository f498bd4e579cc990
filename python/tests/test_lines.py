import json

import pytest

from tidemark.lines import LogRecord, encode, log_lines


@pytest.mark.parametrize("epoch", [None, 0, 1.5])
@pytest.mark.parametrize(
    "values",
    [
        {"a": 0.1, 'quote "and" \\ é \U0001f600': -1e-300},
        {"a": 1e308, "b": 1e308},
        {"a": 0.1, "b": 3, "c": "NaN"},
        {"a": -0.0, "b": 5e-324},
        {},
    ],
)
def test_a_log_line_is_the_same_json_whichever_way_it_is_written(values, epoch):
    for line in log_lines(LogRecord(1790000000.123456, 7, epoch, values), values):
        plain = {key: value for key, value in {"kind": "log", "seq": 3, **line}.items() if value is not None}
        assert encode(line, 3) == json.dumps(plain, separators=(",", ":"))
