"""Rows as their owner has them: arrays of any shape, sparse matrices, frames, lists."""

from __future__ import annotations

import math
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from sklearn.utils import _safe_indexing, indexable

from pliant.core.errors import DataError


@dataclass(frozen=True)
class OwnRows:
    """What X and y are is between their owner and the estimator; here they are cut into rows.

    Examples
    --------
    >>> rows = OwnRows.of(np.eye(3, 2), ["a", "b", "a"])
    >>> rows.take(np.array([0, 2])).y, rows.width
    (['a', 'a'], 2)
    """

    X: Any
    y: Any

    @classmethod
    def of(cls, X: Any, y: Any) -> OwnRows:
        """Return what can be cut into rows, as many of one as of the other.

        Raises
        ------
        DataError
            When they cannot be, or there are fewer than two.
        """
        try:
            X, y = indexable(X, y)
            n = _length(y)
        except (TypeError, ValueError) as error:
            said = " ".join(str(error).split())
            raise DataError(f"expected X and y of as many rows each, but: {said}") from None
        if n < 2:
            raise DataError(f"expected 2 rows or more to tune on, got {n}")
        return cls(X, y)

    def __len__(self) -> int:
        return _length(self.y)

    @property
    def width(self) -> int:
        """About how many values a row of X has; of a sparse matrix, those that it holds."""
        if hasattr(self.X, "nnz"):
            return max(1, int(self.X.nnz) // len(self))
        return max(1, math.prod(getattr(self.X, "shape", (len(self), 1))[1:]))

    def take(self, rows: NDArray[np.intp]) -> OwnRows:
        """Return a copy of the given rows."""
        return OwnRows(_safe_indexing(self.X, rows), _safe_indexing(self.y, rows))

    @contextmanager
    def lent(self) -> Iterator[OwnRows]:
        """Lend these rows to a fit."""
        yield self


def _length(y: Any) -> int:
    return int(y.shape[0]) if hasattr(y, "shape") else len(y)
