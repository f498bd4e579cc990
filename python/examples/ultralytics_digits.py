"""Trains a YOLO classifier until the monitor says that the best epoch is past; Ultralytics gives `best.pt` back.

npm start                                  # in the repository: the monitor, on http://127.0.0.1:8433
pip install ./python ultralytics
python python/examples/ultralytics_digits.py
"""

from __future__ import annotations

import argparse
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy
from digits import read_digits
from PIL import Image
from ultralytics import YOLO

from tidemark.integrations.ultralytics import add_callbacks


def write(folder: Path, pixels: Any, labels: Any) -> None:
    """Writes digits as pictures, a folder for each class, as Ultralytics reads them."""
    for place, (digit, label) in enumerate(zip(pixels, labels)):
        path = folder / str(label) / f"{place}.png"
        path.parent.mkdir(parents=True, exist_ok=True)
        Image.fromarray((255 * digit.reshape(8, 8)).astype(numpy.uint8)).resize((32, 32)).save(path)


def main(arguments: Sequence[str] | None = None) -> float:
    """Trains once; the fitness of the model that is left, on the validation data."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--epochs", type=int, default=100)
    options = parser.parse_args(arguments)

    x, y, x_val, y_val = read_digits()
    with tempfile.TemporaryDirectory() as folder:
        data = Path(folder, "data")
        write(data / "train", x, y)
        write(data / "val", x_val, y_val)
        # A model of one's own, from random weights; "yolo11n-cls.pt" would load trained ones.
        model = add_callbacks(YOLO("yolo11n-cls.yaml", verbose=False), project="digits", name="ultralytics")
        model.train(
            data=str(data), epochs=options.epochs, patience=0, imgsz=32, batch=24, workers=0, device="cpu",
            optimizer="AdamW", lr0=0.003, plots=False, project=folder, verbose=False,
        )  # fmt: skip
        kept = float(model.val(plots=False, project=folder, verbose=False).fitness)
    print(f"fitness {kept:.4f} is kept")
    return kept


if __name__ == "__main__":
    main()
