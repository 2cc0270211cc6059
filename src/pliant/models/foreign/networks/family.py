"""A network of one's own as a member of ensembles: a family that trains it on decoded codes."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from pliant.features.decode import learn_decoder
from pliant.models.base import Allowance, Data, Fitted, Part, Shape, link_of
from pliant.models.family import Default, Family
from pliant.models.foreign.networks.examples import Examples
from pliant.models.foreign.networks.fitting import fitted_program
from pliant.models.foreign.networks.settings import Blueprint, Training
from pliant.models.foreign.parameters import AS_GIVEN, Parameters
from pliant.models.space import Distribution

INPUTS = "inputs"
"""The wire of the decoded codes."""


class Network(Family):
    """A PyTorch network: a member of ensembles on tables, or, in `pliant.tune`, a model of arrays.

    The network is an ordinary class of `torch.nn.Module`, or a function that returns a module,
    called with `n_inputs`, `n_outputs` and, by name, what is searched. Its output has `n_outputs`
    columns: log-odds of the second of two classes (1 column), scores of more classes (one each), or
    a number (1 column, standardised). It is trained by AdamW on cross-entropy or the squared error;
    of all epochs the best on the validation rows is kept.

    On tables it learns from float32 (n, n_inputs): numbers robustly scaled and smoothly clipped, a
    column, 0 or 1, for where one is missing, and for each value of a category with up to 32.

    What leaves is data. Linear layers, ReLU, SiLU, Tanh, batch normalisation, dropout and sums of
    layers become ops; any other network is a graph of ONNX in the file, which ONNX Runtime runs
    (``pip install "pliant[onnx]"``). Either is compared with the network, and is what is scored.

    Parameters
    ----------
    network : class of torch.nn.Module, or function
        What makes a network.
    space : mapping of names to Float, Int or Choice, optional
        What is searched: parameters of the network, and of the training `lr`, `batch_size`,
        `weight_decay`, `clip`, `epochs` and `patience`.
    epochs, lr, batch_size, weight_decay, clip, patience : numbers
        How it is trained where the space does not say; gradients are clipped to a norm of `clip`,
        and `patience` epochs without a gain end the training.
    name : str, optional
        What leaderboards call it; by default the name of the class.

    Raises
    ------
    ConfigError
        When the space names a parameter that neither the network nor its training has.
    MissingLibraryError
        When PyTorch is not installed.

    Examples
    --------
    >>> import numpy as np, pliant, torch
    >>> def build(n_inputs, n_outputs, width=4):
    ...     layers = torch.nn.Linear(n_inputs, width), torch.nn.Linear(width, n_outputs)
    ...     return torch.nn.Sequential(layers[0], torch.nn.ReLU(), layers[1])
    >>> X = np.random.default_rng(0).normal(size=(100, 2))
    >>> network = pliant.torch.Network(build, {"width": pliant.Int(2, 8)}, epochs=20, lr=0.05)
    >>> model = pliant.Classifier(trials=1, models=[network], cv=2).fit(X, X[:, 0] > 0)
    >>> model.predict([[2.0, 0.0], [-2.0, 0.0]]).tolist()
    [True, False]
    """

    package = "torch"
    extra = "torch"
    import_seconds = 3.0
    averaged = True
    bytes_per_cell = 60.0

    def __init__(
        self,
        network: Callable[..., Any],
        space: Mapping[str, Distribution] | None = None,
        *,
        epochs: int = Training.epochs,
        lr: float = Training.lr,
        batch_size: int = Training.batch_size,
        weight_decay: float = Training.weight_decay,
        clip: float = Training.clip,
        patience: int = Training.patience,
        name: str | None = None,
    ) -> None:
        training = Training(epochs, lr, batch_size, weight_decay, clip, patience)
        self.blueprint = Blueprint(network, {} if space is None else space, training)
        # What a family says for its class, this one says for its network.
        vars(self).update(
            name=self.blueprint.name if name is None else name,
            defaults={AS_GIVEN: Default(self.blueprint.given())},
            space=self.blueprint.space,
        )

    def seconds(self, config: Parameters, shape: Shape) -> float:
        """Return a guess, corrected by what fits take: ten microseconds a row and epoch, and a
        tenth for each of its values.
        """
        epochs = self.expected_rounds(config)
        return float(0.02 + epochs * shape.rows * (1e-5 + 1e-6 * shape.features))

    def expected_rounds(self, config: Parameters) -> float:
        """Return about how many epochs a fit has until it stops early."""
        return 0.5 * self.blueprint.training_of(config).epochs

    def cheaper(self, config: Parameters, factor: float) -> Parameters:
        """Return the configuration with fewer epochs, unless these are searched."""
        return self.blueprint.cheaper(config, factor)

    def configured(self, settings: Mapping[str, Any]) -> Parameters:
        """Return parameters with these values."""
        return Parameters(dict(settings))

    def settings(self, config: Parameters) -> dict[str, Any]:
        """Return the values of what is searched, by name."""
        return {name: value for name, value in config.values.items() if name in self.space}

    def fit(self, data: Data, config: Parameters, allowance: Allowance) -> Fitted:
        """Return the network of its best epoch, as ops.

        Raises
        ------
        ConfigError
            When its output has another width than asked, or it cannot be written to a file.
        FitError
            When its loss becomes NaN or infinite.
        """
        decoder = learn_decoder(data.features, data.train.X)

        def examples(part: Part) -> Examples:
            return Examples((decoder(part.X),), part.target, part.weight)

        valid = None if data.valid is None else examples(data.valid)
        how = self.blueprint, config, allowance
        ops, trained = fitted_program(*how, examples(data.train), valid, (INPUTS,))
        link = link_of(data.target.task)
        whole = (decoder.op(INPUTS), *ops)
        return Fitted(whole, link, trained.rounds, trained.finished, trained.trained)
