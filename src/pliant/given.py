"""What an estimator is given as y and X, and what of it is remembered."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
from sklearn.utils.validation import column_or_1d

from pliant.rows import Question
from pliant.runtime.columns import column_from_values, is_boolean


def question_of(y: object) -> Question:
    """Return the target's name and values; what is no column raises sklearn's own error."""
    name = getattr(y, "name", None)
    if not hasattr(y, "__arrow_c_stream__") or str(getattr(y, "dtype", "")) == "category":
        y = column_or_1d(y, warn=True)
    return Question(str(name or "y"), column_from_values(y), is_boolean(y))


def label_type_of(y: object) -> np.dtype[Any] | None:
    """Return the type that labels come back in; None where `y` has none of NumPy's."""
    if str(getattr(y, "dtype", "")) == "category" or isinstance(y, list | tuple):
        y = np.asarray(y)
    dtype = getattr(y, "dtype", None)
    return dtype if isinstance(dtype, np.dtype) and dtype.kind in "biufUO" else None


def column_names(X: object) -> list[str] | None:
    """Return the names of the columns of a table, None of what has none, such as an array."""
    if isinstance(X, Mapping):
        return [str(name) for name in X]
    if isinstance(X, list) and X and all(isinstance(row, Mapping) for row in X):
        return list(dict.fromkeys(str(name) for row in X for name in row))
    names = getattr(X, "column_names", getattr(X, "columns", None))
    return None if names is None or not hasattr(names, "__iter__") else [str(n) for n in names]


def has_names(X: object) -> bool:
    """Return whether the columns of a table have names."""
    names = getattr(X, "column_names", getattr(X, "columns", None))
    return names is not None and all(isinstance(name, str) for name in names)
