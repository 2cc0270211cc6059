"""The front: nothing on it is dominated, and whatever is not on it is."""

from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from pliant.compress.pareto import on_front

points = st.integers(1, 3).flatmap(
    lambda width: st.lists(st.tuples(*[st.integers(0, 4)] * width), min_size=1, max_size=12)
)


@given(points)
def test_no_point_of_the_front_is_dominated(costs: list[tuple[int, ...]]) -> None:
    table = np.array(costs)
    front = on_front(costs)
    assert any(front)
    for i, kept in enumerate(front):
        dominated = ((table <= table[i]).all(axis=1) & (table < table[i]).any(axis=1)).any()
        twin = any(costs[i] == costs[j] for j in range(i))
        assert kept is (not dominated and not twin)


@given(points, st.randoms(use_true_random=False))
def test_the_order_of_the_points_is_of_no_matter(
    costs: list[tuple[int, ...]], random: np.random.Generator
) -> None:
    shuffled = list(costs)
    random.shuffle(shuffled)
    kept = [
        {point for point, kept in zip(order, on_front(order), strict=True) if kept}
        for order in (costs, shuffled)
    ]
    assert kept[0] == kept[1]
