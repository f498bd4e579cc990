"""Configs of any form as plain values."""

import argparse

import pytest


def test_numpy_like_configs_are_plain_numbers():
    np = pytest.importorskip("numpy")
    from tidemark.plain import plain

    arrays = {"a": np.array(1.5), "b": np.float32(0.5), "c": np.zeros(2), "d": np.arange(4).reshape(2, 2)}
    assert plain(arrays) == {"a": 1.5, "b": 0.5, "c": [0.0, 0.0], "d": [[0, 1], [2, 3]]}
    assert len(plain({"data": np.zeros(100_000)})["data"]) < 1000


def test_configs_lose_no_digits_and_no_keys():
    from collections.abc import Mapping, Sequence

    from tidemark.plain import plain

    class Lazy(Mapping):  # as OmegaConf's, with a value that is yet to be set
        def __getitem__(self, key):
            if key == "missing":
                raise LookupError(key)
            return {"lr": 0.1, "sizes": Sizes()}[key]

        def __iter__(self):
            return iter(["lr", "missing", "sizes"])

        def __len__(self):
            return 3

    class Sizes(Sequence):
        def __getitem__(self, at):
            return (3, 5)[at]

        def __len__(self):
            return 2

    assert plain(Lazy()) == {"lr": 0.1, "missing": "LookupError", "sizes": [3, 5]}
    assert plain({"inner": Lazy()})["inner"]["missing"] == "LookupError"
    seed = 2**63 + 12345
    assert plain({"seed": seed, "flops": 10**18, "big": 10**30, "small": -5}) == {
        "seed": str(seed), "flops": 10**18, "big": str(10**30), "small": -5,
    }  # fmt: skip
    assert plain({"huge": 10**5000})["huge"].startswith("0x")


def test_configs_are_taken_in_the_forms_that_libraries_give_them():
    import types

    from tidemark.plain import plain

    class ConfigDict:  # of ml_collections: no Mapping
        def __init__(self, **fields):
            self._fields = fields

        def keys(self):
            return self._fields.keys()

        def __getitem__(self, key):
            return self._fields[key]

        def __len__(self):
            return len(self._fields)

    class FlagValues:  # of absl
        def flag_values_dict(self):
            return {"lr": 0.1}

    assert plain(ConfigDict(lr=0.1, inner=ConfigDict(n=2))) == {"lr": 0.1, "inner": {"n": 2}}
    assert plain(FlagValues()) == {"lr": 0.1}
    long = list(range(600))
    inner = {"a": argparse.Namespace(long=long), "b": types.SimpleNamespace(x=argparse.Namespace(y=1))}
    assert plain(inner) == {"a": {"long": long}, "b": {"x": {"y": 1}}}


def test_arrays_of_other_libraries_are_plain_numbers_too():
    jax = pytest.importorskip("jax", reason="jax is not installed")
    from tidemark.plain import plain

    assert plain({"best": jax.numpy.asarray(0.5), "half": jax.numpy.bfloat16(0.5)}) == {"best": 0.5, "half": 0.5}
