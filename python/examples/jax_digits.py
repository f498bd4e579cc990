"""Trains with JAX alone: the loop logs its arrays, which are read on a thread of the SDK, and keeps its best weights.

npm start                                  # in the repository: the monitor, on http://127.0.0.1:8433
pip install ./python jax
python python/examples/jax_digits.py
"""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from typing import Any

import jax
import jax.numpy as jnp
from digits import read_digits

import tidemark


def loss_of(weights: Any, pixels: Any, labels: Any) -> Any:
    """Cross-entropy of a perceptron with one hidden layer, in nats."""
    hidden = jax.nn.relu(pixels @ weights["w1"] + weights["b1"])
    scores = jax.nn.log_softmax(hidden @ weights["w2"] + weights["b2"])
    return -jnp.take_along_axis(scores, labels[:, None], axis=1).mean()


def main(arguments: Sequence[str] | None = None) -> float:
    """Trains once; the validation loss of the weights that are kept."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--epochs", type=int, default=300)
    parser.add_argument("--lr", type=float, default=1.0)
    options = parser.parse_args(arguments)

    x, y, x_val, y_val = map(jnp.asarray, read_digits())
    first, second = jax.random.split(jax.random.key(0))
    weights = {
        "w1": jax.random.normal(first, (64, 128)) / 8, "b1": jnp.zeros(128),
        "w2": jax.random.normal(second, (128, 10)) / 11, "b2": jnp.zeros(10),
    }  # fmt: skip

    @jax.jit
    def update(weights: Any, pixels: Any, labels: Any) -> Any:
        loss, gradients = jax.value_and_grad(loss_of)(weights, pixels, labels)
        norm = jnp.sqrt(sum(jnp.sum(leaf**2) for leaf in jax.tree.leaves(gradients)))
        return jax.tree.map(lambda weight, gradient: weight - options.lr * gradient, weights, gradients), loss, norm

    validate = jax.jit(loss_of)
    best, kept, step = float("inf"), weights, 0
    with tidemark.init("digits", "jax", vars(options), stop="best-epoch") as run:
        for epoch in run.epochs(options.epochs):
            order = jax.random.permutation(jax.random.key(epoch), len(y))
            for start in range(0, len(y), 24):
                some = order[start : start + 24]
                weights, loss, norm = update(weights, x[some], y[some])
                step += 1
                run.log({"train/loss": loss, "grad_norm": norm}, step=step)
            validation = float(validate(weights, x_val, y_val))
            run.log({"val/loss": validation}, step=step)
            if validation < best:
                best, kept = validation, weights
    found = float(validate(kept, x_val, y_val))
    print(f"trained to step {step}; validation loss {found:.4f} is kept")
    return found


if __name__ == "__main__":
    main()
