"""Decoders: what codes are worth to models that need real values."""

from __future__ import annotations

import numpy as np
import pytest

from pliant.data.quantile import learn_numbers
from pliant.features.block import Feature, number_feature
from pliant.features.decode import CLIP, MAX_ONE_HOT, learn_decoder
from pliant.runtime.ops import Wire, prepare


def number(values: np.ndarray) -> tuple[Feature, np.ndarray]:
    book = learn_numbers(values)
    codes = np.searchsorted(book.edges, values) + 1
    return number_feature("x", book), np.where(np.isnan(values), 0, codes).astype(np.uint8)[:, None]


def test_a_number_is_scaled_robustly_and_never_far_out() -> None:
    rng = np.random.default_rng(0)
    values = np.append(rng.normal(50, 7, 999), 1e9)
    feature, X = number(values)
    out = learn_decoder([feature], X)(X)[:, 0]
    order = np.argsort(values)
    assert (np.diff(out[order]) >= 0).all()
    assert abs(np.median(out)) < 0.05
    assert 0.7 < out[:999].std() < 1.1
    assert np.abs(out).max() <= CLIP


def test_missing_values_get_a_flag_and_zeros() -> None:
    feature, X = number(np.array([1.0, 2.0, 3.0, np.nan]))
    out = learn_decoder([feature], X, pieces=2)(X)
    assert out[3].tolist() == [0.0, 1.0, 0.0, 0.0]
    assert out[:3, 1].tolist() == [0.0, 0.0, 0.0]


def test_pieces_cut_a_number_at_its_quantiles() -> None:
    feature, X = number(np.linspace(0, 1, 101))
    out = learn_decoder([feature], X, pieces=4)(X)[:, 1:]
    assert out.shape == (101, 4)
    np.testing.assert_allclose(out.sum(axis=1), 4 * np.linspace(0, 1, 101), atol=0.06)
    assert ((out > 0) & (out < 1)).sum(axis=1).max() == 1


def test_a_small_category_is_one_hot_and_a_large_one_is_left_to_its_statistics() -> None:
    X = np.array([[2, 2], [3, 3], [2, 3]], dtype=np.uint8)
    features = [Feature("a", "category", 5), Feature("b", "category", MAX_ONE_HOT + 1)]
    decoder = learn_decoder(features, X)
    assert decoder.feature.tolist() == [0, 0]
    assert decoder(X).tolist() == [[1, 0], [0, 1], [1, 0]]


def test_codes_never_seen_in_training_decode_to_something_finite() -> None:
    feature, X = number(np.array([1.0, 2.0, 4.0, np.nan] * 5))
    decoder = learn_decoder([feature, Feature("c", "category", 9)], np.hstack([X, X]), pieces=3)
    every = np.arange(256, dtype=np.uint8)[:, None]
    assert np.isfinite(decoder(np.hstack([every, every]))).all()


@pytest.mark.parametrize("value", [3.0, np.nan])
def test_features_that_say_nothing_leave_one_input_of_zeros(value: float) -> None:
    feature, X = number(np.full(5, value))
    assert learn_decoder([feature], X, pieces=3)(X).tolist() == [[0.0]] * 5


def test_two_values_with_a_spread_of_zero_between_quartiles_are_told_apart() -> None:
    feature, X = number(np.append(np.zeros(99), 1.0))
    out = learn_decoder([feature], X)(X)[:, 0]
    assert out[0] == 0
    assert 1 < out[99] <= CLIP


def test_the_op_decodes_alike() -> None:
    feature, X = number(np.random.default_rng(0).normal(size=50))
    decoder = learn_decoder([feature], X, pieces=3)
    run, _ = prepare(decoder.op("out"), (Wire("codes", 1),))
    assert np.array_equal(run(X), decoder(X))
