"""Trains small PyTorch models with one known fault each and records their curves, for measuring the detectors.

`python -m faults` in the folder `python` writes `curves.jsonl.gz`, the curves as an ordinary script would have logged
them, and `labels.json`, the cause behind each. docs/fault-bench.md says what is trained and how labels are checked.
"""
