"""The UCI optical digits of 8x8 pixels that the repository's demo ships (see scripts/demo/data/README.md)."""

from __future__ import annotations

import csv
import gzip
from pathlib import Path
from typing import Any

import numpy

PATH = Path(__file__).parents[2] / "scripts/demo/data/digits.csv.gz"


def read_digits(train: int = 120, wrong: float = 0.2, seed: int = 0) -> tuple[Any, Any, Any, Any]:
    """Few digits to train on, some with a wrong label, so that a model overfits; 600 to validate on.

    Args:
        train: digits to train on.
        wrong: share of them with a label drawn by chance.
        seed: of the draw.

    Returns:
        Training pixels in [0, 1], float32, shape (train, 64), and labels 0 to 9, int64, shape (train,); then those to
        validate.
    """
    with gzip.open(PATH, "rt", newline="") as file:
        rows = numpy.array([[float(cell) for cell in row] for row in csv.reader(file)], dtype="float32")
    pixels, labels = rows[:, :64] / 16, rows[:, 64].astype("int64")
    generator = numpy.random.default_rng(seed)
    order = generator.permutation(len(labels))
    some, others = order[:train], order[-600:]
    noise = generator.integers(0, 10, int(wrong * train))
    labels[some[: len(noise)]] = noise
    return pixels[some], labels[some], pixels[others], labels[others]
