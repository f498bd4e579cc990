"""Stand-ins for things of W&B's that are no numbers: made without error, left out when logged."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any


class Absent:
    """Stands for a thing that Tidemark does not keep: every attribute and call of it is it again, and it is empty."""

    def __init__(self, *_: Any, **__: Any) -> None:
        pass

    def __getattr__(self, name: str) -> Any:
        if name.startswith("__"):
            raise AttributeError(name)
        return self

    def __call__(self, *_: Any, **__: Any) -> Absent:
        """It again."""
        return self

    def __enter__(self) -> Absent:
        return self

    def __exit__(self, *_: Any) -> None:
        pass

    def __iter__(self) -> Iterator[Any]:
        return iter(())

    def __len__(self) -> int:
        return 0

    def __bool__(self) -> bool:
        return True

    def __contains__(self, _: Any) -> bool:
        return False

    def __getitem__(self, _: Any) -> Absent:
        return self

    def __setitem__(self, _: Any, __: Any) -> None:
        pass

    def __repr__(self) -> str:
        return f"{type(self).__name__}, which Tidemark does not keep"


_NAMES = (
    "Audio", "Artifact", "Classes", "Graph", "Histogram", "Html", "Image", "JoinedTable", "Molecule", "Object3D",
    "Plotly", "Table", "Video",
)  # fmt: skip
MEDIA: dict[str, type[Absent]] = {name: type(name, (Absent,), {"__module__": __name__}) for name in _NAMES}
globals().update(MEDIA)  # where pickles look for them
