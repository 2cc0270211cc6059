"""From a table to a model and its file: what is fitted is what is loaded."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from few_folds import FEW
from pliant import artifact
from pliant.automl.fit import Result, fit
from pliant.core.config import Budget, Resources
from pliant.core.errors import DataError, SchemaError
from pliant.data.table import Roles
from pliant.ensemble.incremental.rows import FrameRows, Question
from pliant.runtime.intake import column_from_values, to_frame
from pliant.runtime.raw import Frame
from pliant.training.fit_spec import FitSpec

TASKS = ("binary", "multiclass", "regression")


def target_of(columns: dict[str, list[Any]], task: str) -> list[Any]:
    signal = np.array(columns["signal"])
    if task == "regression":
        return (3 * signal + 7).tolist()
    cuts = [0.5] if task == "binary" else [0.0, 1.0]
    return [f"class {k}" for k in np.searchsorted(cuts, signal)]


def features_of(columns: dict[str, list[Any]]) -> Frame:
    return to_frame({k: v for k, v in columns.items() if k != "signal"})


def fitted(
    columns: dict[str, list[Any]], task: str, models: list[str], trials: int = 2, threads: int = 1
) -> Result:
    question = Question("y", column_from_values(target_of(columns, task)))
    spec = FitSpec(Budget(None, trials), models=models, resources=Resources(threads), folds=FEW)
    return fit(FrameRows(features_of(columns), question, Roles()), spec)


@pytest.fixture(scope="module", params=TASKS)
def result(request: pytest.FixtureRequest, mixed: dict[str, list[Any]]) -> Result:
    return fitted(mixed, request.param, ["additive", "lightgbm", "linear"], trials=3)


def test_it_learns(result: Result) -> None:
    card = result.model.card
    assert card.score is not None
    if card.task == "binary":
        assert card.score > 0.8
    elif card.task == "multiclass":
        assert card.score < 0.95
    else:
        assert card.score < 2.5


def test_every_column_has_its_kind(result: Result) -> None:
    kinds = {c.name: c.kind for c in result.model.schema.columns}
    assert kinds == {
        "number": "number",
        "count": "number",
        "level": "category",
        "seen": "time",
        "note": "text",
        "same": "constant",
    }


def strange(columns: dict[str, list[Any]]) -> dict[str, list[Any]]:
    """Return rows with everything a model may meet: NaN, unseen levels, other types, new order."""
    rows = {k: v[:20] for k, v in columns.items() if k != "signal"}
    rows["number"] = [float("nan"), 3, "2.5", "no number", *rows["number"][4:]]
    rows["level"] = ["never seen", None, 4, 4.0, *rows["level"][4:]]
    rows["count"] = [3.0, float("nan"), 1e9, -5, *rows["count"][4:]]
    rows["seen"] = ["2031-05-06", None, "yesterday", *rows["seen"][3:]]
    rows["note"] = [None, "", "entirely other words", *rows["note"][3:]]
    rows["extra"] = list(range(20))
    return dict(reversed(rows.items()))


def test_the_loaded_file_predicts_the_same(
    result: Result, mixed: dict[str, list[Any]], tmp_path: Path
) -> None:
    path = tmp_path / "m.pliant"
    artifact.save(result.model, path)
    loaded = artifact.load(path)
    for rows in (mixed, strange(mixed)):
        assert np.array_equal(loaded.raw(rows), result.model.raw(rows))
        assert np.isfinite(loaded.raw(rows)).all()


def test_one_row_is_a_row_of_many(result: Result, mixed: dict[str, list[Any]]) -> None:
    rows = strange(mixed)
    many = result.model.raw(rows)
    for i in range(6):
        one = result.model.raw({k: v[i] for k, v in rows.items()})
        np.testing.assert_allclose(one, many[i : i + 1], atol=1e-6)


def test_no_rows_give_no_predictions(result: Result) -> None:
    empty = result.model.raw({c.name: np.empty(0) for c in result.model.schema.used})
    assert empty.shape == (0, result.model.program.n_outputs)
    assert result.model.predict({c.name: [] for c in result.model.schema.used}).shape == (0,)


def test_order_of_columns_does_not_matter(result: Result, mixed: dict[str, list[Any]]) -> None:
    reordered = dict(reversed(mixed.items()))
    assert np.array_equal(result.model.raw(mixed), result.model.raw(reordered))


def test_a_missing_column_is_named(result: Result, mixed: dict[str, list[Any]]) -> None:
    with pytest.raises(SchemaError, match="no column 'level'"):
        result.model.predict({k: v for k, v in mixed.items() if k != "level"})


def test_an_infinity_is_refused_with_its_place(result: Result, mixed: dict[str, list[Any]]) -> None:
    rows = {**mixed, "number": [*mixed["number"][:-1], float("inf")]}
    with pytest.raises(SchemaError, match=r"infinity \(inf\) in column 'number', row 299"):
        result.model.predict(rows)


def test_same_seed_and_trials_same_bytes(mixed: dict[str, list[Any]], tmp_path: Path) -> None:
    """Also when splits are fitted side by side."""
    models = ["additive", "lightgbm", "forest", "catboost", "xgboost", "neural"]
    for name, threads in (("a", 1), ("b", 2)):
        result = fitted(mixed, "binary", models, trials=7, threads=threads)
        artifact.save(result.model, tmp_path / name)
    assert (tmp_path / "a").read_bytes() == (tmp_path / "b").read_bytes()


def test_a_budget_in_seconds_holds(mixed: dict[str, list[Any]]) -> None:
    question = Question("y", column_from_values(target_of(mixed, "binary")))
    from pliant.core.deadline import Deadline

    deadline = Deadline(None)
    result = fit(FrameRows(features_of(mixed), question, Roles()), FitSpec(Budget(1.0), folds=FEW))
    assert deadline.elapsed() < 3.0
    assert result.model.card.score is not None


def test_too_few_rows_are_refused() -> None:
    question = Question("y", column_from_values([0, 1, 0]))
    with pytest.raises(DataError, match="at least 5 rows"):
        fit(
            FrameRows(to_frame({"a": [1, 2, 3]}), question, Roles()),
            FitSpec(Budget(None, 1), folds=FEW),
        )


@pytest.mark.parametrize("n", [5, 10, 12])
def test_few_rows_are_enough(n: int) -> None:
    rng = np.random.default_rng(0)
    question = Question("y", column_from_values(np.arange(n) % 2))
    frame = to_frame({"a": rng.normal(size=n), "b": rng.normal(size=n)})
    result = fit(
        FrameRows(frame, question, Roles()),
        FitSpec(Budget(None, 2), models=["additive", "forest"], folds=FEW),
    )
    assert np.isfinite(result.model.raw(frame)).all()


def test_weights_count(mixed: dict[str, list[Any]]) -> None:
    """Rows of weight 0 say nothing: their labels can be turned round without effect."""
    y = np.array(target_of(mixed, "binary"))
    weight = np.ones(len(y))
    weight[::3] = 0.0
    turned = y.copy()
    turned[::3] = np.where(y[::3] == "class 0", "class 1", "class 0")
    kept = {k: np.array(v, dtype=object)[weight > 0].tolist() for k, v in mixed.items()}
    scores = []
    for labels in (y, turned):
        question = Question("y", column_from_values(labels.tolist()))
        spec = FitSpec(Budget(None, 1), models=["additive"], folds=FEW)
        result = fit(FrameRows(features_of(mixed), question, Roles(weight)), spec)
        p = result.model.raw(kept)[:, 0]
        scores.append(np.mean((p > 0.5) == (y[weight > 0] == "class 1")))
    assert min(scores) > 0.75


def test_crossed_categories_are_tried_and_ship(tmp_path: Path) -> None:
    """The answer lies in pairs of levels, which no level tells alone."""
    rng = np.random.default_rng(0)
    a, b, number = rng.integers(0, 9, 1500), rng.integers(0, 9, 1500), rng.normal(size=1500)
    table = rng.normal(size=(9, 9))
    y = (table[a, b] + 0.1 * number > 0).astype(int)
    rows = {"a": [f"a{v}" for v in a], "b": [f"b{v}" for v in b], "number": number}
    spec = FitSpec(Budget(None, 4), models=["lightgbm"], resources=Resources(1), folds=FEW)
    result = fit(FrameRows(to_frame(rows), Question("y", column_from_values(y)), Roles()), spec)
    crossed = [t for t in result.trials if t.candidate.view == "crossed"]
    assert [t.candidate.name for t in crossed] == ["lightgbm narrow crossed"]
    artifact.save(result.model, tmp_path / "m.pliant")
    loaded = artifact.load(tmp_path / "m.pliant")
    assert np.array_equal(loaded.raw(rows), result.model.raw(rows))
    assert result.selection.trials[0].score >= max(t.score for t in result.trials) - 0.01
