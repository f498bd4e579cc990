"""Makes a run's config plain JSON."""

from __future__ import annotations

import dataclasses
import math
import numbers
from collections.abc import Mapping
from typing import Any

from .values import spell

CONFIG_BYTES = 256 * 1024
"""Largest config the server takes, in bytes of JSON."""

_DEEPEST = 16


def plain(config: Any) -> dict[str, Any]:
    """`config` as a dict that JSON can carry.

    Args:
        config: a mapping, a dataclass instance, or an object with attributes such as `argparse.Namespace`.

    Returns:
        Nested dicts, lists, strings, finite numbers, booleans and None. Non-finite floats are spelled "NaN",
        "Infinity", "-Infinity"; any other object is its `str()`.

    Raises:
        TypeError: `config` is none of these.
    """
    return _mapping(items(config), 0)


def items(config: Any) -> dict[Any, Any]:
    """What `config` says, its values as they are.

    Raises:
        TypeError: `config` is no mapping, dataclass instance or object with attributes.
    """
    if isinstance(config, Mapping):
        return dict(config)
    if dataclasses.is_dataclass(config) and not isinstance(config, type):
        return _fields(config)
    if hasattr(config, "__dict__") and not isinstance(config, type):
        return dict(vars(config))
    raise TypeError(f"config: must be a mapping, a dataclass or a namespace, got {type(config).__name__}")


def _mapping(values: Mapping[Any, Any], depth: int) -> dict[str, Any]:
    return {str(key): _plain(value, depth + 1) for key, value in values.items()}


def _fields(value: Any) -> dict[str, Any]:
    return {field.name: getattr(value, field.name) for field in dataclasses.fields(value)}


def _plain(value: Any, depth: int) -> Any:
    if value is None or type(value) in (bool, str):
        return value
    if isinstance(value, numbers.Integral):
        return int(value)
    if isinstance(value, numbers.Real):
        real = float(value)
        return real if math.isfinite(real) else spell(real)
    if depth < _DEEPEST:
        if isinstance(value, Mapping):
            return _mapping(value, depth)
        if isinstance(value, (list, tuple, set, frozenset)):
            return [_plain(item, depth + 1) for item in value]
        if dataclasses.is_dataclass(value) and not isinstance(value, type):
            return _mapping(_fields(value), depth)
    if _is_number(value):
        return plain_number(value)
    try:
        return str(value)[:1024]
    except Exception:  # an object of the script's own, with any code behind `__str__`
        return type(value).__name__


def _is_number(value: Any) -> bool:
    """Whether `value` is an array or tensor of one element."""
    try:
        return hasattr(value, "item") and (value.size == 1 if type(value).__module__ == "numpy" else value.numel() == 1)
    except Exception:  # an object of the script's own that only looks like one
        return False


def plain_number(value: Any) -> Any:
    """The element of an array or tensor that has one. Waits for a GPU: for configs and summaries, not for `log()`."""
    try:
        return _plain(value.item(), _DEEPEST)
    except Exception:  # as above
        return type(value).__name__
