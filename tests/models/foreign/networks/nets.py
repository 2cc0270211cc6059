"""Networks that tests train: ordinary modules of PyTorch."""

from __future__ import annotations

from typing import Any

import torch
from torch import nn


class Plain(nn.Module):
    """Dense layers, of all that our own ops say."""

    def __init__(self, n_inputs: int, n_outputs: int, width: int = 8, dropout: float = 0.1) -> None:
        super().__init__()
        self.first, self.norm = nn.Linear(n_inputs, width), nn.BatchNorm1d(width)
        self.second, self.drop = nn.Linear(width, width, bias=False), nn.Dropout(dropout)
        self.after = nn.BatchNorm1d(width, affine=False)
        self.last = nn.Sequential(nn.SiLU(), nn.Identity(), nn.Linear(width, n_outputs))

    def forward(self, x: Any) -> Any:
        hidden = torch.relu(self.norm(self.first(x)))
        return self.last(self.after(hidden + self.drop(torch.tanh(self.second(hidden)))))


class Layered(nn.Module):
    """What no op of ours says."""

    def __init__(self, n_inputs: int, n_outputs: int, width: int = 8) -> None:
        super().__init__()
        self.layers = nn.Sequential(
            nn.Linear(n_inputs, width), nn.LayerNorm(width), nn.GELU(), nn.Linear(width, n_outputs)
        )

    def forward(self, x: Any) -> Any:
        return self.layers(x)


class Wide(Plain):
    """Its output is one column too wide."""

    def __init__(self, n_inputs: int, n_outputs: int) -> None:
        super().__init__(n_inputs, n_outputs + 1)


class Bessel(nn.Module):
    """What nobody can export."""

    def __init__(self, n_inputs: int, n_outputs: int) -> None:
        super().__init__()
        self.last = nn.Linear(n_inputs, n_outputs)

    def forward(self, x: Any) -> Any:
        return self.last(x) * torch.special.bessel_j0(x[:, :1])


def build(n_inputs: int, n_outputs: int, depth: int = 1) -> nn.Module:
    """Return a network of some layers: a function instead of a class."""
    layers: list[nn.Module] = []
    for _ in range(depth):
        layers += [nn.Linear(n_inputs, n_inputs), nn.ReLU()]
    return nn.Sequential(*layers, nn.Linear(n_inputs, n_outputs))
