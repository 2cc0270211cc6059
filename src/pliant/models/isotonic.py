"""Isotonic regression: the closest values that only rise, or only fall."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]


def isotonic(values: Floats, weight: Floats, direction: int) -> Floats:
    """Return the values (m,) that never fall (`direction` 1) or never rise (-1) and are closest to
    the given ones by weighted squares: pool adjacent violators (Ayer et al., 1955).

    Examples
    --------
    >>> isotonic(np.array([1.0, 3.0, 2.0, 4.0]), np.ones(4), 1).tolist()
    [1.0, 2.5, 2.5, 4.0]
    """
    means, weights, counts = list[float](), list[float](), list[int]()
    for value, heavy in zip((direction * values).tolist(), weight.tolist(), strict=True):
        means.append(value)
        weights.append(max(heavy, 1e-12))
        counts.append(1)
        while len(means) > 1 and means[-2] > means[-1]:
            value, heavy, count = means.pop(), weights.pop(), counts.pop()
            total = weights[-1] + heavy
            means[-1] += (value - means[-1]) * heavy / total
            weights[-1], counts[-1] = total, counts[-1] + count
    return direction * np.repeat(means, counts)
