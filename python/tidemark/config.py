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
    if isinstance(config, Mapping):
        return _mapping(config, 0)
    if dataclasses.is_dataclass(config) and not isinstance(config, type):
        return _mapping(_fields(config), 0)
    if hasattr(config, "__dict__") and not isinstance(config, type):
        return _mapping(vars(config), 0)
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
    try:
        return str(value)[:1024]
    except Exception:  # an object of the script's own, with any code behind `__str__`
        return type(value).__name__
