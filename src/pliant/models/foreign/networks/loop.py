"""How a network is trained: batches, epochs, the best of which is kept."""

from __future__ import annotations

import math
from collections.abc import Callable
from copy import deepcopy
from dataclasses import dataclass
from typing import Any

import numpy as np

from pliant.core.deadline import Deadline
from pliant.core.errors import ConfigError, FitError
from pliant.models.foreign.networks.adamw import AdamW
from pliant.models.foreign.networks.examples import Examples
from pliant.models.foreign.networks.settings import Training
from pliant.models.foreign.networks.turns import Turns


@dataclass(frozen=True)
class Trained:
    """A network with the weights of its best epoch, `rounds`, of `trained`; `finished` is False
    where the deadline ended it.
    """

    network: Any
    rounds: int
    trained: int
    finished: bool


@dataclass
class _Best:
    """The best epoch so far, by the loss of the validation rows."""

    weights: Any = None
    loss: float = math.inf
    epoch: int = 0

    def note(self, epoch: int, loss: float, network: Any) -> None:
        """Keep the weights of an epoch where it is better than all before."""
        if loss < self.loss:
            self.weights = deepcopy(network.state_dict())
            self.loss, self.epoch = loss, epoch


@dataclass(frozen=True)
class Trainer:
    """Trains a network on some rows; `turns` are its own."""

    training: Training
    turns: Turns
    seed: int
    deadline: Deadline

    def fit(
        self, network: Any, train: Examples, valid: Examples | None, rounds: int | None = None
    ) -> Trained:
        """Return the network of the best epoch, or of the last one where there are no rows to check
        it on. The deadline, and Ctrl-C, end an epoch after the batch that is under way.

        Raises
        ------
        FitError
            When the loss becomes infinite or NaN.
        """
        best = _Best()
        how = self.training.lr, self.training.weight_decay
        optimizer = AdamW(network.parameters(), *how)
        epochs, epoch, late = rounds or self.training.epochs, 0, False
        while epoch < epochs and not late:
            epoch += 1
            late = not self._epoch(network, optimizer, train, epoch)
            if valid is not None and not (late and best.epoch):
                best.note(epoch, self._loss(network, valid), network)
                if epoch - best.epoch >= self.training.patience:
                    break
        if best.weights is not None:
            network.load_state_dict(best.weights)
        network.eval()
        return Trained(network, best.epoch or epoch, epoch, not late)

    def _epoch(self, network: Any, optimizer: AdamW, train: Examples, epoch: int) -> bool:
        """Train on every row once; return whether time sufficed for that and a further batch."""
        network.train()
        rng = np.random.default_rng([self.seed, epoch])
        for rows in train.batches(self.training.batch_size, rng):
            with self.turns.turn():
                loss = self._step(network, optimizer, train, rows)
            if not math.isfinite(loss):
                said = "NaN" if math.isnan(loss) else "infinite"
                raise FitError(f"loss became {said} at epoch {epoch}, lr {self.training.lr:.6g}")
            if self.deadline.remaining() <= 0:
                return False
        return True

    def _step(self, network: Any, optimizer: AdamW, train: Examples, rows: Any) -> float:
        import torch

        total, weight = _summed_loss(network, train, rows)
        loss = total / max(weight, 1e-12)
        optimizer.forget()
        loss.backward()
        torch.nn.utils.clip_grad_norm_(network.parameters(), self.training.clip)
        optimizer.step()
        return float(loss.detach())

    def _loss(self, network: Any, valid: Examples) -> float:
        """Return the mean loss of rows that it is not trained on."""
        import torch

        network.eval()
        total, weight = 0.0, 0.0
        for rows in valid.batches(max(self.training.batch_size, 256)):
            with self.turns.turn(), torch.no_grad():
                loss, share = _summed_loss(network, valid, rows)
            total, weight = total + float(loss), weight + share
        mean = total / max(weight, 1e-12)
        return math.inf if math.isnan(mean) else mean


def scores(network: Any, examples: Examples, inputs: tuple[Any, ...]) -> Any:
    """Return what a network makes of arrays, as a tensor (n, V)."""
    import torch

    given = [torch.from_numpy(np.ascontiguousarray(part)) for part in inputs]
    if examples.names:
        return network(**dict(zip(examples.names, given, strict=True)))
    return network(*given)


def expect_scores(network: Any, examples: Examples) -> None:
    """Raise ConfigError unless a network makes as many numbers of a row as the target needs."""
    import torch

    inputs, width = examples.first(2), examples.target.n_outputs
    network.eval()
    with torch.no_grad():
        made = scores(network, examples, inputs)
    shape = tuple(getattr(made, "shape", ()))
    if shape != (len(inputs[0]), width):
        got = f"shape {shape}" if shape else type(made).__name__
        raise ConfigError(
            f"expected a network whose output has n_outputs = {width} columns, "
            f"shape ({len(inputs[0])}, {width}) of 2 rows, got {got}"
        )


def _summed_loss(network: Any, examples: Examples, rows: Any) -> tuple[Any, float]:
    """Return the loss of some rows, summed by their weights, and the sum of these."""
    import torch

    made = scores(network, examples, tuple(part[rows] for part in examples.inputs))
    loss = _LOSSES[examples.target.task](made, examples.target.values[rows])
    if examples.weight is None:
        return loss.sum(), float(len(rows))
    weight = examples.weight[rows]
    return (loss * torch.from_numpy(weight.astype(np.float32))).sum(), float(weight.sum())


def _binary(made: Any, values: Any) -> Any:
    import torch

    wanted = torch.from_numpy(values.astype(np.float32))[:, None]
    how = torch.nn.functional.binary_cross_entropy_with_logits
    return how(made, wanted, reduction="none")[:, 0]


def _multiclass(made: Any, values: Any) -> Any:
    import torch

    wanted = torch.from_numpy(values.astype(np.int64))
    return torch.nn.functional.cross_entropy(made, wanted, reduction="none")


def _regression(made: Any, values: Any) -> Any:
    import torch

    return (made[:, 0] - torch.from_numpy(values.astype(np.float32))) ** 2


_LOSSES: dict[str, Callable[[Any, Any], Any]] = {
    "binary": _binary,
    "multiclass": _multiclass,
    "regression": _regression,
}
"""What is trained for: cross-entropy, or the squared error."""
