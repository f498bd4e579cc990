"""Trains with Keras 3 until the monitor says that the best epoch is past; the best weights are put back.

npm start                                  # in the repository: the monitor, on http://127.0.0.1:8433
pip install ./python keras torch
KERAS_BACKEND=torch python python/examples/keras_digits.py
"""

from __future__ import annotations

import argparse
from collections.abc import Sequence

import keras
from digits import read_digits

from tidemark.integrations.keras import TidemarkCallback


def main(arguments: Sequence[str] | None = None) -> float:
    """Trains once; the validation loss of the weights that are left."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--epochs", type=int, default=300)
    options = parser.parse_args(arguments)

    keras.utils.set_random_seed(0)
    x, y, x_val, y_val = read_digits()
    model = keras.Sequential([keras.layers.Dense(128, "relu"), keras.layers.Dense(10)])
    loss = keras.losses.SparseCategoricalCrossentropy(from_logits=True)
    model.compile(keras.optimizers.Adam(1e-2), loss, metrics=["accuracy"])
    callback = TidemarkCallback(labels=y, project="digits", name="keras")
    model.fit(
        x, y, batch_size=24, epochs=options.epochs, validation_data=(x_val, y_val), callbacks=[callback], verbose=0
    )
    kept = float(model.evaluate(x_val, y_val, verbose=0)[0])
    print(
        f"{'stopped by the monitor' if callback.stopped else 'trained to the end'}; validation loss {kept:.4f} is kept"
    )
    return kept


if __name__ == "__main__":
    main()
