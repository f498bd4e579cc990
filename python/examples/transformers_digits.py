"""Trains a small BERT from nothing on rows of digits, with the Hugging Face Trainer, which loads its best checkpoint.

npm start                                  # in the repository: the monitor, on http://127.0.0.1:8433
pip install ./python 'transformers[torch]'
python python/examples/transformers_digits.py
"""

from __future__ import annotations

import argparse
import tempfile
from collections.abc import Sequence

import torch
from digits import read_digits
from torch.utils.data import Dataset
from transformers import BertConfig, BertForSequenceClassification, Trainer, TrainingArguments, set_seed

import tidemark
import tidemark.integrations.transformers  # makes report_to="tidemark" known


class Tokens(Dataset[dict[str, torch.Tensor]]):
    """Every pixel a token of 17 shades."""

    def __init__(self, pixels: torch.Tensor, labels: torch.Tensor) -> None:
        self.tokens, self.labels = (pixels * 16).long(), labels

    def __len__(self) -> int:
        return len(self.labels)

    def __getitem__(self, place: int) -> dict[str, torch.Tensor]:
        return {"input_ids": self.tokens[place], "labels": self.labels[place]}


def main(arguments: Sequence[str] | None = None) -> float:
    """Trains once; the validation loss of the weights that are left."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--epochs", type=int, default=60)
    options = parser.parse_args(arguments)

    set_seed(0)
    x, y, x_val, y_val = map(torch.from_numpy, read_digits())
    config = BertConfig(
        vocab_size=17, hidden_size=32, num_hidden_layers=1, num_attention_heads=2, intermediate_size=64,
        max_position_embeddings=64, num_labels=10,
    )  # fmt: skip
    with tempfile.TemporaryDirectory() as folder:
        trainer = Trainer(
            BertForSequenceClassification(config),
            TrainingArguments(
                folder,
                run_name="transformers",
                report_to="tidemark",
                num_train_epochs=options.epochs,
                per_device_train_batch_size=24,
                per_device_eval_batch_size=600,
                learning_rate=5e-3,
                logging_steps=1,
                eval_strategy="epoch",
                save_strategy="epoch",
                save_total_limit=1,
                load_best_model_at_end=True,
                use_cpu=True,
                disable_tqdm=True,
            ),
            train_dataset=Tokens(x, y),
            eval_dataset=Tokens(x_val, y_val),
        )
        trainer.train()
        model = trainer.model.eval()
        with torch.no_grad():
            kept = float(model(input_ids=(x_val * 16).long(), labels=y_val).loss)
    tidemark.finish()
    print(f"trained {trainer.state.epoch:.0f} epochs; validation loss {kept:.4f} is kept")
    return kept


if __name__ == "__main__":
    main()
