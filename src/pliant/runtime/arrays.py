"""A model of arrays at work: a program from arrays to predictions, and labels."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from pliant.core.errors import ConfigError, DataError, ModelFileError
from pliant.runtime.array_rows import ArrayRows
from pliant.runtime.labels import Label, label_array
from pliant.runtime.model import full_probabilities
from pliant.runtime.ops import Op, Wire
from pliant.runtime.ops.run import run_steps, steps_of

CHUNK_ROWS = 4_096
"""Rows that go through a program at once, to bound memory."""


@dataclass(frozen=True)
class ArrayInput:
    """An input: its name, "" where it has none, the shape of a row, float32 or int64."""

    name: str
    shape: tuple[int, ...]
    dtype: str

    @property
    def width(self) -> int:
        """The numbers of a row."""
        return int(np.prod(self.shape, dtype=np.int64))


def wire_of(number: int) -> str:
    """Return the wire of an input by its number."""
    return f"array{number}"


class ArrayModel:
    """A fitted network of arrays: what `tune` finds of one, and what `pliant.load` returns.

    It predicts with NumPy or, where its program is a graph of ONNX, with ONNX Runtime: whatever the
    network was trained with is not imported. It is safe to pickle and to share among threads.

    Attributes
    ----------
    inputs : tuple of ArrayInput
        The arrays that it reads.
    ops : tuple of Op
        The program, from a wire for each input to predictions.
    classes : tuple
        The labels in the order of the columns of `predict_proba`; empty for a regression.
    card : mapping
        What it says of itself: plain data.

    Raises
    ------
    ModelFileError
        When the program does not fit together.
    """

    def __init__(
        self,
        inputs: Sequence[ArrayInput],
        ops: Sequence[Op],
        classes: tuple[Label, ...],
        card: Mapping[str, Any],
    ) -> None:
        self.inputs, self.ops, self.classes, self.card = tuple(inputs), tuple(ops), classes, card
        wires = {wire_of(i): Wire("values", one.width) for i, one in enumerate(self.inputs)}
        self._steps = steps_of(self.ops, wires)
        outputs = len(classes) if len(classes) > 2 else 1
        if not self._steps or self._steps[-1].wire != Wire("values", outputs):
            raise ModelFileError(f"expected a program that ends in {outputs} values")
        self.classes_ = label_array(classes)

    def __reduce__(self) -> tuple[Any, ...]:
        return ArrayModel, (self.inputs, self.ops, self.classes, self.card)

    def predict(self, X: Any) -> NDArray[Any]:
        """Return a label or a number a row, shape (n,).

        `X` is an array or a dict of arrays, each of the shape that it was fitted on but for its
        rows.

        Raises
        ------
        DataError
            When it is not.
        """
        made = self.raw(X)
        if not self.classes:
            return made[:, 0]
        picked = made[:, 0] > 0.5 if made.shape[1] == 1 else made.argmax(axis=1)
        labels: NDArray[Any] = self.classes_[picked.astype(np.intp)]
        return labels

    def predict_proba(self, X: Any) -> NDArray[np.float64]:
        """Return probabilities float64 (n, K), columns in the order of `classes`; `X` is as in
        `predict`.

        Raises
        ------
        ConfigError
            When the model is a regression.
        """
        if not self.classes:
            raise ConfigError("expected a classification to have probabilities, got a regression")
        return full_probabilities(self.raw(X))

    def raw(self, X: Any) -> NDArray[np.float64]:
        """Return the program's output float64 (n, V): V is 1 for binary and regression."""
        rows = self._rows(X)
        parts = [np.empty((0, self._steps[-1].wire.width))]
        for a in range(0, len(rows), CHUNK_ROWS):
            some = rows[a : a + CHUNK_ROWS]
            given = {
                wire_of(i): some.arrays[one.name].reshape(-1, one.width)
                for i, one in enumerate(self.inputs)
            }
            parts.append(run_steps(self._steps, given, len(some))[self.ops[-1].output])
        return np.concatenate(parts).astype(np.float64, copy=False)

    def __sklearn_tags__(self) -> Any:
        """Return what scikit-learn's scorers ask of an estimator."""
        return tags_of(classifier=bool(self.classes))

    def _rows(self, X: Any) -> ArrayRows:
        """Return rows that are of the inputs' shapes and kinds."""
        rows = ArrayRows.of(X)
        absent = [one.name for one in self.inputs if one.name not in rows.arrays]
        if absent:
            names = [one.name for one in self.inputs]
            what = f"a dict of the arrays {names}" if names != [""] else "one array"
            raise DataError(f"expected {what}, got {list(rows.arrays)}")
        for one in self.inputs:
            got = rows.arrays[one.name]
            if got.shape[1:] != one.shape or (one.dtype == "int64" != got.dtype.name):
                raise DataError(
                    f"expected an array{f' {one.name!r}' if one.name else ''} of shape "
                    f"(n, {', '.join(map(str, one.shape))}), {one.dtype}, "
                    f"got {got.dtype} of shape {got.shape}"
                )
        arrays = {o.name: rows.arrays[o.name].astype(o.dtype, copy=False) for o in self.inputs}
        return ArrayRows(arrays)


def tags_of(*, classifier: bool) -> Any:
    """Return scikit-learn's tags of a classifier or a regressor."""
    from sklearn.utils import ClassifierTags, RegressorTags, Tags, TargetTags

    wanted = TargetTags(required=True)
    if classifier:
        return Tags("classifier", wanted, classifier_tags=ClassifierTags())
    return Tags("regressor", wanted, regressor_tags=RegressorTags())
