"""What a run comes to, as the training script sees and says it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, MutableMapping
from typing import Any, Callable

from .run_config import unheard


class RunSummary(MutableMapping[str, Any]):
    """The last value of every series, and over them what the script sets itself, which is sent with the run.

    Args:
        last: gives the last values; may wait a moment until they are recorded.
        changed: told what the script sets; None: nobody is, as of a copy.
        failed: told what was wrong with what was to be set.
        own: what the script has set.
    """

    def __init__(
        self,
        last: Callable[[], Mapping[str, Any]] = dict,
        changed: Callable[[dict[str, Any]], None] | None = None,
        failed: Callable[[Exception], None] | None = None,
        own: Mapping[str, Any] | None = None,
    ) -> None:
        object.__setattr__(self, "_last", last)
        object.__setattr__(self, "_own", dict(own or {}))
        object.__setattr__(self, "_changed", changed or unheard)
        object.__setattr__(self, "_failed", failed or unheard)

    _last: Callable[[], Mapping[str, Any]]
    _own: dict[str, Any]
    _changed: Callable[[dict[str, Any]], None]
    _failed: Callable[[Exception], None]

    def update(self, values: Any = (), /, **more: Any) -> None:
        """Sets several keys."""
        try:
            new = {str(key): value for key, value in {**dict(() if values is None else values), **more}.items()}
            if new:
                self._own.update(new)
                self._changed(new)
        except Exception as error:  # whatever a script may give
            self._failed(error)

    def __getitem__(self, key: str) -> Any:
        return self._own[key] if key in self._own else self._last()[key]

    def __setitem__(self, key: str, value: Any) -> None:
        self.update({key: value})

    def __delitem__(self, key: str) -> None:
        del self._own[key]

    def __iter__(self) -> Iterator[str]:
        return iter({**self._last(), **self._own})

    def __len__(self) -> int:
        return len({**self._last(), **self._own})

    def __getattr__(self, key: str) -> Any:
        try:
            return self[key]
        except KeyError:
            raise AttributeError(f"summary: has no {key!r}") from None

    def __setattr__(self, key: str, value: Any) -> None:
        self.update({key: value})

    def __reduce__(self) -> tuple[Any, ...]:
        """A copy, or what another process gets, has the values and changes nothing of the run."""
        return RunSummary, (dict, None, None, dict(self))

    def __repr__(self) -> str:
        return repr({**self._last(), **self._own})
