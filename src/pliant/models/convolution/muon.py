"""Muon: momentum whose steps are made orthogonal, for weights that are matrices.

Jordan et al. (2024), "Muon: an optimizer for hidden layers in neural networks".
"""

from __future__ import annotations

from collections.abc import Sequence

import torch

MOMENTUM = 0.8

TURNS = 3
"""Steps of Newton and Schulz."""

COEFFICIENTS = (3.4445, -4.7750, 2.0315)
"""Of their polynomial, which brings singular values near 1 in few steps."""


class Muon:
    """Moves convolutions' weights, each with Nesterov's momentum, by an orthogonal matrix.

    Before a step a weight is scaled to a norm of the root of its outputs: the normalisation that
    follows it makes its length matter for nothing but the size of further steps.
    """

    def __init__(self, weights: Sequence[torch.Tensor]) -> None:
        self._weights = list(weights)
        self._moments = [torch.zeros_like(weight) for weight in self._weights]

    def step(self, rate: float) -> None:
        """Move every weight by the gradient that it has."""
        with torch.no_grad():
            for weight, moment in zip(self._weights, self._moments, strict=True):
                gradient = weight.grad
                assert gradient is not None, "expected a gradient: call backward first"
                moment.mul_(MOMENTUM).add_(gradient)
                ahead = gradient.add(moment, alpha=MOMENTUM)
                weight.mul_(len(weight) ** 0.5 / weight.norm().clamp_min(1e-12))
                flat = orthogonal(ahead.reshape(len(weight), -1))
                weight.add_(flat.reshape(weight.shape), alpha=-rate)


def orthogonal(matrix: torch.Tensor) -> torch.Tensor:
    """Return about the nearest matrix (p, q) of orthogonal rows, or columns, of length 1."""
    a, b, c = COEFFICIENTS
    tall = matrix.shape[0] > matrix.shape[1]
    x = matrix.T if tall else matrix
    x = x / (x.norm() + 1e-7)
    for _ in range(TURNS):
        square = x @ x.T
        x = a * x + (b * square + c * square @ square) @ x
    out: torch.Tensor = x.T if tall else x
    return out
