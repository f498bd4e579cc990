"""Which runs are trained: healthy controls of every task, and each fault where it can be had."""

from __future__ import annotations

import math
import zlib
from collections.abc import Callable, Mapping
from dataclasses import replace

from faults.recipe import Recipe

CONTROLS: Mapping[str, Recipe] = {
    recipe.task: recipe
    for recipe in (
        Recipe(
            "digits-mlp",
            hidden=64,
            lr=1e-3,
            epochs=40,
            n_train=1000,
            n_val=300,
            dropout=0.2,
            jitter=0.1,
            weight_decay=0.01,
        ),
        Recipe(
            "digits-cnn",
            hidden=8,
            lr=0.02,
            epochs=25,
            n_train=1000,
            n_val=300,
            optimizer="sgd",
            dropout=0.2,
            jitter=0.1,
            weight_decay=1e-3,
        ),
        Recipe("adding-rnn", hidden=32, lr=1e-3, epochs=30, n_train=4000, n_val=500, batch_size=64, clip=1.0),
        Recipe(
            "regression-mlp",
            hidden=32,
            lr=0.01,
            epochs=40,
            n_train=2000,
            n_val=500,
            batch_size=64,
            optimizer="sgd",
            weight_decay=1e-3,
        ),
        Recipe(
            "text-transformer",
            hidden=32,
            lr=3e-3,
            epochs=16,
            n_train=1200,
            n_val=200,
            warmup=50,
            schedule="cosine",
            clip=1.0,
            weight_decay=0.1,
        ),
    )
}
"""The recipe of each task that trains well."""

HEALTHY_RUNS = 17
"""Controls of a task."""

Turn = Callable[[Recipe, float], Recipe]
"""Injects a fault into a control, at a strength."""


def _unregularised(control: Recipe) -> Recipe:
    return replace(control, dropout=0.0, jitter=0.0, weight_decay=0.0, schedule="constant")


def _too_little_data(control: Recipe, samples: float) -> Recipe:
    plain = _unregularised(control)
    width = control.hidden * (2 if control.task == "text-transformer" else 4)
    batch = max(4, int(samples) // 8)
    return replace(plain, n_train=int(samples), batch_size=batch, hidden=width, epochs=100)


def _noisy(control: Recipe, share: float) -> Recipe:
    wide = replace(_unregularised(control), hidden=2 * control.hidden)
    return replace(wide, label_noise=share, epochs=2 * control.epochs)


def _unscaled(control: Recipe, optimizer: float) -> Recipe:
    kind = {0: "adam", 1: "sgd"}[int(optimizer)]
    rate = control.lr if kind == control.optimizer else {"adam": 1e-3, "sgd": 0.02}[kind]
    return replace(control, normalised=False, optimizer=kind, lr=rate, clip=None)


FAULTS: Mapping[str, tuple[Turn, Mapping[str, tuple[float, ...]]]] = {
    "lr-too-high": (
        lambda control, factor: replace(control, lr=control.lr * factor, clip=None, schedule="constant"),
        {
            "digits-mlp": (100, 300, 1000),
            "digits-cnn": (30, 100, 300),
            "adding-rnn": (30, 100, 300),
            "regression-mlp": (20, 50, 100),
            "text-transformer": (60, 100, 200),
        },
    ),
    "lr-too-low": (
        lambda control, factor: replace(control, lr=control.lr * factor),
        {
            "digits-mlp": (0.1, 0.03, 0.01),
            "digits-cnn": (0.01, 0.003),
            "adding-rnn": (0.1, 0.03),
            "regression-mlp": (0.03, 0.01, 0.003),
            "text-transformer": (0.03, 0.01),
        },
    ),
    "no-gradient-clipping": (
        lambda control, factor: replace(control, clip=None, optimizer="sgd", lr=1e-3 * factor, warmup=800),
        {"adding-rnn": (5, 6, 15, 7, 8, 9, 10, 12, 15, 5, 8, 12)},
    ),
    "log-of-zero": (
        lambda control, factor: replace(_unregularised(control), loss="unguarded", lr=control.lr * factor),
        {"digits-mlp": (3, 5, 10), "digits-cnn": (1, 2, 3), "regression-mlp": (3, 1, 2)},
    ),
    "dead-relu-init": (
        lambda control, _: replace(control, init="dead"),
        {"digits-mlp": (1, 1, 1), "digits-cnn": (1, 1, 1), "regression-mlp": (1, 1, 1)},
    ),
    "shuffled-labels": (
        lambda control, factor: replace(control, shuffled=True, epochs=int(control.epochs * factor)),
        {"digits-mlp": (1, 2), "digits-cnn": (1, 2), "adding-rnn": (1, 1), "regression-mlp": (1, 2)},
    ),
    "label-noise": (_noisy, {"digits-mlp": (0.2, 0.3, 0.4, 0.5), "digits-cnn": (0.2, 0.3, 0.4, 0.5)}),
    "validation-too-small": (
        lambda control, samples: replace(control, n_val=int(samples)),
        {
            "digits-mlp": (12, 16, 20),
            "digits-cnn": (12, 16, 20),
            "adding-rnn": (8, 12),
            "regression-mlp": (8, 12),
        },
    ),
    "validation-easier": (
        lambda control, kind: replace(control, validation=("easier", "duplicates")[int(kind)]),
        {
            "digits-mlp": (0, 0, 1),
            "digits-cnn": (0, 0, 1),
            "regression-mlp": (0, 0),
            "text-transformer": (0, 0),
        },
    ),
    "distribution-shift": (
        lambda control, _: replace(control, validation="shifted"),
        {
            "digits-mlp": (1, 1),
            "digits-cnn": (1, 1),
            "adding-rnn": (1, 1),
            "regression-mlp": (1, 1),
            "text-transformer": (1, 1),
        },
    ),
    "too-small-model": (
        lambda control, width: replace(control, hidden=int(width), dropout=0.0),
        {
            "digits-mlp": (2, 2),
            "digits-cnn": (1, 1),
            "adding-rnn": (1, 1),
            "regression-mlp": (1, 1),
            "text-transformer": (2, 4),
        },
    ),
    "too-little-data": (
        _too_little_data,
        {
            "digits-mlp": (40, 80),
            "digits-cnn": (40, 80),
            "adding-rnn": (60, 40),
            "regression-mlp": (40, 80),
            "text-transformer": (30, 60),
        },
    ),
    "frozen-layer": (
        lambda control, _: replace(control, frozen=True),
        {"digits-mlp": (1, 1), "digits-cnn": (1, 1), "adding-rnn": (1, 1), "regression-mlp": (1, 1)},
    ),
    "optimizer-without-step": (
        lambda control, _: replace(control, stepping=False),
        {
            "digits-mlp": (1, 1),
            "digits-cnn": (1, 1),
            "adding-rnn": (1,),
            "regression-mlp": (1, 1),
            "text-transformer": (1,),
        },
    ),
    "missing-normalisation": (
        _unscaled,
        {"digits-mlp": (0, 1, 1), "digits-cnn": (0, 1, 1), "regression-mlp": (0, 1, 1)},
    ),
}
"""How each fault is injected, and at which strengths into which tasks: one run each."""


def grid(draw: int = 0) -> list[Recipe]:
    """All runs; each has a seed of its own, which stays when others are added. Another draw is other seeds."""
    recipes = [_seeded(_varied(control, i), i, draw) for control in CONTROLS.values() for i in range(HEALTHY_RUNS)]
    for fault, (turn, strengths) in FAULTS.items():
        for task, values in strengths.items():
            for i, value in enumerate(values):
                recipes.append(_seeded(replace(turn(CONTROLS[task], value), fault=fault), i, draw))
    return recipes


def _seeded(recipe: Recipe, i: int, draw: int) -> Recipe:
    name = f"{recipe.fault}/{recipe.task}/{i}" + (f"/{draw}" if draw else "")
    return replace(recipe, seed=zlib.crc32(name.encode()) % 100_000)


def _varied(control: Recipe, i: int) -> Recipe:
    """A control as another person might have set it: rate, batch size, schedule and length differ."""
    schedules = ("constant", "cosine", "step")
    schedule = schedules[i % 3] if control.schedule == "constant" else "cosine"
    batch = control.batch_size * (2 if i % 4 == 3 else 1)
    rate = control.lr * (1, 0.7, 1.4)[i // 3 % 3] * math.sqrt(batch / control.batch_size)
    epochs = round(control.epochs * (1, 1.3, 0.8)[i // 2 % 3])
    return replace(control, lr=rate, batch_size=batch, schedule=schedule, epochs=epochs)
