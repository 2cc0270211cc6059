"""Halving: about a third goes on, and never the worst of many."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from pliant.search.halving import MIN_ROWS, PASSED, REDUCTION, Halving

SCORES = st.lists(st.floats(-1, 1), min_size=1, max_size=60)


@given(SCORES)
def test_the_best_so_far_always_goes_on(scores: list[float]) -> None:
    halving = Halving()
    for i, score in enumerate(scores):
        passed = halving.passes(score)
        seen = scores[: i + 1]
        assert passed or score < max(seen)
        if sum(s > score for s in seen) > len(seen) / PASSED + 1:
            assert not passed


def test_a_third_goes_on_of_what_comes_in_any_order() -> None:
    halving = Halving()
    passed = [halving.passes((37 * i % 101) / 101) for i in range(300)]
    assert 80 < sum(passed) < 125


def test_a_first_step_is_for_many_rows_and_known_families() -> None:
    halving = Halving()
    many = REDUCTION * MIN_ROWS
    assert halving.first_step(many, known=True) == MIN_ROWS
    assert halving.first_step(many - REDUCTION, known=True) is None
    assert halving.first_step(many, known=False) is None
