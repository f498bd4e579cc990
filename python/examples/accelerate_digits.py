"""Trains with Hugging Face Accelerate, logging by its tracker; the loop keeps and loads its best state by Accelerate.

npm start                                  # in the repository: the monitor, on http://127.0.0.1:8433
pip install ./python accelerate
python python/examples/accelerate_digits.py
"""

from __future__ import annotations

import argparse
import tempfile
from collections.abc import Sequence

import torch
from accelerate import Accelerator
from accelerate.utils import set_seed
from digits import read_digits
from torch import nn
from torch.utils.data import DataLoader, TensorDataset

from tidemark.integrations.accelerate import TidemarkTracker


def main(arguments: Sequence[str] | None = None) -> float:
    """Trains once; the validation loss of the weights that are left."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--epochs", type=int, default=300)
    options = parser.parse_args(arguments)

    set_seed(0)
    x, y, x_val, y_val = map(torch.from_numpy, read_digits())
    tracker = TidemarkTracker("accelerate", project="digits", stop="best-epoch")
    accelerator = Accelerator(cpu=True, log_with=tracker)
    accelerator.init_trackers("digits", config=vars(options))
    model = nn.Sequential(nn.Linear(64, 128), nn.ReLU(), nn.Linear(128, 10))
    optimizer = torch.optim.Adam(model.parameters(), lr=1e-2)
    loader = DataLoader(TensorDataset(x, y), batch_size=24, shuffle=True)
    model, optimizer, loader = accelerator.prepare(model, optimizer, loader)
    run = accelerator.get_tracker("tidemark", unwrap=True)
    step, best = 0, float("inf")
    with tempfile.TemporaryDirectory() as folder:
        for _ in run.epochs(options.epochs):
            for pixels, labels in loader:
                loss = nn.functional.cross_entropy(model(pixels), labels)
                optimizer.zero_grad()
                accelerator.backward(loss)
                optimizer.step()
                step += 1
                accelerator.log({"train/loss": loss}, step=step)
            with torch.no_grad():
                validation = float(nn.functional.cross_entropy(model(x_val), y_val))
            accelerator.log({"val/loss": validation}, step=step)
            if validation < best:
                best = validation
                accelerator.save_state(folder)
        accelerator.load_state(folder)
    with torch.no_grad():
        kept = float(nn.functional.cross_entropy(model(x_val), y_val))
    accelerator.end_training()
    print(f"trained to step {step}; validation loss {kept:.4f} is kept")
    return kept


if __name__ == "__main__":
    main()
