"""Checks that a run shows what was done to it: an injected fault that harmed nothing is no fault to be found."""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass
from statistics import median

from faults.recipe import HEALTHY
from faults.train import Curves

GUESSING = {
    "digits-mlp": math.log(10),
    "digits-cnn": math.log(10),
    "adding-rnn": 1 / 6,
    "regression-mlp": 1.0,
    "text-transformer": 2.8,
}
"""Reference loss of a constant prediction: the entropy of the classes, or the variance."""
HARM = 1.1
"""By how much worse than the median control a fault must have made a run, as a factor of the reference loss."""
NEAR = 0.05
"""How far a control may end from the median control, as a share of the way from there to guessing."""
RISEN = 0.01
"""How far above its own lowest a control may end, as a share of the way from there to guessing."""
OVERFIT = ("too-little-data", "label-noise", "shuffled-labels")
"""Faults that begin to harm when the reference loss begins to rise."""


BURST = 12
"""By how much a gradient must rise to be called a burst, as a factor; that of no control of the task rises so far."""
BURST_AFTER = 20
"""Logged steps before a burst can be told."""


@dataclass(frozen=True)
class Label:
    """The true cause behind a run."""

    fault: str
    task: str
    seed: int
    onset: int
    """The step from which it can be seen: 0, or where it broke out or began to harm."""
    counted: bool
    """Whether it shows what it is labelled as; the others are left out of all scores."""
    why: str
    """What was compared, in numbers."""


@dataclass(frozen=True)
class Control:
    """What a task's controls came to, in reference loss."""

    median: float
    worst: float
    """Of the healthy ones."""


def label(all_curves: Iterable[Curves]) -> list[Label]:
    """Labels runs, faults by the controls of their task among them."""
    runs = list(all_curves)
    controls = {task: _control(runs, task) for task in {run.recipe.task for run in runs}}
    return [_label(run, controls[run.recipe.task]) for run in runs]


def _control(runs: Iterable[Curves], task: str) -> Control:
    controls = [run for run in runs if run.recipe.task == task and run.recipe.fault == HEALTHY]
    middle = median(_final(run.references) for run in controls)
    return Control(middle, max(_final(run.references) for run in controls if _healthy(run, middle)[0]))


def _label(run: Curves, control: Control) -> Label:
    recipe = run.recipe
    shows, why = _healthy(run, control.median) if recipe.fault == HEALTHY else _harmed(run, control)
    return Label(recipe.fault, recipe.task, recipe.seed, _onset(run), shows, why)


def _healthy(run: Curves, middle: float) -> tuple[bool, str]:
    """Whether a control has trained as well as the others, and has not become worse again."""
    guessing = GUESSING[run.recipe.task]
    final, lowest = _final(run.references), min(_smooth(run.references))
    away = (final - middle) / (guessing - middle)
    risen = (final - lowest) / (guessing - lowest)
    why = f"reference loss {final:.4g}, the controls' median {middle:.4g}: {100 * away:.3g} % of the way to guessing"
    return away <= NEAR and risen <= RISEN, f"{why}, {100 * risen:.3g} % from its own lowest {lowest:.4g}"


def _harmed(run: Curves, control: Control) -> tuple[bool, str]:
    """Whether what was done to a run shows."""
    fault = run.recipe.fault
    final = _final(run.references)
    if fault in ("validation-too-small", "validation-easier", "distribution-shift"):
        ratio = _final([epoch["val/loss"] for epoch in run.epochs]) / final
        above, below = ratio > HARM, ratio < 1 / HARM
        shows = {"validation-easier": below, "distribution-shift": above}.get(fault, above or below)
        return shows, f"validation loss {ratio:.3g} of the reference loss {final:.4g}"
    if fault == "log-of-zero":
        broken = sum(not math.isfinite(step["train/loss"]) for step in run.steps)
        return broken > 0, f"{broken} logged losses are not finite"
    # A NaN is harmed.
    harmed = not (final <= HARM * control.median or final <= control.worst)
    why = f"reference loss {final:.4g}, the controls' median {control.median:.4g} and worst {control.worst:.4g}"
    if fault == "no-gradient-clipping":
        burst = _burst(run)
        return harmed and burst is not None, f"{why}, burst at step {burst}"
    return harmed, why


def _onset(run: Curves) -> int:
    if run.recipe.fault == "log-of-zero":
        return run.broken or 0
    if run.recipe.fault == "no-gradient-clipping":
        return _burst(run) or 0
    if run.recipe.fault in OVERFIT:
        smooth = _smooth(run.references)
        return int(run.epochs[smooth.index(min(smooth))]["step"])
    return 0


def _burst(run: Curves) -> int | None:
    """The first logged step whose gradient is far above the median of those before, or not finite; None: none is."""
    norms: list[float] = []
    for step in run.steps:
        norm = step["grad_norm"]
        if not math.isfinite(norm) or (len(norms) >= BURST_AFTER and norm > BURST * median(norms)):
            return int(step["step"])
        norms.append(norm)
    return None


def _final(losses: list[float]) -> float:
    """Median of the last three; NaN when one is."""
    last = losses[-3:]
    return median(last) if all(map(math.isfinite, last)) else math.nan


def _smooth(losses: list[float]) -> list[float]:
    """Running median of three, centred."""
    return [median(losses[max(0, i - 1) : i + 2]) for i in range(len(losses))]
