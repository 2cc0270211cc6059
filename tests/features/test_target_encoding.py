"""Target statistics: what a row is told about its category never comes from its own target."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pliant.data.target import Target
from pliant.features.target_encoding import (
    INNER_FOLDS,
    MAX_STATISTICS,
    SMOOTHING,
    Supervision,
    TargetEncoding,
    category_block,
    count_statistic,
    target_encodings,
)
from pliant.features.text import text_block
from pliant.runtime.ops import Wire, prepare
from pliant.runtime.raw import Strings

EXAMPLES = settings(max_examples=40, deadline=None)
N_IDS = 6


def supervision_of(
    answers: np.ndarray, weight: np.ndarray | None = None, groups: np.ndarray | None = None
) -> Supervision:
    return Supervision.of(Target("regression", answers), weight, groups, 0)


def example(seed: int, n: int = 60) -> tuple[np.ndarray, np.ndarray]:
    rng = np.random.default_rng(seed)
    return rng.integers(0, N_IDS, n).astype(np.int32), rng.normal(size=n)


def means(statistic: TargetEncoding) -> np.ndarray:
    """Return the value that each training row sees, from its code."""
    assert statistic.feature.centers is not None
    return statistic.feature.centers[statistic.train]


@EXAMPLES
@given(st.integers(0, 1000), st.integers(0, 59), st.floats(-50, 50))
def test_a_rows_own_target_reaches_it_through_the_prior_alone(
    seed: int, row: int, new: float
) -> None:
    ids, answers = example(seed)
    changed = answers.copy()
    changed[row] = new
    before, after = (
        means(target_encodings("c", ids, N_IDS, supervision_of(a))[0]) for a in (answers, changed)
    )
    supervision = supervision_of(answers)
    others = (supervision.fold != supervision.fold[row]) & (ids == ids[row])
    share = SMOOTHING / (others.sum() + SMOOTHING)
    moved = share * (changed.mean() - answers.mean())
    assert after[row] - before[row] == pytest.approx(moved, abs=1e-5)


@EXAMPLES
@given(st.integers(0, 1000), st.randoms(use_true_random=False))
def test_codes_of_a_fold_do_not_tell_its_targets_apart(seed: int, random: object) -> None:
    ids, answers = example(seed)
    supervision = supervision_of(answers)
    rows = np.flatnonzero(supervision.fold == seed % INNER_FOLDS)
    shuffled = answers.copy()
    shuffled[rows] = answers[np.random.default_rng(seed).permutation(rows)]
    first, second = (
        means(target_encodings("c", ids, N_IDS, supervision_of(a))[0]) for a in (answers, shuffled)
    )
    np.testing.assert_allclose(first[rows], second[rows], atol=1e-6)


def test_the_table_holds_smoothed_means_of_all_rows() -> None:
    ids = np.array([2] * 30 + [3] * 10, dtype=np.int32)
    answers = np.where(ids == 2, 1.0, 5.0)
    (statistic,) = target_encodings("c", ids, 4, supervision_of(answers))
    book = statistic.feature.centers
    assert book is not None
    # Missing and unseen read as the prior, which lies between the two levels.
    missing, unseen, low, high = statistic.table.tolist()
    assert missing == unseen
    assert low <= missing <= high
    assert low < high
    assert statistic.feature.name == "c:mean0"


@EXAMPLES
@given(st.integers(0, 1000), st.floats(-50, 50))
def test_a_row_that_weighs_nothing_says_nothing(seed: int, new: float) -> None:
    ids, answers = example(seed)
    weight = np.ones(60)
    weight[7] = 0.0
    changed = answers.copy()
    changed[7] = new
    first, second = (
        target_encodings("c", ids, N_IDS, supervision_of(a, weight))[0] for a in (answers, changed)
    )
    assert np.array_equal(first.table, second.table)
    assert np.array_equal(first.train, second.train)


def test_a_weight_of_two_is_a_row_twice() -> None:
    ids, answers = example(3)
    twice = np.concatenate([ids, ids]), np.concatenate([answers, answers])
    fold = supervision_of(answers).fold
    weighted = Supervision(answers[:, None], np.full(60, 2.0), fold)
    doubled = Supervision(twice[1][:, None], np.ones(120), np.concatenate([fold, fold]))
    first = target_encodings("c", ids, N_IDS, weighted)[0]
    second = target_encodings("c", twice[0], N_IDS, doubled)[0]
    np.testing.assert_allclose(means(first), means(second)[:60], atol=1e-6)


def test_a_group_is_in_one_inner_fold() -> None:
    groups = np.random.default_rng(0).integers(0, 20, 200)
    fold = supervision_of(np.zeros(200), groups=groups).fold
    assert all(len(np.unique(fold[groups == g])) == 1 for g in range(20))
    assert len(np.unique(fold)) == INNER_FOLDS


def test_inner_folds_are_equally_large() -> None:
    assert np.ptp(np.bincount(supervision_of(np.zeros(203)).fold)) <= 1


def test_each_class_has_a_statistic_until_there_are_too_many() -> None:
    n, n_classes = 600, 30
    values = np.arange(n) % n_classes
    target = Target("multiclass", values, tuple(range(n_classes)))
    supervision = Supervision.of(target, None, None, 0)
    ids = np.random.default_rng(0).integers(0, 40, (n, 10)).astype(np.int32)
    block = category_block(ids, [(f"c{j}", 40) for j in range(10)], supervision)
    assert block is not None
    statistics = [f for f in block.features if ":mean" in f.name]
    assert len(statistics) == MAX_STATISTICS // n_classes * n_classes
    assert sum(f.kind == "category" for f in block.features) == 10


def test_a_binary_category_is_its_code_alone() -> None:
    ids = np.random.default_rng(0).integers(2, 4, (50, 1)).astype(np.int32)
    block = category_block(ids, [("c", 4)], supervision_of(np.arange(50.0)))
    assert block is not None
    assert [f.name for f in block.features] == ["c"]
    assert np.array_equal(block.train, ids)


def test_of_many_levels_the_rarest_share_a_code_and_the_count_is_told() -> None:
    ids = np.concatenate([np.arange(2, 402), np.full(100, 2)]).astype(np.int32)
    block = category_block(ids[:, None], [("c", 402)], supervision_of(np.arange(500.0)))
    assert block is not None
    assert [f.name for f in block.features] == ["c", "c:count", "c:mean0"]
    assert block.train[:400, 0].max() == 254
    assert (block.train[250:400, 0] >= 252).all()
    assert block.train[0, 1] > block.train[5, 1]


def test_counts_are_of_training_rows() -> None:
    ids = np.array([2, 2, 2, 3], dtype=np.int32)
    statistic = count_statistic("c", ids, 5)
    assert statistic.feature.centers is not None
    counts = np.expm1(statistic.feature.centers[statistic.train])
    np.testing.assert_allclose(counts, [3, 3, 3, 1], rtol=1e-5)
    assert statistic.table[4] <= statistic.table[3] < statistic.table[2]


def texts(seed: int, n: int = 60) -> Strings:
    rng = np.random.default_rng(seed)
    words = np.array(["sun", "rain", "wind", "snow", "fog", "hail"])
    levels = list(dict.fromkeys(" ".join(rng.choice(words, 3)) for _ in range(n)))
    return Strings(rng.integers(-1, len(levels), n).astype(np.int32), levels)


@settings(max_examples=10, deadline=None)
@given(st.integers(0, 1000), st.integers(0, 59), st.floats(-50, 50))
def test_a_texts_own_target_does_not_reach_it(seed: int, row: int, new: float) -> None:
    text, (_, answers) = texts(seed), example(seed)
    changed = answers.copy()
    changed[row] = new
    seen = []
    for values in (answers, changed):
        block = text_block(0, "t", text, supervision_of(values), "identity")
        centers = block.features[0].centers
        assert centers is not None
        seen.append(centers[block.train[row, 0]])
    np.testing.assert_allclose(seen[0], seen[1], atol=1e-5)


def test_the_ops_of_a_text_score_it_as_its_training_does() -> None:
    n = 400
    rng = np.random.default_rng(0)
    good = rng.integers(0, 2, n)
    levels = [f"{'fine day' if g else 'grey night'} {i}" for i, g in enumerate(good)]
    text = Strings(np.arange(n, dtype=np.int32), levels)
    block = text_block(0, "t", text, supervision_of(good.astype(np.float64)), "sigmoid")
    out, wires = {"text:0": text}, {"text:0": Wire("text", 1)}
    for op in block.ops:
        run, wires[op.output] = prepare(op, tuple(wires[i] for i in op.inputs))
        out[op.output] = run(*[out[i] for i in op.inputs])
    codes = np.asarray(out[block.output])
    for found in (codes[:, 0], block.train[:, 0]):
        assert found[good == 1].min() > found[good == 0].max()
