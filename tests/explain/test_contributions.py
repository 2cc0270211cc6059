"""Contributions to predictions of real programs, against all coalitions asked one by one."""

from __future__ import annotations

from dataclasses import replace
from itertools import permutations

import numpy as np
import pytest
from small_models import frame, model

from pliant.core.errors import ConfigError
from pliant.explain.background import draw_background
from pliant.explain.contributions import Explainer
from pliant.explain.shapley import Precision
from pliant.models.base import tables_op
from pliant.runtime.coded import Coded
from pliant.runtime.model import Predictor
from pliant.runtime.raw import Frame

EXACT = Precision(error=0)


def explainer(of: Predictor, rows: int = 6, precision: Precision = EXACT) -> Explainer:
    return Explainer(of, draw_background(of.schema.encode(frame()), rows), precision=precision)


def first(n: int) -> Frame:
    return frame().take(np.arange(n))


def background_frame(of: Predictor, coded: Coded) -> Frame:
    """Return raw rows of the table that are encoded as the background is."""
    every = of.schema.encode(frame())
    rows = [
        next(i for i in range(len(every)) if np.array_equal(every.codes[i], codes))
        for codes in coded.codes
    ]
    return frame().take(np.array(rows))


@pytest.mark.parametrize("task", ["binary", "multiclass", "regression"])
def test_they_are_those_of_raw_rows_mixed_by_hand(task: str) -> None:
    """By the definition, on raw values and with the public predictions: all orders of columns."""
    mixed = model(task, "lightgbm", "additive")
    asked = explainer(mixed, rows=3)
    row, others = first(1), background_frame(mixed, asked.background)
    found = asked.explain(row)

    def worth(taken: frozenset[str]) -> np.ndarray:
        twice = {n: row[n].take(np.zeros(3, dtype=np.intp)) for n in row}
        columns = {n: twice[n] if n in taken else others[n] for n in row}
        return mixed.raw(Frame(columns, 3)).mean(axis=0)

    known: dict[frozenset[str], np.ndarray] = {}
    total = np.zeros((len(found.columns), mixed.program.n_outputs))
    orders = list(permutations(range(len(found.columns))))
    for order in orders:
        taken: frozenset[str] = frozenset()
        for j in order:
            joined = taken | {found.columns[j]}
            for coalition in (taken, joined):
                if coalition not in known:
                    known[coalition] = worth(coalition)
            total[j] += known[joined] - known[taken]
            taken = joined
    assert np.allclose(found.values[0], total / len(orders), atol=1e-12)


@pytest.mark.parametrize("task", ["binary", "multiclass", "regression"])
def test_they_add_up_to_the_prediction(task: str) -> None:
    mixed = model(task, "lightgbm", "additive")
    for precision in (EXACT, Precision(0.1, enumerated=1)):
        why = explainer(mixed, 20, precision).explain(first(5))
        assert np.array_equal(why.prediction, mixed.raw(first(5)))
        summed = why.base + why.values.sum(axis=1)
        assert np.abs(summed - why.prediction).max() < 1e-12


def test_a_row_is_explained_alone_as_among_others() -> None:
    asked = explainer(model("binary", "lightgbm", "linear"), 20, Precision(0.1, enumerated=1))
    among, alone = asked.explain(first(3)), asked.explain(first(1))
    assert np.array_equal(among.values[:1], alone.values)
    assert np.array_equal(among.std_error[:1], alone.std_error)


def test_sampling_is_near_to_enumeration() -> None:
    mixed = model("binary", "lightgbm", "linear")
    exact = explainer(mixed, 32).explain(first(6))
    sampled = explainer(mixed, 32, Precision(0.02, enumerated=1)).explain(first(6))
    apart = np.abs(exact.values - sampled.values).max(axis=(1, 2))
    assert (apart <= 0.06 * np.abs(exact.values).max(axis=(1, 2))).all()
    assert not exact.std_error.any()


def test_columns_come_as_they_stand_and_those_unread_not_at_all() -> None:
    mixed = model("binary", "lightgbm")
    why = explainer(mixed).explain(first(2))
    names = [name for name in frame() if name in why.columns]
    assert list(why.columns) == names
    unread = set(frame()) - set(names)
    assert unread  # of few rounds
    shuffled = {
        n: c.take(np.arange(len(c))[::-1]) if n in unread else c for n, c in frame().items()
    }
    changed = Frame(shuffled, len(frame()["noise"]))
    assert np.array_equal(mixed.raw(changed), mixed.raw(frame()))
    assert why.data[0, names.index("number")] == frame()["number"].values[0]  # type: ignore[union-attr]


def test_log_odds_add_up_too() -> None:
    mixed = model("multiclass", "lightgbm")
    plain = explainer(mixed)
    why = Explainer(mixed, plain.background, log_odds=True, precision=EXACT).explain(first(3))
    p = mixed.raw(first(3))
    assert why.unit == "log-odds"
    assert np.allclose(why.prediction, np.log(p / (1 - p)))
    assert np.abs(why.base + why.values.sum(axis=1) - why.prediction).max() < 1e-12
    assert plain.explain(first(1)).unit == "probability"


def test_what_cannot_be_explained_is_said() -> None:
    of = model("regression", "lightgbm", "additive")
    asked = Explainer(of, explainer(of).background, log_odds=True)
    with pytest.raises(ConfigError, match="to have log-odds, got a regression"):
        asked.explain(first(1))


def test_a_model_that_says_the_same_of_every_row_has_no_contributions() -> None:
    of = model("binary", "lightgbm")
    op = replace(tables_op([], np.array([0.3])), inputs=("codes",))
    constant = Predictor(of.schema, [op], of.classes, of.card)
    why = Explainer(constant, explainer(of).background).explain(first(2))
    assert why.columns == ()
    assert why.values.shape == (2, 0, 1)
    assert np.array_equal(why.prediction, np.full((2, 1), 0.3))


def test_no_rows_have_an_empty_explanation() -> None:
    why = explainer(model("binary", "lightgbm", "linear")).explain(first(0))
    assert len(why) == 0
    assert why.relative_error.shape == (0,)
    assert list(why.as_columns()) == [*why.columns, "base", "prediction"]


def test_threads_share_rows_and_change_nothing() -> None:
    asked = explainer(model("binary", "lightgbm", "linear"), 8, Precision(0.1, enumerated=1))
    alone, shared = asked.explain(first(40)), replace(asked, threads=3).explain(first(40))
    assert np.array_equal(alone.values, shared.values)
    assert np.array_equal(alone.std_error, shared.std_error)
