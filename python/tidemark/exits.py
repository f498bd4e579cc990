"""How runs end when the script does not say: at the interpreter's exit, by SIGTERM, and in a forked child."""

from __future__ import annotations

import atexit
import os
import sys
import threading
import time

TYPE_CHECKING = False
if TYPE_CHECKING:  # as in __init__.py
    from types import ModuleType
    from typing import Any, Callable, NoReturn

    from .running import Run

_plain_exit: Callable[..., Any] = sys.exit
_plain_quit: Callable[..., Any] | None = None

_open: dict[int, Run] = {}
_sigterm: ModuleType | None = None
_exit: tuple[Any, int] | None = None
"""What `sys.exit` was called with last, and how much had been logged by then."""
_child = 0
"""The process that is a child of `multiprocessing` and was told to end its runs; 0: none."""


def keep(run: Run) -> None:
    """`run` is the current one until it ends."""
    _open[id(run)] = run


def watch(run: Run) -> None:
    """Ends `run` at the interpreter's exit, and silences it in forked children."""
    keep(run)
    if sys.exit is not _noted_exit:
        global _plain_exit
        _plain_exit = sys.exit
        sys.exit = _noted_exit
    _note_quit()
    _hear_of_the_childs_end()
    global _sigterm
    from . import sigterm  # not before there is a run: it takes a while to import

    _sigterm = sigterm
    sigterm.hear(lambda reason: _end(1, reason))


def forget(run: Run) -> None:
    """`run` has ended."""
    _open.pop(id(run), None)
    if not _open and _sigterm is not None:
        _sigterm.leave()


def newest() -> Run | None:
    """The run begun last of those that have not ended."""
    return next(reversed(list(_open.values())), None)


def find(id: str) -> Run | None:
    """The open run of this id."""
    return next((run for run in list(_open.values()) if run.id == id), None)


def _uncaught() -> BaseException | None:
    """The exception that ends the script; None when it ends by itself. The interpreter notes it before it exits.

    Read here, at exit, instead of by a hook in `sys.excepthook`, which scripts and notebooks set themselves.
    """
    error = getattr(sys, "last_value", None)
    return error if isinstance(error, BaseException) and not hasattr(sys, "ps1") else None


def _noted_exit(status: Any = None, /) -> NoReturn:
    """`sys.exit`, noting its code: the interpreter does not tell it at exit.

    It may be caught; then the script goes on to log or to end by itself. That it logs is seen, and the code forgotten.
    """
    _note(status)
    _plain_exit(status)
    raise AssertionError("sys.exit returned")


def _note_quit() -> None:
    """Has `exit()` and `quit()` note their code too: they raise `SystemExit` by themselves."""
    from _sitebuiltins import Quitter

    global _plain_quit
    if _plain_quit is None:
        _plain_quit = plain = Quitter.__call__

        def noted(self: Any, code: Any = None) -> Any:
            _note(code)
            return plain(self, code)

        Quitter.__call__ = noted  # type: ignore[method-assign]


def _note(status: Any) -> None:
    global _exit
    if threading.current_thread() is threading.main_thread():
        _exit = (status, _logged())


def _hear_of_the_childs_end() -> None:
    """A child that `multiprocessing` has forked leaves by `os._exit`, past `atexit`, but calls its finalizers."""
    global _child
    process = sys.modules.get("multiprocessing.process")
    if process is None or process.parent_process() is None or _child == os.getpid():
        return
    from multiprocessing.util import Finalize

    _child = os.getpid()
    Finalize(None, _end_child, exitpriority=100)


def _end_child() -> None:
    from .notices import describe

    error = sys.exc_info()[1]  # what leaves the child's function, if anything does
    if error is None or isinstance(error, SystemExit):
        code = _code_of(None if error is None else error.code)
        _end(code, f"exit code {code}" if code else "")
    else:
        _end(1, describe(error))


def _logged() -> int:
    return sum(run._place.spent for run in _open.values())


def _exit_code() -> int:
    """The code of the `sys.exit` that ends the script; 0 where none does."""
    if _exit is None or _exit[1] != _logged():
        return 0
    return _code_of(_exit[0])


def _code_of(status: Any) -> int:
    return int(status) if isinstance(status, int) else int(status is not None)


def _end_all() -> None:
    from .notices import describe

    error = _uncaught()
    if error is not None:
        _end(1, describe(error))
    else:
        code = _exit_code()
        _end(code, f"exit code {code}" if code else "")


def _end(code: int, reason: str) -> None:
    start = time.monotonic()
    for run in list(_open.values()):
        end = start + run._settings.finish  # from one start: runs take no longer together than one may
        run.finish(code, reason=reason, timeout=max(0.2, end - time.monotonic()))


def _after_fork_in_child() -> None:
    for key, run in list(_open.items()):
        if run._engine is not None:  # one that is disabled is as silent here
            run._silence()
            del _open[key]
    if _sigterm is not None:
        _sigterm.leave()


atexit.register(_end_all)
if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_after_fork_in_child)
