"""A run's config, as the training script sees and changes it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, MutableMapping
from typing import Any, Callable

from .plain import items


class RunConfig(MutableMapping[str, Any]):
    """Hyper-parameters by key, `config["lr"]`, and by attribute, `config.lr`; changes are sent with the run.

    Args:
        values: what `init` was given.
        changed: told what is new; None: nobody is, as of a copy.
        failed: told what was wrong with what was to be added.
    """

    def __init__(
        self,
        values: Mapping[Any, Any],
        changed: Callable[[dict[str, Any]], None] | None = None,
        failed: Callable[[Exception], None] | None = None,
    ) -> None:
        object.__setattr__(self, "_values", {str(key): value for key, value in values.items()})
        object.__setattr__(self, "_changed", changed or unheard)
        object.__setattr__(self, "_failed", failed or unheard)

    _values: dict[str, Any]
    _changed: Callable[[dict[str, Any]], None]
    _failed: Callable[[Exception], None]

    def update(self, config: Any = (), /, allow_val_change: bool | None = None, **values: Any) -> None:
        """Adds what `config` says: a mapping, a dataclass, or a namespace; keys given again are replaced.

        Args:
            config: what is new.
            allow_val_change: taken for scripts written for W&B; a value may always change.
            **values: more of it, by name.
        """
        del allow_val_change
        try:
            said = {} if config is None or (type(config) is tuple and not config) else items(config)
            new = {str(key): value for key, value in {**said, **values}.items()}
            if new:
                self._values.update(new)
                self._changed(new)
        except Exception as error:  # whatever a script may give
            self._failed(error)

    def setdefaults(self, config: Any) -> None:
        """Adds what `config` says of keys that are not there yet."""
        try:
            self.update({key: value for key, value in items(config).items() if str(key) not in self._values})
        except Exception as error:  # as above
            self._failed(error)

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

    def __reduce__(self) -> tuple[Any, ...]:
        """A copy, or what another process gets, has the values and changes nothing of the run."""
        return RunConfig, (self._values,)

    def __repr__(self) -> str:
        return repr(self._values)


def unheard(_: Any) -> None:
    """Nobody is told."""
