"""Training: a net's way through images, on the clock or for some epochs.

The recipe is that of Jordan (2024), cifar10-airbench, with Muon, made for two cores and a minute.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray
from torch.nn import functional

from pliant.models.convolution.architecture import Architecture
from pliant.models.convolution.augment import mirrored, shifted
from pliant.models.convolution.muon import Muon
from pliant.models.convolution.network import Network, network
from pliant.models.convolution.schedule import Schedule
from pliant.models.convolution.whitening import MAX_IMAGES, whitening

HEAD_RATE = 1.5 / 1024
"""The learning rate of the head for each image of a batch."""

BIAS_RATE = 16.0
"""How many times that the biases have."""

DECAY, MOMENTUM = 1.3e-3, 0.9
"""Weight decay of the head, and momentum of head and biases."""

SMOOTHED = 0.1
"""The share of a label that is spread over all classes."""

MIN_DEVIATION = 1.0
"""The least deviation, of 255, that a channel is divided by."""

Loss = Callable[[torch.Tensor, NDArray[np.intp]], torch.Tensor]


@dataclass(frozen=True)
class Recipe:
    """How a net is trained: `rate` of Muon, images of a `batch`, shifts of up to `shift` pixels,
    whether images are mirrored every other time.
    """

    rate: float
    batch: int
    shift: int
    mirror: bool


def begun(
    images: NDArray[np.uint8], architecture: Architecture, n_outputs: int, seed: int
) -> Network:
    """Return a net that has seen how the images (n, H, W, C) differ, and no more of them."""
    rng = np.random.default_rng(seed)
    some = np.sort(rng.permutation(len(images))[:MAX_IMAGES])
    few = images[some].astype(np.float32)
    mean = few.mean(axis=(0, 1, 2))
    deviation = np.maximum(few.std(axis=(0, 1, 2)), MIN_DEVIATION)
    normalised = (few - mean) / deviation
    filters = whitening(normalised, architecture.patch, architecture.filters, architecture.stride)
    return network(architecture, filters, (mean, deviation), n_outputs, seed)


def trained(
    net: Network,
    images: NDArray[np.uint8],
    loss: Loss,
    recipe: Recipe,
    schedule: Schedule,
    seed: int,
) -> None:
    """Train a net on images uint8 (n, H, W, C) until the schedule is through; `loss` takes the
    scores of a batch and its rows.
    """
    batch = min(recipe.batch, len(images))
    muon, rate = Muon([each.weight for each in net.convolutions]), HEAD_RATE * batch
    groups = [
        {"params": [net.head.weight], "lr": rate, "weight_decay": DECAY},
        {"params": net.biases, "lr": BIAS_RATE * rate, "weight_decay": DECAY / BIAS_RATE},
    ]
    descent = torch.optim.SGD(groups, momentum=MOMENTUM, nesterov=True)
    highest = [float(group["lr"]) for group in descent.param_groups]
    net.body.train()
    for rows, inputs in batches(images, batch, recipe, seed):
        if schedule.progress >= 1:
            break
        share = schedule.rate
        for group, most in zip(descent.param_groups, highest, strict=True):
            group["lr"] = most * share
        torch.autograd.backward(loss(net.scores(inputs), rows))
        descent.step()
        muon.step(recipe.rate * share)
        descent.zero_grad()
        net.body.zero_grad()
        schedule.advance()
    net.body.eval()


def batches(
    images: NDArray[np.uint8], batch: int, recipe: Recipe, seed: int
) -> Iterator[tuple[NDArray[np.intp], NDArray[np.uint8]]]:
    """Give the rows and the images of batches, changed, epoch after epoch, without end."""
    rng = np.random.default_rng(seed)
    sides = rng.random(len(images)) < 0.5
    order, epoch = rng.permutation(len(images)), 0
    at = 0
    while True:
        if at + batch > len(images):
            order, at, epoch = rng.permutation(len(images)), 0, epoch + 1
        rows = order[at : at + batch]
        at += batch
        some = shifted(images[rows], recipe.shift, rng)
        if recipe.mirror:
            some = mirrored(some, sides[rows] ^ bool(epoch % 2))
        yield rows, some


def class_loss(classes: NDArray[np.intp], weight: NDArray[np.float32] | None) -> Loss:
    """Return the smoothed cross-entropy of rows whose classes are given, by number."""
    known = torch.from_numpy(np.ascontiguousarray(classes, dtype=np.int64))

    def loss(scores: torch.Tensor, rows: NDArray[np.intp]) -> torch.Tensor:
        each = functional.cross_entropy(
            scores, known[rows], label_smoothing=SMOOTHED, reduction="none"
        )
        return _mean(each, weight, rows)

    return loss


def binary_loss(labels: NDArray[np.float32], weight: NDArray[np.float32] | None) -> Loss:
    """Return the smoothed cross-entropy of rows whose labels are 0 or 1; scores are log-odds."""
    soft = torch.from_numpy(labels * (1 - SMOOTHED) + SMOOTHED / 2)

    def loss(scores: torch.Tensor, rows: NDArray[np.intp]) -> torch.Tensor:
        each = functional.binary_cross_entropy_with_logits(
            scores[:, 0], soft[rows], reduction="none"
        )
        return _mean(each, weight, rows)

    return loss


def squared_loss(values: NDArray[np.float32], weight: NDArray[np.float32] | None) -> Loss:
    """Return half the mean square by which scores miss values."""
    known = torch.from_numpy(values)

    def loss(scores: torch.Tensor, rows: NDArray[np.intp]) -> torch.Tensor:
        return _mean((scores[:, 0] - known[rows]) ** 2 / 2, weight, rows)

    return loss


def _mean(
    losses: torch.Tensor, weight: NDArray[np.float32] | None, rows: NDArray[np.intp]
) -> torch.Tensor:
    return losses.mean() if weight is None else (losses * torch.from_numpy(weight[rows])).mean()
