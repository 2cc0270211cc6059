"""A small multilayer perceptron, from scikit-learn, on decoded codes.

Inputs are robustly scaled and smoothly clipped, numbers also cut into piecewise-linear parts
(Gorishniy et al., 2022). The weights of the best epoch are kept.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any, ClassVar

import numpy as np
from numpy.typing import NDArray

from pliant.features.decode import learn_decoder
from pliant.models.base import SCORE, Allowance, Data, Fitted, Part, Shape, link_of
from pliant.models.family import Default, Family
from pliant.models.space import Choice, Float, Int, Space
from pliant.runtime.ops import Op
from pliant.runtime.ops.outputs import apply_link

Weights = list[NDArray[np.float32]]


@dataclass(frozen=True)
class NeuralConfig:
    """Layers, their width, Adam's learning rate, L2 penalty, input pieces, epochs."""

    width: int = 128
    layers: int = 2
    learning_rate: float = 1.5e-3
    alpha: float = 1e-4
    pieces: int = 6
    batch: int = 128
    epochs: int = 60


class Neural(Family):
    """The family of multilayer perceptrons."""

    name = "neural"
    package = "sklearn.neural_network"
    import_seconds = 2.6
    averaged = True
    bytes_per_cell = 90.0
    defaults: ClassVar[Mapping[str, Default]] = {
        "default": Default(NeuralConfig(), 90),
    }
    space: ClassVar[Space] = {
        "width": Choice(64, 128, 256),
        "layers": Int(1, 3),
        "learning_rate": Float(3e-4, 5e-3, log=True),
        "alpha": Float(1e-6, 1e-1, log=True),
        "pieces": Int(0, 16),
    }

    def seconds(self, config: NeuralConfig, shape: Shape) -> float:
        """Return about how long a fit takes."""
        inputs = shape.features * (2 + config.pieces)
        weights = config.width * (inputs + config.width * (config.layers - 1) + shape.outputs)
        a_row = 4e-10 * weights + 8e-7 * config.layers + 3e-4 / config.batch
        return float(self.expected_rounds(config) * shape.rows * a_row)

    def expected_rounds(self, config: NeuralConfig) -> float:
        """Return about how many epochs a fit has until it stops early."""
        return 0.5 * config.epochs

    def cheaper(self, config: NeuralConfig, factor: float) -> NeuralConfig:
        """Return the configuration with a smaller net and fewer epochs."""
        return replace(
            config,
            width=max(64, int(config.width / min(factor, 2))),
            epochs=max(8, int(config.epochs / factor)),
        )

    def fit(self, data: Data, config: NeuralConfig, allowance: Allowance) -> Fitted:
        """Return the net of its best epoch."""
        train, task = data.train, data.target.task
        decoder = learn_decoder(data.features, train.X, config.pieces)
        inputs = decoder(train.X)
        net, classes = _net(task, config, allowance.seed, len(train)), None
        if task != "regression":
            classes = np.arange(len(data.target.classes))
        checked = None if data.valid is None else decoder(data.valid.X)
        best, best_score, best_epoch = None, -np.inf, 0
        epochs, patience = allowance.rounds or config.epochs, max(6, config.epochs // 6)
        epoch = 0
        for epoch in range(1, epochs + 1):
            _epoch(net, inputs, train, classes)
            if data.valid is not None and checked is not None:
                score = _checked(net, checked, data, data.valid)
                if score > best_score:
                    best, best_score, best_epoch = _copy(net), score, epoch
                if epoch - best_epoch >= patience:
                    break
            if allowance.deadline.remaining() <= 0:
                break
        weights, biases = best or _copy(net)
        ops = (decoder.op("inputs"), *dense_ops(weights, biases))
        late = allowance.deadline.remaining() <= 0 and epoch < epochs
        return Fitted(ops, link_of(task), best_epoch or epoch, not late, epoch)


def _net(task: str, config: NeuralConfig, seed: int, n_rows: int) -> Any:
    from sklearn.neural_network import MLPClassifier, MLPRegressor

    kind = MLPRegressor if task == "regression" else MLPClassifier
    return kind(
        hidden_layer_sizes=(config.width,) * config.layers,
        learning_rate_init=config.learning_rate,
        alpha=config.alpha,
        batch_size=min(n_rows, config.batch if n_rows < 20_000 else 2 * config.batch),
        random_state=seed,
    )


def _epoch(net: Any, inputs: NDArray[np.float32], train: Part, classes: Any) -> None:
    values = train.target.values
    weight = {} if train.weight is None else {"sample_weight": train.weight}
    if classes is None:
        net.partial_fit(inputs, values.astype(np.float32), **weight)
    else:
        net.partial_fit(inputs, values, classes=classes, **weight)


def _copy(net: Any) -> tuple[Weights, Weights]:
    return (
        [w.astype(np.float32) for w in net.coefs_],
        [b.astype(np.float32) for b in net.intercepts_],
    )


def _checked(net: Any, inputs: NDArray[np.float32], data: Data, valid: Part) -> float:
    out = inputs
    for w, b in zip(net.coefs_[:-1], net.intercepts_[:-1], strict=True):
        out = np.maximum(out @ w + b, 0)
    score = (out @ net.coefs_[-1] + net.intercepts_[-1]).astype(np.float64)
    return data.loss(valid.target, apply_link(score, link_of(valid.target.task)), valid.weight)


def dense_ops(weights: Weights, biases: Weights, hidden: str = "relu") -> tuple[Op, ...]:
    """Return the layers of a net as ops from the wire `inputs` to the score; `hidden` is the
    activation of all but the last.
    """
    ops, source = [], "inputs"
    for i, (weight, bias) in enumerate(zip(weights, biases, strict=True)):
        last = i == len(weights) - 1
        output, activation = (SCORE, "identity") if last else (f"hidden{i}", hidden)
        arrays = {"weight": weight, "bias": bias}
        ops.append(Op("dense", (source,), output, arrays, {"activation": activation}))
        source = output
    return tuple(ops)
