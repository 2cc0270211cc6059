"""Linear models by AdaGrad: each task learns what sparse rows say, and stops when time is up."""

from __future__ import annotations

import numpy as np
import pytest
from numpy.typing import NDArray
from scipy.sparse import csr_array, random_array

from pliant.core.deadline import Deadline
from pliant.features.descent import Descent, Learned, Run, descend

F32 = np.float32


def rows_of(n: int = 400, p: int = 30) -> csr_array:
    rng = np.random.default_rng(0)
    return csr_array(random_array((n, p), density=0.3, rng=rng, dtype=F32))


def learn(rows: csr_array, answers: NDArray[np.float64], run: Run, how: Descent) -> Learned:
    prior = np.ones((rows.shape[1], 1), F32)
    return descend(rows, answers.astype(F32), np.ones(len(answers), F32), prior, how, run)


@pytest.mark.parametrize(("link", "n_outputs"), [("sigmoid", 1), ("softmax", 3), ("identity", 1)])
def test_what_rows_say_is_learned(link: str, n_outputs: int) -> None:
    rows = rows_of()
    true = np.random.default_rng(1).normal(size=(30, n_outputs))
    score = rows @ true
    if link == "softmax":
        answers = np.eye(3)[score.argmax(axis=1)]
    else:
        answers = score if link == "identity" else (score > 0).astype(float)
    learned = learn(rows, answers, Run(link, Deadline(None)), Descent(epochs=30))
    found = rows @ learned.weights + learned.bias
    assert learned.finished
    if link == "identity":
        assert np.corrcoef(found[:, 0], score[:, 0])[0, 1] > 0.98
    elif link == "sigmoid":
        assert ((found > 0) == (score > 0)).mean() > 0.95
    else:
        assert (found.argmax(axis=1) == score.argmax(axis=1)).mean() > 0.95


def test_without_rows_that_say_anything_the_base_rate_is_left() -> None:
    rows = csr_array((200, 5), dtype=F32)
    answers = np.repeat([[1.0], [0.0]], [150, 50], axis=0)
    learned = learn(rows, answers, Run("sigmoid", Deadline(None)), Descent())
    np.testing.assert_allclose(1 / (1 + np.exp(-learned.bias)), 0.75, atol=0.03)
    assert (learned.weights == 0).all()


def test_a_descent_stops_when_time_is_up() -> None:
    learned = learn(rows_of(), np.ones((400, 1)), Run("sigmoid", Deadline(0.0)), Descent())
    assert not learned.finished
    assert np.isfinite(learned.weights).all()


def test_a_seed_gives_one_model_and_weights_count() -> None:
    rows, answers = rows_of(), np.arange(400)[:, None] % 2.0
    one, again, other = (
        learn(rows, answers, Run("sigmoid", Deadline(None), seed), Descent()) for seed in (0, 0, 1)
    )
    assert np.array_equal(one.weights, again.weights)
    assert not np.array_equal(one.weights, other.weights)
    weight = np.where(answers[:, 0] > 0, 2.0, 0.0).astype(F32)
    sure = descend(
        rows,
        answers.astype(F32),
        weight,
        np.ones((30, 1), F32),
        Descent(),
        Run("sigmoid", Deadline(None)),
    )
    assert (rows @ sure.weights + sure.bias > 2).all()


def test_a_prior_of_zero_keeps_a_weight_at_zero() -> None:
    prior = np.ones((30, 2), F32)
    prior[3, 1] = 0
    rows, answers = rows_of(), np.eye(2, dtype=F32)[np.arange(400) % 2]
    run = Run("softmax", Deadline(None))
    learned = descend(rows, answers, np.ones(400, F32), prior, Descent(), run)
    assert learned.weights[3, 1] == 0 != learned.weights[3, 0]
