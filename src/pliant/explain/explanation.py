"""What explains predictions: contributions of columns that add up to them."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from pliant.core.errors import ConfigError, MissingLibraryError
from pliant.core.frames import as_frame
from pliant.runtime.labels import Label, label_text

Floats = NDArray[np.float64]

SHOWN_COLUMNS = 10
"""Columns of a row that are printed, those that contribute most."""


@dataclass(frozen=True)
class Explanation:
    """How much each column moves each prediction away from the mean one: Shapley values.

    For every row and output the values add up to `prediction - base`. Two classes have one output,
    the probability of the second, since the other's contributions are these with their signs
    turned; more classes have one each, and a regression has the number.

    Attributes
    ----------
    columns : tuple of str
        The P columns that the model reads, as they stand in the table.
    outputs : tuple
        The labels whose probability is explained, or the target's name.
    values : ndarray of shape (n, P, V)
        The contribution of each column to each output, in its unit.
    std_error : ndarray of shape (n, P, V)
        The standard error that sampling left; 0 where all coalitions were asked.
    base : ndarray of shape (V,)
        The mean prediction of the background rows.
    prediction : ndarray of shape (n, V)
        What the model says of each row.
    data : ndarray of object, shape (n, P)
        The rows as they were given.
    unit : str
        "probability", "log-odds", or "" for a number.

    Examples
    --------
    >>> import pliant
    >>> rows = {"age": [23, 61, 35, 70] * 9, "pets": [0, 1, 2] * 12}
    >>> model = pliant.Classifier(trials=1, models=["additive"]).fit(rows, [False, True] * 18)
    >>> why = model.explain({"age": 65, "pets": 1})
    >>> why.columns, why.outputs, why.values.shape
    (('age', 'pets'), (True,), (1, 2, 1))
    >>> bool(abs(why.base + why.values.sum(axis=1) - why.prediction).max() < 1e-12)
    True
    """

    columns: tuple[str, ...]
    outputs: tuple[Label, ...]
    values: Floats
    std_error: Floats
    base: Floats
    prediction: Floats
    data: NDArray[np.object_] = field(repr=False)
    unit: str = ""

    def __len__(self) -> int:
        return len(self.values)

    def __repr__(self) -> str:
        many = f"<Explanation of {len(self)} rows: {len(self.columns)} columns>"
        if len(self) != 1:
            return many
        best = int(np.argmax(self.prediction[0]))
        name = label_text(self.outputs[best])
        of = f"{self.unit} of {name}" if self.unit else name
        lines = [f"{of}: {self.prediction[0, best]:.6g} (base {self.base[best]:.6g})"]
        found = sorted(
            zip(self.values[0, :, best].tolist(), self.columns, self.data[0], strict=True),
            key=lambda cell: -abs(cell[0]),
        )
        lines += [f"  {v:+.4g}  {name} = {cell}" for v, name, cell in found[:SHOWN_COLUMNS]]
        rest = sum(v for v, _, _ in found[SHOWN_COLUMNS:])
        more = len(found) - SHOWN_COLUMNS
        return "\n".join([*lines, *([f"  {rest:+.4g}  {more} more columns"] if more > 0 else [])])

    @property
    def relative_error(self) -> Floats:
        """The largest standard error of each row, as a share of its largest contribution, (n,)."""
        error = self.std_error.max(axis=(1, 2), initial=0.0)
        largest = np.abs(self.values).max(axis=(1, 2), initial=0.0)
        return np.asarray(error / np.where(largest > 0, largest, 1.0))

    def to_frame(self, output: Label | None = None) -> Any:
        """Return a row a prediction: contributions by column, and "base" and "prediction".

        Parameters
        ----------
        output : label or None
            The class whose probability is explained; by default the second of two classes, or each
            row's most probable of several, which a column "class" names.

        Returns
        -------
        DataFrame, or list of dict without pandas

        Raises
        ------
        ConfigError
            When the model has no such class.

        Examples
        --------
        >>> import pliant
        >>> rows = {"age": [23, 61, 35, 70] * 9, "pets": [0, 1, 2] * 12}
        >>> model = pliant.Regressor(trials=1, models=["additive"]).fit(rows, [5, 9, 6, 9] * 9)
        >>> list(model.explain({"age": [30, 60], "pets": [0, 1]}).to_frame())
        ['age', 'pets', 'base', 'prediction']
        """
        columns = self.as_columns(output)
        rows = zip(*columns.values(), strict=True)
        return as_frame([dict(zip(columns, row, strict=True)) for row in rows])

    def as_columns(self, output: Label | None = None) -> dict[str, list[Any]]:
        """Return the columns of `to_frame` by name, as lists of plain values.

        A name that a column of the table has already gets "_" behind it.
        """
        every = np.arange(len(self))
        fixed = None if output is None else self._place(output)
        place = self.prediction.argmax(axis=1) if fixed is None else np.full(len(self), fixed)
        chosen = self.values[every, :, place]
        found = {name: chosen[:, j].tolist() for j, name in enumerate(self.columns)}
        found[_free("base", self.columns)] = self.base[place].tolist()
        found[_free("prediction", self.columns)] = self.prediction[every, place].tolist()
        if len(self.outputs) > 1:
            found[_free("class", self.columns)] = [self.outputs[k] for k in place.tolist()]
        return found

    def to_shap(self) -> Any:
        """Return the same as a `shap.Explanation`, for its plots, such as `shap.plots.waterfall`.

        Values have the shape (n, P), or (n, P, V) where there are several outputs.

        Raises
        ------
        MissingLibraryError
            When shap is not installed.
        """
        try:
            from shap import Explanation as ShapExplanation
        except ImportError:
            raise MissingLibraryError(
                "expected shap to be installed to make its Explanation: pip install shap"
            ) from None
        values, base, names = self.values, np.tile(self.base, (len(self), 1)), None
        if len(self.outputs) == 1:
            values, base = values[:, :, 0], base[:, 0]
        else:
            names = [label_text(label) for label in self.outputs]
        return ShapExplanation(
            values=values,
            base_values=base,
            data=self.data,
            feature_names=list(self.columns),
            output_names=names,
        )

    def _place(self, output: Label) -> int:
        if output not in self.outputs:
            known = ", ".join(map(repr, self.outputs))
            raise ConfigError(f"expected an explained output, one of {known}, got {output!r}")
        return self.outputs.index(output)


def _free(name: str, taken: tuple[str, ...]) -> str:
    """Return a name that no column has."""
    while name in taken:
        name += "_"
    return name
