"""BareVectors as features: what is trained on is what the ops compute."""

from __future__ import annotations

import numpy as np
import pytest

from pliant.data.bare import BareVectors, bare
from pliant.data.table import Roles, Table
from pliant.data.target import Target
from pliant.features.features import fit_features
from pliant.features.width import width_of
from pliant.runtime.coded import Coded
from pliant.runtime.kinds import CategoryCodebook
from pliant.runtime.schema import Column, Schema

N = 300


def table(*, categories: bool) -> Table:
    """Return a column of vectors, some numbers missing, beside categories or not."""
    rng = np.random.default_rng(0)
    vectors = rng.normal(size=(N, 4)).astype(np.float32)
    vectors[::7, 1] = np.nan
    columns = [Column("v", "vectors", BareVectors(4))]
    ids = np.zeros((N, 0), dtype=np.int32)
    if categories:
        columns += [Column(c, "category", CategoryCodebook(("a", "b", "c"))) for c in "xy"]
        ids = rng.integers(0, 5, (N, 2)).astype(np.int32)
    coded = Coded(np.zeros((N, 0), dtype=np.uint8), ids, {"values:0": vectors})
    target = Target("binary", (vectors[:, 0] > 0).astype(np.uint8), (0, 1))
    return Table(Schema(tuple(columns)), coded, target, Roles())


@pytest.mark.parametrize("view", ["plain", "crossed"])
@pytest.mark.parametrize("categories", [False, True])
def test_each_number_is_a_feature(categories: bool, view: str) -> None:
    whole = table(categories=categories)
    features, X = fit_features(whole, 0, view)
    assert [f.name for f in features.features[:4]] == ["v[0]", "v[1]", "v[2]", "v[3]"]
    assert width_of(whole.schema, 1, view) == X.shape[1] == len(features.features)
    made = features(whole.coded)
    assert np.array_equal(made[:, :4], X[:, :4])
    assert (X[::7, 1] == 0).all()
    assert np.array_equal(fit_features(bare(whole), 0, view)[1], X)


def test_vectors_without_a_kind_encode_nothing() -> None:
    book = BareVectors(3)
    column = book.made_up(5, np.random.default_rng(0))
    assert np.isnan(np.asarray(book.encode(column))).all()
