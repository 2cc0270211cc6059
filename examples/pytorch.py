"""Tune a PyTorch network, keep it as data, and use it without PyTorch.

The network is an ordinary module. The search tries its width and the step of its training; the file
holds its layers as ops.

    python examples/pytorch.py
"""

from __future__ import annotations

from sklearn.datasets import load_digits
from sklearn.model_selection import train_test_split
from torch import Tensor, nn

import pliant


class Net(nn.Module):
    """Two hidden layers with batch normalisation."""

    def __init__(self, n_inputs: int, n_outputs: int, width: int = 16) -> None:
        super().__init__()
        self.layers = nn.Sequential(
            nn.Linear(n_inputs, width),
            nn.BatchNorm1d(width),
            nn.ReLU(),
            nn.Linear(width, width),
            nn.ReLU(),
            nn.Linear(width, n_outputs),
        )

    def forward(self, x: Tensor) -> Tensor:
        """Return a score for each class."""
        return self.layers(x)


def main() -> None:
    """Tune, score on rows that were not seen, save and load."""
    X, y = load_digits(return_X_y=True)
    X, X_new, y, y_new = train_test_split(X / 16, y, test_size=0.3, random_state=0, stratify=y)

    space = {"width": pliant.Int(8, 64, log=True), "lr": pliant.Float(1e-3, 1e-1, log=True)}
    net = pliant.torch.Network(Net, space, epochs=8)
    tuned = pliant.tune(net, X, y, trials=4, cv=2)
    print(tuned.best_params_)

    tuned.save("digits.pliant")
    model = pliant.load("digits.pliant")
    accuracy = (model.predict(X_new) == y_new).mean()
    print(f"accuracy on new rows: {accuracy:.3f}, ops: {[op.name for op in model.ops]}")


if __name__ == "__main__":
    main()
