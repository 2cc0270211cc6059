"""Halving: about a third goes on, and never the worst of many."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from pliant.search.halving import Halving, Rung

SCORES = st.lists(st.floats(-1, 1), min_size=1, max_size=60)


@given(SCORES, st.sampled_from([2, 3, 5]))
def test_the_best_so_far_always_goes_on(scores: list[float], share: int) -> None:
    rung = Rung(Halving(passed=share))
    for i, score in enumerate(scores):
        passed = rung.passes(score)
        seen = scores[: i + 1]
        assert passed or score < max(seen)
        if sum(s > score for s in seen) > len(seen) / share + 1:
            assert not passed


def test_a_third_goes_on_of_what_comes_in_any_order() -> None:
    rung = Rung(Halving())
    passed = [rung.passes((37 * i % 101) / 101) for i in range(300)]
    assert 80 < sum(passed) < 125


def test_a_first_step_is_for_many_rows_and_known_families() -> None:
    halving = Halving(reduction=5, min_rows=300)
    assert halving.first_step(1500, known=True) == 300
    assert halving.first_step(1495, known=True) is None
    assert halving.first_step(1500, known=False) is None
