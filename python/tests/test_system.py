"""Samples of the machine: from files and programs as real machines give them."""

import pytest
from gate import websocket_server

import tidemark
from tidemark.system.gpu import AmdSysfs, Nvml, gpus, parse_smi, throttled, visible
from tidemark.system.host import GIB, ProcHost, PsutilHost, disk, host
from tidemark.system.sampler import Progress, Sampler
from tidemark.system.window import Window


@pytest.fixture
def root(tmp_path):
    """A file system of a machine with 4 ticks of work."""
    files = {
        "proc/stat": "cpu  100 0 0 300 0 0 0 0 0 0\ncpu0 1 1\n",
        "proc/self/stat": "7 (a b) c) R " + " ".join(["0"] * 10) + " 50 50 0 0\n",
        "proc/self/statm": "900 262144 0 0 0 0 0\n",
        "proc/meminfo": "MemTotal:       8388608 kB\nMemFree: 1 kB\nMemAvailable:   2097152 kB\n",
        "proc/diskstats": " 8 0 sda 1 0 1000 0 1 0 2000 0\n 8 1 sda1 1 0 999 0 1 0 999 0\n",
        "proc/net/dev": "Inter-|\n face |\n    lo: 5 0 0 0 0 0 0 0 5 0\n  eth0: 1000 0 0 0 0 0 0 0 2000 0\n",
    }
    for name, text in files.items():
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text(text)
    (tmp_path / "dev/shm").mkdir(parents=True)
    return tmp_path


def test_the_machine_is_read_from_proc(root):
    now = [100.0]
    source = ProcHost(True, root, root, lambda: now[0])
    (root / "proc/stat").write_text("cpu  175 0 0 325 0 0 0 0 0 0\n")
    (root / "proc/self/stat").write_text("7 (a b) c) R " + " ".join(["0"] * 10) + " 250 50 0 0\n")
    (root / "proc/diskstats").write_text(" 8 0 sda 1 0 11000 0 1 0 2000 0\n 8 1 sda1 1 0 99999 0 1 0 999 0\n")
    (root / "proc/net/dev").write_text("I\nf\n  lo: 9999 0 0 0 0 0 0 0 9 0\neth0:4001000 0 0 0 0 0 0 0 2000 0\n")
    now[0] += 2
    found = source.sample()
    assert found.pop("disk") > 0
    assert found.pop("disk_free") >= 0
    assert found.pop("shm") >= 0
    assert found == pytest.approx(
        {
            "cpu": 75, "process_cpu": 100, "process_memory": 1, "memory": 75, "disk_read": 2.56, "disk_written": 0,
            "net_received": 2, "net_sent": 0,
        }
    )  # fmt: skip


def test_a_containers_limit_is_what_its_memory_is_measured_by(root):
    (root / "sys/fs/cgroup").mkdir(parents=True)
    (root / "sys/fs/cgroup/memory.max").write_text(f"{2 * GIB}\n")
    (root / "sys/fs/cgroup/memory.current").write_text(f"{GIB}\n")
    assert ProcHost(True, root, root).sample()["memory"] == 50
    (root / "sys/fs/cgroup/memory.stat").write_text(f"anon 1\nactive_file {GIB // 4}\ninactive_file {GIB // 4}\n")
    assert ProcHost(True, root, root).sample()["memory"] == 25, "cached files are given back when they are needed"


def test_what_cannot_be_read_is_left_out(root):
    (root / "proc/meminfo").write_text("nonsense\n")
    (root / "proc/net/dev").unlink()
    found = ProcHost(True, root, root).sample()
    assert "memory" not in found
    assert "process_memory" in found


def test_another_rank_of_the_machine_samples_only_itself(root):
    assert set(ProcHost(False, root, root).sample()) <= {"process_cpu", "process_memory"}


def test_this_machine_can_be_sampled(tmp_path):
    source = host(True, tmp_path / "none")
    assert 0 < source.sample()["process_memory"] < 1000
    assert 0 <= source.sample()["disk"] <= 100


def test_psutil_says_the_same(tmp_path):
    psutil = pytest.importorskip("psutil", reason="psutil is not installed")
    here, there = host(True, tmp_path).sample(), PsutilHost(True, tmp_path, psutil).sample()
    for name in ("process_memory", "disk"):
        assert there[name] == pytest.approx(here[name], rel=0.2)
    assert set(there) <= set(here) | {"cpu", "disk_read", "disk_written", "net_received", "net_sent"}


SMI = """0, 97, 40960, 81920, 71, 350.5, 700.0, 1980, 0x0000000000000000, 0
1, 0, [N/A], 81920, 30, [N/A], 700.0, 345, 0x0000000000000048, 2
broken
"""


def test_nvidia_smis_rows_are_read():
    found = parse_smi(SMI)
    assert found["gpu0/utilisation"] == 97
    assert (found["gpu0/memory"], found["gpu0/memory_used"]) == (50, 40)
    assert found["gpu0/power_share"] == pytest.approx(50.07, abs=0.01)
    assert (found["gpu0/throttled"], found["gpu1/throttled"], found["gpu1/ecc_errors"]) == (0, 1, 2)
    assert "gpu1/memory" not in found
    assert set(parse_smi(SMI, [1])) == {name for name in found if name.startswith("gpu1/")}


class FakeNvml:
    NVML_TEMPERATURE_GPU = NVML_CLOCK_SM = NVML_MEMORY_ERROR_TYPE_UNCORRECTED = NVML_VOLATILE_ECC = 0

    def nvmlInit(self):  # noqa: N802
        pass

    def nvmlDeviceGetCount(self):  # noqa: N802
        return 2

    def nvmlDeviceGetHandleByIndex(self, place):  # noqa: N802
        return place

    def nvmlDeviceGetUtilizationRates(self, device):  # noqa: N802
        return type("Rates", (), {"gpu": 10 + device})

    def nvmlDeviceGetMemoryInfo(self, device):  # noqa: N802
        return type("Memory", (), {"used": GIB, "total": 4 * GIB})

    def nvmlDeviceGetTemperature(self, device, sensor):  # noqa: N802
        return 60

    def __getattr__(self, name):
        raise RuntimeError("not supported")


def test_nvml_leaves_out_what_a_gpu_does_not_tell():
    assert Nvml(FakeNvml(), [1]).sample() == {
        "gpu1/utilisation": 11, "gpu1/memory": 25, "gpu1/memory_used": 1, "gpu1/temperature": 60,
    }  # fmt: skip


def test_amds_files_are_read(tmp_path):
    device = tmp_path / "card1/device"
    (device / "hwmon/hwmon3").mkdir(parents=True)
    for name, text in {
        "gpu_busy_percent": "55\n",
        "mem_info_vram_used": str(GIB),
        "mem_info_vram_total": str(8 * GIB),
        "hwmon/hwmon3/temp1_input": "65000\n",
    }.items():
        (device / name).write_text(text)
    assert AmdSysfs(tmp_path).sample() == {
        "gpu0/utilisation": 55, "gpu0/memory": 12.5, "gpu0/memory_used": 1, "gpu0/temperature": 65,
    }  # fmt: skip


@pytest.mark.parametrize(
    ("environment", "local_rank", "ranks", "places"),
    [
        ({}, 0, 1, None),
        ({}, 2, 4, [2]),
        ({"CUDA_VISIBLE_DEVICES": "4,5"}, 0, 1, [4, 5]),
        ({"CUDA_VISIBLE_DEVICES": "4,5"}, 1, 2, [5]),
        ({"CUDA_VISIBLE_DEVICES": "6"}, 3, 4, [6]),
        ({"CUDA_VISIBLE_DEVICES": "GPU-8932f937"}, 0, 1, None),
        ({"CUDA_VISIBLE_DEVICES": ""}, 0, 1, []),
    ],
)
def test_a_rank_samples_the_gpu_it_uses(environment, local_rank, ranks, places):
    assert visible(local_rank, ranks, environment) == places


def test_the_disk_with_less_room_is_told(tmp_path, monkeypatch):
    rooms = {tmp_path: (50.0, 7.0), tmp_path / "work": (10.0, 3.0)}
    (tmp_path / "work").mkdir()
    monkeypatch.chdir(tmp_path / "work")
    monkeypatch.setattr("tidemark.system.host._full", rooms.get)
    assert disk(tmp_path / "not yet") == {"disk": 10, "disk_free": 3}


def test_heat_is_told_apart_from_a_power_limit():
    heat = {name: value for name, value in parse_smi(SMI).items() if name.endswith("throttled_heat")}
    assert heat == {"gpu0/throttled_heat": 0, "gpu1/throttled_heat": 1}
    assert parse_smi(SMI.replace("0x0000000000000048", "0x0000000000000004"))["gpu1/throttled_heat"] == 0


def test_only_trouble_counts_as_throttled():
    assert (throttled(0x1), throttled(0x40), throttled(0x4 | 0x1)) == (0, 1, 1)


def test_a_window_has_the_least_mean_and_greatest_of_each_quantity():
    window = Window()
    for sample in ({"a": 1.0, "b": 5.0}, {"a": 3.0}, {"a": float("nan")}):
        window.add(sample)
    assert window.take() == {"a.min": 1, "a.mean": 2, "a.max": 3, "b.min": 5, "b.mean": 5, "b.max": 5}
    assert window.take() == {}


class Scripted:
    def __init__(self, *samples):
        self.samples = list(samples)

    def sample(self):
        found = self.samples.pop(0)
        if isinstance(found, Exception):
            raise found
        return found


def test_five_samples_make_a_line_at_the_step_of_the_training():
    queue, now, progress = [], [0.0], [Progress(-1, 0.0, 0.0, None)]
    source = Scripted({"cpu": 1.0}, {"cpu": 2.0}, RuntimeError("no"), {"cpu": 3.0}, {"cpu": 4.0})
    sampler = Sampler([source], None, queue, lambda: progress[0], 2.0, clock=lambda: now[0])
    progress[0] = Progress(0, 1.0, 0.0, None)
    sampler.log()
    for _ in range(5):
        now[0] += 2
        sampler.sample()
    progress[0] = Progress(100, 11.0, 0.05, None)
    sampler._window.add({"cpu": 9.0})
    sampler.stop()
    lines = [line for line in queue if line["kind"] == "log"]
    first, last = lines[0]["values"], lines[-1]["values"]
    assert lines[0]["step"] is None
    assert (first["system/cpu.min"], first["system/cpu.mean"], first["system/cpu.max"]) == (1, 2.5, 4)
    assert last["system/cpu.max"] == 9
    assert {line["series"]: line["quantity"] for line in queue if line["kind"] == "define"} == {
        f"system/cpu.{statistic}": "system/cpu" for statistic in ("min", "mean", "max")
    }


def test_it_says_how_long_steps_take_and_what_the_sdk_takes_of_them():
    queue, now, progress = [], [0.0], [Progress(10, 100.0, 1.0, None)]
    sampler = Sampler([], None, queue, lambda: progress[0], 2.0, clock=lambda: now[0])
    now[0], progress[0] = 10.0, Progress(30, 109.0, 1.1, None)
    sampler.log()
    values = queue[0]["values"]
    assert values["system/step_time"] == pytest.approx(0.45)
    assert values["system/sdk_share"] == pytest.approx(1.0)
    now[0], progress[0] = 20.0, Progress(0, 110.0, 1.1, None)  # a restart: no step took less than nothing
    sampler.log()
    assert "system/step_time" not in queue[1]["values"]


def test_it_says_how_long_training_waits_for_data():
    queue, now, progress = [], [0.0], [Progress(0, 0.0, 0.0, None)]
    sampler = Sampler([], None, queue, lambda: progress[0], 2.0, clock=lambda: now[0])
    for at, waited in ((10.0, None), (20.0, 4.0), (30.0, 4.5)):
        now[0], progress[0] = at, Progress(int(at), at, 0.0, waited)
        sampler.log()
    assert [line["values"].get("system/data_wait") for line in queue] == [None, 40, 5]


def test_a_run_sends_samples_of_its_machine(gate, monkeypatch):
    monkeypatch.setattr("tidemark.system.sampler.SAMPLES", 2)
    with websocket_server(gate) as url:
        run = tidemark.init(url=url, settings={"system": 0.02})
        run.log({"x": 1.0}, step=41)
        gate.until(lambda gate: any("system/process_memory.max" in line["values"] for line in gate.all_lines("log")))
        run.finish()
    samples = [line for line in gate.all_lines("log") if "system/process_memory.max" in line["values"]]
    assert samples[-1]["step"] == 41
    assert any("system/sdk_share" in line["values"] for line in gate.all_lines("log"))


def test_without_gpus_there_is_nothing_to_begin():
    begin = gpus(None)
    assert begin is None or callable(begin)
