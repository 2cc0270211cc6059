"""Trimmed models: the same predictions to the last bit, of fewer columns and edges."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from pliant import artifact
from pliant.compile.build import build
from pliant.compile.trim import UNREAD, columns_read, trimmed
from pliant.data.table import Roles, Table, learn_schema
from pliant.data.target import learn_target
from pliant.ensemble.refit import Weighted
from pliant.features.block import View
from pliant.models.base import Fitted
from pliant.models.registry import FAMILIES
from pliant.runtime.intake import column_from_values
from pliant.runtime.kinds import NumberCodebook
from pliant.runtime.model import Card, Predictor
from pliant.runtime.raw import Frame, Numbers
from pliant.testing import fit_quickly
from pliant.training.experiment import Experiment, Splitting

TREES = ("lightgbm", "catboost", "xgboost", "forest")
VIEWS: tuple[View, ...] = ("plain", "crossed", "arithmetic")


def table(n: int = 300) -> tuple[Frame, Experiment]:
    """Return numbers, some missing, categories, times and text, of which few matter."""
    rng = np.random.default_rng(0)
    numbers = rng.normal(size=(n, 6))
    numbers[rng.random((n, 6)) < 0.1] = np.nan
    made: dict[str, object] = {f"n{j}": numbers[:, j] for j in range(6)}
    made |= {f"c{j}": rng.choice(list("abcdef"), n) for j in range(4)}
    made["when"] = np.datetime64("2024-01-01") + rng.integers(0, 900, n).astype("timedelta64[D]")
    made["words"] = [" ".join(rng.choice(["red", "green", "blue"], 9)) + f" {i}" for i in range(n)]
    signal = np.nan_to_num(numbers[:, 1]) + (np.asarray(made["c2"]) < "c")
    frame = Frame({name: column_from_values(v) for name, v in made.items()}, n)
    schema = learn_schema(frame)
    target = learn_target("y", column_from_values((signal > 0.4).astype(int)), None)
    return frame, Experiment(
        Table(schema, schema.encode(frame), target, Roles()), Splitting(0.2, 1), None, 0
    )


FRAME, EXPERIMENT = table()


def model(*members: tuple[str, View], rounds: int = 3) -> Predictor:
    fitted = [(fit(family, view, rounds), view) for family, view in members]
    return compiled([Weighted(EXPERIMENT.pipeline(0, view, f), 1.0, 0, True) for f, view in fitted])


def fit(family: str, view: View, rounds: int) -> Fitted:
    return fit_quickly(FAMILIES[family], EXPERIMENT.prepared(0, view).data, rounds)


def compiled(members: list[Weighted]) -> Predictor:
    target = EXPERIMENT.table.target
    card = Card(target.task, "y", EXPERIMENT.measure.name, None)
    return Predictor(EXPERIMENT.table.schema, build(members).ops, target.classes, card)


def near_edges(whole: Predictor) -> Frame:
    """Return rows at every edge of every number, and just above it, among rows as they come."""
    rng = np.random.default_rng(1)
    drawn = FRAME.take(rng.integers(0, FRAME.n_rows, 600))
    columns = dict(drawn)
    for column in whole.schema.used:
        if isinstance(column.codebook, NumberCodebook):
            edges = column.codebook.edges
            values = np.concatenate([edges, np.nextafter(edges, np.inf), [np.nan, -1e9, 1e9]])
            columns[column.name] = Numbers(rng.choice(values, 600))
    columns["c2"] = column_from_values(rng.choice(list("abcdefgh"), 600))
    return Frame(columns, 600)


def check(whole: Predictor, small: Predictor, folder: Path) -> None:
    rows = near_edges(whole)
    np.testing.assert_array_equal(small.raw(rows), whole.raw(rows))
    read = [c.name for c in small.schema.used]
    np.testing.assert_array_equal(
        small.raw(Frame({n: FRAME[n] for n in read}, FRAME.n_rows)), whole.raw(FRAME)
    )
    for name, made in (("whole", whole), ("small", small)):
        artifact.save(made, folder / name)
    assert (folder / "small").stat().st_size <= (folder / "whole").stat().st_size
    loaded = artifact.load(folder / "small")
    np.testing.assert_array_equal(loaded.raw(rows), whole.raw(rows))
    again = trimmed(loaded)
    assert [c.kind for c in again.schema.columns] == [c.kind for c in small.schema.columns]


@pytest.mark.parametrize("view", VIEWS)
@pytest.mark.parametrize("family", TREES)
def test_predictions_stay_the_same(family: str, view: View, tmp_path: Path) -> None:
    whole = model((family, view))
    check(whole, trimmed(whole), tmp_path)


@pytest.mark.parametrize("family", sorted(set(FAMILIES) - set(TREES)))
def test_what_reads_codes_keeps_them(family: str, tmp_path: Path) -> None:
    whole = model((family, "plain"), ("lightgbm", "plain"))
    small = trimmed(whole)
    check(whole, small, tmp_path)
    pairs = zip(whole.schema.code_columns, small.schema.code_columns, strict=False)
    assert any(len(a.edges) == len(b.edges) > 9 for (_, a), (_, b) in pairs)


def test_views_of_one_table_are_trimmed_together(tmp_path: Path) -> None:
    whole = model(("lightgbm", "plain"), ("catboost", "arithmetic"), ("forest", "crossed"))
    check(whole, trimmed(whole), tmp_path)


def test_columns_that_no_tree_asks_about_may_be_missing(tmp_path: Path) -> None:
    whole = model(("lightgbm", "plain"), rounds=1)
    small = trimmed(whole)
    check(whole, small, tmp_path)
    unread = [c for c in small.schema.columns if c.kind == "unread"]
    assert {c.note for c in unread} == {UNREAD}
    assert len(unread) >= 5
    kept = [b for _, b in small.schema.code_columns]
    assert sum(len(b.edges) for b in kept) < 60
    assert all(len(b.centers) == len(b.edges) + 1 for b in kept)
    assert (np.diff(np.concatenate([b.centers for b in kept if len(b.centers) > 1])) != 0).all()


def test_a_model_that_asks_nothing_stays_a_model() -> None:
    fitted = fit("lightgbm", "plain", 1)
    (op,) = fitted.ops
    arrays = {
        **{name: op.arrays[name][:0] for name in ("feature", "threshold", "left", "right")},
        "root": np.array([-1], dtype=np.int32),
        "output": np.zeros(1, dtype=np.uint16),
        "leaves": np.array([[0.5]], dtype=np.float32),
    }
    constant = replace(fitted, ops=(replace(op, arrays=arrays),))
    whole = compiled([Weighted(EXPERIMENT.pipeline(0, "plain", constant), 1.0, 0, True)])
    np.testing.assert_array_equal(trimmed(whole).raw(FRAME), whole.raw(FRAME))


@pytest.mark.parametrize("view", VIEWS)
def test_the_columns_that_are_read_are_those_that_a_trim_keeps(view: View) -> None:
    for family in ("lightgbm", "catboost", "linear"):
        whole = model((family, view), rounds=2)
        assert columns_read(whole) == {column.name for column in trimmed(whole).schema.used}
