"""What is logged, the same to every tool."""

from __future__ import annotations

SERIES = [
    "train/loss", "train/accuracy", "lr", "grad_norm", "step_time",
    "tokens_per_s", "gpu/memory", "weights/norm", "data_time", "loss_scale",
]  # fmt: skip
"""Series of a step."""

SPIKE = 1e6
"""One value of the long series; all others are about one."""

CLASSES = {
    "tidemark": ("tidemark", "Tidemark"),
    "tidemark-columns": ("tidemark", "TidemarkColumns"),
    "tensorboard": ("tensorboard", "TensorBoard"),
    "trackio": ("trackio", "Trackio"),
    "mlflow": ("mlflow", "MLflow"),
    "aim": ("aim", "Aim"),
    "wandb": ("wandb", "Wandb"),
}
"""Each tool's file below `tools` and its class there."""


def spike_at(steps: int) -> int:
    """The step of the spike: where even the slowest gets to, and on no boundary of anybody's buckets."""
    return int(min(steps, 2_000) * 0.6180339887)
