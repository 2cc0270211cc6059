"""Linear models of many blocks: of a squared loss those of all rows, of a log loss nearly."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from pliant.core.deadline import Deadline
from pliant.core.errors import FitError
from pliant.data.target import Task
from pliant.features.decode import Decoder
from pliant.models.base import Allowance, Data, Fitted, Part
from pliant.models.linear import Linear, LinearConfig
from pliant.models.newton import ROWS_AT_ONCE, Sums
from pliant.testing import TASKS, FakeTime, family_data

CONFIG = LinearConfig(C=0.3, pieces=4)


def through(data: Data, n_blocks: int, config: LinearConfig = CONFIG) -> Fitted:
    """Return the model that has gone through blocks of equal size, weighted rows among them."""
    fitted, rows = None, np.array_split(np.arange(len(data.train)), n_blocks)
    for block in rows:
        part = Part(data.train.X[block], data.target.take(block), np.linspace(0.5, 1.5, len(block)))
        once = replace(data, train=part, valid=None, _made={})
        fitted = Linear().partial_fit(fitted, once, config, Allowance(Deadline(None)))
    assert fitted is not None
    return fitted


@pytest.mark.parametrize("task", TASKS)
def test_blocks_lose_little_to_all_rows_at_once(task: Task) -> None:
    data = family_data(task, n=6000)
    assert data.valid is not None
    X, target = data.valid.X, data.valid.target
    whole = Linear().fit(data, CONFIG, Allowance(Deadline(None)))
    for n_blocks in (1, 4):
        found = through(data, n_blocks).predict(X)
        loss = [data.loss.loss(data.loss(target, p, None)) for p in (found, whole.predict(X))]
        assert loss[0] < 1.1 * loss[1]


def test_too_many_inputs_are_refused() -> None:
    many = Decoder(np.zeros(1_000, np.uint16), np.zeros((1_000, 256), np.float32))
    with pytest.raises(FitError, match="at most 1000 inputs to sum over blocks, got 1001"):
        Sums.none(many, 1)


def test_where_time_is_up_the_first_rows_count() -> None:
    data, time = replace(family_data("regression", n=2 * ROWS_AT_ONCE), valid=None), FakeTime()
    deadline = Deadline(1.0, now=time.now)
    time.pass_(2.0)
    few = Linear().partial_fit(None, data, CONFIG, Allowance(deadline))
    assert not few.finished
    rows = np.arange(50)
    part = Part(data.train.X[rows], data.target.take(rows))
    inputs = Linear().partial_fit(None, replace(data, _made={}), CONFIG, Allowance(Deadline(None)))
    assert inputs.finished
    assert few.score(part.X).shape == (50, 1)
    assert not np.allclose(few.score(part.X), inputs.score(part.X))
