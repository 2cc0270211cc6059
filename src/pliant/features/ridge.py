"""Ridge regression of many answers on codes: the scores of rows out of fold, and the weights."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from pliant.features.target_encoding import Supervision
from pliant.runtime.ops import Op

Matrix = NDArray[np.float64]

PENALTIES = (0.01, 0.1, 1.0)
"""Penalties that are tried, in units of the rows: standardised codes have a square of about 1."""

LEAST_SPREAD = 0.1
"""The least spread of a code, as a share of the mean one: rare codes are not to count most."""

_CHUNK = 2_048
"""Rows that are held as float64 at once."""


@dataclass(frozen=True)
class Ridge:
    """A linear model: scores are codes times `weights` float64 (p, V) plus `bias` (V,)."""

    weights: Matrix
    bias: Matrix

    def op(self, inputs: Sequence[str], output: str) -> Op:
        """Return the model as an op, its weights rounded to 16 bits."""
        scale = np.maximum(np.abs(self.weights).max(axis=0), 1e-300) / 32_767
        weights = np.rint(self.weights / scale).astype(np.int16)
        arrays = {"weights": weights, "scale": scale, "bias": self.bias}
        return Op("scores", tuple(inputs), output, arrays)


def learn_ridge(codes: NDArray[np.uint8], supervision: Supervision) -> tuple[Matrix, Ridge]:
    """Return the scores of rows out of fold, float64 (n, V), and the model of all rows.

    `codes` are uint8 (n, p). Of the penalties (Hoerl and Kennard, 1970) the one is taken with the
    least squared error on the first fold, by a model of the others. Where there are fewer rows than
    codes, the weights are sought in the space of the rows, which holds them.
    """
    rows = _Rows.of(codes)
    owns = [np.flatnonzero(supervision.fold == k) for k in np.unique(supervision.fold)]
    parts = [_sums(rows, own, supervision) for own in owns]
    total, first = _added(parts), owns[0]
    others = total.without(parts[0])
    tried = [rows.scored(first, *others.solved(penalty)) for penalty in PENALTIES]
    weight, answers = supervision.weight[first, None], supervision.answers[first]
    errors = [float((weight * (found - answers) ** 2).sum()) for found in tried]
    best = int(np.argmin(errors))
    scores = np.zeros(supervision.answers.shape)
    scores[first] = tried[best]
    for own, part in zip(owns[1:], parts[1:], strict=True):
        scores[own] = rows.scored(own, *total.without(part).solved(PENALTIES[best]))
    return scores, rows.in_codes(*total.solved(PENALTIES[best]))


@dataclass(frozen=True)
class _Rows:
    """Standardised codes; where these are more than the rows, in the space of the rows.

    Then `lower` (n, n) are their coordinates, and `basis` (p, n) what these mean.
    """

    codes: NDArray[np.uint8]
    mean: Matrix
    spread: Matrix
    lower: Matrix | None = None
    basis: Matrix | None = None

    @classmethod
    def of(cls, codes: NDArray[np.uint8]) -> _Rows:
        n, width = codes.shape
        sums, squares = np.zeros(width), np.zeros(width)
        for a in range(0, n, _CHUNK):
            part = codes[a : a + _CHUNK].astype(np.float64)
            sums += part.sum(axis=0)
            squares += np.square(part).sum(axis=0)
        mean = sums / max(1, n)
        deviation = np.sqrt(np.maximum(squares / max(1, n) - mean**2, 0.0))
        spread = np.maximum(deviation, max(LEAST_SPREAD * float(deviation.mean()), 1e-3))
        if n >= width:
            return cls(codes, mean, spread)
        from scipy.linalg import qr

        basis, upper = qr(((codes - mean) / spread).T, mode="economic", check_finite=False)
        return cls(codes, mean, spread, np.ascontiguousarray(upper.T), basis)

    @property
    def width(self) -> int:
        """The coordinates of a row."""
        return int(self.codes.shape[1] if self.lower is None else self.lower.shape[1])

    def chunks(self, rows: NDArray[np.intp]) -> Iterator[tuple[NDArray[np.intp], Matrix]]:
        """Give rows, some at a time, with their coordinates float64 (c, width)."""
        for a in range(0, len(rows), _CHUNK):
            part = rows[a : a + _CHUNK]
            if self.lower is not None:
                yield part, self.lower[part]
            else:
                yield part, (self.codes[part] - self.mean) / self.spread

    def scored(self, rows: NDArray[np.intp], weights: Matrix, bias: Matrix) -> Matrix:
        """Return the scores of rows by a model of coordinates."""
        return np.concatenate([values @ weights + bias for _, values in self.chunks(rows)])

    def in_codes(self, weights: Matrix, bias: Matrix) -> Ridge:
        """Return a model of coordinates as one of codes."""
        if self.basis is not None:
            weights = self.basis @ weights
        weights = weights / self.spread[:, None]
        return Ridge(weights, bias - self.mean @ weights)


@dataclass(frozen=True)
class _Sums:
    """Weighted sums over rows: of products of coordinates (p, p), of coordinates (p,), of their
    products with answers (p, V), of answers (V,), and of ones.
    """

    gram: Matrix
    values: Matrix
    cross: Matrix
    answers: Matrix
    weight: float

    def without(self, part: _Sums) -> _Sums:
        """Return the sums over all other rows."""
        return _Sums(
            self.gram - part.gram,
            self.values - part.values,
            self.cross - part.cross,
            self.answers - part.answers,
            self.weight - part.weight,
        )

    def solved(self, penalty: float) -> tuple[Matrix, Matrix]:
        """Return weights (p, V) and bias (V,) of the least squares, with a penalty on weights."""
        from scipy.linalg import cho_factor, cho_solve

        weight = max(self.weight, 1e-9)
        center, level = self.values / weight, self.answers / weight
        gram = self.gram - np.outer(self.values, center)
        gram.flat[:: len(gram) + 1] += penalty * weight
        factor = cho_factor(gram, lower=True, overwrite_a=True, check_finite=False)
        cross = self.cross - np.outer(self.values, level)
        weights = cho_solve(factor, cross, check_finite=False)
        return weights, level - center @ weights


def _sums(rows: _Rows, own: NDArray[np.intp], supervision: Supervision) -> _Sums:
    """Return the sums over the rows `own`."""
    p, n_answers = rows.width, supervision.answers.shape[1]
    gram, values, cross = np.zeros((p, p)), np.zeros(p), np.zeros((p, n_answers))
    for part, found in rows.chunks(own):
        weight = supervision.weight[part]
        heavy = found * weight[:, None]
        gram += found.T @ heavy
        values += heavy.sum(axis=0)
        cross += heavy.T @ supervision.answers[part]
    weight = supervision.weight[own]
    return _Sums(gram, values, cross, weight @ supervision.answers[own], float(weight.sum()))


def _added(parts: Sequence[_Sums]) -> _Sums:
    return _Sums(
        np.sum([part.gram for part in parts], axis=0),
        np.sum([part.values for part in parts], axis=0),
        np.sum([part.cross for part in parts], axis=0),
        np.sum([part.answers for part in parts], axis=0),
        sum(part.weight for part in parts),
    )
