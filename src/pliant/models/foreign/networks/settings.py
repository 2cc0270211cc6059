"""What of a network is its own, and what of its training."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass, fields, replace
from functools import partial
from importlib.util import find_spec
from typing import Any

from pliant.core.errors import ConfigError, MissingLibraryError
from pliant.models.foreign.parameters import (
    Parameters,
    chosen_values,
    expect_distributions,
    given_values,
    in_words,
    with_places,
)
from pliant.models.space import Distribution, Space

TOLD = ("n_inputs", "n_outputs", "input_shape", "n_tokens")
"""What a network is told of its rows, as far as it has a parameter of that name."""

MIN_EPOCHS = 4
"""Epochs below which a network is not made cheaper."""


@dataclass(frozen=True)
class Training:
    """How a network is trained: AdamW (Loshchilov and Hutter, 2019) on batches of rows.

    `lr` is the step, `weight_decay` AdamW's. Gradients are clipped to a norm of `clip`. Of
    `epochs`, the best on the validation rows is kept, and `patience` further ones that are no
    better end the training.
    """

    epochs: int = 50
    lr: float = 1e-3
    batch_size: int = 128
    weight_decay: float = 1e-2
    clip: float = 1.0
    patience: int = 10


TRAINING = tuple(field.name for field in fields(Training))
"""The names that a space has for training; all others are the network's own."""


@dataclass(frozen=True)
class Blueprint:
    """What makes a network, and the space of its parameters and of its training.

    `build(n_inputs, n_outputs, **parameters)` is a class of `torch.nn.Module`, or a function that
    returns one.

    Raises
    ------
    ConfigError
        When it cannot be called, or the space names a parameter that it does not have.
    MissingLibraryError
        When PyTorch is not installed.
    """

    build: Callable[..., Any]
    chosen_from: Mapping[str, Distribution]
    training: Training

    def __post_init__(self) -> None:
        if find_spec("torch") is None:
            raise MissingLibraryError(
                'networks need torch, which is not installed: pip install "pliant[torch]"'
            )
        a_network = hasattr(self.build, "state_dict") and not isinstance(self.build, type)
        if a_network or not callable(self.build):
            raise ConfigError(
                "expected a class of networks, or a function that returns one, got an object of "
                f"{type(self.build).__name__}"
            )
        expect_distributions(self.chosen_from)
        known = self._signature()
        for name in self.chosen_from:
            if name not in TRAINING and known is not None and name not in known:
                raise ConfigError(
                    f"expected parameters of {self.name} or of its training "
                    f"({', '.join(TRAINING)}), which have no {name!r}"
                )

    @property
    def name(self) -> str:
        """The name of the class or function; of a `partial`, that of what it calls."""
        build = self.build.func if isinstance(self.build, partial) else self.build
        return str(getattr(build, "__name__", type(build).__name__))

    @property
    def space(self) -> Space:
        """What is searched."""
        return with_places(self.chosen_from)

    def given(self) -> Parameters:
        """Return what the network and its training have where nobody says otherwise."""
        own = self._signature() or {}
        return given_values(self.chosen_from, {**own, **asdict(self.training)})

    def training_of(self, config: Parameters) -> Training:
        """Return how a configuration is trained."""
        chosen = {name: value for name, value in config.values.items() if name in TRAINING}
        known = {name: value for name, value in chosen.items() if name in self.chosen_from}
        values = chosen_values(self.chosen_from, Parameters(known))
        return replace(self.training, **{**chosen, **values})

    def network(self, config: Parameters, told: Mapping[str, Any]) -> Any:
        """Return a new network with a configuration, told of its rows what it asks for."""
        own = {name: v for name, v in config.values.items() if name not in TRAINING}
        values = chosen_values(self.chosen_from, Parameters(own))
        known = self._signature()
        asked = {name: told[name] for name in TOLD if known is None or name in known}
        return self.build(**{**asked, **values})

    def params(self, config: Parameters) -> dict[str, Any]:
        """Return every searched parameter by name, as the user has it."""
        known = {name: v for name, v in config.values.items() if name in self.chosen_from}
        given = {**(self._signature() or {}), **asdict(self.training)}
        chosen = chosen_values(self.chosen_from, Parameters(known))
        return {name: chosen.get(name, given.get(name)) for name in self.chosen_from}

    def cheaper(self, config: Parameters, factor: float) -> Parameters:
        """Return the configuration with fewer epochs."""
        if "epochs" in self.chosen_from:
            return config
        before = self.training_of(config).epochs
        epochs = min(before, max(MIN_EPOCHS, int(before / factor)))
        return Parameters({**config.values, "epochs": epochs})

    def described(self) -> dict[str, str]:
        """Return what tells one search from another, in words."""
        where = f"{getattr(self.build, '__module__', '')}.{self.name}"
        space = in_words(sorted(self.chosen_from.items()))
        return {"estimator": f"{where} {self.training!r}", "space": space}

    def _signature(self) -> dict[str, Any] | None:
        """Return the parameters of the network with their defaults; None where it takes any."""
        parameters = inspect.signature(self.build).parameters.values()
        if any(p.kind is inspect.Parameter.VAR_KEYWORD for p in parameters):
            return None
        return {p.name: None if p.default is p.empty else p.default for p in parameters}
