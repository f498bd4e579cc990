"""What a run is set up with: arguments first, then the environment, then defaults."""

from __future__ import annotations

import os
import secrets
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal, cast

from .config import CONFIG_BYTES, plain
from .leftovers import writer_id
from .lines import encode
from .names import TAGS, TEXT_LENGTH, clip, is_id, name, slug
from .notices import Notices
from .transport import check_url
from .version import PROTOCOL

Mode = Literal["online", "offline", "disabled"]
StopRule = Literal["best-epoch", "never"]

DEFAULT_URL = "http://127.0.0.1:8433"


@dataclass(frozen=True)
class Settings:
    """The settings of one run, checked."""

    run: str
    writer: str
    rank: int
    url: str
    token: str | None
    folder: Path
    mode: Mode
    hello: str
    """The `run` line."""

    @property
    def spool(self) -> Path:
        """The run's spool file."""
        return self.folder / f"{self.run}@{self.writer}.jsonl"


def settings(
    notices: Notices,
    *,
    project: str | None,
    run_name: str | None,
    config: Any,
    run: str | None,
    url: str | None,
    token: str | None,
    tags: Sequence[str],
    notes: str,
    rank: int | None,
    stop: str,
    folder: os.PathLike[str] | str | None,
    mode: str | None,
    time: float,
    environment: Mapping[str, str] = os.environ,
) -> Settings:
    """Checks the arguments of `init` and fills in what they leave open.

    Raises:
        ValueError, TypeError: an argument or environment variable is out of its range; the message names it.
    """
    get = environment.get
    project = project or get("TIDEMARK_PROJECT") or None
    run_name = run_name or get("TIDEMARK_NAME") or None
    run = run or get("TIDEMARK_RUN_ID") or None
    if run is None:
        if _number("WORLD_SIZE", get("WORLD_SIZE"), 1) > 1:
            notices.warn(
                "ranks", "id: must be the same on all ranks, got none; set TIDEMARK_RUN_ID, or ranks are runs apart"
            )
        run = f"{slug(run_name or project or '') or 'run'}-{secrets.token_hex(4)}"
    elif not is_id(run):
        raise ValueError(f"id: must be 1 to 128 letters, digits, '.', '_', '~' or '-', got {run!r}")
    writer = writer_id()
    rank = _rank(rank, get("RANK"))
    hello: dict[str, Any] = {
        "kind": "run",
        "protocol": PROTOCOL,
        "run": run,
        "writer": writer,
        "rank": rank,
        "project": name(project) if project else None,
        "name": name(run_name) if run_name else None,
        "config": _config(config, notices),
        "tags": _tags(tags, notices),
        "notes": clip(notes, TEXT_LENGTH) if notes else None,
        "stop": _choice("stop", stop, ("best-epoch", "never")),
        "time": round(time, 6),
    }
    return Settings(
        run=run,
        writer=writer,
        rank=rank,
        url=check_url(url or get("TIDEMARK_URL") or DEFAULT_URL),
        token=token or get("TIDEMARK_TOKEN") or None,
        folder=spool_folder(folder, environment),
        mode=cast(Mode, _choice("mode", mode or get("TIDEMARK_MODE") or "online", ("online", "offline", "disabled"))),
        hello=encode(hello),
    )


def spool_folder(folder: os.PathLike[str] | str | None, environment: Mapping[str, str] = os.environ) -> Path:
    """The folder of the spool files: `folder`, or TIDEMARK_DIR, or `~/.tidemark/spool`."""
    chosen = folder or environment.get("TIDEMARK_DIR")
    return Path(chosen).expanduser() if chosen else Path("~/.tidemark/spool").expanduser()


def _rank(rank: int | None, environment: str | None) -> int:
    if rank is None:
        return _number("RANK", environment, 0)
    if isinstance(rank, bool) or not isinstance(rank, int) or not 0 <= rank <= 1_000_000:
        raise ValueError(f"rank: must be a whole number from 0 to 1000000, got {rank!r}")
    return rank


def _number(variable: str, text: str | None, default: int) -> int:
    if not text:
        return default
    if not text.strip().isdecimal():
        raise ValueError(f"{variable}: must be a whole number from 0, got {text!r}")
    return int(text)


def _choice(field: str, value: str, choices: Sequence[str]) -> str:
    if value not in choices:
        raise ValueError(f"{field}: must be one of {', '.join(map(repr, choices))}, got {value!r}")
    return value


def _tags(tags: Sequence[str], notices: Notices) -> list[str] | None:
    if isinstance(tags, str):
        raise TypeError(f"tags: must be a sequence of strings, got the string {tags!r}")
    if len(tags) > TAGS:
        notices.warn("tags", f"tags: must be at most {TAGS}, got {len(tags)}; the rest is left out")
    return [name(str(tag)) for tag in tags[:TAGS]] or None


def _config(config: Any, notices: Notices) -> dict[str, Any] | None:
    if config is None:
        return None
    values = plain(config)
    size = len(encode(values))
    if size > CONFIG_BYTES:
        notices.warn("config", f"config: must be at most {CONFIG_BYTES} bytes of JSON, got {size}; it is left out")
        return None
    return values
