"""The cost model: laws of what fits are foretold to take."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from pliant.models.base import FIT_BYTES, Shape
from pliant.models.family import Family, default_config
from pliant.models.registry import FAMILIES
from pliant.testing import small_experiment
from pliant.training.cost import (
    MIN_HINT,
    MIN_SECONDS,
    Kind,
    Work,
    block_row_bytes,
    fit_bytes,
    rows_in,
)
from pliant.training.records import Candidate, Outcome, Trial

SHAPES = st.builds(
    Shape,
    rows=st.integers(1, 10**7),
    features=st.integers(1, 500),
    outputs=st.integers(1, 30),
    threads=st.integers(1, 16),
)
CONFIGS = {
    name: [default.config for default in family.defaults.values()]
    for name, family in FAMILIES.items()
}
NAMED = st.sampled_from([(name, config) for name, all_ in CONFIGS.items() for config in all_])
KINDS: st.SearchStrategy[Kind] = st.sampled_from(["fit", "student", "distilled"])
WORKS = st.builds(
    lambda named, shape, rounds, kind: Work(*named, shape, rounds, kind),
    NAMED,
    SHAPES,
    st.none() | st.integers(1, 4_000),
    KINDS,
)
SECONDS = st.floats(1e-2, 1e5)


def took(seconds: float, work: Work) -> Outcome:
    return Outcome(0.9, seconds, trained=work.rounds or 0)


@given(work=WORKS, more=st.integers(1, 10**6), seconds=SECONDS)
def test_more_rows_never_cost_less(work: Work, more: int, seconds: float) -> None:
    costs, larger = small_experiment().costs, replace(work.shape, rows=work.shape.rows + more)
    for _ in range(2):
        assert costs.seconds(replace(work, shape=larger)) >= costs.seconds(work)
        assert costs.bytes(replace(work, shape=larger)) >= costs.bytes(work)
        costs.learn(work, took(seconds, work))


@given(work=WORKS, rounds=st.integers(1, 1_000), times=st.integers(2, 5))
def test_rounds_cost_alike(work: Work, rounds: int, times: int) -> None:
    """Where a family has them."""
    costs, few = small_experiment().costs, replace(work, rounds=rounds)
    many = costs.seconds(replace(work, rounds=times * rounds))
    expected = FAMILIES[work.family].expected_rounds(work.config)
    assert many == pytest.approx((times if expected else 1) * costs.seconds(few))


@given(work=WORKS, seconds=SECONDS)
def test_what_was_measured_is_foretold_for_the_same_fit(work: Work, seconds: float) -> None:
    assume(work.rounds is None or FAMILIES[work.family].expected_rounds(work.config) > 0)
    costs = small_experiment().costs
    assume(costs.hint(work) >= MIN_HINT)
    assert not costs.knows(work)
    costs.learn(work, took(seconds, work))
    assert costs.knows(work)
    assert costs.seconds(work) == pytest.approx(seconds)


@given(work=WORKS, shape=SHAPES, factor=st.floats(0.1, 50.0))
def test_seconds_scale_with_what_the_family_took(work: Work, shape: Shape, factor: float) -> None:
    """Whatever the size: the family says how that tells, the machine how fast it is."""
    assume(work.rounds is None)
    costs, other = small_experiment().costs, replace(work, shape=shape)
    assume(costs.hint(work) >= MIN_HINT)
    assume(factor * costs.hint(work) >= MIN_SECONDS)
    before = costs.seconds(other)
    costs.learn(work, took(factor * costs.hint(work), work))
    assert costs.seconds(other) == pytest.approx(factor * before)


@given(work=WORKS, seconds=SECONDS)
def test_a_fit_that_failed_says_nothing(work: Work, seconds: float) -> None:
    costs, before = small_experiment().costs, small_experiment().costs.seconds(work)
    costs.learn(work, Outcome.failed(seconds, "MemoryError"))
    assert not costs.knows(work)
    assert costs.seconds(work) == before


@given(shape=SHAPES, named=NAMED, n_bytes=st.floats(1.1 * FIT_BYTES, 1e12))
def test_rows_that_fit_take_no_more_bytes_than_there_are(
    shape: Shape, named: tuple[str, object], n_bytes: float
) -> None:
    family = FAMILIES[named[0]]
    rows = int(rows_in(family, shape, n_bytes))
    assert fit_bytes(family, replace(shape, rows=rows)) <= n_bytes
    assert fit_bytes(family, replace(shape, rows=rows + 2)) > n_bytes - 1
    assert block_row_bytes(family, shape) > shape.features * 0.5


def test_a_fit_that_stopped_early_tells_what_its_rounds_take() -> None:
    """Those that were thrown away again among them."""
    costs, config = small_experiment().costs, default_config(FAMILIES["lightgbm"])
    fit = Work("lightgbm", config, Shape(10_000, 20, 1, 2))
    costs.learn(fit, Outcome(0.9, 6.0, rounds=100, trained=150))
    assert costs.seconds(replace(fit, rounds=300)) == pytest.approx(12.0)
    distilled = replace(fit, rounds=300, kind="distilled")
    assert costs.seconds(distilled) == pytest.approx(12.0)
    costs.learn(distilled, Outcome(0.9, 24.0, trained=300))
    assert costs.seconds(distilled) == pytest.approx(24.0)
    assert costs.seconds(replace(fit, rounds=300)) == pytest.approx(12.0)
    assert costs.seconds(fit) == pytest.approx(6.0)


def test_a_student_that_stops_early_does_not_come_to_all_of_its_rounds() -> None:
    """It tells so of those after it; others tell what a round takes alone."""
    costs, config = small_experiment().costs, default_config(FAMILIES["lightgbm"])
    student = Work("lightgbm", config, Shape(10_000, 20, 1, 2), rounds=300, kind="student")
    costs.learn(replace(student, rounds=None, kind="fit"), Outcome(0.9, 6.0, trained=150))
    assert costs.seconds(student) == pytest.approx(12.0)
    costs.learn(student, Outcome(0.9, 12.0, trained=300))
    assert costs.seconds(replace(student, rounds=3_000)) == pytest.approx(120.0)
    costs.learn(student, Outcome(0.9, 8.0, trained=200))
    assert costs.seconds(replace(student, rounds=3_000)) == pytest.approx(8.0)
    assert costs.seconds(replace(student, rounds=100)) == pytest.approx(4.0)
    assert costs.seconds(replace(student, kind="distilled")) == pytest.approx(12.0)


def test_a_family_that_was_not_measured_is_as_slow_as_the_others() -> None:
    """But not faster than it says."""
    shape = Shape(10_000, 20, 1, 2)
    known, other = (Work(name, CONFIGS[name][0], shape) for name in ("lightgbm", "catboost"))
    costs, hint = small_experiment().costs, small_experiment().costs.hint(other)
    costs.learn(known, took(3 * costs.hint(known), known))
    assert costs.seconds(other) == pytest.approx(3 * hint)
    costs.learn(known, took(costs.hint(known) / 3, known))
    assert costs.seconds(other) == hint


def test_a_trial_tells_more_of_its_candidate_than_its_family_does() -> None:
    experiment = small_experiment(2)
    candidate = Candidate("lightgbm", "default", default_config(FAMILIES["lightgbm"]))
    trial = Trial(0, candidate, "done", 0.9, 150, (Outcome(0.9, 2.0), Outcome(0.9, 4.0)))
    costs = experiment.costs
    costs.learn(costs.work(candidate, 150), Outcome(0.9, 70.0))
    assert costs.again(trial, 150) == pytest.approx(3.0)
    assert 3.0 < costs.again(trial, 200) < 4.0


def test_a_family_from_outside_that_says_nothing_is_foretold_too() -> None:
    class Silent(Family):
        name = "silent"
        defaults = FAMILIES["linear"].defaults

        def fit(self, data, config, allowance):  # type: ignore[no-untyped-def]
            raise NotImplementedError

    FAMILIES["silent"] = Silent()
    try:
        costs = small_experiment().costs
        work = Work("silent", None, Shape(1_000_000, 10, 1, 1))
        assert costs.seconds(work) == costs.seconds(replace(work, rounds=100)) == 10.0
        costs.learn(work, Outcome(0.9, 5.0, trained=100))
        assert costs.seconds(replace(work, rounds=7)) == pytest.approx(5.0)
    finally:
        del FAMILIES["silent"]
