"""The shares of the seconds of a fit: none is used twice, and without a clock none is asked."""

from __future__ import annotations

import pytest

from pliant.automl.shares import TimeShares
from pliant.core.config import Budget
from pliant.core.deadline import Deadline
from pliant.testing import FakeTime

SHARES = TimeShares(within_limits=0.6, before_more_rows=0.25, students=0.9)


def test_a_search_has_all_seconds_where_nothing_follows() -> None:
    budget = Budget(40.0, 7)
    assert SHARES.of_search(budget, Deadline(40.0), limited=False, more_rows=False) == budget


def test_what_follows_a_search_has_its_part() -> None:
    budget, time = Budget(40.0, 7), FakeTime()
    deadline = Deadline(40.0, now=time.now)
    time.pass_(4.0)
    limited = SHARES.of_search(budget, deadline, limited=True, more_rows=False)
    assert limited == Budget(24.0, 7)
    blocks = SHARES.of_search(budget, deadline, limited=False, more_rows=True)
    assert blocks == Budget(4.0 + 0.25 * 36.0, 7)
    both = SHARES.of_search(budget, deadline, limited=True, more_rows=True)
    assert both.seconds == pytest.approx(4.0 + 0.25 * 20.0)
    time.pass_(40.0)  # too late: nothing is left to search
    assert SHARES.of_search(budget, deadline, limited=False, more_rows=True).seconds == 44.0


@pytest.mark.parametrize(("seconds", "reserved"), [(10.0, 0.7), (40.0, 2.0), (100.0, 4.0)])
def test_writing_has_two_seconds_where_these_are_no_great_part(
    seconds: float, reserved: float
) -> None:
    assert SHARES.unreserved(Deadline(seconds)).seconds == pytest.approx(seconds - reserved)


def test_students_have_a_part_of_what_is_left_then() -> None:
    time = FakeTime()
    deadline = Deadline(100.0, now=time.now)
    time.pass_(50.0)
    assert SHARES.of_students(deadline).seconds == pytest.approx(0.9 * 46.0)
    time.pass_(60.0)
    assert SHARES.of_students(deadline).seconds == 0.0


def test_without_a_clock_there_is_no_end() -> None:
    assert SHARES.of_students(Deadline(None)).seconds is None
    assert SHARES.unreserved(Deadline(None)).seconds is None
    trials = Budget(None, 3)
    assert SHARES.of_search(trials, Deadline(None), limited=True, more_rows=True) == trials
