"""Turns what a training script logs into numbers of the wire, without ever waiting for a GPU in `log()`."""

from __future__ import annotations

import math
import numbers
import sys
from collections.abc import Mapping, Sequence
from typing import Any, Callable, Union

from .names import is_name

WireNumber = Union[float, int, str]
"""A JSON number, or one of "NaN", "Infinity", "-Infinity"."""
Complain = Callable[[str, str], None]
"""Told a subject and a sentence about a value that cannot be sent."""

PLAIN = frozenset((float, int, bool))
"""Types of values that are taken as they are."""
_FLOATS = frozenset((float,))
_EXACT = 2**53
_NAMES = 20_000
_named: set[Any] = set()
"""Names that are known to be usable as they are."""
_DEEPEST = 16
_LATER = frozenset(("jax", "jaxlib", "tensorflow", "mlx", "cupy"))
"""Libraries whose arrays may be on a GPU; most of them never change."""


_spare: dict[Any, list[Any]] = {}
"""Events that have been waited for, by device: to make one costs some microseconds, and tens now and then."""


class Transfer:
    """Numbers on their way from a GPU to host memory, behind whatever the GPU still has to compute.

    Args:
        torch: the module.
        vector: a detached tensor, shape (n,), on any device but the host.
    """

    __slots__ = ("_copy", "_event", "_numbers", "_spare")

    def __init__(self, torch: Any, vector: Any) -> None:
        self._numbers: list[Any] | None = None
        self._event = None
        if vector.device.type == "cuda":
            self._copy = vector.to("cpu", non_blocking=True)
            self._spare = _spare.setdefault(vector.device, [])
            try:
                self._event = self._spare.pop()
            except IndexError:
                self._event = torch.cuda.Event(blocking=True)  # else the thread that waits keeps a core busy
            self._event.record(torch.cuda.current_stream(vector.device))
        else:
            self._copy = vector.clone()

    def read(self) -> list[Any]:
        """Waits until the GPU has got there and gives the n numbers. Not for the training thread."""
        if self._numbers is None:
            if self._event is not None:
                self._event.synchronize()
                self._spare.append(self._event)
                self._event = None
            self._numbers = self._copy.tolist()
        return self._numbers


class OnDevice:
    """One number of those that a call of `log()` found on a GPU; `transfer` is set once all are known."""

    __slots__ = ("place", "tensor", "transfer")

    def __init__(self, tensor: Any) -> None:
        self.tensor = tensor
        self.transfer: Transfer | None = None
        self.place = 0

    def read(self) -> Any:
        """Waits until the GPU has got there and gives the number. Not for the training thread."""
        if self.transfer is None:
            raise RuntimeError("the tensor could not be copied")
        return self.transfer.read()[self.place]

    def __repr__(self) -> str:
        return "of a tensor that could not be copied" if self.transfer is None else f"{self.transfer!r}[{self.place}]"


class NamedOnDevice:
    """Several numbers on their way from a GPU in one tensor, with their names."""

    __slots__ = ("_names", "_transfer")

    def __init__(self, names: Sequence[str], transfer: Transfer) -> None:
        self._names = names
        self._transfer = transfer

    def read(self) -> dict[str, float]:
        """Waits until the GPU has got there and gives the numbers by name. Not for the training thread."""
        return dict(zip(self._names, self._transfer.read()))


class Unusable:
    """A value that is known not to be one number; `what` describes it."""

    __slots__ = ("what",)

    def __init__(self, what: str) -> None:
        self.what = what


def hold(values: Mapping[Any, Any]) -> dict[Any, Any]:
    """Copies `values` so that later changes of them are not seen. Cheap, and does not wait for a GPU.

    No autograd graph is kept alive. A tensor in host memory is read at once. Those on a
    device are gathered there, and one copy of them to the host is put in the device's own queue and read later, by the
    recording thread: a kernel and a copy a call cost the training a fraction of a copy a number.
    """
    if PLAIN.issuperset(map(type, values.values())):
        return dict(values)
    away: list[OnDevice] = []
    held = {key: _hold(value, 0, away) for key, value in values.items()}
    if away:
        _send(away)
    return held


def _hold(value: Any, depth: int, away: list[OnDevice]) -> Any:
    if type(value) in PLAIN:
        return value
    if isinstance(value, Mapping):
        if depth >= _DEEPEST:
            return Unusable("a dict nested too deeply")
        return {key: _hold(inner, depth + 1, away) for key, inner in value.items()}
    try:
        torch = sys.modules.get("torch")
        if torch is not None and isinstance(value, torch.Tensor):
            return _hold_tensor(value, away)
        numpy = sys.modules.get("numpy")
        if numpy is not None and isinstance(value, numpy.ndarray):
            return value.item() if value.size == 1 else Unusable(f"an array of shape {tuple(value.shape)}")
        if not isinstance(value, numbers.Number) and hasattr(type(value), "__float__"):
            return _hold_other(value, depth, away)
    except Exception as error:
        return Unusable(f"{type(value).__name__} ({error})")
    return value


def _hold_other(value: Any, depth: int, away: list[OnDevice]) -> Any:
    """A number of a library's or the script's own: read at once, as it may change; later where it waits for a GPU."""
    library = type(value).__module__.partition(".")[0]
    if library == "keras" and hasattr(value, "value"):  # a variable, which holds the backend's own
        return _hold(value.value, depth, away)
    if library == "tensorflow" and hasattr(value, "read_value"):  # likewise, as a tensor that does not change
        return value.read_value()
    try:
        return value if library in _LATER else float(value)
    except Exception:  # any code behind `__float__`; said where it is recorded
        return value


def hold_named(names: Sequence[str], vector: Any) -> Any:
    """The elements of a detached tensor by name, as a value for `log()`: they become series of their own.

    Args:
        names: of each element.
        vector: shape (len(names),).
    """
    if vector.device.type == "cpu":
        return dict(zip(names, vector.tolist()))
    return NamedOnDevice(names, Transfer(sys.modules["torch"], vector))


def _hold_tensor(tensor: Any, away: list[OnDevice]) -> Any:
    if tensor.numel() != 1:
        return Unusable(f"a tensor of shape {tuple(tensor.shape)}")
    if tensor.is_cpu:
        return tensor.item()
    away.append(OnDevice(tensor))
    return away[-1]


def _send(away: Sequence[OnDevice]) -> None:
    """Puts one transfer for each kind of number in the queue of each device."""
    torch = sys.modules["torch"]
    kinds: dict[Any, list[OnDevice]] = {}
    for each in away:
        kinds.setdefault((each.tensor.device, each.tensor.dtype), []).append(each)
    with torch.no_grad():
        for alike in kinds.values():
            # Those that cannot be gathered, as numbers of 8 bits, go one by one; what fails is said when it is read.
            if not _together(torch, alike) and len(alike) > 1:
                for each in alike:
                    _together(torch, [each])


def _together(torch: Any, alike: Sequence[OnDevice]) -> bool:
    try:
        scalars = [each.tensor if each.tensor.dim() == 0 else each.tensor.reshape(()) for each in alike]
        transfer = Transfer(torch, torch.stack(scalars) if len(scalars) > 1 else scalars[0].reshape(1))
    except Exception:
        return False
    for place, each in enumerate(alike):
        each.transfer, each.place, each.tensor = transfer, place, None
    return True


def flatten(values: Mapping[Any, Any], complain: Complain) -> dict[str, WireNumber]:
    """Numbers by series, `{"val": {"loss": 0.3}}` as `{"val/loss": 0.3}`. May wait for a GPU.

    What is not a number, or has no usable name, is left out and complained of.
    """
    # A training logs the same names again and again: so in a small part of the time of looking at each.
    known = type(values) is dict and _named.issuperset(values) and _FLOATS.issuperset(map(type, values.values()))
    if known and math.isfinite(sum(values.values())):
        return dict(values)
    flat: dict[str, WireNumber] = {}
    _collect(flat, "", values, complain)
    if len(_named) < _NAMES:
        _named.update(flat)
    return flat


def _collect(flat: dict[str, WireNumber], prefix: str, values: Mapping[Any, Any], complain: Complain) -> None:
    for key, value in values.items():
        series = prefix + (key if type(key) is str else str(key))
        if type(value) is float:
            number: WireNumber | None = value if math.isfinite(value) else spell(value)
        elif isinstance(value, Mapping):
            _collect(flat, series + "/", value, complain)
            continue
        elif isinstance(value, NamedOnDevice):
            _collect(flat, series + "/" if series else "", value.read(), complain)
            continue
        else:
            number = to_number(value)
        if number is None:
            complain(f"value {series}", f"{series}: must be a number, got {_describe(value)}; it is left out")
        elif is_name(series):
            flat[series] = number
        else:
            complain(
                "series name",
                f"series: must be 1 to 256 printable characters, got {series[:80]!r}; it is left out",
            )


def to_number(value: Any) -> WireNumber | None:
    """`value` as the wire carries it; None when it is not one number. May wait for a GPU."""
    try:
        if isinstance(value, OnDevice):
            value = value.read()
        if value is None or isinstance(value, (str, bytes, bytearray, Unusable)):
            return None
        if isinstance(value, numbers.Integral):
            whole = int(value)
            return whole if -_EXACT <= whole <= _EXACT else float(whole)
        if isinstance(value, numbers.Complex) and not isinstance(value, numbers.Real):
            return None
        if not hasattr(type(value), "__float__"):
            return None
        real = float(value)
        return real if math.isfinite(real) else spell(real)
    except Exception:  # a value of any type, with any code behind `__float__`
        return None


def spell(value: float) -> str:
    """The wire's word for a non-finite float: JSON has none."""
    return "NaN" if math.isnan(value) else "Infinity" if value > 0 else "-Infinity"


def _describe(value: Any) -> str:
    if isinstance(value, Unusable):
        return value.what
    try:
        return f"{type(value).__name__} {value!r:.60}"
    except Exception:
        return type(value).__name__
