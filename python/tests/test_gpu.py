"""What the SDK does on a real NVIDIA GPU. Skipped where PyTorch has none."""

import math
import shutil
import subprocess
import threading

import pytest
from gate import websocket_server

import tidemark
from tidemark.system.gpu import NvidiaSmi, Nvml, gpus
from tidemark.values import flatten, hold

torch = pytest.importorskip("torch", reason="torch is not installed")
pytestmark = pytest.mark.skipif(not torch.cuda.is_available(), reason="there is no NVIDIA GPU")

LONG = 2_000_000_000
"""Clock cycles that the GPU is kept busy: a second or more."""


@pytest.fixture(autouse=True)
def _warm():
    """Each kernel is loaded when it is first used, and the host waits for that: not what is asked here."""
    values = [torch.full(shape, 0.5, device="cuda") * 2 for shape in ((), (1,))]
    flatten(hold({"a": values[0], "b": values[1]}), print)
    torch.cuda.synchronize()


def busy():
    """Keeps the GPU busy; the event is reached when that is over."""
    torch.cuda._sleep(LONG)
    over = torch.cuda.Event()
    over.record()
    return over


def test_log_does_not_wait_for_the_gpu(gate, folder):
    with websocket_server(gate) as url:
        run = tidemark.init(project="gpu", url=url, dir=folder)
        over = busy()
        loss, accuracy = torch.full((), 0.5, device="cuda") * 2, torch.full((1,), 0.75, device="cuda")
        run.log({"loss": loss, "val": {"accuracy": accuracy}, "lr": 1e-3}, step=0)
        assert not over.query()  # the GPU is still at what came before
        run.finish()
        assert over.query()
    assert [line["values"] for line in gate.all_lines("log")] == [{"loss": 1.0, "val/accuracy": 0.75, "lr": 1e-3}]


def test_nothing_that_log_does_makes_the_host_wait(gate, folder):
    with websocket_server(gate) as url:
        run = tidemark.init(project="gpu", url=url, dir=folder)
        values = {f"metric/{place}": torch.full((), place / 8, device="cuda") for place in range(10)}
        torch.cuda.set_sync_debug_mode("error")  # PyTorch then raises where it would wait
        try:
            with pytest.raises(RuntimeError, match="synchronizing"):
                values["metric/0"].item()
            run.log(values, step=0)
        finally:
            torch.cuda.set_sync_debug_mode("default")
        run.finish()
    assert [line["values"] for line in gate.all_lines("log")] == [{f"metric/{place}": place / 8 for place in range(10)}]


def test_what_a_tensor_becomes_later_is_not_seen():
    total, count = torch.ones((), device="cuda"), torch.ones((), device="cuda")
    busy()
    held = hold({"total": total, "count": count}), hold({"total": total})
    total += 41
    count.zero_()
    assert [flatten(each, print) for each in held] == [{"total": 1.0, "count": 1.0}, {"total": 1.0}]


def test_a_number_of_another_stream_is_the_one_it_was_there():
    stream = torch.cuda.Stream()
    with torch.cuda.stream(stream):
        busy()
        loss, other = torch.full((), 3.0, device="cuda") * 2, torch.full((), 4.0, device="cuda") * 2
        held = hold({"loss": loss, "other": other})
    assert not stream.query()
    assert flatten(held, print) == {"loss": 6.0, "other": 8.0}


@pytest.mark.parametrize(
    "dtype",
    ["float64", "float32", "float16", "bfloat16", "float8_e4m3fn", "float8_e5m2", "int64", "int32", "uint8", "bool"],
)
def test_numbers_of_every_kind_come_over(dtype):
    kind = getattr(torch, dtype)
    one, zero = torch.ones((), device="cuda").to(kind), torch.zeros((), device="cuda").to(kind)
    mixed = torch.full((), 0.5, device="cuda", requires_grad=True)
    assert flatten(hold({"one": one, "zero": zero, "mixed": mixed}), print) == {"one": 1, "zero": 0, "mixed": 0.5}


def test_what_is_not_finite_comes_over():
    values = {name: torch.full((), number, device="cuda") for name, number in
              [("nan", math.nan), ("up", math.inf), ("down", -math.inf)]}  # fmt: skip
    assert flatten(hold(values), print) == {"nan": "NaN", "up": "Infinity", "down": "-Infinity"}


def test_the_thread_that_waits_for_the_gpu_uses_no_core():
    """An event that is not a blocking one is waited for in a loop."""
    import time

    busy()
    held = hold({"loss": torch.full((), 3.0, device="cuda") * 2})
    used, over = [], threading.Event()

    def read():
        before = time.thread_time()
        flatten(held, print)
        used.append(time.thread_time() - before)
        over.set()

    began = time.monotonic()
    threading.Thread(target=read).start()
    assert over.wait(60)
    assert used[0] < 0.5 * (time.monotonic() - began)


def test_gradients_of_a_model_on_the_gpu_are_watched(gate, folder):
    with websocket_server(gate) as url:
        run = tidemark.init(project="gpu", url=url, dir=folder)
        model = torch.nn.Sequential(torch.nn.Linear(4, 3), torch.nn.Linear(3, 1)).cuda()
        optimizer = torch.optim.SGD(model.parameters(), lr=0.1)
        run.watch(model, log_freq=1)
        model(torch.ones(2, 4, device="cuda")).sum().backward()
        norms = [parameter.grad.norm().item() for parameter in model.parameters()]
        optimizer.step()
        run.log({"loss": 1.0}, step=0)
        run.finish()
    [values] = [line["values"] for line in gate.all_lines("log") if "grad_norm" in line["values"]]
    assert values["grad_norm"] == pytest.approx(math.hypot(*norms), rel=1e-5)
    assert values["grad_norm/0"] == pytest.approx(math.hypot(*norms[:2]), rel=1e-5)


QUANTITIES = {
    "utilisation", "memory", "memory_used", "temperature", "power", "power_share", "clock", "throttled",
    "throttled_heat",
}  # fmt: skip


@pytest.fixture
def nvml():
    return Nvml(pytest.importorskip("pynvml", reason="nvidia-ml-py is not installed"), [0])


@pytest.fixture
def smi():
    command = shutil.which("nvidia-smi") or pytest.skip("nvidia-smi is not installed")
    return NvidiaSmi(subprocess.run, command, [0])


def test_nvml_tells_every_quantity(nvml):
    check(nvml.sample())


def test_nvidia_smi_tells_every_quantity(smi):
    check(smi.sample())


def check(found):
    assert {name.removeprefix("gpu0/") for name in found} - {"ecc_errors"} == QUANTITIES
    value = {name.removeprefix("gpu0/"): number for name, number in found.items()}
    assert 0 <= value["utilisation"] <= 100
    assert 0 < value["memory"] <= 100
    assert 10 < value["temperature"] < 110
    assert 0 < value["power_share"] < 120
    assert 0 < value["power"] < 2000
    assert 100 < value["clock"] < 4000


def test_nvml_and_nvidia_smi_say_the_same(nvml, smi):
    held = torch.zeros(2**28, device="cuda")  # 1 GiB
    here, there = nvml.sample(), smi.sample()
    assert set(here) == set(there)
    assert here["gpu0/memory_used"] == pytest.approx(there["gpu0/memory_used"], abs=1)
    assert here["gpu0/memory_used"] > 1
    assert here["gpu0/memory"] == pytest.approx(there["gpu0/memory"], abs=2)
    assert here["gpu0/temperature"] == pytest.approx(there["gpu0/temperature"], abs=10)
    del held


def test_this_machines_gpu_is_found():
    begin = gpus(None)
    assert begin is not None
    assert "gpu0/utilisation" in begin().sample()
