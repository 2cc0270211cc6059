"""Arithmetic: pairs of numbers tell what neither does, in the file as in training."""

from __future__ import annotations

import numpy as np

from pliant.data.table import Roles, Table, learn_schema
from pliant.data.target import Target
from pliant.features.arithmetic import MAX_COLUMNS
from pliant.features.features import fit_features
from pliant.runtime.intake import to_frame


def table(columns: dict[str, np.ndarray], y: np.ndarray) -> Table:
    frame = to_frame(columns)
    schema = learn_schema(frame)
    return Table(
        schema, schema.encode(frame), Target("binary", y.astype(np.int64), (0, 1)), Roles()
    )


def test_a_difference_tells_what_neither_number_does() -> None:
    rng = np.random.default_rng(0)
    a, b = rng.uniform(1, 9, 2000), rng.uniform(1, 9, 2000)
    a[::50] = np.nan
    features, X = fit_features(table({"a": a, "b": b}, a > b), 0, "arithmetic")
    assert [f.name for f in features.features] == ["a", "b", "a - b", "a * b", "a / b"]
    known = ~np.isnan(a)
    for name in ("a - b", "a / b"):
        codes = X[:, [f.name for f in features.features].index(name)]
        assert (codes[~known] == 0).all()
        right = (codes[known] > np.median(codes[known])) == (a > b)[known]
        assert right.mean() > 0.97


def test_the_columns_that_tell_most_are_joined() -> None:
    rng = np.random.default_rng(0)
    columns = {f"x{j}": rng.normal(size=1500) for j in range(10)}
    columns["few"] = rng.integers(0, 5, 1500).astype(float)
    y = sum(columns[f"x{j}"] for j in range(2, 8)) > 0
    features, _ = fit_features(table(columns, y), 0, "arithmetic")
    joined = [f.name for f in features.features if " - " in f.name]
    assert len(joined) == MAX_COLUMNS * (MAX_COLUMNS - 1) // 2
    used = {name for pair in joined for name in pair.split(" - ")}
    assert used == {f"x{j}" for j in range(2, 8)}


def test_a_table_without_two_numbers_stays_as_it_is() -> None:
    rng = np.random.default_rng(0)
    columns = {"a": rng.normal(size=300), "few": rng.integers(0, 4, 300).astype(float)}
    source = table(columns, columns["a"] > 0)
    plain, X = fit_features(source, 0)
    seen, again = fit_features(source, 0, "arithmetic")
    assert [f.name for f in plain.features] == [f.name for f in seen.features]
    assert np.array_equal(X, again)


def test_what_is_trained_on_is_what_the_map_computes() -> None:
    rng = np.random.default_rng(0)
    columns = {f"x{j}": rng.normal(size=500) for j in range(3)}
    source = table(columns, columns["x0"] * columns["x1"] > 0)
    features, X = fit_features(source, 0, "arithmetic")
    assert np.array_equal(features(source.coded), X)
