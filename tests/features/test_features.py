"""Feature maps: learned from training rows alone, and the same in training as in the file."""

from __future__ import annotations

from typing import Any, get_args

import numpy as np
import pytest

from pliant.data.split import Split
from pliant.data.table import Roles, Table, learn_schema
from pliant.data.target import learn_target
from pliant.features.block import View
from pliant.features.features import FeatureMap, fit_features
from pliant.runtime.coded import Coded
from pliant.runtime.intake import column_from_values, to_frame
from pliant.runtime.kinds import Plane
from pliant.runtime.program import CHUNK_ROWS
from pliant.runtime.raw import Strings
from pliant.training.prepared import Prepared, prepare_split

N = 300


def table_of(columns: dict[str, Any], target: Any) -> Table:
    frame = to_frame(columns)
    schema = learn_schema(frame)
    return Table(
        schema, schema.encode(frame), learn_target("y", column_from_values(target), None), Roles()
    )


def mixed_table(mixed: dict[str, list[Any]]) -> Table:
    columns = {k: v for k, v in mixed.items() if k != "signal"}
    return table_of(columns, (np.array(mixed["signal"]) > 0.5).astype(int).tolist())


def arrays_of(features: FeatureMap) -> list[tuple[str, str, str, bytes]]:
    return [
        (op.name, op.output, name, array.tobytes())
        for op in features.ops
        for name, array in op.arrays.items()
    ]


def spoiled(table: Table, rows: np.ndarray) -> Table:
    """Return the table with other values and targets in the given rows."""
    rng = np.random.default_rng(9)
    codes, ids, values = (
        table.coded.codes.copy(),
        table.coded.ids.copy(),
        table.target.values.copy(),
    )
    codes[rows] = rng.integers(0, 5, codes[rows].shape)
    ids[rows] = rng.integers(0, 3, ids[rows].shape)
    values[rows] = 1 - values[rows]
    own: dict[str, Plane] = {}
    for wire, text in zip(table.coded.own, table.coded.texts, strict=True):
        indices = text.indices.copy()
        indices[rows] = len(text.levels)
        own[wire] = Strings(indices, [*text.levels, "something else altogether"])
    target = type(table.target)(table.target.task, values, table.target.classes)
    return Table(table.schema, Coded(codes, ids, own), target, table.roles)


@pytest.mark.parametrize("view", get_args(View))
def test_validation_rows_never_influence_a_feature_map(
    mixed: dict[str, list[Any]], view: View
) -> None:
    table, rows = mixed_table(mixed), np.arange(N)
    split = Split(rows[rows % 4 > 0], rows[rows % 4 == 0])

    def prepared(source: Table) -> Prepared:
        return prepare_split(source, split, 0, view)

    clean, other = prepared(table), prepared(spoiled(table, split.valid))
    names = {"gather", "lookup", "concat"} | ({"gram_scores"} if view != "grams" else set())
    assert {op.name for op in clean.features.ops} >= names
    assert arrays_of(clean.features) == arrays_of(other.features)
    assert np.array_equal(clean.data.train.X, other.data.train.X)
    assert clean.data.valid is not None
    assert other.data.valid is not None
    assert not np.array_equal(clean.data.valid.X, other.data.valid.X)
    train_spoiled = prepared(spoiled(table, split.train))
    assert arrays_of(clean.features) != arrays_of(train_spoiled.features)


def test_a_feature_map_is_bytes_in_order_however_many_rows(mixed: dict[str, list[Any]]) -> None:
    table = mixed_table(mixed)
    features, train = fit_features(table, 0)
    whole = features(table.coded)
    assert whole.dtype == np.uint8
    assert whole.flags.c_contiguous
    assert whole.shape == train.shape == (N, len(features.features))
    again = np.arange(CHUNK_ROWS + 77) % N
    assert np.array_equal(features(table.coded.take(again)), whole[again])
    assert len(features(table.coded.take(np.arange(0)))) == 0


def test_every_code_is_below_what_its_feature_says(mixed: dict[str, list[Any]]) -> None:
    table = mixed_table(mixed)
    features, train = fit_features(table, 0)
    n_codes = np.array([f.n_codes for f in features.features])
    assert (train.max(axis=0) < n_codes).all()
    assert (features(table.coded).max(axis=0) < n_codes).all()
    for feature in features.features:
        assert feature.centers is None or len(feature.centers) == feature.n_codes


def test_numbers_are_their_own_codes_in_training_too() -> None:
    table = table_of({"a": list(range(50)), "b": np.sin(np.arange(50.0))}, [0, 1] * 25)
    features, train = fit_features(table, 0)
    assert np.array_equal(train, table.coded.codes)
    assert np.array_equal(features(table.coded), table.coded.codes)


def test_categories_alone_are_crossed() -> None:
    rng = np.random.default_rng(0)
    columns = {name: [f"l{v}" for v in rng.integers(0, 5, 100)] for name in "abc"}
    features, _ = fit_features(table_of(columns, [0, 1] * 50), 0)
    assert any(f.name == "a x b:mean0" for f in features.features)
    with_number, _ = fit_features(table_of({**columns, "n": rng.normal(size=100)}, [0, 1] * 50), 0)
    assert not any(" x " in f.name for f in with_number.features)


def test_the_same_seed_makes_the_same_map(mixed: dict[str, list[Any]]) -> None:
    table = mixed_table(mixed)
    (first, codes), (same, again), (_, other) = (fit_features(table, seed) for seed in (1, 1, 2))
    assert arrays_of(first) == arrays_of(same)
    assert np.array_equal(codes, again)
    assert not np.array_equal(codes, other)
