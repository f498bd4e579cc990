"""Ranks of `torch.distributed` that agree. Every function here is a collective: all ranks must call it."""

from __future__ import annotations

import os
import sys
from typing import Any

from .conversation import StopRequest


def agree(stop: StopRequest | None) -> StopRequest | None:
    """The wish to stop that any rank has heard, the lowest rank's where several have; the same on all ranks.

    Costs one all-reduce of one number while nobody has heard of a stop. Without `torch.distributed`, or with one rank,
    it is `stop`.
    """
    collectives = _collectives()
    if collectives is None:
        return stop
    torch, dist = collectives
    rank, size = dist.get_rank(), dist.get_world_size()
    first = torch.tensor([size if stop is None else rank], device=_device(torch, dist))
    dist.all_reduce(first, op=dist.ReduceOp.MIN)
    source = int(first.item())
    if source == size:
        return None
    said: list[Any] = [stop]
    dist.broadcast_object_list(said, src=source)
    found = said[0]
    return found if isinstance(found, StopRequest) else None


def common_id(prefix: str = "run") -> str:
    """A new run id, the same on all ranks: `tidemark.init(id=common_id())`."""
    said: list[Any] = [f"{prefix}-{os.urandom(4).hex()}"]
    collectives = _collectives()
    if collectives is not None:
        collectives[1].broadcast_object_list(said, src=0)
    return str(said[0])


def _collectives() -> tuple[Any, Any] | None:
    torch = sys.modules.get("torch")
    dist = getattr(torch, "distributed", None)
    if dist is None or not dist.is_available() or not dist.is_initialized() or dist.get_world_size() < 2:
        return None
    return torch, dist


def _device(torch: Any, dist: Any) -> Any:
    """Where the backend takes tensors: this rank's GPU for NCCL, else host memory."""
    return torch.device("cuda", torch.cuda.current_device()) if "nccl" in str(dist.get_backend()) else "cpu"
