"""The machine a training runs on, sampled beside it: `system/…` series. Their names and units: docs/sdk-python.md."""

from __future__ import annotations

from .sampler import Progress, Sampler, sampling

__all__ = ["Progress", "Sampler", "sampling"]
