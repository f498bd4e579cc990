"""Lines of the wire: one JSON object each. The same text is a frame, an HTTP body and a spool file's line."""

from __future__ import annotations

import json
import math
from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple

from .values import WireNumber

LINE_VALUES = 2_000
"""Most values of one `log` line; what is more goes on the next line of the same step."""

_encode = json.JSONEncoder(separators=(",", ":"), allow_nan=False).encode

_FLOATS = frozenset((float,))
_MOST_KEYS = 20_000
_keys: dict[str, str] = {}
"""Names as JSON, with their colon."""


class LogRecord(NamedTuple):
    """What `log()` leaves for the recording thread."""

    time: float
    """Seconds since 1970."""
    step: int
    epoch: float | None
    values: Mapping[Any, Any]
    """As `values.hold` gives them: not yet flattened."""


def encode(line: Mapping[str, Any], seq: int | None = None) -> str:
    """A line's text, without its end.

    Args:
        line: begins with `kind`; fields that are None are left out. Non-finite floats must be spelled already.
        seq: the line's number; None for `run` lines, which have none.

    Raises:
        ValueError: a float is not finite: bare NaN is no JSON.
    """
    if seq is not None and line["kind"] == "log" and (text := _encode_log(line, seq)):
        return text
    numbered = dict(line) if seq is None else {"kind": line["kind"], "seq": seq, **line}
    return _encode({key: value for key, value in numbered.items() if value is not None})


def _encode_log(line: Mapping[str, Any], seq: int) -> str:
    """A `log` line of finite floats, as the encoder has it, in a third of the time; empty where it is another."""
    values = line["values"]
    if not _FLOATS.issuperset(map(type, values.values())) or not math.isfinite(sum(values.values())):
        return ""
    try:
        said = ",".join([_keys[name] + repr(value) for name, value in values.items()])
    except KeyError:
        if len(_keys) > _MOST_KEYS:
            _keys.clear()
        _keys.update({name: f"{_encode(name)}:" for name in values})
        said = ",".join([_keys[name] + repr(value) for name, value in values.items()])
    epoch = "" if line.get("epoch") is None else f',"epoch":{line["epoch"]!r}'
    return f'{{"kind":"log","seq":{seq},"time":{line["time"]!r},"step":{line["step"]}{epoch},"values":{{{said}}}}}'


def log_lines(record: LogRecord, flat: Mapping[str, WireNumber]) -> Iterator[dict[str, Any]]:
    """The lines of one `log()`: one, more where it has over 2000 values, none where it has none."""
    names = list(flat)
    for start in range(0, len(names), LINE_VALUES):
        some = names[start : start + LINE_VALUES]
        yield {
            "kind": "log",
            "time": round(record.time, 6),
            "step": record.step,
            "epoch": record.epoch,
            "values": flat if len(some) == len(names) else {name: flat[name] for name in some},
        }
