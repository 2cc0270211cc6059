"""AdamW (Loshchilov and Hutter, 2019): steps of Adam, weights that decay apart from them.

PyTorch's own imports its compiler when it is made, two seconds in each process that trains.
"""

from __future__ import annotations

import math
from collections.abc import Iterable
from typing import Any

FIRST, SECOND, EPSILON = 0.9, 0.999, 1e-8
"""How much of the means of gradients and of their squares stays with a step; what is added to the
root of the latter."""


class AdamW:
    """The means of the gradients of some weights so far, and the steps that follow from them."""

    def __init__(self, weights: Iterable[Any], lr: float, weight_decay: float) -> None:
        import torch

        self._weights = [weight for weight in weights if weight.requires_grad]
        self._lr, self._decay, self._steps = lr, weight_decay, 0
        self._means = [torch.zeros_like(weight) for weight in self._weights]
        self._squares = [torch.zeros_like(weight) for weight in self._weights]

    def forget(self) -> None:
        """Let go of the gradients of the last batch."""
        for weight in self._weights:
            weight.grad = None

    def step(self) -> None:
        """Move the weights by the gradients that there are."""
        import torch

        self._steps += 1
        lr = self._lr / (1 - FIRST**self._steps)
        unbiased = math.sqrt(1 - SECOND**self._steps)
        with torch.no_grad():
            for weight, mean, square in zip(self._weights, self._means, self._squares, strict=True):
                gradient = weight.grad
                if gradient is None:
                    continue
                weight.mul_(1 - self._lr * self._decay)
                mean.lerp_(gradient, 1 - FIRST)
                square.mul_(SECOND).addcmul_(gradient, gradient, value=1 - SECOND)
                weight.addcdiv_(mean, (square.sqrt() / unbiased).add_(EPSILON), value=-lr)
