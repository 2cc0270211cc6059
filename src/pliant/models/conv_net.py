"""Convolutional nets for images and sounds, trained by torch; nothing of it is left in the model.

A net sees one column of images or sounds, and nothing else: other columns are for other families,
and the ensemble blends their predictions.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, ClassVar

import numpy as np
from numpy.typing import NDArray

from pliant.core.allocator import freed_memory_kept
from pliant.core.errors import FitError
from pliant.features.block import View
from pliant.models.base import SCORE, Allowance, Data, Fitted, Part, Shape, link_of
from pliant.models.convolution.architecture import Architecture
from pliant.models.convolution.schedule import Schedule
from pliant.models.family import Default, Family
from pliant.models.space import Choice, Float, Space
from pliant.runtime.ops import Op
from pliant.runtime.ops.convolution import GRIDS
from pliant.runtime.ops.outputs import apply_link

if TYPE_CHECKING:
    from pliant.models.convolution.training import Loss

MIN_WIDTH, MULTIPLE = 16, 8
"""The least width of a net, and what widths are multiples of."""

EPOCHS_POWER = 0.62
"""Of a factor by which a fit is to be cheaper, the power that its epochs take, the rest the width.
CIFAR-10 on two cores did best so: width 64 and 11 epochs in 900 s, 64 and 3.7 or 48 and 5.6 in
300 s, 32 and 1.9 in 60 s."""

MOST_TIMES = 4.0
"""On the clock, how many times its epochs a fit may have, where it is faster than foretold."""

FOLDING_SECONDS, FOLDING_SHARE = 0.3, 0.05
"""What is kept of the seconds to make ops of the net, and of few seconds, what share of them."""

SHARPENED_ROWS = 1_000
"""Rows held out, at most, by which scores are sharpened."""

SHARPNESS = (1.0, 1.1, 1.2, 1.3, 1.4, 1.5, 1.6, 1.8, 2.0)
"""What scores may be multiplied by."""

PRODUCTS_A_SECOND = 4e10
"""Products of weights and values that one slow core makes in training: those of a pass forward and
two of a pass back."""


@dataclass(frozen=True)
class ConvNetConfig:
    """The channels of the first convolutions, Muon's learning rate; epochs, and steps at least;
    images of a batch; pixels that images are shifted by at most, and whether they are mirrored.
    """

    width: int = 64
    rate: float = 0.12
    epochs: float = 10.0
    min_steps: int = 200
    batch: int = 512
    shift: int = 2
    mirror: bool = True


class ConvNet(Family):
    """The family of convolutional nets.

    On the clock a fit takes its seconds to the end, and its learning rate falls as they do; with
    `trials=` it makes the epochs of its configuration, and is the same for the same seed and number
    of threads.
    """

    name = "conv_net"
    package = "torch"
    extra = "torch"
    import_seconds = 2.0
    view: ClassVar[View] = "grids"
    anytime = True
    bytes_per_cell = 3.0
    defaults: ClassVar[Mapping[str, Default]] = {"default": Default(ConvNetConfig(), 1)}
    space: ClassVar[Space] = {
        "rate": Float(0.03, 0.3, log=True),
        "width": Choice(32, 48, 64),
        "mirror": Choice(True, False),
    }

    def seconds(self, config: ConvNetConfig, shape: Shape) -> float:
        """Return about how long a fit takes."""
        side = max(4, round(math.sqrt(shape.grid_values / 3)))
        products = 3 * Architecture((side, side, 3), config.width).products
        n_images = max(config.epochs * shape.rows, config.min_steps * _batch(config, shape.rows))
        a_second = PRODUCTS_A_SECOND * math.pow(min(shape.threads, 8), 0.9)
        return 0.5 + n_images * products / a_second

    def cheaper(self, config: ConvNetConfig, factor: float) -> ConvNetConfig:
        """Return a configuration with fewer epochs and a narrower net."""
        epochs = max(1.0, config.epochs * factor**-EPOCHS_POWER)
        rest = factor * epochs / config.epochs
        narrower = config.width / math.sqrt(max(1.0, rest))
        width = max(MIN_WIDTH, MULTIPLE * int(narrower / MULTIPLE))
        return replace(config, epochs=epochs, width=min(config.width, width))

    def fit(self, data: Data, config: ConvNetConfig, allowance: Allowance) -> Fitted:
        """Return the net as it is at the end of its schedule.

        Raises
        ------
        FitError
            When the rows have no images and no sounds.
        """
        import torch

        from pliant.models.convolution.folding import folded
        from pliant.models.convolution.training import Recipe, begun, trained

        wire, images = _grids(data.train)
        architecture = Architecture(images.shape[1:], config.width)
        torch.set_num_threads(allowance.threads)
        batch = _batch(config, len(images))
        schedule = _schedule(config, len(images), batch, allowance)
        net = begun(images, architecture, data.target.n_outputs, allowance.seed)
        mirror = config.mirror and wire.startswith("image")
        recipe = Recipe(config.rate, batch, config.shift, mirror)
        with freed_memory_kept():
            trained(net, images, _loss(data.train), recipe, schedule, allowance.seed)
        sharpness = _sharpness(data, folded(net, architecture, wire, SCORE))
        ops = folded(net, architecture, wire, SCORE, sharpness)
        return Fitted(ops, link_of(data.target.task), finished=not allowance.deadline.stopped)


def _grids(part: Part) -> tuple[str, NDArray[np.uint8]]:
    """Return the first plane of grids, and its wire."""
    for wire, plane in part.own.items():
        if wire.partition(":")[0] in GRIDS and isinstance(plane, np.ndarray):
            return wire, plane
    raise FitError("expected a column of images or sounds for conv_net, but there is none")


def _batch(config: ConvNetConfig, n_rows: int) -> int:
    """Return how many images a batch has: fewer where there are few."""
    return max(1, min(n_rows, config.batch, max(32, n_rows // 16)))


def _schedule(config: ConvNetConfig, n_rows: int, batch: int, allowance: Allowance) -> Schedule:
    left = allowance.deadline.remaining()
    epochs = config.epochs * (1.0 if math.isinf(left) else MOST_TIMES)
    steps = max(config.min_steps, math.ceil(epochs * n_rows / batch))
    kept = 0.0 if math.isinf(left) else min(FOLDING_SECONDS, FOLDING_SHARE * left)
    return Schedule(allowance.deadline, steps, kept)


def _sharpness(data: Data, ops: tuple[Op, ...]) -> float:
    """Return what scores are to be multiplied by for the best chances on rows that were held out
    (temperature scaling: Guo et al. 2017): labels were smoothed, and nets are unsure by that.
    """
    if data.valid is None or data.target.task == "regression":
        return 1.0
    rows = np.linspace(0, len(data.valid) - 1, min(len(data.valid), SHARPENED_ROWS))
    valid = data.valid.take(rows.astype(np.intp))
    scores, link = Fitted(ops, "identity").predict(valid.X, valid.own), link_of(data.target.task)
    return max(
        SHARPNESS,
        key=lambda by: data.loss(valid.target, apply_link(scores * by, link), valid.weight),
    )


def _loss(part: Part) -> Loss:
    """Return what is trained for: the labels of the rows, by their weights."""
    from pliant.models.convolution import training

    values, weight = part.target.values, None
    if part.weight is not None:
        weight = (part.weight / max(part.weight.mean(), 1e-12)).astype(np.float32)
    if part.target.task == "multiclass":
        return training.class_loss(values.astype(np.intp), weight)
    if part.target.task == "binary":
        return training.binary_loss(values.astype(np.float32), weight)
    return training.squared_loss(values.astype(np.float32), weight)
