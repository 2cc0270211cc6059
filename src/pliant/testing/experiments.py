"""Small tables and experiments, to try engines and searches on."""

from __future__ import annotations

import numpy as np

from pliant.data.table import Roles, Table, learn_schema
from pliant.data.target import learn_target
from pliant.runtime.columns import column_from_values
from pliant.runtime.intake import to_frame
from pliant.training.experiment import Experiment, Splitting


def small_experiment(folds: int = 1, n: int = 200) -> Experiment:
    """Return an experiment of a small table, of splits that each validate a quarter of the rows."""
    return Experiment(small_table(n), Splitting(0.25, folds), None, 0)


def small_table(n: int = 200, seed: int = 0) -> Table:
    """Return an encoded table of a number and a category, and a binary target."""
    rng = np.random.default_rng(seed)
    number, level = rng.normal(size=n), rng.integers(0, 4, n)
    frame = to_frame({"number": number, "level": [f"l{v}" for v in level]})
    target = learn_target("y", column_from_values((number + level > 1.5).astype(int)), None)
    schema = learn_schema(frame)
    return Table(schema, schema.encode(frame), target, Roles())
