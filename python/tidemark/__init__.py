"""Tidemark's trainer SDK: sends what a training logs to the monitor, and brings its wish to stop back.

Example:
    run = tidemark.init(project="digits", name="mlp", config={"lr": 0.1}, stop="best-epoch")
    for step in range(steps):
        run.log({"train/loss": loss}, step=step)
        if run.should_stop():
            break
    run.finish()

Scripts written for W&B run with `import tidemark as wandb`.
"""

from __future__ import annotations

from . import exits
from .version import __version__

TYPE_CHECKING = False
"""For type checkers True. What is under it is not imported: that costs a script little, and `init` the rest."""
if TYPE_CHECKING:
    import os
    from collections.abc import Mapping, Sequence
    from typing import Any, Literal

    from .conversation import StopRequest
    from .foreign import AlertLevel, Settings
    from .run_config import RunConfig
    from .run_summary import RunSummary
    from .running import Goal, Role, Run, Split, Status
    from .settings import Mode, StopRule

    run: Run | None
    config: RunConfig
    summary: RunSummary

__all__ = [
    "AlertLevel",
    "Run",
    "Settings",
    "StopRequest",
    "__version__",
    "alert",
    "config",
    "define",
    "define_metric",
    "finish",
    "init",
    "log",
    "log_columns",
    "mirror",
    "note",
    "run",
    "should_stop",
    "summary",
    "unwatch",
    "watch",
]


def init(
    project: str | None = None,
    name: str | None = None,
    config: Any = None,
    *,
    id: str | None = None,
    url: str | None = None,
    token: str | None = None,
    group: str | None = None,
    job_type: str | None = None,
    tags: Sequence[str] | None = None,
    notes: str | None = None,
    rank: int | None = None,
    stop: StopRule = "never",
    dir: os.PathLike[str] | str | None = None,
    mode: Mode | None = None,
    resume: bool | Literal["allow", "must", "never", "auto"] | None = None,
    reinit: bool | Literal["default", "finish_previous", "return_previous", "create_new"] | None = None,
    settings: Mapping[str, Any] | None = None,
    **unknown: Any,
) -> Run:
    """Begins a run. Does not wait for the server, which may be away; with `resume`, at most 3 s.

    Args:
        project: what the run is one of. Default: TIDEMARK_PROJECT.
        name: shown to people. Default: TIDEMARK_NAME.
        config: hyper-parameters: a mapping, a dataclass or an `argparse.Namespace`; at most 256 KiB of JSON.
        id: the run's id, 1 to 128 letters, digits, `.`, `_`, `~`, `-`; give the same one to resume a run, and to all
            ranks of one. Default: TIDEMARK_RUN_ID, or a new one.
        url: the server. Default: TIDEMARK_URL, or http://127.0.0.1:8433.
        token: a writing token, where the server asks for one. Default: TIDEMARK_TOKEN.
        group: what runs of one experiment have in common. Default: TIDEMARK_RUN_GROUP.
        job_type: what the process does in it, "train". Default: TIDEMARK_JOB_TYPE.
        tags: at most 64 words to find the run by. Default: TIDEMARK_TAGS, joined by commas.
        notes: text kept with the run, at most 16,384 characters. Default: TIDEMARK_NOTES.
        rank: this process's rank, from 0. Default: as torchrun, Slurm, MPI or JAX set it, or 0.
        stop: "best-epoch": have `should_stop()` say True once the best epoch is sure to be past.
        dir: folder of the spool files. Default: TIDEMARK_DIR, or ~/.tidemark/spool.
        mode: "online"; "offline", to spool only and deliver later by `python -m tidemark sync`; "disabled", to do
            nothing at all. Default: TIDEMARK_MODE, or "online".
        resume: True, "allow" or "auto": steps go on from the last one that the server or a spool has of run `id`;
            "must": it must know the run; "never": it must not.
        reinit: what becomes of a run that is open: True or "finish_previous": it is ended; False or
            "return_previous": it is given back, and nothing begun; "create_new": both are open. Default: "create_new",
            in notebooks and other interactive shells "finish_previous".
        settings: `system`: seconds between samples of the machine, 0 or False for none; default: 2.
        **unknown: what scripts written for W&B may give; warned of once.

    Raises:
        ValueError: an argument, or its environment variable, is out of its range; the message names it.
        TypeError: `config` is no mapping, or `tags` is one string.
    """
    from .beginning import begin

    return begin(
        unknown,
        project=project,
        run_name=name,
        config=config,
        run=id,
        url=url,
        token=token,
        group=group,
        job_type=job_type,
        tags=tags,
        notes=notes,
        rank=rank,
        stop=stop,
        folder=dir,
        mode=mode,
        resume=resume,
        reinit=reinit,
        options=settings,
    )


def log(
    data: Mapping[str, Any],
    step: int | None = None,
    epoch: float | None = None,
    commit: bool | None = True,
    **unknown: Any,
) -> None:
    """`Run.log` of the current run: the one begun last of those that have not ended."""
    if run := _current("log"):
        run.log(data, step, epoch, commit, **unknown)


def log_columns(
    data: Mapping[str, Any], steps: Sequence[int] | None = None, times: Sequence[float] | None = None
) -> None:
    """`Run.log_columns` of the current run."""
    if run := _current("log_columns"):
        run.log_columns(data, steps, times)


def define(
    series: str,
    *,
    role: Role | None = None,
    split: Split | None = None,
    quantity: str | None = None,
    goal: Goal | None = None,
    monitor: bool | None = None,
) -> None:
    """`Run.define` of the current run."""
    if run := _current("define"):
        run.define(series, role=role, split=split, quantity=quantity, goal=goal, monitor=monitor)


def define_metric(
    name: str,
    step_metric: str | None = None,
    *,
    goal: str | None = None,
    role: Role | None = None,
    summary: str | Sequence[str] | None = None,
    **unknown: Any,
) -> None:
    """`Run.define_metric` of the current run."""
    if run := _current("define_metric"):
        run.define_metric(name, step_metric, goal=goal, role=role, summary=summary, **unknown)


def alert(title: str, text: str = "", level: Any = "warning", **unknown: Any) -> None:
    """`Run.alert` of the current run."""
    if run := _current("alert"):
        run.alert(title, text, level, **unknown)


def note(text: str) -> None:
    """`Run.note` of the current run."""
    if run := _current("note"):
        run.note(text)


def watch(model: Any, *positional: Any, every: int = 100, **unknown: Any) -> None:
    """`Run.watch` of the current run; W&B's further positional arguments are left out."""
    del positional
    if run := _current("watch"):
        run.watch(model, every, **unknown)


def unwatch(model: Any = None) -> None:
    """`Run.unwatch` of the current run."""
    if run := _current("unwatch"):
        run.unwatch(model)


def should_stop(across_ranks: bool = False) -> bool:
    """`Run.should_stop` of the current run; False without one."""
    run = _current("should_stop")
    return run is not None and run.should_stop(across_ranks)


def finish(
    exit_code: int | None = 0,
    *,
    status: Status | None = None,
    reason: str = "",
    timeout: float | None = None,
    **unknown: Any,
) -> None:
    """`Run.finish` of the current run."""
    if run := exits.newest():
        run.finish(exit_code, status=status, reason=reason, timeout=timeout, **unknown)


def mirror(tool: Literal["wandb", "tensorboard"], **settings: Any) -> None:
    """Sends what an existing script logs by another tool to Tidemark as well; the tool goes on as before.

    Args:
        tool: "wandb": every run of W&B; "tensorboard": every `SummaryWriter` of PyTorch or tensorboardX.
        **settings: as for `init`, over what the tool itself says.

    Raises:
        ValueError: `tool` is none of these.
        ImportError: it is not installed.
    """
    from .mirrors import begin

    begin(tool, settings)


def _current(called: str) -> Run | None:
    run = exits.newest()
    if run is None:
        from .foreign import module_notices

        warning = f"{called}: must come after tidemark.init, got no open run; nothing is done"
        module_notices.warn("no run", warning)
    return run


def __getattr__(attribute: str) -> Any:
    """`run`, `config` and `summary` of the current run, what is imported when it is asked for, W&B's module's names."""
    if attribute == "run":
        return exits.newest()
    if attribute == "Run":
        from .running import Run

        return Run
    if attribute == "StopRequest":
        from .conversation import StopRequest

        return StopRequest
    if attribute == "distributed":
        from importlib import import_module

        return import_module(".distributed", __name__)
    if attribute in ("config", "summary"):
        run = _current(attribute)
        if run is not None:
            return getattr(run, attribute)
        from .run_config import RunConfig
        from .run_summary import RunSummary

        return RunConfig({}) if attribute == "config" else RunSummary()
    if attribute.startswith("__"):
        raise AttributeError(f"module 'tidemark' has no attribute {attribute!r}")
    from .foreign import AlertLevel, Settings, module_attribute

    known = {"AlertLevel": AlertLevel, "Settings": Settings}
    return known[attribute] if attribute in known else module_attribute(attribute)
