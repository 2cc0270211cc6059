"""Ridge regression on codes: what it finds, out of fold, by rows and by codes."""

from __future__ import annotations

import numpy as np
import pytest
from numpy.typing import NDArray

from pliant.features.ridge import learn_ridge
from pliant.features.target_encoding import Supervision
from pliant.runtime.ops import Wire, prepare


def rows(n: int, width: int, seed: int = 0) -> tuple[NDArray[np.uint8], Supervision]:
    """Return codes, and two answers of which the first is a line in five of them."""
    rng = np.random.default_rng(seed)
    codes = rng.integers(0, 256, (n, width)).astype(np.uint8)
    line = codes[:, :5] @ np.array([1.0, -1, 2, -2, 1]) / 256
    answers = np.stack([line, rng.normal(size=n)], axis=1)
    return codes, Supervision(answers, np.ones(n), rng.permutation(n) % 5)


@pytest.mark.parametrize(("n", "width"), [(300, 20), (100, 150)])
def test_scores_out_of_fold_follow_what_can_be_learned_alone(n: int, width: int) -> None:
    codes, supervision = rows(n, width)
    scores, ridge = learn_ridge(codes, supervision)
    right = [np.corrcoef(scores[:, v], supervision.answers[:, v])[0, 1] for v in range(2)]
    assert right[0] > (0.98 if n > width else 0.5)
    assert abs(right[1]) < 0.3
    fresh, other = rows(50, width, seed=1)
    made = fresh @ ridge.weights + ridge.bias
    assert np.corrcoef(made[:, 0], other.answers[:, 0])[0, 1] > (0.98 if n > width else 0.5)


def test_in_the_space_of_rows_the_same_is_found() -> None:
    codes, supervision = rows(60, 59)
    wide = np.concatenate([codes, np.full((60, 2), 7, np.uint8)], axis=1)  # codes that never vary
    by_codes, one = learn_ridge(codes, supervision)
    by_rows, other = learn_ridge(wide, supervision)
    np.testing.assert_allclose(by_rows, by_codes, atol=0.05)
    np.testing.assert_allclose(other.weights[:59], one.weights, atol=1e-3)


def test_rows_of_weight_0_teach_nothing() -> None:
    codes, supervision = rows(200, 10)
    wrong = supervision.answers.copy()
    wrong[:50] = 1e6
    weight = (np.arange(200) >= 50).astype(float)
    _, ridge = learn_ridge(codes, Supervision(wrong, weight, supervision.fold))
    scores = codes[50:] @ ridge.weights + ridge.bias
    assert np.corrcoef(scores[:, 0], supervision.answers[50:, 0])[0, 1] > 0.98


def test_the_op_says_what_was_learned() -> None:
    codes, supervision = rows(200, 12)
    _, ridge = learn_ridge(codes, supervision)
    run, wire = prepare(ridge.op(["a"], "b"), (Wire("codes", 12),))
    assert wire == Wire("values", 2)
    expected = codes @ ridge.weights + ridge.bias
    np.testing.assert_allclose(run(codes), expected, atol=1e-3 * np.ptp(expected))
