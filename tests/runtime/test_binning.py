"""Binning: NumPy and the kernel against a slow count of edges."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pliant.runtime import binning as module
from pliant.runtime.binning import HAVE_KERNEL, bin_column, bin_numbers, check_edges

IMPLEMENTATIONS = ["numpy", "kernel"] if HAVE_KERNEL else ["numpy"]


@contextmanager
def using(implementation):
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(module, "HAVE_KERNEL", implementation == "kernel")
        yield


@pytest.fixture(params=IMPLEMENTATIONS)
def implementation(request) -> Iterator[str]:
    with using(request.param):
        yield request.param


def count(value, edges):
    return 0 if np.isnan(value) else 1 + sum(edge < value for edge in edges)


def random_table(rng, n_rows, n_columns, most):
    """Values that often fall on an edge, NaN, infinities and both zeros among them."""
    sizes = rng.integers(0, most + 1, n_columns)
    lists = [np.sort(rng.integers(-300, 300, size) / 4) for size in sizes]
    edges = np.concatenate([np.empty(0), *lists])
    offsets = np.cumsum([0, *sizes], dtype=np.int64)
    values = rng.integers(-320, 320, (n_rows, n_columns)) / 4
    odd = rng.random(values.shape) < 0.1
    values[odd] = rng.choice([np.nan, -np.nan, np.inf, -np.inf, 0.0, -0.0], odd.sum())
    return values, edges, offsets


@given(
    seed=st.integers(0, 2**32 - 1),
    n_rows=st.sampled_from([0, 1, 2, 8, 9, 40, 135]),
    n_columns=st.integers(0, 4),
    most=st.sampled_from([0, 1, 2, 3, 17, 254]),
)
@settings(max_examples=40, deadline=None)
def test_codes_equal_a_slow_count_of_edges(seed, n_rows, n_columns, most):
    values, edges, offsets = random_table(np.random.default_rng(seed), n_rows, n_columns, most)
    check_edges(edges, offsets)
    lists = [edges[a:b].tolist() for a, b in pairwise(offsets)]
    expected = [[count(v, e) for v, e in zip(row, lists, strict=True)] for row in values.tolist()]
    expected = np.array(expected, dtype=np.uint8).reshape(n_rows, n_columns)
    for implementation in IMPLEMENTATIONS:
        with using(implementation):
            codes = bin_numbers(values, edges, offsets)
            assert codes.dtype == np.uint8
            assert np.array_equal(codes, expected), implementation
            for c, mine in enumerate(lists):
                assert np.array_equal(bin_column(values[:, c], np.array(mine)), expected[:, c])


def test_a_value_on_an_edge_goes_left_and_missing_is_zero(implementation):
    codes = bin_column(np.array([np.nan, -9, 1, 1.5, 2, 99, -np.inf, np.inf]), np.array([1.0, 2]))
    assert codes.tolist() == [0, 1, 1, 2, 2, 3, 1, 3]


def test_the_last_of_254_edges_has_code_255_above_it(implementation):
    edges = np.arange(254.0)
    assert bin_column(np.array([-1.0, 253, 254]), edges).tolist() == [1, 254, 255]
    with pytest.raises(ValueError, match="254"):
        bin_column(np.zeros(1), np.arange(255.0))


WRONG = {
    "values float16": (np.zeros((2, 1), np.float16), np.zeros(1), np.array([0, 1])),
    "values int64": (np.zeros((2, 1), np.int64), np.zeros(1), np.array([0, 1])),
    "values one-dimensional": (np.zeros(2), np.zeros(1), np.array([0, 1, 1])),
    "edges float32": (np.zeros((2, 1)), np.zeros(1, np.float32), np.array([0, 1])),
    "edges two-dimensional": (np.zeros((2, 1)), np.zeros((1, 1)), np.array([0, 1])),
    "offsets int32": (np.zeros((2, 1)), np.zeros(1), np.array([0, 1], np.int32)),
    "offsets too few": (np.zeros((2, 1)), np.zeros(1), np.array([0])),
    "offsets none": (np.zeros((2, 0)), np.zeros(1), np.empty(0, np.int64)),
    "offsets too many": (np.zeros((2, 1)), np.zeros(1), np.array([0, 1, 1])),
    "offsets beyond": (np.zeros((2, 1)), np.zeros(1), np.array([0, 2])),
    "offsets negative": (np.zeros((2, 1)), np.zeros(1), np.array([-1, 1])),
    "offsets fall": (np.zeros((2, 2)), np.zeros(3), np.array([0, 3, 1])),
    "offsets overflow": (np.zeros((2, 2)), np.zeros(3), np.array([0, -(2**63), 2**63 - 1])),
    "edges too many": (np.zeros((2, 1)), np.zeros(255), np.array([0, 255])),
}


@pytest.mark.parametrize("case", WRONG)
def test_what_does_not_fit_is_refused(implementation, case):
    with pytest.raises(ValueError, match="expected"):
        bin_numbers(*WRONG[case])


def test_a_column_of_another_shape_or_dtype_is_refused(implementation):
    for values in (np.zeros((2, 2)), np.zeros(2, np.float16), np.zeros(2, np.int64)):
        with pytest.raises(ValueError, match="expected"):
            bin_column(values, np.zeros(1))


def test_unsorted_and_missing_edges_are_refused_at_loading_and_harmless_at_binning(implementation):
    rng = np.random.default_rng(0)
    edges = rng.choice([np.nan, np.inf, 0.0, 3.0, -7.0], 254)
    with pytest.raises(ValueError, match="expected edges that are numbers"):
        check_edges(edges, np.array([0, 254]))
    with pytest.raises(ValueError, match="expected sorted edges"):
        check_edges(np.array([1.0, 0.0]), np.array([0, 2]))
    check_edges(np.array([1.0, 0.0]), np.array([0, 1, 2]))
    assert len(bin_column(rng.normal(size=100), edges)) == 100
