"""Mirrors the SummaryWriters of PyTorch and tensorboardX: scalars and hyper-parameters."""

from __future__ import annotations

import importlib
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import tidemark

from ..running import Run
from .patch import around

_MODULES = ("torch.utils.tensorboard", "tensorboardX")
_SPLITS = ("train", "training", "val", "valid", "validation", "eval", "test")

_settings: dict[str, Any] = {}
_folders: dict[str, _Folder] = {}


class _Folder:
    """The writers of one folder, which are one run; `train` and `val` below it are parts of it."""

    def __init__(self, path: Path) -> None:
        said = {"name": path.name or None, "project": path.parent.name or None}
        self.run: Run = tidemark.init(**{"reinit": "create_new", **said, **_settings})
        self.writers: set[int] = set()


def begin(settings: Mapping[str, Any]) -> None:
    """Mirrors every SummaryWriter from here on."""
    _settings.clear()
    _settings.update(settings)
    missing = []
    for module in _MODULES:
        try:
            writer = importlib.import_module(module).SummaryWriter
        except ImportError as error:
            missing.append(f"{module} ({error})")
            continue
        around(writer, "add_scalar", _add_scalar)
        around(writer, "add_scalars", _add_scalars)
        around(writer, "add_hparams", _add_hparams)
        around(writer, "close", _close)
    if len(missing) == len(_MODULES):
        raise ImportError(f"mirror: tensorboard must be installed, got neither {' nor '.join(missing)}")


def _run(writer: Any) -> tuple[Run, str]:
    """The run of a writer and what its names begin with: its folder's, where that is of a split."""
    path = Path(str(writer.log_dir if hasattr(writer, "log_dir") else writer.logdir)).absolute()
    split = path.name if path.name.lower() in _SPLITS else ""
    key = str(path.parent if split else path)
    folder = _folders.get(key)
    if folder is None or not folder.run._open:
        folder = _folders[key] = _Folder(Path(key))
    folder.writers.add(id(writer))
    return folder.run, f"{split}/" if split else ""


def _step(run: Run, step: Any) -> int:
    """Their step; where they have none, ours stays where it is."""
    return run.step or 0 if step is None else int(step)


def _add_scalar(writer: Any, tag: str, scalar_value: Any, global_step: Any = None, *_: Any, **__: Any) -> None:
    run, prefix = _run(writer)
    run.log({prefix + tag: scalar_value}, step=_step(run, global_step))


def _add_scalars(
    writer: Any, main_tag: str, tag_scalar_dict: Mapping[str, Any], global_step: Any = None, *_: Any, **__: Any
) -> None:
    run, prefix = _run(writer)
    values = {f"{prefix}{main_tag}/{tag}": value for tag, value in tag_scalar_dict.items()}
    run.log(values, step=_step(run, global_step))


def _add_hparams(
    writer: Any, hparam_dict: Mapping[str, Any], metric_dict: Mapping[str, Any], *_: Any, **__: Any
) -> None:
    run, _prefix = _run(writer)
    run.config.update(hparam_dict)
    run.summary.update({name: float(value) for name, value in metric_dict.items()})


def _close(writer: Any) -> None:
    for key, folder in list(_folders.items()):
        if id(writer) in folder.writers:
            folder.writers.discard(id(writer))
            if not folder.writers:
                del _folders[key]
                folder.run.finish()
