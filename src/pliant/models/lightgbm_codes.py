"""LightGBM's own table, made of codes a few rows at a time: one byte a value, and no copy beside.

By default LightGBM is handed the whole table as floats, and finds bins in a sample of its rows.
Here a table of 256 rows, which holds each code of each feature, says what the bins are: the codes.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from pliant.features.block import Feature
from pliant.models.base import Data

CHUNK_CELLS = 1_000_000
"""Values that are floats at once."""

N_CODES = 256


class Chunks:
    """Rows of codes uint8 (n, F), as float32 when they are asked for: a `lightgbm.Sequence`."""

    def __init__(self, X: NDArray[np.uint8]) -> None:
        self._X = X
        self.batch_size = max(1, CHUNK_CELLS // max(1, X.shape[1]))

    def __getitem__(self, rows: slice) -> NDArray[np.float32]:
        return self._X[rows].astype(np.float32)

    def __len__(self) -> int:
        return len(self._X)


def codes_dataset(data: Data, params: Mapping[str, Any]) -> Any:
    """Return a `lightgbm.Dataset` of the training rows, without initial scores."""
    import lightgbm

    lightgbm.Sequence.register(Chunks)
    params = {**params, "enable_bundle": False}  # no two features share a column
    every = lightgbm.Dataset(every_code(data.features), np.zeros(N_CODES), params=params)
    return lightgbm.Dataset(
        Chunks(data.train.X),
        data.train.target.values,
        weight=data.train.weight,
        reference=every.construct(),
        params=params,
    ).construct()


def every_code(features: Sequence[Feature]) -> NDArray[np.float32]:
    """Return a table float32 (256, F) that holds each code of each feature.

    None is more frequent than others, or LightGBM would keep a column as a list of what is rare.
    """
    counts = np.array([f.n_codes for f in features])
    codes: NDArray[np.intp] = np.arange(N_CODES)[:, None] % counts
    return codes.astype(np.float32)
