"""Trains with PyTorch Lightning until the monitor says that the best epoch is past; the best checkpoint is put back.

npm start                                  # in the repository: the monitor, on http://127.0.0.1:8433
pip install ./python lightning
python python/examples/lightning_digits.py
"""

from __future__ import annotations

import argparse
import tempfile
from collections.abc import Sequence
from typing import Any

import lightning
import torch
from digits import read_digits
from lightning.pytorch.callbacks import ModelCheckpoint
from torch import Tensor, nn
from torch.utils.data import DataLoader, TensorDataset

from tidemark.integrations.lightning import TidemarkCallback, TidemarkLogger


class Digits(lightning.LightningModule):
    """A perceptron with one hidden layer."""

    def __init__(self, hidden: int = 128, lr: float = 1e-2) -> None:
        super().__init__()
        self.save_hyperparameters()
        self.lr = lr
        self.net = nn.Sequential(nn.Linear(64, hidden), nn.ReLU(), nn.Linear(hidden, 10))

    def training_step(self, batch: Any, _: int) -> Tensor:
        """The batch's loss."""
        loss = nn.functional.cross_entropy(self.net(batch[0]), batch[1])
        self.log("train/loss", loss)
        return loss

    def validation_step(self, batch: Any, _: int) -> None:
        """Logs loss and accuracy."""
        scores = self.net(batch[0])
        self.log("val/loss", nn.functional.cross_entropy(scores, batch[1]))
        self.log("val/acc", (scores.argmax(1) == batch[1]).float().mean())

    def configure_optimizers(self) -> torch.optim.Optimizer:
        """Adam."""
        return torch.optim.Adam(self.parameters(), lr=self.lr)


def main(arguments: Sequence[str] | None = None) -> float:
    """Trains once; the validation loss of the weights that are left."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--epochs", type=int, default=300)
    options = parser.parse_args(arguments)

    lightning.seed_everything(0, verbose=False)
    x, y, x_val, y_val = map(torch.from_numpy, read_digits())
    model = Digits()
    callback = TidemarkCallback()
    with tempfile.TemporaryDirectory() as folder:
        trainer = lightning.Trainer(
            max_epochs=options.epochs,
            accelerator="cpu",
            logger=TidemarkLogger(project="digits", name="lightning"),
            callbacks=[callback, ModelCheckpoint(folder, monitor="val/loss")],
            log_every_n_steps=1,
            enable_progress_bar=False,
            enable_model_summary=False,
        )
        trainer.fit(
            model,
            DataLoader(TensorDataset(x, y), batch_size=24, shuffle=True),
            DataLoader(TensorDataset(x_val, y_val), batch_size=600),
        )
    with torch.no_grad():
        kept = float(nn.functional.cross_entropy(model.net(x_val), y_val))
    print(
        f"{'stopped by the monitor' if callback.stopped else 'trained to the end'}; validation loss {kept:.4f} is kept"
    )
    return kept


if __name__ == "__main__":
    main()
