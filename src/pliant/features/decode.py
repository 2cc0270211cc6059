"""Decode tables: what each code of a feature is worth to models that need real values."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from pliant.features.block import Feature
from pliant.runtime.ops import Op

CLIP = 3.0
"""Where scaled values end, squeezed smoothly, as in RealMLP (Holzmüller et al., 2024)."""

MAX_ONE_HOT = 32
"""Codes of a category beyond which only its statistics speak for it."""


@dataclass(frozen=True)
class Decoder:
    """Real inputs from codes: input j is `table[j, code of feature[j]]`.

    `feature` uint16 (P,), `table` float32 (P, 256).
    """

    feature: NDArray[np.uint16]
    table: NDArray[np.float32]

    def __call__(self, X: NDArray[np.uint8]) -> NDArray[np.float32]:
        """Return inputs float32 (n, P)."""
        start = np.arange(len(self.feature)) * 256
        return self.table.reshape(-1)[start + np.take(X, self.feature.astype(np.intp), axis=1)]

    def op(self, output: str) -> Op:
        """Return the decoder as an op."""
        return Op("decode", ("X",), output, {"feature": self.feature, "table": self.table})


def learn_decoder(features: Sequence[Feature], X: NDArray[np.uint8], pieces: int = 0) -> Decoder:
    """Return the decoder of features, scaled by the training rows `X` uint8 (n, F).

    A number gives its robustly scaled value, a flag where values are missing, and `pieces`
    piecewise-linear parts (Gorishniy et al., 2022); a category with few codes a one-hot.
    """
    rows: list[NDArray[np.float64]] = []
    owners: list[int] = []
    for f, feature in enumerate(features):
        counts = np.bincount(X[:, f], minlength=256)[:256].astype(np.float64)
        if feature.centers is None:
            made = _one_hot(feature, counts)
        else:
            made = _number_rows(feature.centers, counts, pieces)
        rows += made
        owners += [f] * len(made)
    if not rows:
        rows, owners = [np.zeros(256)], [0]
    return Decoder(np.array(owners, dtype=np.uint16), np.array(rows, dtype=np.float32))


def _one_hot(feature: Feature, counts: NDArray[np.float64]) -> list[NDArray[np.float64]]:
    if feature.n_codes > MAX_ONE_HOT:
        return []
    return [_indicator(int(code)) for code in np.flatnonzero(counts)]


def _indicator(code: int) -> NDArray[np.float64]:
    """Return the table that is 1 for one code and 0 for the others."""
    table = np.zeros(256)
    table[code] = 1.0
    return table


def _number_rows(
    centers: NDArray[np.float32], counts: NDArray[np.float64], pieces: int
) -> list[NDArray[np.float64]]:
    values = np.full(256, np.nan)
    values[: len(centers)] = centers
    known = ~np.isnan(values)
    weight = np.where(known, counts, 0.0)
    if weight.sum() == 0 or (weight > 0).sum() < 2:
        return []
    low, middle, high = (_quantile(values, weight, q) for q in (0.25, 0.5, 0.75))
    spread = (high - low) / 1.349
    if spread <= 0:
        mean = np.average(values[known], weights=weight[known])
        spread = float(np.sqrt(np.average((values[known] - mean) ** 2, weights=weight[known])))
    scaled = np.where(known, (values - middle) / max(spread, 1e-12), 0.0)
    rows = [scaled / np.sqrt(1 + (scaled / CLIP) ** 2)]
    if counts[0] > 0:
        rows.append(_indicator(0))
    if pieces:
        knots = np.unique([_quantile(values, weight, q) for q in np.linspace(0, 1, pieces + 1)])
        for start, stop in pairwise(knots):
            part = np.clip((values - start) / (stop - start), 0, 1)
            rows.append(np.where(known, part, 0.0))
    return rows


def _quantile(values: NDArray[np.float64], weight: NDArray[np.float64], q: float) -> float:
    """Return the value below which about a share `q` of the weight lies."""
    used = np.flatnonzero(weight > 0)
    order = used[np.argsort(values[used], kind="stable")]
    cumulative = np.cumsum(weight[order])
    at = int(np.searchsorted(cumulative, q * cumulative[-1]))
    return float(values[order[min(at, len(order) - 1)]])
