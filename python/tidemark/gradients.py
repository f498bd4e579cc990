"""Gradient norms of a PyTorch model, by layer and in total, taken every so many optimizer steps."""

from __future__ import annotations

import sys
import weakref
from collections import defaultdict
from collections.abc import Mapping
from typing import Any, Callable

from .values import hold_named

LAYERS = 100
"""Most layers that are told apart; deeper modules of a larger model are taken together."""


class GradientWatch:
    """Takes the 2-norms of a model's gradients just before its optimizer uses them.

    By PyTorch's hook on every optimizer's step, so no parameter carries a hook and steps between two samples cost a
    count. With mixed precision the gradients are those after unscaling. On a GPU nothing is waited for: the norms of
    all parameters come from one fused call and go to the host in one copy.

    Args:
        model: a `torch.nn.Module`.
        every: optimizer steps from one sample to the next, at least 1.
        take: given the series of a sample: `grad_norm`, and `grad_norm/LAYER` for each layer.
        failed: told why a sample could not be taken.

    Raises:
        TypeError: `model` is no `torch.nn.Module`, or torch is older than 2.0.
    """

    def __init__(
        self,
        model: Any,
        every: int,
        take: Callable[[Mapping[str, Any]], None],
        failed: Callable[[Exception], None],
    ) -> None:
        torch = sys.modules.get("torch")
        if torch is None or not isinstance(model, torch.nn.Module):
            raise TypeError(f"model: must be a torch.nn.Module, got {type(model).__name__}")
        try:
            from torch.optim.optimizer import register_optimizer_step_pre_hook
        except ImportError as error:
            raise TypeError(f"torch: must be 2.0 or newer to be watched, got {torch.__version__}") from error
        self._torch = torch
        self._every = max(1, every)
        self._count = 0
        self._index: tuple[tuple[str, ...], list[str], Any] | None = None
        self._take = take
        self._failed = failed
        self._layers = layers_of(name for name, _ in model.named_parameters())
        self._names = {id(parameter): self._layers[name] for name, parameter in model.named_parameters()}
        self._ours: weakref.WeakKeyDictionary[Any, bool] = weakref.WeakKeyDictionary()
        self._model = weakref.ref(model)
        self._hook = register_optimizer_step_pre_hook(self._before_step)

    def remove(self) -> None:
        """Watches no longer."""
        self._hook.remove()

    def _before_step(self, optimizer: Any, _args: Any, _kwargs: Any) -> None:
        if self._model() is None or not self._is_ours(optimizer):
            return
        self._count += 1
        if self._count % self._every != (1 if self._every > 1 else 0):
            return
        try:
            self.sample(optimizer)
        except Exception as error:  # gradients of any kind, as of sharded models
            self._failed(error)

    def sample(self, optimizer: Any) -> None:
        """Takes a sample of the parameters of `optimizer` that have gradients."""
        torch = self._torch
        found = [
            (self._names[id(parameter)], parameter.grad)
            for group in optimizer.param_groups
            for parameter in group["params"]
            if parameter.grad is not None and id(parameter) in self._names and not parameter.grad.is_sparse
        ]
        if not found:
            return
        device = found[0][1].device
        layers = tuple(layer for layer, _ in found)
        if self._index is None or self._index[0] != layers:
            places: dict[str, int] = {}
            index = torch.tensor([places.setdefault(layer, len(places)) for layer in layers], device=device)
            names = ["grad_norm", *(f"grad_norm/{layer}" for layer in places)]
            self._index = (layers, names, index)
        _, names, index = self._index
        with torch.no_grad():
            norms = torch._foreach_norm([grad for _, grad in found])
            squares = torch.stack([norm.to(device, torch.float32, non_blocking=True) for norm in norms]).square()
            by_layer = torch.zeros(len(names) - 1, device=device).index_add_(0, index, squares)
            vector = torch.cat([by_layer.sum().reshape(1), by_layer]).sqrt()
        held = hold_named(names, vector)
        self._take(held if isinstance(held, dict) else {"": held})

    def _is_ours(self, optimizer: Any) -> bool:
        found = self._ours.get(optimizer)
        if found is None:
            found = any(
                id(parameter) in self._names for group in optimizer.param_groups for parameter in group["params"]
            )
            self._ours[optimizer] = found
        return found


def layers_of(parameters: Any) -> dict[str, str]:
    """The layer of each parameter, by name: the module that owns it, or one above where there are too many."""
    paths = {name: name.split(".")[:-1] or [name] for name in parameters}
    deepest = max((len(path) for path in paths.values()), default=1)
    for depth in range(deepest, 0, -1):
        layers = {name: ".".join(path[:depth]) for name, path in paths.items()}
        by_layer: defaultdict[str, int] = defaultdict(int)
        for layer in layers.values():
            by_layer[layer] += 1
        if len(by_layer) <= LAYERS or depth == 1:
            return layers
    return {}
