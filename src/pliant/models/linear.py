"""Regularised linear models on decoded codes: logistic and ridge regression, from scikit-learn.

Each input is a function of one feature's code, so the fitted model is a table a feature.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any, ClassVar

import numpy as np
from numpy.typing import NDArray

from pliant.features.decode import Decoder, learn_decoder
from pliant.models.base import SCORE, Allowance, Data, Fitted, Shape, link_of
from pliant.models.family import Default, IncrementalFamily
from pliant.models.newton import Sums, started
from pliant.models.space import Float, Int, Space
from pliant.runtime.ops import Op


@dataclass(frozen=True)
class LinearConfig:
    """Inverse strength of the L2 penalty, and piecewise-linear parts a number is cut into."""

    C: float = 0.3
    pieces: int = 8
    max_iter: int = 200


class Linear(IncrementalFamily):
    """The family of linear models."""

    name = "linear"
    package = "sklearn.linear_model"
    import_seconds = 2.6
    bytes_per_cell = 110.0
    bytes_per_block_cell = 6.0
    defaults: ClassVar[Mapping[str, Default]] = {
        "default": Default(LinearConfig(), 140),
    }
    space: ClassVar[Space] = {"C": Float(1e-3, 100.0, log=True), "pieces": Int(1, 24, log=True)}

    def seconds(self, config: LinearConfig, shape: Shape) -> float:
        """Return about how long a fit takes."""
        inputs = shape.features * (2 + config.pieces)
        return 1.5e-9 * shape.rows * inputs * shape.outputs * config.max_iter + 0.05

    def cheaper(self, config: LinearConfig, factor: float) -> LinearConfig:
        """Return the configuration: a solver cut short is no model."""
        return config

    def fit(self, data: Data, config: LinearConfig, allowance: Allowance) -> Fitted:
        """Return the linear model."""
        train = data.train
        decoder = learn_decoder(data.features, train.X, config.pieces)
        values, weight = decoder(train.X), train.weight
        if data.target.task == "regression":
            from sklearn.linear_model import Ridge

            learner = Ridge(alpha=1 / config.C)
            with _quietly():
                learner.fit(values, train.target.values, sample_weight=weight)
            coefficients, bias = learner.coef_.reshape(1, -1), np.array([learner.intercept_])
        else:
            coefficients, bias = _logistic(data, values, config)
        op = tables_op(decoder, coefficients.T, bias)
        return Fitted((op,), link_of(data.target.task))

    def partial_fit(
        self, fitted: Fitted | None, data: Data, config: LinearConfig, allowance: Allowance
    ) -> Fitted:
        """Return the model with what a block says added; there are no rounds."""
        link, part, penalty = link_of(data.target.task), data.train, 1 / config.C
        if isinstance(fitted, _Summed):
            sums, weights = fitted.sums, fitted.weights
        else:
            decoder = learn_decoder(data.features, part.X, config.pieces)
            sums = Sums.none(decoder, data.target.n_outputs)
            weights = started(decoder, part, link, penalty, allowance.deadline)
        sums = sums.plus(part, weights, link, allowance.deadline)
        weights = sums.weights(penalty)
        op = tables_op(sums.decoder, weights[:, :-1].T, weights[:, -1])
        finished = allowance.deadline.remaining() > 0
        return _Summed((op,), link, 0, finished, sums=sums, weights=weights)


@dataclass(frozen=True)
class _Summed(Fitted):
    """A linear model that can go on: the sums behind it, and its weights (V, P + 1)."""

    sums: Sums = field(kw_only=True)
    weights: NDArray[np.float64] = field(kw_only=True)


@contextmanager
def _quietly() -> Iterator[None]:
    """Let what a solver says of columns that depend on each other, or of its steps, be unsaid.

    Held-out rows tell how good the model is.
    """
    import warnings

    from scipy.linalg import LinAlgWarning
    from sklearn.exceptions import ConvergenceWarning

    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ConvergenceWarning)
        warnings.simplefilter("ignore", LinAlgWarning)
        yield


def _logistic(
    data: Data, values: NDArray[np.float32], config: LinearConfig
) -> tuple[NDArray[Any], NDArray[Any]]:
    """Return coefficients (V, P) and biases (V,); a class never seen gets a bias of its own."""
    from sklearn.linear_model import LogisticRegression

    learner = LogisticRegression(C=config.C, max_iter=config.max_iter, tol=1e-3)
    with _quietly():
        learner.fit(values, data.target.values, sample_weight=data.train.weight)
    if data.target.task == "binary" or len(learner.classes_) == len(data.target.classes):
        return learner.coef_, learner.intercept_
    seen = learner.classes_.astype(np.intp)
    coefficients = np.zeros((len(data.target.classes), values.shape[1]))
    bias = np.full(len(data.target.classes), -20.0)
    two = len(seen) == 2
    coefficients[seen[1:] if two else seen] = learner.coef_
    bias[seen] = [0.0, learner.intercept_[0]] if two else learner.intercept_
    return coefficients, bias


def tables_op(
    decoder: Decoder,
    coefficients: NDArray[np.float64],
    bias: NDArray[np.float64],
    output: str = SCORE,
) -> Op:
    """Return a linear model of decoded inputs as tables: `coefficients` (P, V), `bias` (V,)."""
    used, inverse = np.unique(decoder.feature, return_inverse=True)
    table = np.zeros((len(used), 256, len(bias)))
    for j, f in enumerate(inverse):
        table[f] += decoder.table[j].astype(np.float64)[:, None] * coefficients[j]
    arrays: dict[str, NDArray[Any]] = {
        "feature": used.astype(np.uint16),
        "offsets": np.arange(len(used) + 1, dtype=np.int64) * 256,
        "table": table.reshape(-1, len(bias)).astype(np.float32),
        "bias": np.asarray(bias, dtype=np.float64),
    }
    return Op("tables", ("X",), output, arrays)
