"""Trains a PyTorch MLP that overfits on few digits, and stops when the monitor says that the best epoch is past.

The loop is an ordinary one: it keeps its own best checkpoint, and asks once an epoch whether to go on.

    npm start                                  # in the repository: the monitor, on http://127.0.0.1:8433
    pip install ./python torch
    python python/examples/pytorch_digits.py

Data: the UCI optical digits of 8x8 pixels that the repository's demo ships (see scripts/demo/data/README.md).
"""

from __future__ import annotations

import argparse
import copy
import csv
import gzip
import sys
from collections.abc import Sequence
from pathlib import Path

import torch
from torch import Tensor, nn

import tidemark

DIGITS = Path(__file__).parents[2] / "scripts/demo/data/digits.csv.gz"


def read_digits(path: Path) -> tuple[Tensor, Tensor]:
    """Pixels in [0, 1], shape (1797, 64), and labels 0 to 9, shape (1797,)."""
    with gzip.open(path, "rt", newline="") as file:
        rows = torch.tensor([[float(cell) for cell in row] for row in csv.reader(file)])
    return rows[:, :64] / 16, rows[:, 64].long()


def main(arguments: Sequence[str] | None = None) -> int:
    """Trains once and prints which checkpoint it keeps."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--epochs", type=int, default=600)
    parser.add_argument("--samples", type=int, default=120, help="digits to train on: few, so that it overfits")
    parser.add_argument("--lr", type=float, default=2e-3)
    parser.add_argument("--data", type=Path, default=DIGITS)
    parser.add_argument("--seed", type=int, default=0)
    options = parser.parse_args(arguments)

    torch.manual_seed(options.seed)
    torch.set_num_threads(1)
    pixels, labels = read_digits(options.data)
    order = torch.randperm(len(labels))
    train, validation = order[: options.samples], order[-600:]
    noise = torch.randint(0, 10, (options.samples // 5,))
    labels[train[: len(noise)]] = noise  # some labels are wrong: learning them by heart is what hurts

    model = nn.Sequential(nn.Linear(64, 256), nn.ReLU(), nn.Linear(256, 256), nn.ReLU(), nn.Linear(256, 10))
    optimizer = torch.optim.Adam(model.parameters(), lr=options.lr)
    criterion = nn.CrossEntropyLoss()
    step, best_step, best_loss, best_state = 0, 0, float("inf"), copy.deepcopy(model.state_dict())

    with tidemark.init("digits", "pytorch-overfits", vars(options), stop="best-epoch") as run:
        for epoch in range(options.epochs):
            model.train()
            for batch in torch.split(train[torch.randperm(len(train))], 24):
                loss = criterion(model(pixels[batch]), labels[batch])
                optimizer.zero_grad()
                loss.backward()
                gradient = nn.utils.get_total_norm(p.grad for p in model.parameters() if p.grad is not None)
                optimizer.step()
                step += 1
                run.log({"train/loss": loss, "grad_norm": gradient}, step=step, epoch=epoch)
            model.eval()
            with torch.no_grad():
                scores = model(pixels[validation])
                validation_loss = criterion(scores, labels[validation]).item()
                accuracy = (scores.argmax(1) == labels[validation]).float().mean()
            run.log({"val/loss": validation_loss, "val/acc": accuracy}, step=step, epoch=epoch)
            if validation_loss < best_loss:
                best_step, best_loss, best_state = step, validation_loss, copy.deepcopy(model.state_dict())
            if run.should_stop():
                break
        model.load_state_dict(best_state)
        print(f"trained to step {step}; kept the checkpoint of step {best_step}, validation loss {best_loss:.4f}")
        if request := run.stop_request:
            print(f"stopped by the monitor, which names step {request.step}: {request.reason}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
