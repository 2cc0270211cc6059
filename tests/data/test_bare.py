"""The table that goes to workers: small, and the same to whoever makes features of it."""

from __future__ import annotations

import numpy as np
import pytest

from few_folds import FEW
from pliant.data.bare import bare
from pliant.data.roles import learn_roles
from pliant.data.table import Table
from pliant.ensemble.incremental.rows import FrameRows, Question
from pliant.features.features import fit_features
from pliant.runtime.intake import column_from_values, to_frame
from pliant.training.engines.shipment import pickled_bytes
from pliant.training.experiment import Experiment, Splitting
from pliant.training.fit_spec import FitSpec

N = 20_000


def table(columns: int, n: int = N) -> Table:
    """Return numbers and names, many of them rare, in so many columns each, and times."""
    rng = np.random.default_rng(0)
    names = rng.zipf(1.3, (n, columns)) % 4000
    made = {f"number {j}": rng.normal(size=n) for j in range(columns)}
    made |= {f"name {j}": [f"name{v}" for v in names[:, j]] for j in range(columns)}
    made["when"] = np.datetime64("2020-01-01") + rng.integers(0, 1000, n).astype("m8[D]")
    frame = to_frame(made)
    classes = np.where(made["number 0"] > 0, "yes", "no")
    roles, _ = learn_roles(frame, groups=rng.integers(0, 300, n))
    rows = FrameRows(frame, Question("y", column_from_values(classes)), roles)
    return rows.table(FitSpec(folds=FEW), None)[0]


def test_a_bare_table_has_the_same_features() -> None:
    whole = table(2, 2000)
    ours, X = fit_features(whole, 0)
    theirs, same = fit_features(bare(whole), 0)
    assert np.array_equal(X, same)
    assert np.array_equal(ours(whole.coded), theirs(whole.coded))
    assert [f.n_codes for f in ours.features] == [f.n_codes for f in theirs.features]


@pytest.mark.parametrize("columns", [1, 20])
def test_what_is_shipped_is_hardly_more_than_the_codes_and_what_is_asked(columns: int) -> None:
    """No edges, no names of levels; the centers of a number's codes are a kilobyte a column."""
    whole = table(columns)
    coded, roles = whole.coded, whole.roles
    assert roles.groups is not None
    codes = coded.codes.nbytes + coded.ids.nbytes
    asked = whole.target.values.nbytes + roles.groups.nbytes
    assert whole.target.values.dtype == np.uint8
    centers = 4 * sum(len(book.centers) for _, book in whole.schema.code_columns)
    shipped = pickled_bytes(Experiment(whole, Splitting(0.25, 4), None, 0))
    assert shipped - codes - asked - centers < 0.01 * codes
    assert shipped < 1.05 * (codes + asked)
