"""Makes a run's config plain JSON."""

from __future__ import annotations

import dataclasses
import math
import numbers
from collections.abc import Mapping, Sequence
from types import SimpleNamespace
from typing import Any

from .values import spell

CONFIG_BYTES = 256 * 1024
"""Largest config the server takes, in bytes of JSON."""

_DEEPEST = 16
_LONGEST = 1_000


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
        return _pairs(config)
    if dataclasses.is_dataclass(config) and not isinstance(config, type):
        return _fields(config)
    if callable(flags := getattr(config, "flag_values_dict", None)):  # absl's
        return dict(flags())
    if _is_mapping(config):
        return _pairs(config)
    if hasattr(config, "__dict__") and not isinstance(config, type):
        return dict(vars(config))
    raise TypeError(f"config: must be a mapping, a dataclass or a namespace, got {type(config).__name__}")


def _mapping(values: Mapping[Any, Any], depth: int) -> dict[str, Any]:
    return {str(key): _plain(value, depth + 1) for key, value in _pairs(values).items()}


def _is_mapping(value: Any) -> bool:
    """Whether `value` is a short mapping by what it does, as those of ml_collections and Series of pandas are."""
    try:
        return hasattr(value, "keys") and hasattr(value, "__getitem__") and len(value) <= _LONGEST
    except Exception:  # as below
        return False


def _pairs(values: Mapping[Any, Any]) -> dict[Any, Any]:
    """A mapping as a dict; what it cannot give, as OmegaConf's values that are yet to be set, is its error's name."""
    return dict(values) if isinstance(values, dict) else {key: _given(values, key) for key in list(values.keys())}


def _given(values: Mapping[Any, Any], key: Any) -> Any:
    try:
        return values[key]
    except Exception as error:
        return type(error).__name__


def _fields(value: Any) -> dict[str, Any]:
    return {field.name: getattr(value, field.name) for field in dataclasses.fields(value)}


def _plain(value: Any, depth: int) -> Any:
    if value is None or type(value) in (bool, str):
        return value
    if isinstance(value, numbers.Integral):
        return _whole(int(value))
    if isinstance(value, numbers.Real):
        real = float(value)
        return real if math.isfinite(real) else spell(real)
    if depth < _DEEPEST:
        if isinstance(value, Mapping):
            return _mapping(value, depth)
        if isinstance(value, (list, tuple, set, frozenset)) or _is_list(value):
            return [_plain(item, depth + 1) for item in value]
        if isinstance(value, SimpleNamespace) or type(value).__name__ == "Namespace":  # argparse's, not imported for it
            return _mapping(vars(value), depth)
        if not isinstance(value, type) and _is_mapping(value):
            return _mapping(value, depth)
        if dataclasses.is_dataclass(value) and not isinstance(value, type):
            return _mapping(_fields(value), depth)
    if (count := _elements(value)) == 1:
        return plain_number(value)
    if 1 < count <= _LONGEST:
        return _plain(value.tolist(), _DEEPEST - 4)
    try:
        return str(value)[:1024]
    except Exception:  # an object of the script's own, with any code behind `__str__`
        return type(value).__name__


def _whole(value: int) -> int | str:
    """A whole number; as text where the wire's numbers would lose digits, as those of a seed of 64 bits."""
    if -(2**53) <= value <= 2**53:
        return value
    try:
        return value if int(float(value)) == value else str(value)
    except (OverflowError, ValueError):  # beyond floats; more digits than Python writes
        return hex(value)


def _is_list(value: Any) -> bool:
    """Whether `value` is a short sequence of a library's own, as OmegaConf's lists are."""
    try:
        named = isinstance(value, (str, bytes, bytearray, memoryview, range))
        return isinstance(value, Sequence) and not named and len(value) <= _LONGEST
    except Exception:  # as below
        return False


def _elements(value: Any) -> int:
    """Elements of an array or tensor; 0 where `value` is none."""
    try:
        count = value.numel() if hasattr(value, "numel") else value.size
        return int(count) if hasattr(value, "item") and hasattr(value, "tolist") else 0
    except Exception:  # an object of the script's own that only looks like one
        return 0


def plain_number(value: Any) -> Any:
    """The element of an array or tensor that has one. Waits for a GPU: for configs and summaries, not for `log()`."""
    try:
        return _plain(value.item(), _DEEPEST)
    except Exception:  # as above
        return type(value).__name__
