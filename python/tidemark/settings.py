"""What a run is set up with: arguments first, then the environment, then defaults."""

from __future__ import annotations

import os
import socket
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal, cast

from .arguments import LONGEST
from .leftovers import writer_id
from .lines import encode
from .names import TAGS, TEXT_LENGTH, clip, is_id, name, slug
from .notices import Notices
from .plain import CONFIG_BYTES, plain
from .plain import items as plain_items
from .ranks import rank_of, world_size
from .transport import check_url
from .version import PROTOCOL

Mode = Literal["online", "offline", "disabled"]
StopRule = Literal["best-epoch", "never"]
Resume = Literal["allow", "must", "new", "never"]
"""What to do with a run that the server knows: go on from its last step, insist on that, refuse, or never ask."""

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
    project: str | None = None
    name: str | None = None
    group: str | None = None
    job_type: str | None = None
    tags: tuple[str, ...] = ()
    notes: str = ""
    config: Mapping[str, Any] = field(default_factory=dict)
    """As it was given, before it became JSON."""
    time: float = 0.0
    """When the run began, in seconds since 1970."""
    resume: Resume = "never"
    system: float = 2.0
    """Seconds between samples of the machine; 0: none."""
    finish: float = 5.0
    """Seconds that the end of the run waits at most for the server to have everything."""

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
    tags: Iterable[str] | None,
    notes: str | None,
    rank: int | None,
    stop: str,
    folder: os.PathLike[str] | str | None,
    mode: str | None,
    time: float,
    environment: Mapping[str, str] = os.environ,
    group: str | None = None,
    job_type: str | None = None,
    resume: bool | str | None = None,
    options: Mapping[str, Any] | None = None,
) -> Settings:
    """Checks the arguments of `init` and fills in what they leave open.

    Raises:
        ValueError, TypeError: an argument or environment variable is out of its range; the message names it.
    """

    def get(variable: str) -> str | None:
        return _variable(environment, variable)

    project = _text(project) or get("PROJECT")
    run_name = _text(run_name) or get("NAME")
    group = _text(group) or get("RUN_GROUP")
    job_type = _text(job_type) or get("JOB_TYPE")
    notes = _text(notes) or get("NOTES") or ""
    run = _text(run) or get("RUN_ID")
    if tags is None:
        tags = [tag.strip() for tag in (get("TAGS") or "").split(",") if tag.strip()]
    given = {} if config is None else plain_items(config)
    chosen = _options(options, environment, notices)
    if run is None:
        if world_size(environment) > 1:
            notices.warn(
                "ranks", "id: must be the same on all ranks, got none; set TIDEMARK_RUN_ID, or ranks are runs apart"
            )
        run = f"{slug(run_name or project or '') or 'run'}-{os.urandom(4).hex()}"
    elif not is_id(run):
        raise ValueError(f"id: must be 1 to 128 letters, digits, '.', '_', '~' or '-', got {run!r}")
    writer = writer_id()
    rank = _rank(rank, environment)
    said_tags = _tags(tags, notices)
    hello: dict[str, Any] = {
        "kind": "run",
        "protocol": PROTOCOL,
        "run": run,
        "writer": writer,
        "rank": rank,
        "project": name(project) if project else None,
        "name": name(run_name) if run_name else None,
        "config": _config(config, notices),
        "tags": said_tags,
        "notes": clip(notes, TEXT_LENGTH) if notes else None,
        "group": name(group) if group else None,
        "job": name(job_type) if job_type else None,
        "host": name(socket.gethostname() or "?"),
        "stop": _choice("stop", stop, ("best-epoch", "never")),
        "time": round(time, 6),
    }
    return Settings(
        run=run,
        writer=writer,
        rank=rank,
        url=check_url(url or get("URL") or DEFAULT_URL),
        token=token or get("TOKEN"),
        folder=spool_folder(folder, environment),
        mode=_mode(mode, environment),
        hello=encode(hello),
        project=project,
        name=run_name,
        group=group,
        job_type=job_type,
        tags=tuple(said_tags or ()),
        notes=notes,
        config=given,
        time=time,
        resume=_resume(resume if resume is not None else get("RESUME")),
        system=chosen["system"],
        finish=chosen["finish"],
    )


def _text(given: Any) -> str:
    """What a script gives as a text, perhaps as a number: 7 is "7", and so is 0; empty where it gives nothing."""
    return "" if given is None else str(given)


def spool_folder(folder: os.PathLike[str] | str | None, environment: Mapping[str, str] = os.environ) -> Path:
    """The folder of the spool files: `folder`, or TIDEMARK_DIR, or `~/.tidemark/spool`.

    A user without a home has it beside temporary files.
    """
    chosen = folder or _variable(environment, "DIR") or "~/.tidemark/spool"
    try:
        return Path(chosen).expanduser()
    except RuntimeError:  # a user without a home, as in some containers
        import tempfile  # which takes 10 ms

        return Path(tempfile.gettempdir(), f"tidemark-{os.getuid() if hasattr(os, 'getuid') else 'spool'}")


_OWN = ("URL", "TOKEN")
"""W&B's own of these name another server and the key to it: they are left alone."""


def _variable(environment: Mapping[str, str], variable: str) -> str | None:
    """TIDEMARK_`variable`, else what scripts written for W&B have set, else None."""
    if found := environment.get(f"TIDEMARK_{variable}"):
        return found
    return (environment.get(f"WANDB_{variable}") or None) if variable not in _OWN else None


_THEIR_MODES = {"dryrun": "offline", "run": "online", "shared": "online"}


def _mode(mode: str | None, environment: Mapping[str, str]) -> Mode:
    if mode is None and not environment.get("TIDEMARK_MODE"):
        if environment.get("WANDB_DISABLED", "").lower() in ("true", "1", "yes"):
            return "disabled"
        mode = environment.get("WANDB_MODE", "").lower()
    mode = _THEIR_MODES.get(mode, mode) if isinstance(mode, str) else mode
    mode = mode or environment.get("TIDEMARK_MODE") or "online"
    return cast(Mode, _choice("mode", mode, ("online", "offline", "disabled")))


def _resume(resume: bool | str | None) -> Resume:
    if resume is None or resume is False or resume == "":
        return "never"
    if resume is True or resume in ("allow", "auto", "True", "true"):
        return "allow"
    if resume == "never":
        return "new"
    if resume != "must":
        raise ValueError(f"resume: must be True, 'allow', 'must', 'never' or 'auto', got {resume!r}")
    return "must"


_SECONDS = {"system": 2.0, "finish": 5.0}
"""The options of `settings`, which are all seconds, by default."""


def _options(
    options: Mapping[str, Any] | None, environment: Mapping[str, str], notices: Notices
) -> Mapping[str, float]:
    """What `settings` or the environment say, by option; warns of options that there are not."""
    chosen: dict[str, Any] = {
        option: environment.get(f"TIDEMARK_{option.upper()}") or seconds for option, seconds in _SECONDS.items()
    }
    for option, value in (options or {}).items():
        if option in chosen:
            chosen[option] = _SECONDS[option] if value is True else value or 0
        else:
            notices.warn(f"settings.{option}", f"settings: there is no {option!r}; it has no effect")
    return {option: _seconds(option, value) for option, value in chosen.items()}


def _seconds(option: str, value: Any) -> float:
    try:
        found = float(value)
    except (TypeError, ValueError):
        found = -1.0
    if not 0 <= found < float("inf"):
        raise ValueError(f"settings: {option} must be seconds from 0, got {value!r}")
    return min(found, LONGEST)


def _rank(rank: int | None, environment: Mapping[str, str]) -> int:
    if rank is None:
        return rank_of(environment)
    if isinstance(rank, bool) or not isinstance(rank, int) or not 0 <= rank <= 1_000_000:
        raise ValueError(f"rank: must be a whole number from 0 to 1000000, got {rank!r}")
    return rank


def _choice(field: str, value: str, choices: Sequence[str]) -> str:
    if value not in choices:
        raise ValueError(f"{field}: must be one of {', '.join(map(repr, choices))}, got {value!r}")
    return value


def _tags(tags: Iterable[str], notices: Notices) -> list[str] | None:
    if isinstance(tags, str):
        raise TypeError(f"tags: must be a sequence of strings, got the string {tags!r}")
    tags = list(tags)
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
