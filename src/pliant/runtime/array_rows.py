"""Rows of arrays: numbers, images, sequences of ids, or several of them by name."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from pliant.core.errors import DataError


@dataclass(frozen=True)
class ArrayRows:
    """Arrays of as many rows each, by name, "" where there is one without a name.

    Each is float32 (n, ...) or, of whole numbers, int64.

    Examples
    --------
    >>> rows = ArrayRows.of({"image": np.zeros((3, 1, 8, 8)), "ids": np.zeros((3, 5), dtype=int)})
    >>> rows.shape, rows[[0, 2]].shape
    ((3, 69), (2, 69))
    """

    arrays: Mapping[str, NDArray[Any]]

    @classmethod
    def of(cls, X: Any) -> ArrayRows:
        """Return rows of an array, of anything that NumPy makes one of, or of a dict of them.

        Raises
        ------
        DataError
            When they are no numbers, have no rows, or not as many each.
        """
        if isinstance(X, ArrayRows):
            return X
        given = dict(X) if isinstance(X, Mapping) else {"": X}
        arrays = {str(name): _numbers(str(name), array) for name, array in given.items()}
        lengths = {name: len(array) for name, array in arrays.items()}
        if len(set(lengths.values())) != 1:
            raise DataError(f"expected arrays of as many rows each, got {lengths}")
        return cls(arrays)

    def __len__(self) -> int:
        return len(next(iter(self.arrays.values())))

    @property
    def shape(self) -> tuple[int, int]:
        """How many rows there are, and how many numbers a row has."""
        width = sum(int(np.prod(a.shape[1:], dtype=np.int64)) for a in self.arrays.values())
        return len(self), width

    def __getitem__(self, rows: Any) -> ArrayRows:
        """Return some of the rows, as NumPy and scikit-learn ask for them."""
        of = rows[0] if isinstance(rows, tuple) else rows
        return ArrayRows({name: array[of] for name, array in self.arrays.items()})


def _numbers(name: str, array: Any) -> NDArray[Any]:
    """Return an array of float32 or int64, with an axis for its rows at least."""
    which = f" {name!r}" if name else ""
    try:
        found = np.asarray(array)
    except ValueError as error:
        raise DataError(f"expected an array of numbers{which}, but: {error}") from None
    if found.dtype.kind not in "biuf" or found.ndim == 0:
        raise DataError(
            f"expected an array of numbers{which}, got {found.dtype} of shape {found.shape}"
        )
    if found.ndim == 1:
        found = found[:, None]
    return found.astype(np.float32 if found.dtype.kind in "fb" else np.int64, copy=False)
