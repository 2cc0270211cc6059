"""How many features there will be is told from the schema as they are then made."""

from __future__ import annotations

from typing import Any, get_args

import numpy as np
import pytest

from pliant.data.table import Roles, Table, learn_schema
from pliant.data.target import learn_target
from pliant.features.block import View
from pliant.features.features import fit_features
from pliant.features.width import width_of
from pliant.models.base import Shape
from pliant.runtime.intake import column_from_values, to_frame

N = 400
rng = np.random.default_rng(0)
NUMBERS = {f"n{j}": rng.normal(size=N) for j in range(12)}
SMALL = {f"s{j}": rng.integers(0, 3, N).astype(float) for j in range(3)}
CATEGORIES = {f"c{j}": [f"l{v}" for v in rng.integers(0, 3 + j * 30, N)] for j in range(4)}
TEXTS = {"t": [" ".join(rng.choice(list("abcdefgh"), 20)) for _ in range(N)]}
TABLES = {
    "numbers": NUMBERS,
    "one number": {"n": NUMBERS["n0"]},
    "categories": CATEGORIES,
    "few values": SMALL | CATEGORIES,
    "everything": NUMBERS | SMALL | CATEGORIES | TEXTS,
}
TARGETS = {
    "binary": rng.integers(0, 2, N).tolist(),
    "three": rng.choice(["a", "b", "c"], N).tolist(),
    "many": [f"k{v}" for v in rng.integers(0, 24, N)],
    "regression": rng.normal(size=N).tolist(),
}


@pytest.mark.parametrize("view", get_args(View))
@pytest.mark.parametrize("target", TARGETS)
@pytest.mark.parametrize("columns", TABLES)
def test_the_width_is_told_before_features_are_made(columns: str, target: str, view: View) -> None:
    table = table_of(TABLES[columns], TARGETS[target])
    features, X = fit_features(table, 0, view)
    told = width_of(table.schema, table.target.n_outputs, view)
    assert told == len(features.features) == X.shape[1]
    shape = Shape.of(table.schema, table.target.n_outputs, N, view)
    assert shape == Shape(*X.shape, table.target.n_outputs, 1)


def table_of(columns: dict[str, Any], target: list[Any]) -> Table:
    frame = to_frame(columns)
    schema = learn_schema(frame)
    learned = learn_target("y", column_from_values(target), None)
    return Table(schema, schema.encode(frame), learned, Roles())
