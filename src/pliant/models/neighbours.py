"""Nearest neighbours on decoded codes: a sample of the training rows, by Euclidean distance."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import ClassVar

import numpy as np

from pliant.features.decode import Decoder, learn_decoder
from pliant.models.base import SCORE, Allowance, Data, Fitted, Shape
from pliant.models.family import Default, Family
from pliant.models.space import Int, Space
from pliant.runtime.ops import Op

MAX_FLOATS = 250_000
"""Numbers that a model keeps, 1 MB: points beyond are left out."""


GRID = 2.0**-12
"""Inputs are multiples of it: their distances are then exact, and ties the same everywhere."""


@dataclass(frozen=True)
class NeighboursConfig:
    """How many neighbours answer."""

    k: int = 15


class Neighbours(Family):
    """The family of nearest-neighbour models."""

    name = "neighbours"
    package = "numpy"
    bytes_per_cell = 4.0
    defaults: ClassVar[Mapping[str, Default]] = {
        "default": Default(NeighboursConfig(), 170),
    }
    space: ClassVar[Space] = {"k": Int(3, 60, log=True)}

    def seconds(self, config: NeighboursConfig, shape: Shape) -> float:
        """Return about how long a fit takes, its check on a quarter as many rows included."""
        points = min(shape.rows, MAX_FLOATS / (1 + shape.features))
        return 2e-8 * shape.rows / 4 * points + 0.01

    def cheaper(self, config: NeighboursConfig, factor: float) -> NeighboursConfig:
        """Return the configuration: there is nothing to train."""
        return config

    def fit(self, data: Data, config: NeighboursConfig, allowance: Allowance) -> Fitted:
        """Return the sampled rows as points, and what they answer."""
        train, target = data.train, data.target
        decoder = on_grid(learn_decoder(data.features, train.X))
        width = len(decoder.feature) + target.n_outputs
        most = max(1, MAX_FLOATS // width)
        rows = np.arange(len(train))
        if len(rows) > most:
            rows = np.sort(np.random.default_rng(allowance.seed).permutation(rows)[:most])
        values = target.values[rows]
        if target.task == "multiclass":
            answers = np.eye(len(target.classes), dtype=np.float32)[values.astype(np.intp)]
        else:
            answers = values.astype(np.float32)[:, None]
        arrays = {"points": decoder(train.X[rows]), "answers": answers}
        near = Op("neighbours", ("inputs",), SCORE, arrays, {"k": min(config.k, len(rows))})
        link = "identity" if target.task == "regression" else "simplex"
        return Fitted((decoder.op("inputs"), near), link)


def on_grid(decoder: Decoder) -> Decoder:
    """Return the decoder with its values rounded to multiples of `GRID`."""
    table = np.round(decoder.table / GRID) * GRID
    return replace(decoder, table=table.astype(np.float32))
