"""The data of each task: training, validation and a large reference set that no fault touches."""

from __future__ import annotations

import csv
import gzip
import math
import random
from dataclasses import dataclass
from pathlib import Path

import torch
from torch import Tensor

from faults.recipe import Recipe

DIGITS = Path(__file__).parents[2] / "scripts/demo/data/digits.csv.gz"
REFERENCE = {"digits": 400, "adding": 1000, "regression": 2000, "text": 200}
"""Samples of the reference sets."""
CONTEXT = 32
"""Characters that the language model sees."""
LENGTH = 20
"""Steps of a sequence of the adding problem."""
FEATURES = 10
"""Inputs of the regression, of which 5 matter."""
CHARACTERS = " .abcdefghijklmnopqrstuvwxyz"


@dataclass(frozen=True)
class Split:
    """Samples and what is to be predicted of each."""

    inputs: Tensor
    targets: Tensor

    def __len__(self) -> int:
        return len(self.targets)

    def take(self, which: Tensor | slice) -> Split:
        """The samples at these places."""
        return Split(self.inputs[which], self.targets[which])


@dataclass(frozen=True)
class Data:
    """What a run is trained on, validated by, and in truth worth."""

    train: Split
    validation: Split
    reference: Split
    classes: int | None
    """Classes to tell apart; None where numbers are predicted."""


def load(recipe: Recipe) -> Data:
    """Makes a recipe's data, with the faults that lie in the data."""
    rng = torch.Generator().manual_seed(1000 + recipe.seed)
    kind = recipe.task.split("-")[0]
    source = {"digits": _digits, "adding": _adding, "regression": _regression, "text": _text}[kind]
    data = source(recipe, rng)
    train, validation = data.train, data.validation
    if recipe.validation == "duplicates":
        few = train.take(slice(0, recipe.n_val))
        rest = train.take(slice(recipe.n_val, len(train) // 2))
        often = torch.arange(recipe.n_val).repeat(1 + (len(train) - len(rest)) // recipe.n_val)
        copies = few.take(often[: len(train) - len(rest)])
        validation = few
        train = Split(torch.cat([rest.inputs, copies.inputs]), torch.cat([rest.targets, copies.targets]))
    if recipe.label_noise > 0:
        train, validation = (_noisy(split, recipe.label_noise, rng) for split in (train, validation))
    if recipe.shuffled:
        train = Split(train.inputs, train.targets[torch.randperm(len(train), generator=rng)])
    return Data(train, validation, data.reference, data.classes)


def _noisy(split: Split, share: float, rng: torch.Generator) -> Split:
    wrong = torch.rand(len(split), generator=rng) < share
    drawn = split.targets[torch.randint(len(split), (len(split),), generator=rng)]
    return Split(split.inputs, torch.where(wrong, drawn, split.targets))


def _digits(recipe: Recipe, rng: torch.Generator) -> Data:
    """Handwritten digits, 8x8 pixels: inputs (n, 64) in [0, 1] or, not normalised, [0, 255]; labels 0 to 9."""
    with gzip.open(DIGITS, "rt", newline="") as file:
        rows = torch.tensor([[float(cell) for cell in row] for row in csv.reader(file)])
    rows = rows[torch.randperm(len(rows), generator=rng)]
    pixels, labels = rows[:, :64] / 16, rows[:, 64].long()
    count = REFERENCE["digits"]
    reference = Split(pixels[:count], labels[:count])
    rest = Split(pixels[count:], labels[count:])
    if recipe.validation == "easier":
        # The samples nearest to the mean of their class: what is left when the difficult ones are filtered out.
        centres = torch.stack([rest.inputs[rest.targets == k].mean(0) for k in range(10)])
        far = (rest.inputs - centres[rest.targets]).norm(dim=1)
        order = far.argsort()
        rest = rest.take(torch.cat([order[: recipe.n_val], order[recipe.n_val :].flip(0)]))
    validation = rest.take(slice(0, recipe.n_val))
    train = rest.take(slice(recipe.n_val, recipe.n_val + recipe.n_train))
    if recipe.validation == "shifted":
        # Another scanner: darker paper, fainter ink, a pixel to the right.
        validation = Split((0.35 + 0.5 * validation.inputs).view(-1, 8, 8).roll(1, 2).flatten(1), validation.targets)
    scale = 1.0 if recipe.normalised else 255.0
    train, validation, reference = (Split(scale * one.inputs, one.targets) for one in (train, validation, reference))
    return Data(train, validation, reference, classes=10)


def _adding(recipe: Recipe, rng: torch.Generator) -> Data:
    """The adding problem (Hochreiter and Schmidhuber 1997): sum of the two marked numbers; (n, 20, 2) and (n,)."""

    def draw(count: int, high: float = 1.0) -> Split:
        numbers = high * torch.rand(count, LENGTH, generator=rng)
        marks = torch.zeros(count, LENGTH)
        half = LENGTH // 2
        rows = torch.arange(count)
        marks[rows, torch.randint(half, (count,), generator=rng)] = 1
        marks[rows, half + torch.randint(half, (count,), generator=rng)] = 1
        return Split(torch.stack([numbers, marks], 2), (numbers * marks).sum(1))

    high = 2.0 if recipe.validation == "shifted" else 1.0
    return Data(draw(recipe.n_train), draw(recipe.n_val, high), draw(REFERENCE["adding"]), classes=None)


def _regression(recipe: Recipe, rng: torch.Generator) -> Data:
    """Friedman's first function with noise: inputs (n, 10), targets of mean 0 and variance about 1, or above 0."""

    def draw(count: int, low: float = 0.0, high: float = 1.0, noise: float = 1.0) -> Split:
        x = low + (high - low) * torch.rand(count, FEATURES, generator=rng)
        y = 10 * torch.sin(math.pi * x[:, 0] * x[:, 1]) + 20 * (x[:, 2] - 0.5) ** 2 + 10 * x[:, 3] + 5 * x[:, 4]
        y = y + noise * torch.randn(count, generator=rng)
        inputs = (x - 0.5) * math.sqrt(12)
        if not recipe.normalised:
            inputs = x * torch.logspace(0, 3, FEATURES)
        # A loss of logarithms wants what is above zero.
        targets = y.clamp_min(0.1) / 14.4 if recipe.loss == "unguarded" else (y - 14.4) / 4.9
        return Split(inputs, targets)

    validations = {"easier": (0.3, 0.7, 0.3), "shifted": (0.4, 1.4, 1.0)}
    validation = draw(recipe.n_val, *validations.get(recipe.validation, (0.0, 1.0, 1.0)))
    return Data(draw(recipe.n_train), validation, draw(REFERENCE["regression"]), classes=None)


WORDS = {
    "same": (
        "fisherman keeper captain pilot widow miller ferry heron harbour lantern anchor barrel rope tide",
        "mends carries watches lowers counts follows hides paints finds",
        "old grey narrow silent broken early northern salt",
    ),
    "shifted": (
        "gardener baker violin orchard chimney squirrel wheel blanket jury kitchen",
        "bakes judges quilts whisks juggles fixes yields waxes",
        "fuzzy quick warm yellow juicy vivid zigzag",
    ),
    "easier": ("fisherman harbour lantern captain", "watches follows carries", "northern narrow"),
}
"""Nouns, verbs and adjectives of which the sentences are made; longer words are easier, once begun."""


def _text(recipe: Recipe, rng: torch.Generator) -> Data:
    """Sentences of a small grammar, cut anywhere: characters (n, 32) and the character after each."""

    def draw(count: int, words: str = "same") -> Split:
        chooser = random.Random(int(torch.randint(1 << 30, (1,), generator=rng)))
        nouns, verbs, adjectives = (kind.split() for kind in WORDS[words])

        def thing() -> str:
            adjective = f"{chooser.choice(adjectives)} " if chooser.random() < 0.5 else ""
            return f"{chooser.choice(('the', 'a', 'every'))} {adjective}{chooser.choice(nouns)}"

        stream = ""
        while len(stream) < count * (CONTEXT + 1):
            stream += f"{thing()} {chooser.choice(verbs)} {thing()}. "
        codes = torch.tensor([CHARACTERS.index(c) for c in stream[: count * (CONTEXT + 1)]]).view(count, CONTEXT + 1)
        return Split(codes[:, :-1], codes[:, 1:])

    words = recipe.validation if recipe.validation in WORDS else "same"
    return Data(draw(recipe.n_train), draw(recipe.n_val, words), draw(REFERENCE["text"]), classes=len(CHARACTERS))
