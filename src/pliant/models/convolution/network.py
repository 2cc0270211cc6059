"""A net of torch for an architecture, as it is before it has learned."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray
from torch import nn

from pliant.models.convolution.architecture import Architecture

MOMENTUM, TINY = 0.2, 1e-5
"""Of the running means and variances of a batch normalisation; and what is added to a variance."""

SOFTENED = 1 / 9
"""What the scores of the head are multiplied by: steps are small where scores are."""


@dataclass(frozen=True)
class Network:
    """A net: `stem`, the convolutions of the `body` with their normalisations, a linear `head`.

    `shift` and `spread` float32 (C,): a channel's mean and deviation in the images.
    """

    body: nn.Sequential
    stem: nn.Conv2d
    convolutions: tuple[nn.Conv2d, ...]
    norms: tuple[nn.BatchNorm2d, ...]
    head: nn.Linear
    shift: torch.Tensor
    spread: torch.Tensor

    def scores(self, images: NDArray[np.uint8]) -> torch.Tensor:
        """Return the scores (n, V) of images uint8 (n, H, W, C)."""
        values = (torch.from_numpy(images).float() - self.shift) / self.spread
        out: torch.Tensor = self.head(self.body(values.permute(0, 3, 1, 2))) * SOFTENED
        return out

    @property
    def biases(self) -> list[torch.Tensor]:
        """What is added, in the stem and after normalising."""
        return [bias_of(module) for module in (self.stem, *self.norms)]


def network(
    architecture: Architecture,
    filters: NDArray[np.float32],
    moments: tuple[NDArray[np.float32], NDArray[np.float32]],
    n_outputs: int,
    seed: int,
) -> Network:
    """Return a net whose first layer has the given filters, which it keeps, and `n_outputs`.

    `moments` are the means and deviations of the channels. Convolutions begin as the identity as
    far as they have channels, with small weights at random for the others.
    """
    rng = torch.Generator().manual_seed(seed)
    first, *layers = architecture.layers
    stem = nn.Conv2d(architecture.shape[2], first.outputs, first.size, stride=first.stride)
    stem.weight = nn.Parameter(torch.from_numpy(filters), requires_grad=False)
    nn.init.zeros_(bias_of(stem))
    modules: list[nn.Module] = [stem, nn.ReLU()]
    convolutions, norms, channels = [], [], first.outputs
    for layer in layers:
        convolutions.append(_convolution(channels, layer.outputs, rng))
        norms.append(_norm(layer.outputs))
        pool = [nn.MaxPool2d(layer.pool)] if layer.pool > 1 else []
        modules += [convolutions[-1], *pool, norms[-1], nn.ReLU()]
        channels = layer.outputs
    body = nn.Sequential(*modules, nn.AdaptiveMaxPool2d(1), nn.Flatten())
    body.to(memory_format=torch.channels_last)
    head = nn.Linear(channels, n_outputs, bias=False)
    nn.init.uniform_(head.weight, -(channels**-0.5), channels**-0.5, generator=rng)
    shift, spread = (torch.from_numpy(each) for each in moments)
    return Network(body, stem, tuple(convolutions), tuple(norms), head, shift, spread)


def bias_of(module: nn.Conv2d | nn.BatchNorm2d) -> torch.Tensor:
    """Return what a module adds to its channels."""
    assert module.bias is not None, "expected a module with a bias"
    return module.bias


def _convolution(channels: int, outputs: int, rng: torch.Generator) -> nn.Conv2d:
    made = nn.Conv2d(channels, outputs, 3, padding=1, bias=False)
    bound = (9 * channels) ** -0.5
    nn.init.uniform_(made.weight, -bound, bound, generator=rng)
    with torch.no_grad():
        nn.init.dirac_(made.weight[: min(channels, outputs)])
    return made


def _norm(channels: int) -> nn.BatchNorm2d:
    made = nn.BatchNorm2d(channels, eps=TINY, momentum=MOMENTUM)
    made.weight.requires_grad = False
    return made
