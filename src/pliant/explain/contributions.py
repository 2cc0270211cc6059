"""Contributions of columns to the predictions of a model: its Shapley values, row by row.

Any coalition of columns is a row of codes, and programs take rows of codes: nothing of a model is
looked into, so that an ensemble of whatever members is explained as it is, in the unit of its
predictions.
"""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from pliant.core.errors import ConfigError
from pliant.explain.explanation import Explanation
from pliant.explain.inputs import Bools, Inputs, Rows, compact
from pliant.explain.shapley import MAX_PLAYERS, Floats, Precision, shapley_values
from pliant.runtime.coded import Coded, joined
from pliant.runtime.labels import Label
from pliant.runtime.model import Predictor
from pliant.runtime.raw import Frame
from pliant.runtime.synthetic import values_of

NEAR_CERTAIN = 1e-12
"""Probabilities are held so far from 0 and 1 before their odds are taken."""


POOLED_ROWS = 16
"""Rows that are put beside the background at a time: what is made of its texts is made once for
them, and of theirs no more than so many are looked at for each row."""


@dataclass(frozen=True)
class Explainer:
    """A model and the background rows that its predictions are compared with.

    With `log_odds` a prediction is log(p / (1 - p)) of each class in place of p.
    """

    model: Predictor
    background: Coded
    log_odds: bool = False
    precision: Precision = field(default_factory=Precision)
    seed: int = 0
    threads: int = 1

    def explain(self, frame: Frame) -> Explanation:
        """Return the contributions to the predictions of a frame's rows.

        Each row is explained as it would be alone, whatever rows are beside it, and by however many
        threads rows are shared among.

        Raises
        ------
        ConfigError
            When log-odds of a regression are asked for, or an exact answer of too many columns.
        """
        model, inputs = self.model, Inputs.of(self.model)
        self._refuse(inputs)
        coded = model.schema.encode(frame)
        nobody, prediction = self._worth(self.background), self._worth(coded)
        shape = len(coded), len(inputs), nobody.shape[1]
        values, errors = np.zeros(shape), np.zeros(shape)

        def work(start: int) -> None:
            part = slice(start, min(start + POOLED_ROWS, len(coded)))
            rows = compact(coded.between(part.start, part.stop))
            pool = model.program.prepared(joined([self.background, rows]))
            for i, row in enumerate(range(part.start, part.stop), start=len(nobody)):
                games = _RowGames(self, inputs, pool, i, nobody, prediction[row])
                rng = np.random.default_rng(self.seed)
                values[row], errors[row] = shapley_values(games, rng, self.precision)

        starts = range(0, len(coded) if len(inputs) else 0, POOLED_ROWS)
        if min(self.threads, len(starts)) > 1:
            with ThreadPoolExecutor(self.threads) as workers:
                list(workers.map(work, starts))
        else:
            for start in starts:
                work(start)
        order = _as_in_table(model, inputs)
        names = tuple(inputs.names[j] for j in order)
        return Explanation(
            names,
            _outputs(model),
            values[:, order],
            errors[:, order],
            nobody.mean(axis=0),
            prediction,
            values_of(frame, names),
            self._unit,
        )

    @property
    def _unit(self) -> str:
        if not self.model.classes:
            return ""
        return "log-odds" if self.log_odds else "probability"

    def _refuse(self, inputs: Inputs) -> None:
        if self.log_odds and not self.model.classes:
            raise ConfigError("expected a classification to have log-odds, got a regression")
        if self.precision.error == 0 and len(inputs) > MAX_PLAYERS:
            raise ConfigError(
                f"expected a model of at most {MAX_PLAYERS} columns to be explained exactly, "
                f"got one that reads {len(inputs)}: allow an error, such as 0.02"
            )

    def _worth(self, coded: Coded) -> Floats:
        """Return what the model says of rows, in the unit that is explained, (n, V)."""
        said = self.model.program(coded)
        if not self.log_odds:
            return said
        p = np.clip(said, NEAR_CERTAIN, 1 - NEAR_CERTAIN)
        return np.log(p / (1 - p))


@dataclass(frozen=True)
class _RowGames:
    """The games of one row of a pool against each of its first rows, the background."""

    explainer: Explainer
    inputs: Inputs
    pool: Coded
    row: int
    nobody: Floats
    everybody: Floats
    differ: Bools = field(init=False)

    def __post_init__(self) -> None:
        differ = self.inputs.differ(self.pool, self.row, len(self.nobody))
        object.__setattr__(self, "differ", differ)

    def __call__(self, game: Rows, coalition: Bools) -> Floats:
        """Return what coalitions are worth (E, V)."""
        return self.explainer._worth(self.inputs.mixed(self.pool, self.row, game, coalition))


def _as_in_table(model: Predictor, inputs: Inputs) -> NDArray[np.intp]:
    """Return the numbers of the inputs in the order of the table's columns."""
    place = {column.name: j for j, column in enumerate(model.schema.columns)}
    return np.argsort([place[name] for name in inputs.names]).astype(np.intp)


def _outputs(model: Predictor) -> tuple[Label, ...]:
    if not model.classes:
        return (model.card.target,)
    return model.classes[1:] if len(model.classes) == 2 else model.classes
