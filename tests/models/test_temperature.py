"""Temperature: what held-out rows say of how sure scores should be."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from pliant.data.target import Target
from pliant.models.base import Fitted, Part, tables_op
from pliant.models.family import Family
from pliant.models.registry import FAMILIES
from pliant.models.sparse_linear import SparseLinearConfig
from pliant.models.temperature import best_temperature, cooled, mean_temperature

BIAS = np.array([0.3])
RNG = np.random.default_rng(0)
X = RNG.integers(0, 8, (3_000, 2)).astype(np.uint8)
TABLES = [np.linspace(-2, 2, 8)[:, None]] * 2
SURE = Fitted((tables_op(TABLES, BIAS),), "sigmoid")
CHANCE = 1 / (1 + np.exp(-SURE.score(X)[:, 0]))
ROWS = Part(X, Target("binary", (RNG.random(len(X)) < CHANCE).astype(float), ("no", "yes")))


@pytest.mark.parametrize("factor", [0.5, 1.0, 2.0])
def test_what_is_too_sure_or_not_sure_enough_is_found_out(factor: float) -> None:
    model = cooled(SURE, factor)
    found = best_temperature(model, BIAS, ROWS)
    assert found * factor == pytest.approx(1.0, rel=0.12)
    assert cooled(model, found).temperature == pytest.approx(factor * found)


def test_several_classes_and_weights() -> None:
    bias = np.array([0.5, 0.0, -0.5])
    tables = [RNG.normal(size=(8, 3)) * 1.5 for _ in range(2)]
    model = Fitted((tables_op(tables, bias),), "softmax")
    chances = model.predict(X)
    drawn = (chances.cumsum(axis=1) < RNG.random((len(X), 1))).sum(axis=1)
    rows = Part(X, Target("multiclass", drawn.astype(float), ("a", "b", "c")))
    assert best_temperature(model, bias, rows) == pytest.approx(1.0, rel=0.12)
    assert best_temperature(cooled(model, 0.4), bias, rows) == pytest.approx(2.5, rel=0.12)
    right = replace(rows, target=Target("multiclass", chances.argmax(axis=1), rows.target.classes))
    certain = np.where(drawn == chances.argmax(axis=1), 1.0, 0.0)
    assert best_temperature(model, bias, replace(rows, weight=certain)) < 0.5
    assert best_temperature(model, bias, right) < 0.5


def test_few_rows_move_it_little_and_none_not_at_all() -> None:
    assert 0.7 < best_temperature(SURE, BIAS, ROWS.take(np.arange(4))) < 1.4
    assert best_temperature(SURE, BIAS, ROWS.take(np.arange(0))) == 1.0
    assert best_temperature(replace(SURE, link="identity"), BIAS, ROWS) == 1.0


def test_the_bias_stays_as_it_is() -> None:
    nothing = np.zeros((1, 2), np.uint8)
    flat = Fitted((tables_op([table * 0 for table in TABLES], BIAS),), "sigmoid")
    assert cooled(flat, 3.0).predict(nothing) == flat.predict(nothing)


def test_all_rows_are_learned_with_what_splits_chose() -> None:
    family: Family = FAMILIES["sparse_linear"]
    config, fits = SparseLinearConfig(), [cooled(SURE, 0.5), cooled(SURE, 2.0), cooled(SURE, 2.0)]
    settled = family.settled(config, fits)
    assert settled == replace(config, temperature=mean_temperature(fits))
    assert settled.temperature == pytest.approx(2 ** (1 / 3))
    assert family.settled(settled, [SURE]) == settled
    assert family.settled(config, []) == config
    assert FAMILIES["additive"].settled("anything", fits) == "anything"
