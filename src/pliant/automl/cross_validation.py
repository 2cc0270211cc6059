"""The splits that a user's estimator is tuned on, as scikit-learn makes them."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import numpy as np
from numpy.typing import NDArray
from sklearn.base import is_classifier
from sklearn.model_selection import KFold, StratifiedKFold
from sklearn.utils.multiclass import type_of_target

from pliant.core.errors import ConfigError
from pliant.data.split import Split
from pliant.models.foreign import OwnRows
from pliant.training.folds import Folds

FOLDS = 5
"""Folds where nobody says how many; fewer where a class has not as many rows."""


def splits_of(cv: Any, estimator: Any, rows: OwnRows, seed: int) -> tuple[Split, ...]:
    """Return the splits that a user wrote: a number of folds, a policy, an object with `split`, as
    scikit-learn's are, or pairs of row numbers.

    Folds are drawn at random by the seed; those of a classifier have all classes alike.

    Raises
    ------
    ConfigError
        When it is none of these, or there are too few rows for it.
    """
    try:
        pairs = list(_pairs(cv, estimator, rows, seed))
        splits = tuple(Split(_numbers(train), _numbers(valid)) for train, valid in pairs)
    except (TypeError, ValueError) as error:
        said = " ".join(str(error).split())[:300]
        raise ConfigError(
            f"expected cv to be a number of folds, a splitter or pairs of row numbers, but: {said}"
        ) from None
    if not splits or not all(len(split.train) and len(split.valid) for split in splits):
        raise ConfigError(
            f"expected cv to leave rows to train on and rows to validate on, got {cv!r}"
        )
    return splits


def _pairs(cv: Any, estimator: Any, rows: OwnRows, seed: int) -> Iterable[Any]:
    """Return pairs of the rows to train on and those to validate on."""
    if hasattr(cv, "split"):
        return list(cv.split(rows.X, rows.y))
    if cv is not None and not isinstance(cv, int | np.integer | Folds):
        return list(cv)
    wanted = None if cv is None else Folds.of(int(cv) if isinstance(cv, np.integer) else cv)
    return _drawn(wanted, estimator, rows, seed)


def _drawn(wanted: Folds | None, estimator: Any, rows: OwnRows, seed: int) -> Iterable[Any]:
    """Return folds drawn at random, stratified where there are classes of two rows or more."""
    n, classes = len(rows), is_classifier(estimator) and _are_classes(rows.y)
    rare = int(np.unique(rows.y, return_counts=True)[1].min()) if classes else n
    kind = StratifiedKFold if classes and rare > 1 else KFold
    most = rare if kind is StratifiedKFold else n
    folds = max(2, min(FOLDS if wanted is None else wanted.most(n), most))
    if wanted is not None and wanted.fixed is not None:
        folds = wanted.fixed
    splitter = kind(folds, shuffle=True, random_state=seed % 2**32)
    return list(splitter.split(np.zeros(n), rows.y))


def _are_classes(y: Any) -> bool:
    return type_of_target(y) in ("binary", "multiclass")


def _numbers(rows: Any) -> NDArray[np.intp]:
    found = np.asarray(rows)
    return np.flatnonzero(found) if found.dtype == bool else found.astype(np.intp)
