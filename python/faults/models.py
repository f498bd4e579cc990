"""The models: a perceptron, a convolutional, a recurrent and an attention network."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import torch
import torch.nn.functional as F  # noqa: N812 - as everyone calls it
from torch import Tensor, nn

from faults.data import CHARACTERS, CONTEXT, FEATURES
from faults.recipe import Recipe

HEADS = 2
"""Attention heads."""


@dataclass(frozen=True)
class Model:
    """Layers, the output layer last, and how inputs go through them."""

    layers: nn.ModuleList
    forward: Callable[[Tensor], Tensor]


def build(recipe: Recipe) -> Model:
    """Makes a recipe's model, with the faults that lie in it."""
    kinds = {
        "digits-mlp": lambda: _mlp(recipe, 64, 10),
        "digits-cnn": lambda: _cnn(recipe),
        "adding-rnn": lambda: _rnn(recipe),
        "regression-mlp": lambda: _mlp(recipe, FEATURES, 1),
        "text-transformer": lambda: _transformer(recipe),
    }
    model = kinds[recipe.task]()
    if recipe.init == "dead":
        hidden = [part for layer in list(model.layers)[:-1] for part in layer.modules()]
        norms = [part for part in hidden if isinstance(part, nn.BatchNorm2d)]
        for part in norms or hidden:
            bias = getattr(part, "bias", None)
            if isinstance(bias, Tensor):
                nn.init.constant_(bias, -10)
    if recipe.loss == "unguarded" and recipe.task == "regression-mlp":
        nn.init.constant_(model.layers[-1].bias, 1)  # type: ignore[arg-type, unused-ignore]
    if recipe.frozen:
        for layer in list(model.layers)[:-1]:
            layer.requires_grad_(False)
    return model


def _chain(layers: list[nn.Module], squeeze: bool = False) -> Model:
    sequence = nn.Sequential(*layers)
    return Model(nn.ModuleList(layers), lambda x: sequence(x).squeeze(-1) if squeeze else sequence(x))


def _mlp(recipe: Recipe, inputs: int, outputs: int) -> Model:
    width = recipe.hidden
    hidden = [nn.Linear(inputs, width), nn.ReLU(), nn.Dropout(recipe.dropout)]
    hidden += [nn.Linear(width, width), nn.ReLU(), nn.Dropout(recipe.dropout)]
    return _chain([*hidden, nn.Linear(width, outputs)], squeeze=outputs == 1)


def _cnn(recipe: Recipe) -> Model:
    width = recipe.hidden

    def stage(before: int, after: int) -> list[nn.Module]:
        norm = nn.BatchNorm2d(after) if recipe.normalised else nn.Identity()
        return [nn.Conv2d(before, after, 3, padding=1), norm, nn.ReLU(), nn.MaxPool2d(2)]

    body = [nn.Unflatten(1, (1, 8, 8)), *stage(1, width), *stage(width, 2 * width)]
    return _chain([*body, nn.Flatten(), nn.Dropout(recipe.dropout), nn.Linear(8 * width, 10)])


def _rnn(recipe: Recipe) -> Model:
    """Rectified units that start as an identity (Le, Jaitly and Hinton 2015)."""
    cell = nn.RNN(2, recipe.hidden, nonlinearity="relu", batch_first=True)
    nn.init.eye_(cell.weight_hh_l0)  # type: ignore[arg-type, unused-ignore]
    nn.init.normal_(cell.weight_ih_l0, std=0.1)  # type: ignore[arg-type, unused-ignore]
    nn.init.zeros_(cell.bias_hh_l0)  # type: ignore[arg-type, unused-ignore]
    nn.init.zeros_(cell.bias_ih_l0)  # type: ignore[arg-type, unused-ignore]
    out = nn.Linear(recipe.hidden, 1)
    return Model(nn.ModuleList([cell, out]), lambda x: out(cell(x)[0][:, -1]).squeeze(-1))


def _transformer(recipe: Recipe) -> Model:
    """Two blocks of causal attention and a perceptron, normalised first."""
    width = recipe.hidden
    drop = nn.Dropout(recipe.dropout)

    def norm() -> nn.Module:
        return nn.LayerNorm(width) if recipe.normalised else nn.Identity()

    embed, place = nn.Embedding(len(CHARACTERS), width), nn.Embedding(CONTEXT, width)
    blocks = [
        (
            norm(),
            nn.Linear(width, 3 * width),
            nn.Linear(width, width),
            norm(),
            nn.Sequential(nn.Linear(width, 4 * width), nn.GELU(), nn.Linear(4 * width, width)),
        )
        for _ in range(2)
    ]
    last, out = norm(), nn.Linear(width, len(CHARACTERS))
    places = torch.arange(CONTEXT)

    def attend(x: Tensor, project: nn.Module, join: nn.Module) -> Tensor:
        query, key, value = (part.unflatten(2, (HEADS, -1)).transpose(1, 2) for part in project(x).chunk(3, 2))
        seen = F.scaled_dot_product_attention(query, key, value, is_causal=True)
        joined: Tensor = join(seen.transpose(1, 2).flatten(2))
        return joined

    def forward(codes: Tensor) -> Tensor:
        x = embed(codes) + place(places)
        for first, project, join, second, perceptron in blocks:
            x = x + drop(attend(first(x), project, join))
            x = x + drop(perceptron(second(x)))
        result: Tensor = out(last(x))
        return result

    return Model(nn.ModuleList([embed, place, *(part for block in blocks for part in block), drop, last, out]), forward)
