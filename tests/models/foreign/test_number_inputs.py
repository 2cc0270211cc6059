"""What a user's model is told of a table."""

from __future__ import annotations

import numpy as np
from sklearn.feature_selection import VarianceThreshold
from sklearn.preprocessing import StandardScaler

from pliant.features.block import Feature
from pliant.models.foreign.inputs import code_inputs, number_inputs

NUMBER = Feature("x", "number", 4, np.array([np.nan, 10, 20, 40], dtype=np.float32))
LEVEL, MANY = Feature("l", "category", 5), Feature("m", "category", 200)


def test_numbers_are_the_middles_of_bins_and_categories_ones_and_zeros() -> None:
    X = np.array([[1, 2, 7], [0, 3, 8], [3, 2, 9], [2, 2, 9], [3, 2, 9]], dtype=np.uint8)
    inputs = number_inputs((NUMBER, LEVEL, MANY), X)
    assert inputs(X).dtype == np.float32
    assert inputs(X).tolist() == [
        [10, 0, 1, 0],
        [20, 1, 0, 1],  # missing: the median, and said so
        [40, 0, 1, 0],
        [20, 0, 1, 0],
        [40, 0, 1, 0],
    ]
    known = number_inputs((NUMBER,), X[[0, 2], :1])
    assert known(X[:2, :1]).tolist() == [[10], [10]]


def test_a_table_without_inputs_has_one_that_is_zero() -> None:
    X = np.array([[7], [8]], dtype=np.uint8)
    assert number_inputs((MANY,), X)(X).tolist() == [[0], [0]]
    nothing = Feature("n", "number", 1, np.array([np.nan], dtype=np.float32))
    assert number_inputs((nothing,), X)(X).tolist() == [[0], [0]]


def test_codes_are_as_they_are() -> None:
    X = np.arange(6, dtype=np.uint8).reshape(3, 2)
    assert np.array_equal(code_inputs((NUMBER, LEVEL))(X), X)


def test_transformers_of_single_columns_change_the_values_that_a_column_can_have() -> None:
    X = np.random.default_rng(0).integers(0, 5, (40, 2)).astype(np.uint8)
    X[:, 1] = 3
    inputs = code_inputs((LEVEL, LEVEL))
    scaler = StandardScaler().fit(inputs(X))
    scaled = inputs.through(scaler)
    assert np.array_equal(scaled(X), scaler.transform(inputs(X)))
    chooser = VarianceThreshold().fit(scaled(X))
    assert np.array_equal(scaled.through(chooser)(X), chooser.transform(scaled(X)))
