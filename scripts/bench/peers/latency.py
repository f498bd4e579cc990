"""From when points were logged and when each answer came: how long each point was not to be seen."""

from __future__ import annotations

from collections.abc import Mapping, Sequence


def latencies(logged: Sequence[Mapping[str, float]], seen: Sequence[Mapping[str, float]]) -> tuple[list[float], int]:
    """How long each point took that was logged after the first sight of anything.

    Args:
        logged: `step` and the time `logged`, by rising steps.
        seen: the highest `step` that could be seen and the time `seen`, in order.

    Returns:
        Seconds to the first answer with the point or a later one, by rising steps, and how many were never seen.
    """
    waits = []
    at = 0
    if seen:
        logged = [point for point in logged if point["logged"] >= seen[0]["seen"]]
    for point in logged:
        while at < len(seen) and seen[at]["step"] < point["step"]:
            at += 1
        if at == len(seen):
            break
        waits.append(seen[at]["seen"] - point["logged"])
    return waits, len(logged) - len(waits)


def quantile(numbers: Sequence[float], share: float) -> float:
    """The smallest of `numbers` that is not below `share` of them."""
    ordered = sorted(numbers)
    return ordered[min(len(ordered) - 1, int(share * len(ordered)))]
