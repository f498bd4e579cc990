"""What a run comes to, as the training script sees and says it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, MutableMapping
from typing import Any, Callable


class RunSummary(MutableMapping[str, Any]):
    """The last value of every series, and over them what the script sets itself, which is sent with the run.

    Args:
        last: the last values, filled in as they are recorded, 25 ms or so after `log()`.
        changed: told what the script sets.
    """

    def __init__(self, last: Mapping[str, Any], changed: Callable[[dict[str, Any]], None]) -> None:
        object.__setattr__(self, "_last", last)
        object.__setattr__(self, "_own", {})
        object.__setattr__(self, "_changed", changed)

    _last: Mapping[str, Any]
    _own: dict[str, Any]
    _changed: Callable[[dict[str, Any]], None]

    def update(self, values: Any = (), /, **more: Any) -> None:
        """Sets several keys."""
        new = {str(key): value for key, value in {**dict(values), **more}.items()}
        if new:
            self._own.update(new)
            self._changed(new)

    def __getitem__(self, key: str) -> Any:
        return self._own[key] if key in self._own else self._last[key]

    def __setitem__(self, key: str, value: Any) -> None:
        self.update({key: value})

    def __delitem__(self, key: str) -> None:
        del self._own[key]

    def __iter__(self) -> Iterator[str]:
        return iter({**self._last, **self._own})

    def __len__(self) -> int:
        return len({**self._last, **self._own})

    def __getattr__(self, key: str) -> Any:
        try:
            return self[key]
        except KeyError:
            raise AttributeError(f"summary: has no {key!r}") from None

    def __setattr__(self, key: str, value: Any) -> None:
        self.update({key: value})

    def __repr__(self) -> str:
        return repr({**self._last, **self._own})
