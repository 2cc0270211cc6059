"""What an estimator is given as y and X, and what of it is remembered."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray
from sklearn.exceptions import DataConversionWarning
from sklearn.utils import check_random_state
from sklearn.utils.validation import column_or_1d

from pliant.core.callers import warn
from pliant.data.answered import only_column
from pliant.data.labels import Labels, labels_of
from pliant.ensemble.incremental.rows import Question
from pliant.runtime.labels import Label, label_array, objects, plain_label


def question_of(y: object, own: str = "") -> Question:
    """Return the target's name and values; what is no column raises sklearn's own error.

    `own` is its name where `y` is a column of the table.
    """
    name, y, of_table = only_column(y)
    if of_table:
        warn(
            "A column-vector y was passed when a 1d array was expected: "
            f"the column {name!r} is taken",
            DataConversionWarning,
        )
    if not hasattr(y, "__arrow_c_stream__") and not hasattr(y, "__arrow_c_array__"):
        masked = isinstance(y, np.ma.MaskedArray) and y.ndim == 1
        y = y if masked or _plain_list(y) else column_or_1d(y, warn=True)
    elif str(getattr(y, "dtype", "")) == "category":
        y = np.asarray(y)
    return Question(own or str(name or "y"), labels_of(y), label_type_of(y))


def _plain_list(y: object) -> bool:
    """Return whether y is a list of values, which NumPy might bend to a type of its own."""
    return isinstance(y, list | tuple) and not any(
        hasattr(v, "__len__") and not isinstance(v, str | bytes) for v in y
    )


def label_type_of(y: object) -> np.dtype[Any] | None:
    """Return the type that labels come back in; None where `y` has none of NumPy's."""
    if isinstance(y, list | tuple):
        y = np.asarray(y)
    dtype = getattr(y, "dtype", None)
    return dtype if isinstance(dtype, np.dtype) and dtype.kind in "biufUSOmM" else None


def labels_as_given(question: Question, classes: Sequence[Label]) -> NDArray[Any]:
    """Return the labels of a model as they were in y, in the type of y."""
    found: list[Any] = list(classes)
    column, dtype = question.column, question.dtype
    if isinstance(column, Labels) and not column.written:
        originals = {plain_label(value): value for value in column.values}
        found = [originals.get(label, label) for label in classes]
    made = label_array(found)
    if dtype is None:
        return made
    if dtype.kind == "O":
        return objects(found)
    cast = made.astype(dtype)
    return cast if cast.tolist() == made.tolist() or dtype.kind in "mM" else made


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


def seed_of(random_state: int | np.integer[Any] | np.random.RandomState | None) -> int:
    """Return what all randomness of a fit starts from."""
    if isinstance(random_state, int | np.integer):
        return int(random_state)
    return int(check_random_state(random_state).randint(np.iinfo(np.int32).max))
