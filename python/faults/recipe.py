"""What one training is made of: the task's own choices, and the knobs that the faults turn."""

from __future__ import annotations

from dataclasses import dataclass

HEALTHY = "healthy"


@dataclass(frozen=True)
class Recipe:
    """One training run, complete: the same recipe gives the same curves."""

    task: str
    hidden: int
    """Width of the hidden layers, of the recurrent state, or of the embedding; channels of the first convolution."""
    lr: float
    epochs: int
    n_train: int
    n_val: int
    batch_size: int = 32
    optimizer: str = "adam"
    schedule: str = "constant"
    """Of the learning rate: "constant", "cosine" to zero, or "step": a tenth after two thirds of the run."""
    warmup: int = 0
    """Steps over which the learning rate rises from zero."""
    weight_decay: float = 0.0
    dropout: float = 0.0
    jitter: float = 0.0
    """Standard deviation of the noise added to the inputs of training: augmentation, 0 is none."""
    clip: float | None = None
    """Largest norm of the gradient; None: any."""
    seed: int = 0

    fault: str = HEALTHY
    loss: str = "plain"
    """"unguarded" takes the logarithm of what may be 0."""
    init: str = "default"
    """"dead" starts every hidden unit far below zero."""
    shuffled: bool = False
    """Training labels are permuted."""
    label_noise: float = 0.0
    """Share of labels, in training and validation alike, that are drawn at random."""
    validation: str = "same"
    """"easier" and "shifted" are other distributions; "duplicates" are samples that training sees again and again."""
    frozen: bool = False
    """Only the output layer is trained."""
    stepping: bool = True
    """Whether the optimizer is stepped."""
    normalised: bool = True
    """Whether inputs are scaled and normalisation layers are there."""
