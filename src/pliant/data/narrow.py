"""Whole numbers from 0 on in as few bytes as the greatest needs: class numbers.

They are unsigned: what subtracts them makes floats of them first.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

Narrow = NDArray[np.unsignedinteger[Any]]


def narrow(numbers: NDArray[np.integer[Any]]) -> Narrow:
    """Return whole numbers of at least 0 in the smallest unsigned type that holds them all.

    >>> narrow(np.array([0, 2, 1])).dtype, narrow(np.array([0, 300])).dtype
    (dtype('uint8'), dtype('uint16'))
    """
    narrowed: Narrow = numbers.astype(np.min_scalar_type(int(numbers.max(initial=0))))
    return narrowed
