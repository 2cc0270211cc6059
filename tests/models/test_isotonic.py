"""Isotonic regression: as scikit-learn's, in both directions."""

from __future__ import annotations

import numpy as np
import pytest
from sklearn.isotonic import IsotonicRegression

from pliant.models.isotonic import isotonic


@pytest.mark.parametrize("direction", [1, -1])
@pytest.mark.parametrize("n", [1, 2, 50])
def test_it_is_that_of_scikit_learn(n: int, direction: int) -> None:
    rng = np.random.default_rng(n)
    values, weight = rng.normal(size=n), rng.uniform(0.1, 2, n)
    theirs = IsotonicRegression(increasing=direction > 0)
    wanted = theirs.fit_transform(np.arange(n), values, sample_weight=weight)
    assert isotonic(values, weight, direction) == pytest.approx(wanted)


def test_bins_without_rows_do_not_break_it() -> None:
    found = isotonic(np.array([2.0, 0.0, 1.0]), np.array([1.0, 0.0, 1.0]), 1)
    assert (np.diff(found) >= 0).all()
