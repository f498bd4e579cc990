"""A run's config, as the training script sees and changes it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, MutableMapping
from typing import Any, Callable

from .plain import items


class RunConfig(MutableMapping[str, Any]):
    """Hyper-parameters by key, `config["lr"]`, and by attribute, `config.lr`; changes are sent with the run.

    Args:
        values: what `init` was given.
        changed: told what is new.
    """

    def __init__(self, values: Mapping[Any, Any], changed: Callable[[dict[str, Any]], None]) -> None:
        object.__setattr__(self, "_values", {str(key): value for key, value in values.items()})
        object.__setattr__(self, "_changed", changed)

    _values: dict[str, Any]
    _changed: Callable[[dict[str, Any]], None]

    def update(self, config: Any = (), /, allow_val_change: bool | None = None, **values: Any) -> None:
        """Adds what `config` says: a mapping, a dataclass, or a namespace; keys given again are replaced.

        Args:
            config: what is new.
            allow_val_change: taken for scripts written for W&B; a value may always change.
            **values: more of it, by name.
        """
        del allow_val_change
        new = {str(key): value for key, value in {**(items(config) if config != () else {}), **values}.items()}
        if new:
            self._values.update(new)
            self._changed(new)

    def as_dict(self) -> dict[str, Any]:
        """A copy as a plain dict."""
        return dict(self._values)

    def get(self, key: str, default: Any = None) -> Any:
        """The value of `key`, or `default`."""
        return self._values.get(key, default)

    def __getitem__(self, key: str) -> Any:
        return self._values[key]

    def __setitem__(self, key: str, value: Any) -> None:
        self.update({key: value})

    def __delitem__(self, key: str) -> None:
        del self._values[key]  # what the server was told stays there

    def __iter__(self) -> Iterator[str]:
        return iter(self._values)

    def __len__(self) -> int:
        return len(self._values)

    def __getattr__(self, key: str) -> Any:
        try:
            return self._values[key]
        except KeyError:
            raise AttributeError(f"config: has no {key!r}") from None

    def __setattr__(self, key: str, value: Any) -> None:
        self.update({key: value})

    def __repr__(self) -> str:
        return repr(self._values)
