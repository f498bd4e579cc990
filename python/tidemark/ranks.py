"""Which of a training's processes this one is, by the variables that launchers set."""

from __future__ import annotations

import os
from collections.abc import Mapping

_RANK = ("RANK", "SLURM_PROCID", "OMPI_COMM_WORLD_RANK", "PMI_RANK", "JAX_PROCESS_ID")
_LOCAL_RANK = ("LOCAL_RANK", "SLURM_LOCALID", "OMPI_COMM_WORLD_LOCAL_RANK", "MPI_LOCALRANKID")
_WORLD = ("WORLD_SIZE", "OMPI_COMM_WORLD_SIZE", "PMI_SIZE", "JAX_NUM_PROCESSES")


def rank_of(environment: Mapping[str, str] = os.environ) -> int:
    """This process's rank: of torchrun, Slurm's srun, Open MPI, MPICH or JAX, in this order; 0 where none says.

    SLURM_PROCID counts only among several tasks of a step, and not in a Slurm batch script itself. -1 says
    nothing: some trainings set it where there are no ranks.

    Raises:
        ValueError: the variable is no whole number; the message names it.
    """
    return _first(_RANK, environment, 0)


def local_rank_of(environment: Mapping[str, str] = os.environ) -> int:
    """This process's rank on its machine; 0 where no launcher says."""
    return _first(_LOCAL_RANK, environment, 0)


def world_size(environment: Mapping[str, str] = os.environ) -> int:
    """Processes of the training; 1 where no launcher says."""
    if environment.get("RANK") or not environment.get("SLURM_PROCID"):
        return _first(_WORLD, environment, 1)
    return _first(("SLURM_STEP_NUM_TASKS",), environment, 1)


def _first(variables: tuple[str, ...], environment: Mapping[str, str], default: int) -> int:
    for variable in variables:
        text = environment.get(variable)
        if not text or text.strip() == "-1":
            continue
        if variable.startswith("SLURM_") and environment.get("SLURM_STEP_NUM_TASKS", "1") == "1":
            continue
        if not text.strip().isdecimal():
            raise ValueError(f"{variable}: must be a whole number from 0, got {text!r}")
        return int(text)
    return default
