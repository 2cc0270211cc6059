"""Permutation importance: how much worse a model is on rows in which a column is shuffled.

Breiman (2001) for forests; Fisher, Rudin and Dominici (2019) for any model. The rows are encoded
once, and codes are shuffled in place of values; a column that the model does not read is not
shuffled at all, since nothing changes.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from pliant.core.errors import ConfigError
from pliant.data.target import Target
from pliant.explain.association import associated
from pliant.explain.inputs import Inputs
from pliant.metrics import Metric
from pliant.runtime.coded import Coded
from pliant.runtime.model import Predictor

Floats = NDArray[np.float64]
Predict = Callable[[Coded], Floats]


@dataclass(frozen=True)
class Importance:
    """How much of the score is lost, in the mean, where a column or a group is shuffled.

    Attributes
    ----------
    name : str
        The column, or the group.
    mean : float
        The loss of score, in units of the metric: at about 0 or below, nothing was lost.
    std_error : float
        Its standard error over the shuffles. That the rows are a sample is not part of it.
    goes_with : tuple of str
        Columns that tell much the same (`association.associated`): what is lost of one of them is
        made up for by the others, so that each alone seems to matter less than all together.
    """

    name: str
    mean: float
    std_error: float
    goes_with: tuple[str, ...] = ()

    def said(self) -> dict[str, Any]:
        """Return what people are told of it, as plain data."""
        return {
            "column": self.name,
            "importance": self.mean,
            "std_error": self.std_error,
            "goes_with": ", ".join(self.goes_with),
        }


@dataclass(frozen=True)
class ScoredRows:
    """Encoded rows that a model has not learned from, what is true of them, and by which metric
    predictions of them are scored.
    """

    coded: Coded
    target: Target
    weight: Floats | None
    metric: Metric

    def score(self, predictions: Floats) -> float:
        """Return the score of predictions (n, V), greater is better."""
        return self.metric(self.target, predictions, self.weight)


def importances(
    model: Predictor,
    rows: ScoredRows,
    repeats: int = 5,
    groups: Mapping[str, Sequence[str]] | None = None,
    seed: int = 0,
) -> list[Importance]:
    """Return the importance of each column of the table, and of groups of them; the greatest first.

    The columns of a group are shuffled together, in one order, and are not told one by one.

    Raises
    ------
    ConfigError
        When there is less than one repeat, or a group names a column that is not there, or that is
        in another group.
    """
    if repeats < 1:
        raise ConfigError(f"expected at least 1 repeat, got {repeats}")
    inputs = Inputs.of(model)
    players = _players(model, inputs, groups or {})
    lost = losses(model.program, inputs, rows, list(players.values()), repeats, seed)
    goes_with = associated(inputs, rows.coded)
    error = lost.std(axis=1, ddof=1) / np.sqrt(repeats) if repeats > 1 else np.full(len(lost), 0.0)
    found = [
        Importance(name, mean, spread, goes_with.get(name, ()))
        for name, mean, spread in zip(
            players, lost.mean(axis=1).tolist(), error.tolist(), strict=True
        )
    ]
    return sorted(found, key=lambda each: -each.mean)


def losses(
    predict: Predict,
    inputs: Inputs,
    rows: ScoredRows,
    players: Sequence[Sequence[int]],
    repeats: int,
    seed: int,
) -> Floats:
    """Return by how much the score falls, (len(players), repeats), where the columns of a player,
    by number, are shuffled; the orders are the same for all players.
    """
    rng = np.random.default_rng(seed)
    orders = [rng.permutation(len(rows.coded)) for _ in range(repeats)]
    before = rows.score(predict(rows.coded))
    lost = np.zeros((len(players), repeats))
    for p, columns in enumerate(players):
        for r, order in enumerate(orders if columns else ()):
            shuffled = inputs.reordered(rows.coded, columns, order)
            lost[p, r] = before - rows.score(predict(shuffled))
    return lost


def _players(
    model: Predictor, inputs: Inputs, groups: Mapping[str, Sequence[str]]
) -> dict[str, list[int]]:
    """Return for each group, and each column in none, the inputs that are shuffled together."""
    place = {name: j for j, name in enumerate(inputs.names)}
    names = [column.name for column in model.schema.columns]
    grouped: dict[str, str] = {}
    for group, members in groups.items():
        for name in members:
            if name not in names:
                raise ConfigError(
                    f"expected the group {group!r} to have columns of the fit, got {name!r}"
                )
            if name in grouped:
                raise ConfigError(
                    f"expected a column in one group at most, got {name!r} in {grouped[name]!r} "
                    f"and {group!r}"
                )
            grouped[name] = group
    alone = [name for name in names if name not in grouped]
    for group in groups:
        if group in alone:
            raise ConfigError(f"expected a group with a name of its own, got the column {group!r}")
    players = {
        group: [place[n] for n in members if n in place] for group, members in groups.items()
    }
    return players | {name: [place[name]] if name in place else [] for name in alone}
