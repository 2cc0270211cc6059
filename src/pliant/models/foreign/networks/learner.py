"""A network that is tuned on arrays: its rows as their owner has them, and what leaves as data."""

from __future__ import annotations

from collections.abc import Mapping
from importlib.metadata import version
from typing import Any, ClassVar

import numpy as np
from numpy.typing import NDArray
from sklearn.model_selection import train_test_split

from pliant.core.errors import DataError
from pliant.data.narrow import narrow
from pliant.data.target import Target, Task, learn_target
from pliant.features.block import View
from pliant.models.base import SCORE, Allowance, Shape, link_of
from pliant.models.family import Default
from pliant.models.foreign.growth import Growth
from pliant.models.foreign.networks.examples import Examples
from pliant.models.foreign.networks.fitting import fitted_program, untrained
from pliant.models.foreign.networks.settings import Blueprint
from pliant.models.foreign.networks.turns import Turns
from pliant.models.foreign.parameters import AS_GIVEN, Parameters
from pliant.models.foreign.rows import OwnRows
from pliant.models.space import Space
from pliant.runtime.array_rows import ArrayRows
from pliant.runtime.arrays import ArrayInput, ArrayModel, tags_of, wire_of
from pliant.runtime.columns import column_from_values
from pliant.runtime.ops import Op

STOPPING_SHARE = 0.15
"""The share of the rows of a fit on which its best epoch is chosen."""


class NetworkLearner:
    """A network and its space, as `models.foreign.OwnLearner` says: for rows of arrays.

    A part of the rows of a fit, all classes alike, says which epoch is the best; those on which a
    trial is scored have no part in that.

    Raises
    ------
    DataError
        When a target is missing, or there is one class only.
    """

    package = "torch"
    import_seconds = 3.0
    punctual = True
    anytime: ClassVar[bool] = False
    view: ClassVar[View] = "plain"
    bytes_per_cell = 16.0

    def __init__(self, blueprint: Blueprint, y: Any) -> None:
        self.blueprint, self.growth = blueprint, Growth()
        self.name = blueprint.name
        self.space: Space = blueprint.space
        self.defaults: Mapping[str, Default] = {AS_GIVEN: Default(blueprint.given())}
        self._task, self._labels = _task_of(y)

    def __sklearn_tags__(self) -> Any:
        """Return what scikit-learn's splitters and scorers ask of an estimator."""
        return tags_of(classifier=self._task != "regression")

    @property
    def default_metric(self) -> str:
        """What counts where nobody says: the accuracy, or R2 of a regression."""
        return "r2" if self._task == "regression" else "accuracy"

    def seconds(self, config: Parameters, shape: Shape) -> float:
        """Return a guess unless a pilot fit has told another `growth`."""
        return self.growth.seconds_on(shape.cells)

    def expected_rounds(self, config: Parameters) -> float:
        """Return 0: the seconds are those of a whole fit, whatever its epochs."""
        return 0.0

    def cheaper(self, config: Parameters, factor: float) -> Parameters:
        """Return the configuration with fewer epochs, unless these are searched."""
        return self.blueprint.cheaper(config, factor)

    def configured(self, settings: Mapping[str, Any]) -> Parameters:
        """Return parameters with these values."""
        return Parameters(dict(settings))

    def settings(self, config: Parameters) -> dict[str, Any]:
        """Return the values of what is searched, by name."""
        return {name: value for name, value in config.values.items() if name in self.space}

    def params(self, config: Parameters) -> dict[str, Any]:
        """Return the searched parameters by name, each as the user has it."""
        return self.blueprint.params(config)

    def described(self) -> dict[str, str]:
        """Return what tells one search from another, in words."""
        return self.blueprint.described()

    def expect_usable(self, data: OwnRows) -> None:
        """Raise ConfigError unless the network, as it is given, takes these rows, makes what their
        target needs, and can be written to a file: to be asked before anything is trained.
        """
        rows, (target, _) = ArrayRows.of(data.X), self._target(data.y)
        config, wires = self.blueprint.given(), _wires(rows)
        untrained(self.blueprint, config, _examples(rows, target), wires, Turns(0, threads=1))

    def fit(self, data: OwnRows, config: Parameters, allowance: Allowance) -> ArrayModel:
        """Return the network of its best epoch as a model of arrays.

        Raises
        ------
        ConfigError
            When its output has another width than asked, or it cannot be written to a file.
        FitError
            When its loss becomes NaN or infinite.
        """
        rows, target, scale = ArrayRows.of(data.X), *self._target(data.y)
        kept, checked = _parts(target, allowance.seed % 2**32)
        wires = _wires(rows)
        train, valid = (_examples(rows[some], target.take(some)) for some in (kept, checked))
        how = self.blueprint, config, allowance
        ops, trained = fitted_program(*how, train, valid if len(valid) else None, wires)
        inputs = [
            ArrayInput(name, array.shape[1:], array.dtype.name)
            for name, array in rows.arrays.items()
        ]
        card = {
            "task": self._task,
            "network": self.name,
            "epochs": trained.rounds,
            "versions": {name: version(name) for name in ("pliant", "torch")},
        }
        classes = tuple(target.classes)
        return ArrayModel(inputs, (*ops, _last(self._task, scale)), classes, card)

    def _target(self, y: Any) -> tuple[Target, tuple[float, float]]:
        """Return the target of some rows, and the mean and deviation of a regression's numbers."""
        values = np.asarray(y)
        if self._task == "regression":
            numbers = values.astype(np.float64)
            mean, deviation = float(numbers.mean()), float(numbers.std()) or 1.0
            return Target("regression", (numbers - mean) / deviation), (mean, deviation)
        places = np.searchsorted(self._labels, values)
        return Target(self._task, narrow(places), tuple(self._labels.tolist())), (0.0, 1.0)


def _task_of(y: Any) -> tuple[Task, NDArray[Any]]:
    """Return the task that a target poses, and its labels, sorted; of a regression none."""
    values = np.asarray(y)
    if values.ndim != 1:
        raise DataError(f"expected a label or a number a row, got y of shape {values.shape}")
    target = learn_target("y", column_from_values(values), None)
    labels = np.unique(values) if target.classes else np.empty(0)
    return target.task, labels


def _parts(target: Target, seed: int) -> tuple[NDArray[np.intp], NDArray[np.intp]]:
    """Return the rows to train on, and those that say which epoch is the best."""
    rows = np.arange(len(target.values))
    counts = np.unique(target.values, return_counts=True)[1] if target.classes else rows[:1]
    n_checked = int(STOPPING_SHARE * len(rows))
    if n_checked < max(2, len(target.classes)):
        return rows, rows[:0]
    alike = target.values if target.classes and counts.min() > 1 else None
    kept, checked = train_test_split(rows, test_size=n_checked, random_state=seed, stratify=alike)
    return np.sort(kept), np.sort(checked)


def _examples(rows: ArrayRows, target: Target) -> Examples:
    names = tuple(name for name in rows.arrays if name)
    return Examples(tuple(rows.arrays.values()), target, None, names)


def _wires(rows: ArrayRows) -> tuple[str, ...]:
    return tuple(wire_of(i) for i in range(len(rows.arrays)))


def _last(task: Task, scale: tuple[float, float]) -> Op:
    """Return the op from scores to predictions."""
    if task != "regression":
        return Op("link", (SCORE,), "prediction", {}, {"function": link_of(task)})
    mean, deviation = scale
    unit = {"scale": np.array([deviation]), "shift": np.array([mean])}
    return Op("affine", (SCORE,), "prediction", unit)
