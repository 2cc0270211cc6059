"""Work split among threads comes back in its order."""

from __future__ import annotations

from functools import partial
from threading import Barrier, get_ident

import pytest

from pliant.runtime.parts import MIN_ROWS, in_parts, side_by_side


def test_rows_are_split_into_parts_of_enough_rows() -> None:
    assert in_parts(10, 4, lambda a, b: (a, b)) == [(0, 10)]
    n = 2 * MIN_ROWS
    assert in_parts(n, 4, lambda a, b: (a, b)) == [(0, MIN_ROWS), (MIN_ROWS, n)]


def test_works_on_many_rows_run_side_by_side() -> None:
    barrier = Barrier(2, timeout=20)

    def meet(number: int) -> int:
        barrier.wait()  # which one thread alone would never pass
        return number

    works = [partial(meet, number) for number in range(4)]
    assert side_by_side(2 * MIN_ROWS, 2, works) == [0, 1, 2, 3]


def test_works_on_few_rows_run_here() -> None:
    assert set(side_by_side(MIN_ROWS, 8, [get_ident] * 3)) == {get_ident()}
    assert side_by_side(10**6, 8, []) == []


def test_of_several_errors_the_first_is_raised() -> None:
    def fail(number: int) -> None:
        raise ValueError(number)

    with pytest.raises(ValueError, match="1"):
        side_by_side(10**6, 2, [partial(fail, 1), partial(fail, 2)])
