"""Number codebooks: few enough bins, in order, heavy values alone."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from pliant.data.quantile import MAX_BINS, learn_numbers
from pliant.runtime.kinds import NumberCodebook
from pliant.runtime.raw import Numbers

REALS = st.floats(allow_infinity=False, width=64)


def codes_of(book: NumberCodebook, values: np.ndarray) -> np.ndarray:
    return book.encode(Numbers(np.asarray(values, dtype=np.float64)))[:, 0]


@settings(max_examples=50, deadline=None)
@given(arrays(np.float64, st.integers(0, 60), elements=REALS), st.integers(2, 12))
def test_codes_rise_with_values(values: np.ndarray, max_bins: int) -> None:
    book = learn_numbers(values, max_bins)
    codes = codes_of(book, values)
    assert len(book.edges) < max_bins
    assert len(book.centers) == len(book.edges) + 1
    assert (np.diff(book.edges) > 0).all()
    assert ((codes == 0) == np.isnan(values)).all()
    order = np.argsort(values[~np.isnan(values)], kind="stable")
    assert (np.diff(codes[~np.isnan(values)][order].astype(int)) >= 0).all()
    assert codes.max(initial=0) < book.n_codes


@settings(max_examples=30, deadline=None)
@given(st.lists(REALS.filter(lambda v: v == v), min_size=1, max_size=60))
def test_few_values_get_a_bin_each_and_centers_are_the_values(found: list[float]) -> None:
    values = np.array(found)
    book = learn_numbers(values)
    decoded = book.centers[codes_of(book, values) - 1]
    assert len(book.centers) == len(np.unique(values))
    np.testing.assert_allclose(decoded, np.clip(values, -3.4e38, 3.4e38), rtol=1e-6, atol=1e-40)


@settings(max_examples=30, deadline=None)
@given(st.lists(st.integers(1, 400), min_size=2, max_size=600), st.integers(2, 254))
def test_there_are_never_more_bins_than_allowed(counts: list[int], max_bins: int) -> None:
    values = np.repeat(np.arange(float(len(counts))), counts)
    assert len(learn_numbers(values, max_bins).centers) <= max_bins


@pytest.mark.parametrize(("heavy", "light"), [(150, 150), (253, 253), (200, 100)])
def test_many_heavy_values_with_light_ones_between_still_fit_into_a_byte(
    heavy: int, light: int
) -> None:
    values = np.concatenate([np.repeat(np.arange(heavy), 300), np.arange(light) + 0.5])
    book = learn_numbers(values)
    assert heavy / 2 < len(book.centers) <= MAX_BINS


def test_a_heavy_value_keeps_a_bin_of_its_own() -> None:
    rng = np.random.default_rng(0)
    values = np.concatenate([np.zeros(5_000), rng.normal(size=5_000)])
    book = learn_numbers(values)
    code = codes_of(book, np.zeros(1))[0]
    assert book.centers[code - 1] == 0.0
    assert not (codes_of(book, values[values != 0]) == code).any()


def test_light_values_share_bins_of_about_equal_counts() -> None:
    values = np.random.default_rng(0).normal(size=20_000)
    counts = np.bincount(codes_of(learn_numbers(values, 20), values))[1:]
    assert len(counts) >= 17
    assert counts.max() < 1.3 * counts.min()


def test_the_mean_of_a_bin_is_its_center() -> None:
    values = np.random.default_rng(1).normal(size=5_000)
    book = learn_numbers(values, 10)
    codes = codes_of(book, values)
    means = [values[codes == c].mean() for c in range(1, book.n_codes)]
    np.testing.assert_allclose(book.centers, means, rtol=1e-5)


def test_the_greatest_floats_are_binned_without_a_warning() -> None:
    book = learn_numbers(np.array([-1.7e308, 0.0, 1.7e308, 1.7e308]))
    assert codes_of(book, np.array([-1.7e308, 0.0, 1.7e308])).tolist() == [1, 2, 3]
    assert np.isfinite(book.centers).all()


def test_nothing_but_missing_values_is_one_code() -> None:
    book = learn_numbers(np.full(3, np.nan))
    assert book.n_codes == 2
    assert codes_of(book, np.array([np.nan, 5.0])).tolist() == [0, 1]
