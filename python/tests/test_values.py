import contextlib
import sys
import types
from decimal import Decimal
from fractions import Fraction
from typing import NamedTuple

import numpy as np
import pytest

from tidemark.values import OnDevice, flatten, hold, to_number


def flat(values):
    said = []
    return flatten(hold(values), lambda subject, message: said.append(message)), said


@pytest.mark.parametrize(
    ("value", "number"),
    [
        (0.1, 0.1),
        (3, 3),
        (True, 1),
        (float("nan"), "NaN"),
        (float("inf"), "Infinity"),
        (float("-inf"), "-Infinity"),
        (np.float32(0.5), 0.5),
        (np.float64("nan"), "NaN"),
        (np.int64(7), 7),
        (np.bool_(True), 1.0),
        (np.array(2.5), 2.5),
        (np.array([[2.5]]), 2.5),
        (Decimal("0.25"), 0.25),
        (Fraction(1, 4), 0.25),
        (2**53, 2**53),
        (2**60, 2.0**60),
    ],
)
def test_numbers_of_every_kind_become_wire_numbers(value, number):
    assert flat({"x": value}) == ({"x": number}, [])


@pytest.mark.parametrize(
    "value", ["0.5", b"1", None, [1.0], 1 + 2j, np.complex64(1), np.zeros(3), np.array([]), object(), 10**400]
)
def test_what_is_no_number_is_left_out_and_named(value):
    values, said = flat({"bad": value, "good": 1})
    assert values == {"good": 1}
    assert len(said) == 1
    assert said[0].startswith("bad: must be a number, got ")


def test_names_that_are_known_change_nothing():
    for value in (0.5, float("nan"), float("inf"), "high", 1e308):
        first = flat({"known": 0.25, "other": value})
        assert flat({"known": 0.25, "other": value}) == first
    assert flat({"known": 1e308, "other": 1e308}) == ({"known": 1e308, "other": 1e308}, [])


def test_nested_dicts_are_joined_by_slashes():
    assert flat({"val": {"loss": 1.5, "deep": {"er": 2}}, 3: 4})[0] == {"val/loss": 1.5, "val/deep/er": 2, "3": 4}


def test_a_dict_that_contains_itself_ends():
    loop = {"x": 1.0}
    loop["self"] = loop
    values, said = flat(loop)
    assert values["self/self/x"] == 1.0
    assert said


@pytest.mark.parametrize("name", ["", "a\nb", "x" * 257, "\U0001f600" * 129])
def test_a_name_that_the_server_would_refuse_costs_only_its_own_value(name):
    values, said = flat({name: 1.0, "good": 2.0})
    assert values == {"good": 2.0}
    assert "256 printable characters" in said[0]


def test_later_changes_of_what_was_logged_are_not_seen():
    values, nested, array = {"a": 1.0}, {"b": 2.0}, np.array(3.0)
    values.update(nested=nested, array=array)
    held = hold(values)
    values["a"], nested["b"], array[()] = 9.0, 9.0, 9.0
    plain = {"a": 1.0}
    copied = hold(plain)
    plain["a"] = 9.0
    assert flatten(copied, print) == {"a": 1.0}
    assert flatten(held, print) == {"a": 1.0, "nested/b": 2.0, "array": 3.0}


def test_a_number_that_changes_is_read_when_it_is_logged():
    class Meter:
        average = 1.0

        def __float__(self):
            return self.average

    meter = Meter()
    held = hold({"loss": meter})
    meter.average = 2.0
    assert flatten(held, print) == {"loss": 1.0}


def test_a_variable_of_keras_is_read_when_it_is_logged(monkeypatch):
    monkeypatch.setenv("KERAS_BACKEND", "torch")
    keras = pytest.importorskip("keras", reason="keras is not installed")
    rate = keras.Variable(1.0)
    held = hold({"lr": rate})
    rate.assign(2.0)
    assert flatten(held, print) == {"lr": 1.0}


def test_a_value_whose_own_code_fails_is_left_out():
    class Broken:
        def __float__(self):
            raise RuntimeError("no")

        def __repr__(self):
            raise RuntimeError("no")

    assert flat({"x": Broken(), "y": 1}) == ({"y": 1}, ["x: must be a number, got Broken; it is left out"])


class Device(NamedTuple):
    type: str


class FakeTensor:
    """What hold() needs of CUDA tensors, noting who waits."""

    dtype = "float32"

    def __init__(self, log, numbers=(0.5,), device="cuda"):
        self.log, self.numbers, self.device = log, list(numbers), Device(device)

    def numel(self):
        return len(self.numbers)

    @property
    def is_cpu(self):
        return self.device.type == "cpu"

    def dim(self):
        return 0

    def reshape(self, shape):
        return self

    def to(self, device, non_blocking):
        assert (device, non_blocking) == ("cpu", True)
        self.log.append("copy")
        return self

    def tolist(self):
        self.log.append("read")
        return self.numbers


@pytest.fixture
def fake_gpu(monkeypatch):
    """What is asked of a GPU and its queue, in order."""
    log = []

    class Event:
        def __init__(self, blocking):
            assert blocking  # a thread that waits without keeps a core busy
            log.append("new event")

        def record(self, stream):
            log.append(f"record event in {stream}")

        def synchronize(self):
            log.append("wait")

    def stack(tensors):
        log.append("stack")
        if any(each.dtype == "float8" for each in tensors):
            raise RuntimeError("not for numbers of 8 bits")
        return FakeTensor(log, [number for each in tensors for number in each.numbers])

    cuda = types.SimpleNamespace(Event=Event, current_stream=lambda device: "its stream")
    fake = types.SimpleNamespace(Tensor=FakeTensor, cuda=cuda, stack=stack, no_grad=contextlib.nullcontext)
    monkeypatch.setitem(sys.modules, "torch", fake)
    monkeypatch.setattr("tidemark.values._spare", {})
    return log


def test_a_tensor_on_a_gpu_is_copied_in_its_queue_and_read_only_by_the_recorder(fake_gpu):
    held = hold({"loss": FakeTensor(fake_gpu)})
    assert isinstance(held["loss"], OnDevice)
    assert fake_gpu == ["copy", "new event", "record event in its stream"]
    assert to_number(held["loss"]) == 0.5
    assert fake_gpu[3:] == ["wait", "read"]


def test_tensors_of_one_gpu_come_in_one_copy(fake_gpu):
    tensors = [FakeTensor(fake_gpu, [number]) for number in (0.5, 0.25, 0.125)]
    held = hold({"a": tensors[0], "deep": {"b": tensors[1]}, "plain": 3.0, "c": tensors[2]})
    assert fake_gpu == ["stack", "copy", "new event", "record event in its stream"]
    assert flatten(held, print) == {"a": 0.5, "deep/b": 0.25, "plain": 3.0, "c": 0.125}
    assert fake_gpu[4:] == ["wait", "read"]


def test_an_event_is_used_again_once_it_was_waited_for(fake_gpu):
    first, second = hold({"loss": FakeTensor(fake_gpu)}), hold({"loss": FakeTensor(fake_gpu)})
    assert fake_gpu.count("new event") == 2
    for held in (first, second):
        assert flatten(held, print) == {"loss": 0.5}
    hold({"loss": FakeTensor(fake_gpu)}), hold({"loss": FakeTensor(fake_gpu)})
    assert fake_gpu.count("new event") == 2
    hold({"loss": FakeTensor(fake_gpu)})
    assert fake_gpu.count("new event") == 3


def test_tensors_that_cannot_be_gathered_are_copied_one_by_one(fake_gpu):
    tensors = [FakeTensor(fake_gpu, [number]) for number in (0.5, 0.25)]
    for tensor in tensors:
        tensor.dtype = "float8"
    assert flatten(hold({"a": tensors[0], "b": tensors[1]}), print) == {"a": 0.5, "b": 0.25}
    assert fake_gpu.count("copy") == 2


def test_a_tensor_that_cannot_be_copied_is_left_out_and_named(fake_gpu):
    class Lost(FakeTensor):
        def to(self, device, non_blocking):
            raise RuntimeError("an illegal memory access was encountered")

    values, said = flat({"bad": Lost(fake_gpu), "good": 1})
    assert values == {"good": 1}
    assert said == ["bad: must be a number, got OnDevice of a tensor that could not be copied; it is left out"]


def test_torch_tensors_are_detached_and_read_when_they_are_in_host_memory():
    torch = pytest.importorskip("torch", reason="torch is not installed")
    weight = torch.ones((), requires_grad=True)
    total = weight * 2
    held = hold({"loss": total, "half": torch.tensor([0.5], dtype=torch.bfloat16), "many": torch.zeros(3)})
    assert held["loss"] == 2.0
    assert type(held["loss"]) is float
    said = []
    assert flatten(held, lambda *words: said.append(words[1])) == {"loss": 2.0, "half": 0.5}
    assert said == ["many: must be a number, got a tensor of shape (3,); it is left out"]
