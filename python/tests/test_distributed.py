"""Two ranks of `torch.distributed` that agree on a stop."""

import os
import subprocess
import sys

import pytest
from gate import websocket_server

torch = pytest.importorskip("torch", reason="torch is not installed")
if not torch.distributed.is_available():
    pytest.skip("torch has no torch.distributed", allow_module_level=True)

RANK = """
import os, sys, time, torch, torch.distributed as dist, tidemark
from tidemark.conversation import StopRequest
from tidemark.distributed import common_id
dist.init_process_group("gloo", init_method=f"file://{sys.argv[1]}", rank=int(os.environ["RANK"]), world_size=2)
rank = dist.get_rank()
run = tidemark.init(id=common_id("ddp"), stop="best-epoch")
steps = 0
while not run.should_stop(across_ranks=True):
    steps += 1
    if rank == 1:
        run.log({"train/loss": 1.0}, step=steps)
        if steps == 5:  # one rank alone hears of it
            run._heard(StopRequest(3, 1, "said by the test"))
    else:
        run.tick(steps)
assert run.stop_request == StopRequest(3, 1, "said by the test"), run.stop_request
dist.destroy_process_group()
run.finish()
print(steps, run.step)
"""


def test_all_ranks_stop_at_the_same_step_when_one_hears_of_it(gate, tmp_path):
    with websocket_server(gate) as url:
        ranks = [
            subprocess.Popen(
                [sys.executable, "-c", RANK, str(tmp_path / "store")],
                env={**os.environ, "RANK": str(rank), "WORLD_SIZE": "2", "LOCAL_RANK": str(rank), "TIDEMARK_URL": url},
                stdout=subprocess.PIPE,
                stderr=subprocess.PIPE,
                text=True,
            )
            for rank in (0, 1)
        ]
        said = [rank.communicate(timeout=600) for rank in ranks]
    assert [rank.returncode for rank in ranks] == [0, 0], said
    assert [out.split() for out, _ in said] == [["5", "5"], ["5", "5"]]
    assert len({hello["run"] for hello in gate.hellos}) == 1
    assert sorted({hello["rank"] for hello in gate.hellos}) == [0, 1]
    assert [line["step"] for line in gate.all_lines("stopping")] == [5, 5]
    assert {line["status"] for line in gate.all_lines("end")} == {"stopped"}


def test_without_ranks_the_answer_is_ones_own(gate):
    import tidemark

    with websocket_server(gate) as url:
        run = tidemark.init(url=url)
        assert not run.should_stop(across_ranks=True)
        run._heard(tidemark.StopRequest(1, None, "why"))
        assert run.should_stop(across_ranks=True)
        run.finish()
