"""The training loop: an ordinary one, which logs what an ordinary script logs."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass, field

import torch
import torch.nn.functional as F  # noqa: N812 - as everyone calls it
from torch import Tensor, nn

from faults.data import Data, Split, load
from faults.models import Model, build
from faults.recipe import Recipe

LOGGED_STEPS = 500
"""Steps at most of which the training loss is logged; of a longer run every second, third, … step."""


@dataclass
class Curves:
    """What was logged, and what the label is checked with."""

    recipe: Recipe
    config: dict[str, object]
    steps: list[dict[str, float]] = field(default_factory=list)
    """Of each logged step: step, epoch, train/loss, grad_norm, lr."""
    epochs: list[dict[str, float]] = field(default_factory=list)
    """After each epoch: step, epoch, val/loss, and for classes train/acc and val/acc."""
    references: list[float] = field(default_factory=list)
    """Loss on the reference set after each epoch; not logged."""
    broken: int | None = None
    """The first step of a non-finite loss."""


def train(recipe: Recipe) -> Curves:
    """Trains a recipe from its seed."""
    torch.set_num_threads(1)
    torch.manual_seed(recipe.seed)
    data = load(recipe)
    model = build(recipe)
    trained = [parameter for parameter in model.layers.parameters() if parameter.requires_grad]
    optimizer = _optimizer(recipe, trained)
    loss_of = _loss(recipe)
    curves = Curves(recipe, _config(recipe, data))
    batches = math.ceil(len(data.train) / recipe.batch_size)
    total = batches * recipe.epochs
    every = math.ceil(total / LOGGED_STEPS)
    step = 0

    for epoch in range(recipe.epochs):
        model.layers.train()
        right = 0
        for which in torch.split(torch.randperm(len(data.train)), recipe.batch_size):
            batch = data.train.take(which)
            inputs = batch.inputs + recipe.jitter * torch.randn_like(batch.inputs) if recipe.jitter else batch.inputs
            step += 1
            rate = _rate(recipe, step, total)
            for group in optimizer.param_groups:
                group["lr"] = rate
            outputs = model.forward(inputs)
            loss = loss_of(outputs, batch.targets)
            optimizer.zero_grad()
            torch.autograd.backward(loss)
            norm = float(nn.utils.clip_grad_norm_(trained, recipe.clip or math.inf))
            if recipe.stepping:
                optimizer.step()
            value = loss.item()
            if data.classes and outputs.dim() == 2:
                right += int((outputs.argmax(1) == batch.targets).sum())
            if curves.broken is None and not math.isfinite(value):
                curves.broken = step
            if step % every == 0:
                logged = {"train/loss": value, "grad_norm": norm, "lr": rate}
                curves.steps.append({"step": step, "epoch": epoch, **logged})
        value, accuracy = _evaluate(model, data.validation, loss_of)
        found = {"val/loss": value}
        if accuracy is not None:
            found |= {"train/acc": right / len(data.train), "val/acc": accuracy}
        curves.epochs.append({"step": step, "epoch": epoch, **found})
        curves.references.append(_evaluate(model, data.reference, loss_of)[0])
    return curves


def _evaluate(model: Model, split: Split, loss_of: Callable[[Tensor, Tensor], Tensor]) -> tuple[float, float | None]:
    """Loss, and accuracy where a sample is of one class."""
    model.layers.eval()
    with torch.no_grad():
        outputs = model.forward(split.inputs)
        loss = loss_of(outputs, split.targets).item()
        labels = outputs.dim() == 2
        return loss, (outputs.argmax(1) == split.targets).float().mean().item() if labels else None


def _optimizer(recipe: Recipe, parameters: list[nn.Parameter]) -> torch.optim.Optimizer:
    if recipe.optimizer == "sgd":
        return torch.optim.SGD(parameters, lr=recipe.lr, momentum=0.9, weight_decay=recipe.weight_decay)
    return torch.optim.AdamW(parameters, lr=recipe.lr, weight_decay=recipe.weight_decay)


def _rate(recipe: Recipe, step: int, total: int) -> float:
    """The learning rate of a step, from 1."""
    if step < recipe.warmup:
        return recipe.lr * step / recipe.warmup
    if recipe.schedule == "cosine":
        return recipe.lr * (0.01 + 0.99 * (1 + math.cos(math.pi * step / total)) / 2)
    return recipe.lr * (0.1 if recipe.schedule == "step" and step > 2 * total / 3 else 1)


def _loss(recipe: Recipe) -> Callable[[Tensor, Tensor], Tensor]:
    unguarded = recipe.loss == "unguarded"
    if recipe.task in ("adding-rnn", "regression-mlp"):
        return _log_error if unguarded else F.mse_loss
    return _one_against_all if unguarded else _cross_entropy


def _cross_entropy(outputs: Tensor, targets: Tensor) -> Tensor:
    """Mean over samples, and over the characters of a text."""
    return F.cross_entropy(outputs.flatten(0, -2), targets.flatten())


def _one_against_all(outputs: Tensor, targets: Tensor) -> Tensor:
    """Binary cross-entropies written out: once a probability rounds to 1, its complement's logarithm is -Infinity."""
    p = torch.sigmoid(outputs)
    y = F.one_hot(targets, outputs.shape[1])
    return -(y * torch.log(p) + (1 - y) * torch.log(1 - p)).sum(1).mean()


def _log_error(outputs: Tensor, targets: Tensor) -> Tensor:
    """Squared error of logarithms, of a rectified output: once one is 0, its logarithm is -Infinity."""
    return ((torch.log(F.relu(outputs)) - torch.log(targets)) ** 2).mean()


def _config(recipe: Recipe, data: Data) -> dict[str, object]:
    """What a script tells of itself; never the fault."""
    config: dict[str, object] = {
        "task": recipe.task,
        "model": recipe.task.split("-")[1],
        "hidden": recipe.hidden,
        "optimizer": recipe.optimizer,
        "lr": recipe.lr,
        "schedule": recipe.schedule,
        "batch_size": recipe.batch_size,
        "epochs": recipe.epochs,
        "dropout": recipe.dropout,
        "weight_decay": recipe.weight_decay,
        "n_train": len(data.train),
        "n_val": len(data.validation),
        "seed": recipe.seed,
    }
    if data.classes:
        config["classes"] = data.classes
        if data.train.targets.dim() == 1:
            config["class_counts"] = torch.bincount(data.train.targets, minlength=data.classes).tolist()
    return config
