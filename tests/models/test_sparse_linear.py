"""Linear models of text: alone, beside other columns, of several texts; from fit to file."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

import pliant
from few_folds import FEW

N = 240
RNG = np.random.default_rng(0)
GOOD, BAD = ["fine", "lovely", "很好", "sunny"], ["awful", "grey", "很差", "cold"]
LABELS = RNG.integers(0, 2, N)


def sentence(label: int, seed: int) -> str:
    rng = np.random.default_rng(seed)
    words = [*rng.choice(GOOD if label else BAD, 2), *rng.choice(["day", "room", "the", "一天"], 3)]
    return " ".join([*words, str(seed)])


TEXTS = [sentence(label, i) for i, label in enumerate(LABELS)]


def fitted(rows: dict[str, Any], y: Any, kind: Any = pliant.Classifier) -> Any:
    return kind(trials=3, models=["sparse_linear"], n_jobs=1, cv=FEW).fit(rows, y)


@pytest.mark.parametrize("others", [{}, {"x": RNG.normal(size=N)}, {"again": TEXTS[::-1]}])
def test_text_is_learned_whatever_stands_beside_it(others: dict[str, Any], tmp_path: Path) -> None:
    rows = {"text": TEXTS, **others}
    model = fitted(rows, LABELS)
    fresh = {name: [*values[:2]] for name, values in others.items()}
    fresh["text"] = ["a lovely sunny day", "很差 grey"]
    assert model.predict(fresh).tolist() == [1, 0]
    model.save(tmp_path / "m.pliant")
    again = pliant.load(tmp_path / "m.pliant")
    assert np.array_equal(again.predict_proba(rows), model.predict_proba(rows))
    one = {name: values[0] for name, values in rows.items()}
    np.testing.assert_array_equal(again.predict_proba(one)[0], model.predict_proba(rows)[0])


def test_numbers_are_learned_from_text() -> None:
    values = np.where(LABELS == 1, 10.0, -10.0) + RNG.normal(size=N)
    model = fitted({"text": TEXTS}, values, pliant.Regressor)
    assert abs(model.predict({"text": ["fine and sunny", "cold and grey"]}) - [10, -10]).max() < 5


def test_several_classes_and_rows_without_text() -> None:
    y = np.array([f"{'good' if label else 'bad'}{i % 2}" for i, label in enumerate(LABELS)])
    rows = {
        "text": [None if i % 9 == 0 else text for i, text in enumerate(TEXTS)],
        "n": np.arange(N) % 2,
    }
    model = fitted(rows, y)
    assert model.predict({"text": ["lovely sunny"], "n": [1]})[0] == "good1"
    chances = model.predict_proba({"text": [None], "n": [0]})
    np.testing.assert_allclose(chances.sum(), 1)


def test_it_is_tried_early_where_there_is_text_and_not_without() -> None:
    settings = {"trials": 3, "models": ["additive", "sparse_linear"], "n_jobs": 1, "cv": FEW}
    number = {"x": LABELS + RNG.normal(size=N)}
    with_text = pliant.Classifier(**settings).fit({"text": TEXTS, **number}, LABELS)
    families = {row["family"] for row in rows_of(with_text)}
    assert families == {"additive", "sparse_linear"}
    numbers = pliant.Classifier(**settings).fit(number, LABELS)
    assert {row["family"] for row in rows_of(numbers)} == {"additive"}


def rows_of(model: Any) -> list[dict[str, Any]]:
    board = model.leaderboard_
    found: list[dict[str, Any]] = board.to_dict("records") if hasattr(board, "to_dict") else board
    return found
